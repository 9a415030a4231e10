//! How long archives are kept.

use serde::{Deserialize, Serialize};

/// Which archives of one kind are kept. An archive stays if it is young enough *and*, where any `keep_…` is given, one of them keeps it.
///
/// The rules are those of backup tools: `keep_daily = 7` keeps the newest archive of each of the last seven days that have one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Not kept for longer, in days.
    pub max_age_days: Option<u32>,
    /// The newest so many.
    pub keep_last: Option<u32>,
    /// The newest of each of the last so many days (UTC) that have one.
    pub keep_daily: Option<u32>,
    /// The newest of each of the last so many weeks (ISO 8601) that have one.
    pub keep_weekly: Option<u32>,
    /// The newest of each of the last so many months that have one.
    pub keep_monthly: Option<u32>,
    /// The newest of each of the last so many years that have one.
    pub keep_yearly: Option<u32>,
}
