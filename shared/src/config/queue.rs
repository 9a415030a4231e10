//! Settings of the queue.

use super::findings::Findings;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The queue.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueueConfig {
    /// `redis://…` or `rediss://…`; without it the queue is in the process, which only `handover serve` can do.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub url: Option<SecretString>,
    /// First part of every Redis key.
    pub prefix: String,
    /// How many doorbells of one kind Redis holds at the most; the ledger keeps the rest.
    pub window: u32,
    /// How long a worker may be silent before Redis hands its doorbell to another; at least 5 s.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub lease: Duration,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self { url: None, prefix: "handover".into(), window: 1000, lease: Duration::from_secs(60) }
    }
}

impl QueueConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if let Some(url) = &self.url
            && !url::Url::parse(url.expose_secret())
                .is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss") && url.has_host())
        {
            findings.add("HANDOVER_QUEUE__URL", "must be redis://host:6379/0, or rediss:// with TLS");
        }
        let fits = |character: char| character.is_ascii_alphanumeric() || "_-.:".contains(character);
        if self.prefix.is_empty() || !self.prefix.chars().all(fits) {
            findings.add("HANDOVER_QUEUE__PREFIX", "must be letters, digits and `_-.:`, at least one");
        }
        if self.window == 0 {
            findings.add("HANDOVER_QUEUE__WINDOW", "must be at least 1");
        }
        if self.lease < super::SHORTEST_LEASE {
            findings.add("HANDOVER_QUEUE__LEASE", "must be at least 5s");
        }
    }
}
