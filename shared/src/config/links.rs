//! Settings of links.

use super::findings::Findings;
use crate::link::Protection;
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
    /// How long the address behind a click lives before the download begins, presigned by the vault or a ticket of this service; at most 5 minutes.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub presigned_lifetime: Duration,
    /// How often a link gives each file of its archive, unless it is made otherwise; without it any number of times.
    pub download_limit: Option<u32>,
    /// What a link asks for besides itself, unless it is made otherwise: `none`, `code` (a one-time code mailed to the address that got the link) or `signed_in` (a caller of the API, such as the product's portal).
    pub protection: Protection,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            keys: None,
            lifetime: 7 * DAY,
            presigned_lifetime: Duration::from_secs(60),
            download_limit: None,
            protection: Protection::None,
        }
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
        if self.download_limit == Some(0) {
            findings.add("HANDOVER_LINKS__DOWNLOAD_LIMIT", "must be at least 1; leave it out for no limit");
        }
    }
}
