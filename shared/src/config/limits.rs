//! Settings of fair use.

use super::findings::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Fair use.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// How many calendar days (UTC) after an export the same person may ask for the next one in the product's portal; 0: at once.
    pub cool_down_days: u32,
    /// How many requests one address, one key, and one tenant may make in a minute; 0: any number. Each API process counts for itself.
    pub requests_per_minute: u32,
    /// How many exports one key and one tenant may start in a minute; 0: any number.
    pub exports_per_minute: u32,
    /// How many links one key and one tenant may make in a minute; 0: any number.
    pub links_per_minute: u32,
    /// How many pages of links and downloads one address may open in a minute; 0: any number.
    pub downloads_per_minute: u32,
    /// How many one-time codes one address may ask for or try in a minute; 0: any number.
    pub codes_per_minute: u32,
    /// How many wrong keys one address may try in a minute: after half of them answers come later, after all none is looked up; 0: any number, and every forged link is written to the audit.
    pub failures_per_minute: u32,
    /// How many event streams one key may hold open; 0: any number.
    pub streams_per_key: u32,
    /// How many connections an API process holds open; needs twice as many open files.
    pub connections: u32,
    /// How many of them one address may hold; 0: any number. Trusted proxies may hold all.
    pub connections_per_address: u32,
    /// How long a client may take to send the head of a request, and again to send its body.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub request_timeout: Duration,
    /// How long a client may leave an answer untaken before its connection is closed.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub stall_timeout: Duration,
    /// How long a connection may stay open between two requests; longer than a load balancer's own.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub keep_alive: Duration,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            cool_down_days: 1,
            requests_per_minute: 600,
            exports_per_minute: 30,
            links_per_minute: 60,
            downloads_per_minute: 120,
            codes_per_minute: 10,
            failures_per_minute: 20,
            streams_per_key: 32,
            connections: 2048,
            connections_per_address: 128,
            request_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(60),
            keep_alive: Duration::from_secs(75),
        }
    }
}

impl LimitConfig {
    /// The same without any limit on how much is asked.
    pub fn unlimited(self) -> Self {
        Self {
            requests_per_minute: 0,
            exports_per_minute: 0,
            links_per_minute: 0,
            downloads_per_minute: 0,
            codes_per_minute: 0,
            failures_per_minute: 0,
            streams_per_key: 0,
            connections_per_address: 0,
            ..self
        }
    }

    pub(super) fn check(&self, findings: &mut Findings) {
        if !(16..=1_000_000).contains(&self.connections) {
            findings.add("HANDOVER_LIMITS__CONNECTIONS", "must be 16 to 1000000");
        }
        let spans = [
            ("REQUEST_TIMEOUT", self.request_timeout),
            ("STALL_TIMEOUT", self.stall_timeout),
            ("KEEP_ALIVE", self.keep_alive),
        ];
        for (name, span) in spans {
            if !(Duration::from_secs(1)..=Duration::from_secs(3600)).contains(&span) {
                findings.add(format!("HANDOVER_LIMITS__{name}"), "must be 1s to 1h");
            }
        }
    }
}
