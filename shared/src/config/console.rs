//! Settings of the console.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The console.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
    /// Whether every operator must set up two-step sign-in before anything else; if not, the console only advises it.
    pub require_two_steps: bool,
}
