//! Settings of retention.

use super::findings::Findings;
use crate::export::Origin;
use chrono::{DateTime, Days, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More than ten years is no retention but an archive; a legal hold has no end of its own.
const LONGEST: u32 = 3660;

/// How long archives are kept. A schedule's own rules come before these.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Days that an archive is kept which a person asked for in the portal.
    pub portal_days: u32,
    /// Days that an archive is kept which was asked for through the API.
    pub operator_days: u32,
    /// Days that an archive of a schedule is kept which has no rules of its own.
    pub schedule_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { portal_days: 7, operator_days: 7, schedule_days: 365 }
    }
}

impl RetentionConfig {
    /// The days for exports of this origin.
    pub const fn days(&self, origin: Origin) -> u32 {
        match origin {
            Origin::Portal => self.portal_days,
            Origin::Operator | Origin::Cli => self.operator_days,
            Origin::Schedule => self.schedule_days,
        }
    }

    /// When the time of an archive is over that is ready at `ready_at`, unless a schedule has its own rules.
    pub fn end_of(&self, origin: Origin, ready_at: DateTime<Utc>) -> DateTime<Utc> {
        ready_at.checked_add_days(Days::new(u64::from(self.days(origin)))).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The longest of them.
    pub fn longest_days(&self) -> u32 {
        self.portal_days.max(self.operator_days).max(self.schedule_days)
    }

    pub(super) fn check(&self, findings: &mut Findings) {
        for (variable, days) in [
            ("HANDOVER_RETENTION__PORTAL_DAYS", self.portal_days),
            ("HANDOVER_RETENTION__OPERATOR_DAYS", self.operator_days),
            ("HANDOVER_RETENTION__SCHEDULE_DAYS", self.schedule_days),
        ] {
            if !(1..=LONGEST).contains(&days) {
                findings.add(variable, format_args!("must be 1 to {LONGEST}"));
            }
        }
    }
}
