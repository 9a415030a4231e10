//! The table `workers`: the sign of life of each worker process.

use super::{Ledger, Result};
use chrono::{DateTime, Utc};

/// Notes that the worker polled its queue at `now`.
pub async fn polled(_ledger: &Ledger, _worker: &str, _now: DateTime<Utc>) -> Result<()> {
    todo!()
}
/// When any worker last polled.
pub async fn last_poll(_ledger: &Ledger) -> Result<Option<DateTime<Utc>>> {
    todo!()
}
/// Forgets a worker that stops, and those silent since `silent_since`.
pub async fn forget(_ledger: &Ledger, _worker: &str, _silent_since: DateTime<Utc>) -> Result<()> {
    todo!()
}
