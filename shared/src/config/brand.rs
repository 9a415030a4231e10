//! Settings of the brand: whose pages and mails these are, in which colour, and where a person finds help and a new export.

mod colour;

pub use colour::{Colour, Palette};

use super::{findings::Findings, portal::is_safe, setting::variable, source::is_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

const NOT_A_NAME: &str = "must be a name on one line";
const NOT_A_COLOUR: &str = "must be a colour as in #1f5fbf";
const NOT_SUPPORT: &str = "must be a mail address such as help@example.com, or an address that begins with https://";
const NOT_A_HOME: &str = "must be https:// with a host (http:// only for this machine), without a user and a password";

/// The installation's brand; its name is `product`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrandConfig {
    /// The colour of buttons and links on pages and in mails; shades that can be read, also on dark ground, are made from it.
    pub accent: String,
    /// Where people find help: a mail address, or an address that begins with https://.
    pub support: Option<String>,
    /// The page of the product where a person asks for an export; pages whose link is over lead there.
    pub home: Option<Url>,
}

/// The brand of one source's product; what it leaves out is the installation's.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceBrandConfig {
    /// The name of this source's product, where it is not `HANDOVER_PRODUCT`.
    pub name: Option<String>,
    /// Its colour, as in #1f5fbf.
    pub accent: Option<String>,
    /// Where its people find help: a mail address, or an address that begins with https://.
    pub support: Option<String>,
    /// The page of this product where a person asks for an export.
    pub home: Option<Url>,
}

/// How what people see looks, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The product's name.
    pub name: String,
    /// Its colour, as it was set.
    pub accent: Colour,
    /// Where people find help.
    pub support: Option<Support>,
    /// Where a person asks for an export.
    pub home: Option<Url>,
}

/// Where people find help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Support {
    /// By mail to this address.
    Mail(String),
    /// On this page.
    Page(Url),
}

impl Default for BrandConfig {
    fn default() -> Self {
        Self { accent: Colour::USUAL.to_string(), support: None, home: None }
    }
}

impl BrandConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        let (support, home) = (self.support.as_deref(), self.home.as_ref());
        check(|setting| variable(&["brand", setting]), Some(&self.accent), support, home, findings);
    }
}

impl SourceBrandConfig {
    pub(super) fn check(&self, source: &str, findings: &mut Findings) {
        if !is_name(source) {
            findings
                .add(variable(&["brands", source]), "is not the name of a source: small letters, digits, `_` and `-`");
        }
        let variable = |setting: &str| variable(&["brands", source, setting]);
        if self.name.as_deref().is_some_and(|name| name.trim().is_empty() || name.contains(char::is_control)) {
            findings.add(variable("name"), NOT_A_NAME);
        }
        check(variable, self.accent.as_deref(), self.support.as_deref(), self.home.as_ref(), findings);
    }
}

fn check(
    variable: impl Fn(&str) -> String,
    accent: Option<&str>,
    support: Option<&str>,
    home: Option<&Url>,
    findings: &mut Findings,
) {
    if accent.is_some_and(|accent| Colour::parse(accent).is_none()) {
        findings.add(variable("accent"), NOT_A_COLOUR);
    }
    if support.is_some_and(|support| Support::parse(support).is_none()) {
        findings.add(variable("support"), NOT_SUPPORT);
    }
    if home.is_some_and(|home| !is_safe(home)) {
        findings.add(variable("home"), NOT_A_HOME);
    }
}

impl Brand {
    /// The brand of the installation with what a source's own says laid over it. What was refused at the start counts as not set.
    pub(super) fn new(product: &str, installation: &BrandConfig, own: Option<&SourceBrandConfig>) -> Self {
        let accent = own.and_then(|own| own.accent.as_deref()).and_then(Colour::parse);
        let support = own.and_then(|own| own.support.as_deref()).or(installation.support.as_deref());
        Self {
            name: own.and_then(|own| own.name.as_deref()).unwrap_or(product).to_owned(),
            accent: accent.or_else(|| Colour::parse(&installation.accent)).unwrap_or(Colour::USUAL),
            support: support.and_then(Support::parse),
            home: own.and_then(|own| own.home.clone()).or_else(|| installation.home.clone()),
        }
    }

    /// The colours on light ground.
    pub fn light(&self) -> Palette {
        Palette::light(self.accent)
    }

    /// The colours on dark ground.
    pub fn dark(&self) -> Palette {
        Palette::dark(self.accent)
    }

    /// A stylesheet with the colours as custom properties, for both grounds.
    pub fn css(&self) -> String {
        format!(
            ":root {{\n{}}}\n@media screen and (prefers-color-scheme: dark) {{\n:root {{\n{}}}\n}}\n",
            self.light().properties(),
            self.dark().properties(),
        )
    }
}

impl Support {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(url) = Url::parse(text) {
            return (is_safe(&url) && url.has_host()).then_some(Self::Page(url));
        }
        let (local, domain) = text.split_once('@')?;
        let is_plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
        };
        (text.len() <= 254 && is_plain(local) && is_plain(domain)).then(|| Self::Mail(text.to_owned()))
    }

    /// The address of a link to it.
    pub fn href(&self) -> String {
        match self {
            Self::Mail(address) => format!("mailto:{address}"),
            Self::Page(url) => url.to_string(),
        }
    }

    /// How it is called in a text.
    pub fn text(&self) -> String {
        match self {
            Self::Mail(address) => address.clone(),
            Self::Page(url) => {
                let text = url.as_str();
                text.strip_prefix("https://").unwrap_or(text).trim_end_matches('/').to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(None, variables, crate::config::Role::Serve).map_err(|error| error.findings)
    }

    #[test]
    fn a_source_has_its_own_brand_and_the_installations_for_the_rest() {
        let config = config(&[
            ("HANDOVER_PRODUCT", "House"),
            ("HANDOVER_BRAND__SUPPORT", "help@house.example"),
            ("HANDOVER_BRANDS__CEPPRO__NAME", "CepPro"),
            ("HANDOVER_BRANDS__CEPPRO__ACCENT", "#0A7"),
            ("HANDOVER_BRANDS__CEPPRO__HOME", "https://app.ceppro.example/data"),
        ]);
        let errors = config.unwrap_err();
        assert_eq!(errors, ["HANDOVER_BRANDS__CEPPRO__ACCENT: must be a colour as in #1f5fbf"]);

        let config = self::config(&[
            ("HANDOVER_PRODUCT", "House"),
            ("HANDOVER_BRAND__SUPPORT", "help@house.example"),
            ("HANDOVER_BRANDS__CEPPRO__NAME", "CepPro"),
            ("HANDOVER_BRANDS__CEPPRO__ACCENT", "#00AA77"),
            ("HANDOVER_BRANDS__CEPPRO__HOME", "https://app.ceppro.example/data"),
        ])
        .unwrap();
        let brand = config.brand("ceppro");
        assert_eq!((brand.name.as_str(), brand.accent.to_string().as_str()), ("CepPro", "#00aa77"));
        assert_eq!(brand.support, Some(Support::Mail("help@house.example".into())));
        assert_eq!(brand.home.unwrap().as_str(), "https://app.ceppro.example/data");
        let other = config.brand("proecommerce");
        assert_eq!(other, config.own_brand());
        assert_eq!((other.name.as_str(), other.accent, other.home), ("House", Colour::USUAL, None));
    }

    #[test]
    fn what_could_lead_astray_is_refused() {
        for (variable, value) in [
            ("HANDOVER_BRAND__ACCENT", "red"),
            ("HANDOVER_BRAND__ACCENT", "#12345g"),
            ("HANDOVER_BRAND__SUPPORT", "javascript:alert(1)"),
            ("HANDOVER_BRAND__SUPPORT", "http://help.example"),
            ("HANDOVER_BRAND__SUPPORT", "help"),
            ("HANDOVER_BRAND__SUPPORT", "a@b?cc=c"),
            ("HANDOVER_BRAND__HOME", "http://app.example"),
            ("HANDOVER_BRAND__HOME", "data:text/html,x"),
            ("HANDOVER_BRANDS__SHOP__NAME", "two\nlines"),
            ("HANDOVER_LANGUAGE", "ar-XB"),
            ("HANDOVER_LANGUAGE", "it"),
        ] {
            let findings = config(&[(variable, value)]).unwrap_err();
            assert!(findings.len() == 1 && findings[0].starts_with(variable), "{variable}={value}: {findings:?}");
        }
    }

    #[test]
    fn help_is_named_as_people_read_it() {
        let page = Support::parse("https://help.example.com/").unwrap();
        assert_eq!((page.href().as_str(), page.text().as_str()), ("https://help.example.com/", "help.example.com"));
        let mail = Support::parse("help@example.com").unwrap();
        assert_eq!((mail.href().as_str(), mail.text().as_str()), ("mailto:help@example.com", "help@example.com"));
    }
}
