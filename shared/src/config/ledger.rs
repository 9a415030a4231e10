//! Settings of the ledger.

use super::findings::Findings;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The ledger.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// `postgres://…` or `sqlite://path`; default a SQLite file in the data folder.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub url: Option<SecretString>,
}

impl LedgerConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if let Some(url) = &self.url
            && !is_database(url.expose_secret())
        {
            findings.add("HANDOVER_LEDGER__URL", "must be postgres://user:password@host/database or sqlite://path");
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.url.as_ref().is_some_and(|url| is_postgres(url.expose_secret()))
    }
}

/// Whether `url` is of a database that can be opened: PostgreSQL with a host, or a SQLite file.
pub(super) fn is_database(url: &str) -> bool {
    is_postgres(url) || url.strip_prefix("sqlite://").is_some_and(|path| !path.is_empty())
}

fn is_postgres(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"))
}
