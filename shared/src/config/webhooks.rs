//! Settings of webhooks.

use super::{findings::Findings, proxies::Networks};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Webhooks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Networks besides the public internet that webhooks may be sent to, as in 10.0.0.0/8,127.0.0.1; what leads anywhere else inside is refused.
    #[schemars(with = "String")]
    pub allow_private: Networks,
    /// Days that messages to webhooks are kept, to be looked at and sent again, 4 to 365.
    pub days: u32,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self { allow_private: Networks::default(), days: 30 }
    }
}

impl WebhookConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        // A message is tried for three days.
        if !(4..=365).contains(&self.days) {
            findings.add("HANDOVER_WEBHOOKS__DAYS", "must be 4 to 365");
        }
    }
}
