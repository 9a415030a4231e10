//! Ending the time of archives that their schedule's rules do not keep.

use super::BATCH;
use crate::context::Context;
use chrono::{DateTime, Utc};
use shared::ledger::{Result as LedgerResult, rules};

/// Judges every series that has changed, and those of every schedule whose rules have.
pub(super) async fn judge(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    rules::note_changes(&context.ledger).await?;
    loop {
        let batch = rules::to_judge(&context.ledger, BATCH).await?;
        for series in &batch {
            let judged = rules::judge(&context.ledger, series, now).await?;
            if judged.superseded + judged.shortened > 0 {
                tracing::info!(
                    schedule = %series.schedule_id,
                    archives = judged.archives,
                    superseded = judged.superseded,
                    shortened = judged.shortened,
                    "A series of archives was judged by its schedule's rules"
                );
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
    }
}
