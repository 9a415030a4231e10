//! Settings of the worker.

use super::findings::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The worker.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerConfig {
    /// Exports run at the same time.
    pub exports: u32,
    /// Mails sent at the same time.
    pub notifications: u32,
    /// How long a worker may be silent before another takes its export; at least 5 s.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub lease: Duration,
    /// How long nothing may move in a running export, neither out of its source nor into the vault, before the attempt is given up; at least 5 s.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub stall: Duration,
    /// How often the ledger is searched for work that no doorbell announced.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub reconcile_every: Duration,
    /// How often an export is tried before it fails. Attempts that failed for a reason that may pass and those whose worker died are counted apart.
    pub attempts: u32,
    /// Wait before the second attempt; doubled for each further one, with jitter.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub retry_after: Duration,
    /// How long running work may take to finish after the first stop signal; then its export is handed over to the next worker, for which another 8 s are taken.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub shutdown: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            exports: 2,
            notifications: 4,
            lease: Duration::from_secs(60),
            stall: Duration::from_secs(15 * 60),
            reconcile_every: Duration::from_secs(10),
            attempts: 5,
            retry_after: Duration::from_secs(10),
            shutdown: Duration::from_secs(20),
        }
    }
}

impl WorkerConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        for (variable, number) in [
            ("HANDOVER_WORKER__EXPORTS", self.exports),
            ("HANDOVER_WORKER__NOTIFICATIONS", self.notifications),
            ("HANDOVER_WORKER__ATTEMPTS", self.attempts),
        ] {
            if number == 0 {
                findings.add(variable, "must be at least 1");
            }
        }
        if self.lease < super::SHORTEST_LEASE {
            findings.add("HANDOVER_WORKER__LEASE", "must be at least 5s");
        }
        if self.stall < super::SHORTEST_LEASE {
            findings.add("HANDOVER_WORKER__STALL", "must be at least 5s");
        }
        if self.reconcile_every.is_zero() {
            findings.add("HANDOVER_WORKER__RECONCILE_EVERY", "must be more than 0s");
        }
    }
}
