//! Settings of links.

use super::findings::Findings;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Links.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinkConfig {
    /// Signing keys, `id:base64` of 32 random bytes, comma-separated; the first signs, all are accepted. Default: a key made in the data folder.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub keys: Option<SecretString>,
    /// How long a link leads to its archive unless it is made for another time; never longer than the archive is kept, at most 365 days.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub lifetime: Duration,
    /// How long the presigned address behind a download lives; at most 5 minutes.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub presigned_lifetime: Duration,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self { keys: None, lifetime: 7 * DAY, presigned_lifetime: Duration::from_secs(60) }
    }
}

impl LinkConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if let Some(keys) = &self.keys
            && let Err(why) = crate::key_list::parse(keys.expose_secret())
        {
            findings.add("HANDOVER_LINKS__KEYS", why);
        }
        if !(Duration::from_secs(60)..=365 * DAY).contains(&self.lifetime) {
            findings.add("HANDOVER_LINKS__LIFETIME", "must be 1m to 365d");
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(300)).contains(&self.presigned_lifetime) {
            findings.add("HANDOVER_LINKS__PRESIGNED_LIFETIME", "must be 1s to 5m");
        }
    }
}
