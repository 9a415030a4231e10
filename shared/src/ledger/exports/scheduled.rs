//! What schedules ask for.

use super::{
    NewExport,
    insert::{self, Asked},
};
use crate::ledger::{Result, Transaction};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Enters an export of a run, not to begin before `start`; `false` if the run has one for this tenant.
///
/// It is joined to nobody else's request: what a schedule asks for is kept by the schedule's rules.
pub(in crate::ledger) async fn enter_scheduled(
    transaction: &mut Transaction,
    new: &NewExport,
    run: Uuid,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    Ok(insert::row(transaction, new, Asked::InRun { run, start }, now).await?.is_some())
}
