//! Settings of logs.

use super::findings::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
    /// What is logged, as in `info` or `info,worker=debug`.
    pub filter: String,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

impl LogConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if crate::telemetry::filter(&self.filter).is_err() {
            findings.add(
                "HANDOVER_LOG__FILTER",
                format_args!("`{}` is not a filter such as info or info,worker=debug", self.filter),
            );
        }
    }
}
