//! Settings of one source.

use super::{findings::Findings, ledger::is_database};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One source.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// `postgres://…`, `mysql://…` (also MariaDB) or `sqlite://path`.
    #[serde(skip_serializing)]
    #[schemars(with = "String", extend("writeOnly" = true))]
    pub url: SecretString,
    /// Path of its reviewed catalog.
    pub catalog: PathBuf,
    /// How many exports may read it at the same time, by all workers together; default 2. Say the same to every worker.
    #[serde(default = "places")]
    pub exports: u32,
    /// Refuse an export of more rows.
    #[serde(default)]
    pub max_rows: Option<u64>,
    /// Refuse an export of more bytes, as they are read from the source.
    #[serde(default)]
    pub max_bytes: Option<u64>,
}

fn places() -> u32 {
    2
}

impl SourceConfig {
    /// Checks the source called `name`, for processes that read it.
    pub(super) fn check(&self, name: &str, findings: &mut Findings) {
        let variable = |setting| super::setting::variable(&["sources", name, setting]);
        if !is_name(name) {
            findings.add(
                super::setting::variable(&["sources", name]),
                "the name must begin with a small letter; small letters, digits, `_` and `-` may follow",
            );
        }
        if !is_database(self.url.expose_secret()) && !is_mysql(self.url.expose_secret()) {
            findings.add(
                variable("url"),
                "must be postgres://user:password@host/database, mysql://user:password@host/database or sqlite://path",
            );
        }
        for (setting, number) in
            [("exports", Some(self.exports.into())), ("max_rows", self.max_rows), ("max_bytes", self.max_bytes)]
        {
            if number == Some(0) {
                findings.add(variable(setting), "must be at least 1");
            }
        }
        if !self.catalog.is_file() {
            findings.add(variable("catalog"), format_args!("there is no file `{}`", self.catalog.display()));
        }
    }
}

fn is_mysql(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "mysql" | "mariadb") && url.has_host())
}

pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
}
