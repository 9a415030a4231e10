//! Doorbells of exports. Each says only that an export may begin somewhere; which one, the ledger decides when a worker comes.

use crate::context::Context;
use chrono::{DateTime, Utc};
use shared::{
    ledger::{Result as LedgerResult, exports},
    queue::{Kind, QueueError},
};
use uuid::Uuid;

/// Rings until as many doorbells wait as exports could begin now.
///
/// Each has a number of its own: under an export's number it would be held, and wake nobody, while its worker runs another export.
pub(crate) async fn ring_for_exports(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    let due = exports::due(&context.ledger, context.config.queue.window.into(), now).await?.len() as u64;
    if due == 0 {
        return Ok(());
    }
    if let Err(error) = ring(context, due).await {
        tracing::warn!(error = %error, "The doorbells of exports were not rung; the reconciler rings again");
    }
    Ok(())
}

async fn ring(context: &Context, due: u64) -> Result<(), QueueError> {
    let waiting = context.queue.depth(Kind::Export).await?.waiting;
    for _ in waiting..due {
        match context.queue.ring(Kind::Export, Uuid::now_v7()).await {
            Ok(()) => {}
            Err(QueueError::Full) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
