//! Settings of portal tokens: what a product's back end signs for the people who use it.

mod key;
#[cfg(test)]
mod tests;

pub use key::{PortalAlgorithm, PortalKey};

use super::{findings::Findings, setting::variable};
use crate::export::SubjectId;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};
use url::{Host, Url};

/// Portal tokens. Without a source here there are none.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PortalConfig {
    /// Origins whose pages may call the API from a browser, comma-separated, as in `https://app.example.com`; default none.
    pub origins: Option<String>,
    /// What `aud` of every portal token must hold.
    pub audience: String,
    /// The sources whose products sign portal tokens, by name (`HANDOVER_PORTAL__SOURCES__CEPPRO__ISSUER`).
    pub sources: BTreeMap<String, PortalSourceConfig>,
}

/// How the product of one source signs its portal tokens.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PortalSourceConfig {
    /// What `iss` of the portal tokens for this source must be. With it and one of `keys`, `jwks_url` and `jwks_file`, such tokens are taken.
    pub issuer: Option<String>,
    /// The kind of person that a `member` is, as the source's catalog names it; without it only an `admin` is let in.
    pub member: Option<String>,
    /// Keys of the tokens, `id:key`, comma-separated: public keys in PEM (Ed25519, P-256 or RSA), or base64 of a secret of at least 32 bytes (HS256).
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub keys: Option<SecretString>,
    /// Address of the product's public keys as a JWK set (RFC 7517); https, but for this machine.
    pub jwks_url: Option<Url>,
    /// File with such a set; read again when it changes.
    pub jwks_file: Option<PathBuf>,
}

impl Default for PortalConfig {
    fn default() -> Self {
        Self { origins: None, audience: "handover".into(), sources: BTreeMap::new() }
    }
}

impl PortalConfig {
    /// The origins whose pages may call the API, as browsers write them.
    pub fn origins(&self) -> Vec<String> {
        let listed = self.origins.iter().flat_map(|list| list.split(','));
        listed.map(|origin| origin.trim().to_owned()).filter(|origin| !origin.is_empty()).collect()
    }

    pub(super) fn check(&self, findings: &mut Findings) {
        for origin in self.origins() {
            if !is_origin(&origin) {
                findings.add(
                    "HANDOVER_PORTAL__ORIGINS",
                    format_args!("`{origin}` is not an origin as browsers send it: https://host or https://host:port, in small letters, without a slash at the end (http:// only for this machine)"),
                );
            }
        }
        if !is_line(&self.audience) {
            findings.add("HANDOVER_PORTAL__AUDIENCE", "must be a text on one line");
        }
        for (name, source) in &self.sources {
            source.check(name, findings);
        }
    }
}

impl PortalSourceConfig {
    /// The configured keys; what is wrong with them, if they cannot be read.
    pub fn keys(&self) -> Result<Vec<PortalKey>, String> {
        self.keys.as_ref().map_or(Ok(Vec::new()), |keys| key::parse(keys.expose_secret()))
    }

    fn check(&self, name: &str, findings: &mut Findings) {
        let variable = |setting| variable(&["portal", "sources", name, setting]);
        if !self.issuer.as_deref().is_some_and(is_line) {
            findings.add(
                variable("issuer"),
                "is not set: tokens for this source need an issuer, as in https://app.example.com",
            );
        }
        if self.member.as_deref().is_some_and(|kind| !SubjectId::is_kind(kind)) {
            findings.add(
                variable("member"),
                "must be a kind of person as the catalog names it: 1 to 64 letters, digits, `_` or `-`",
            );
        }
        if let Err(why) = self.keys() {
            findings.add(variable("keys"), why);
        }
        if self.jwks_url.as_ref().is_some_and(|url| !is_safe(url)) {
            findings.add(
                variable("jwks_url"),
                "must be https:// with a host (http:// only for this machine), without a user and a password",
            );
        }
        if let Some(file) = &self.jwks_file
            && !file.is_file()
        {
            findings.add(variable("jwks_file"), format_args!("there is no file `{}`", file.display()));
        }
        let ways = [self.keys.is_some(), self.jwks_url.is_some(), self.jwks_file.is_some()];
        if ways.iter().filter(|is_set| **is_set).count() != 1 {
            findings.add(
                variable("keys"),
                format_args!("set exactly one of it, {} and {}", variable("jwks_url"), variable("jwks_file")),
            );
        }
    }
}

/// Whether what is sent to this address stays unread on the way.
pub(super) fn is_safe(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
    is_private && url.username().is_empty() && url.password().is_none()
}

fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_safe(&url) && !text.contains('*') && url.origin().ascii_serialization() == text)
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 512 && !text.contains(char::is_control)
}
