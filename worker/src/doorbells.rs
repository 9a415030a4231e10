//! Doorbells of exports. Each says only that an export may begin somewhere; which one, the ledger decides when a worker comes.

use crate::context::Context;
use chrono::{DateTime, Utc};
use shared::{
    ledger::{Result as LedgerResult, exports},
    queue::{Kind, Place, QueueError},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rings until as many doorbells wait in each place as exports could begin there now: at their source, or anywhere if nobody serves it.
///
/// Each has a number of its own: under an export's number it would be held, and wake nobody, while its worker runs another export.
pub(crate) async fn ring_for_exports(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    let announced_since = context.announced_since(now);
    let mut due: BTreeMap<Option<String>, u64> = BTreeMap::new();
    for export in exports::due(&context.ledger, context.config.queue.window.into(), now).await? {
        let source = export.source.filter(|(_, seen_at)| *seen_at > announced_since).map(|(source, _)| source);
        *due.entry(source).or_default() += 1;
    }
    for (source, due) in due {
        let place = source.as_deref().map_or(Place::Anywhere, Place::Source);
        if let Err(error) = ring(context, place, due).await {
            tracing::warn!(error = %error, "The doorbells of exports were not rung; the reconciler rings again");
            break;
        }
    }
    Ok(())
}

async fn ring(context: &Context, place: Place<'_>, due: u64) -> Result<(), QueueError> {
    let waiting = context.queue.depth(Kind::Export, place).await?.waiting;
    for _ in waiting..due {
        match context.queue.ring(Kind::Export, place, Uuid::now_v7()).await {
            Ok(()) => {}
            Err(QueueError::Full) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
