//! The one place that asks the machine for the time; everything else is told.

use chrono::{DateTime, SubsecRound, Utc};

/// Now, to the microsecond, which is as fine as both ledgers store.
#[expect(clippy::disallowed_methods, reason = "this is the edge at which time enters")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
