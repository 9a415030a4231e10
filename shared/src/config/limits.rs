//! Settings of fair use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fair use.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// How many calendar days (UTC) after an export the same person may ask for the next one in the product's portal; 0: at once.
    pub cool_down_days: u32,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self { cool_down_days: 1 }
    }
}
