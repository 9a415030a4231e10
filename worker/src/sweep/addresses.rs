//! Forgetting the addresses of people who were told of exports that have long been over.

use super::BATCH;
use crate::context::Context;
use chrono::{DateTime, TimeDelta, Utc};
use shared::ledger::{Result as LedgerResult, exports, links};

/// How long addresses are known after an export is over: long enough to answer who was told.
const KNOWN: TimeDelta = TimeDelta::days(30);

/// Forgets those of every export that was over by then, of every link that had ended, and of every mail about a run of a schedule.
pub(super) async fn forget(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    while exports::forget_told_of_runs(&context.ledger, BATCH, now - KNOWN).await? > 0 {}
    while links::forget_recipients(&context.ledger, BATCH, now - KNOWN).await? > 0 {}
    loop {
        let batch = exports::with_addresses(&context.ledger, BATCH, now - KNOWN).await?;
        for &export in &batch {
            exports::forget_addresses(&context.ledger, export, now).await?;
        }
        if batch.is_empty() {
            return Ok(());
        }
    }
}
