//! The settings as they are in force, for people to look at: every secret masked, and where each value comes from.

use super::{
    Config, Role,
    findings::Findings,
    reading::Reading,
    setting::{NAME, Setting, variable},
};
use std::{collections::BTreeSet, path::Path};
use toml::Value;

/// Stands for a secret, whatever its length.
const MASK: &str = "********";

/// One setting and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its variable.
    pub variable: String,
    /// Its value, a secret one masked; none if it has none.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// Its variable.
    Variable,
    /// The file that the variable with `_FILE` at its end names.
    SecretFile(String),
    /// The configuration file.
    File(String),
}

impl Config {
    /// Every setting as `file` and `variables` say it, in the order of the reference, and what a process with this `role` would refuse.
    pub fn show(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        role: Role,
    ) -> (Vec<Shown>, Vec<String>) {
        let variables: Vec<(String, String)> = variables.into_iter().collect();
        // What is wrong is told by the reading itself, below.
        let reading = Reading::gather(file, variables.iter().cloned(), &mut Findings::default());
        let shown = reading.settings.iter().flat_map(|setting| of_setting(&reading, setting)).collect();
        let refused = Config::read(file, variables, role).err();
        (shown, refused.map(|error| error.findings).unwrap_or_default())
    }
}

fn of_setting(reading: &Reading, setting: &Setting) -> Vec<Shown> {
    let paths: Vec<Vec<String>> = if setting.path.iter().any(|key| key == NAME) {
        let named = |name: String| {
            setting.path.iter().map(|key| if key == NAME { name.clone() } else { key.clone() }).collect()
        };
        sources(reading).into_iter().map(named).collect()
    } else {
        vec![setting.path.clone()]
    };
    paths.iter().map(|path| at(reading, setting, path)).collect()
}

fn at(reading: &Reading, setting: &Setting, path: &[String]) -> Shown {
    let variable = variable(path);
    let (value, origin) = if let Some(value) = reading.variables.get(&variable) {
        let origin = reading.secret_files.get(&variable).cloned().map_or(Origin::Variable, Origin::SecretFile);
        (Some(value.clone()), origin)
    } else if let Some(value) = in_table(&reading.table, path) {
        (Some(value), Origin::File(reading.file.clone()))
    } else {
        (setting.default.clone().filter(|default| !default.is_empty()), Origin::Default)
    };
    let value = value.map(|value| if setting.is_secret { MASK.to_owned() } else { without_password(&value) });
    Shown { variable, value, origin }
}

fn in_table(table: &toml::Table, path: &[String]) -> Option<String> {
    let (last, sections) = path.split_last()?;
    let mut table = table;
    for section in sections {
        table = table.get(section)?.as_table()?;
    }
    match table.get(last)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The names of the sources that anything is said of.
fn sources(reading: &Reading) -> BTreeSet<String> {
    let in_file = reading.table.get("sources").and_then(Value::as_table);
    let mut names: BTreeSet<String> = in_file.into_iter().flat_map(toml::Table::keys).cloned().collect();
    let of_portal = reading.table.get("portal").and_then(|portal| portal.get("sources")).and_then(Value::as_table);
    names.extend(of_portal.into_iter().flat_map(toml::Table::keys).cloned());
    let of_variables = reading.variables.keys().filter_map(|name| {
        name.strip_prefix("HANDOVER_SOURCES__").or_else(|| name.strip_prefix("HANDOVER_PORTAL__SOURCES__"))
    });
    names.extend(of_variables.filter_map(|rest| Some(rest.rsplit_once("__")?.0.to_lowercase())));
    names
}

/// An address that is no secret by itself may still hold a password.
pub(super) fn without_password(value: &str) -> String {
    // Not parsed, for what is no address may hold a password all the same. The last `@` counts: a password may hold others.
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    match rest.rsplit_once('@') {
        None => value.to_owned(),
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:{MASK}@{host}"),
            None => format!("{scheme}://{MASK}@{host}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(variables: &[(&str, &str)], file: Option<&Path>) -> (Vec<Shown>, Vec<String>) {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::show(file, variables, Role::Ledger)
    }

    fn of(shown: &[Shown], variable: &str) -> (Option<String>, Origin) {
        let found = shown.iter().find(|shown| shown.variable == variable).unwrap();
        (found.value.clone(), found.origin.clone())
    }

    #[test]
    fn every_value_is_told_with_its_origin_and_no_secret_is() {
        let folder = tempfile::tempdir().unwrap();
        let (file, secret) = (folder.path().join("handover.toml"), folder.path().join("queue"));
        std::fs::write(
            &file,
            "product = \"Shop\"\n[links]\nkeys = \"a:hunter2\"\n[vault]\nsecret_access_key = \"hunter2\"\n[sources.shop]\nurl = \"postgres://hunter2\"\ncatalog = \"c\"\n",
        )
        .unwrap();
        std::fs::write(&secret, "redis://:hunter2@queue\n").unwrap();
        let variables = [
            ("HANDOVER_LEDGER__URL", "postgres://u:hunter2@h/d"),
            ("HANDOVER_QUEUE__URL_FILE", secret.to_str().unwrap()),
            ("HANDOVER_MAIL__URL", "smtp://u:hunter2@h"),
            ("HANDOVER_VAULT__ACCESS_KEY_ID", "hunter2"),
            ("HANDOVER_VAULT__ENDPOINT", "https://u:hunter2@s3.example.com/"),
            ("HANDOVER_VAULT__PUBLIC_ENDPOINT", "https://u:hunter2@s3.example.com:90000/"),
            ("HANDOVER_SOURCES__CRM__URL", "mysql://u:hunter2@h/d"),
            ("HANDOVER_SOURCES__CRM__CATALOG", "crm.toml"),
        ];
        let (settings, _) = shown(&variables, Some(&file));
        assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
        let in_file = Origin::File(file.display().to_string());
        let mask = || Some(MASK.to_owned());
        assert_eq!(of(&settings, "HANDOVER_PRODUCT"), (Some("Shop".into()), in_file.clone()));
        assert_eq!(of(&settings, "HANDOVER_LINKS__KEYS"), (mask(), in_file.clone()));
        assert_eq!(of(&settings, "HANDOVER_LEDGER__URL"), (mask(), Origin::Variable));
        let queue = Origin::SecretFile(secret.display().to_string());
        assert_eq!(of(&settings, "HANDOVER_QUEUE__URL"), (mask(), queue));
        assert_eq!(of(&settings, "HANDOVER_SOURCES__SHOP__URL"), (mask(), in_file));
        assert_eq!(of(&settings, "HANDOVER_SOURCES__CRM__CATALOG"), (Some("crm.toml".into()), Origin::Variable));
        assert_eq!(of(&settings, "HANDOVER_VAULT__ENCRYPTION"), (Some("AES256".into()), Origin::Default));
        assert_eq!(of(&settings, "HANDOVER_VAULT__BUCKET"), (None, Origin::Default));
        let endpoint = of(&settings, "HANDOVER_VAULT__ENDPOINT").0.unwrap();
        assert_eq!(endpoint, format!("https://u:{MASK}@s3.example.com/"));
    }

    #[test]
    fn every_secret_setting_is_masked() {
        let named = |setting: &Setting| setting.variable().replace("<NAME>", "SHOP");
        let settings = super::super::setting::settings();
        let variables: Vec<(String, String)> = settings
            .iter()
            .filter(|setting| setting.is_secret)
            .map(|setting| (named(setting), "hunter2".to_owned()))
            .collect();
        let (shown, _) = Config::show(None, variables.clone(), Role::Ledger);
        for (variable, _) in variables.iter().filter(|(variable, _)| !variable.contains("SOURCES")) {
            assert_eq!(of(&shown, variable), (Some(MASK.to_owned()), Origin::Variable));
        }
        assert!(!format!("{shown:?}").contains("hunter2"));
    }

    #[test]
    fn what_would_be_refused_is_told_beside_it() {
        let (settings, refused) = shown(&[("HANDOVER_LISTEN", "nowhere"), ("HANDOVER_LINKS__KEYS", "hunter2")], None);
        assert_eq!(of(&settings, "HANDOVER_LISTEN").0.as_deref(), Some("nowhere"));
        assert_eq!(refused.len(), 2);
        assert!(!refused.join("").contains("hunter2"), "{refused:?}");
    }
}
