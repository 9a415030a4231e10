//! Settings of the audit.

use super::findings::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The audit.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Days that entries of the audit are kept, 30 to 3660. Older ones are pruned where a key signs what is pruned; see `docs/audit.md`.
    pub days: u32,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { days: 730 }
    }
}

impl AuditConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if !(30..=3660).contains(&self.days) {
            findings.add("HANDOVER_AUDIT__DAYS", "must be 30 to 3660");
        }
    }
}
