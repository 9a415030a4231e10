//! The reconciler: rings again for everything that the ledger says should be going on, and isn't.

use crate::context::Context;
use shared::{
    clock,
    export::ExportId,
    ledger::{
        Result as LedgerResult, exports, notifications,
        sources::{self, Source},
    },
    queue::{Kind, QueueError},
};
use tokio::time::{MissedTickBehavior, interval};

/// Reconciles again and again; never returns.
pub async fn run(context: &Context) {
    let mut ticks = interval(context.config.worker.reconcile_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = once(context).await {
            tracing::warn!(error = %error, "The ledger could not be reconciled; trying again");
        }
    }
}

/// Reconciles once: announces this worker's sources, and rings for due exports, due mails and the sweep.
pub async fn once(context: &Context) -> LedgerResult<()> {
    let now = clock::now();
    let window = i64::from(context.config.queue.window);
    announce(context).await?;
    ring_all(context, Kind::Export, exports::due(&context.ledger, window, now).await?).await;
    ring_all(context, Kind::Notify, notifications::due(&context.ledger, window, now).await?).await;
    ring_all(context, Kind::Sweep, vec![ExportId::nil()]).await;
    Ok(())
}

/// Tells the API which sources this worker serves.
pub async fn announce(context: &Context) -> LedgerResult<()> {
    let now = clock::now();
    let served: Vec<Source> = context
        .sources
        .iter()
        .map(|(name, served)| Source { name: name.clone(), engine: served.source.engine, seen_at: now })
        .collect();
    sources::announce(&context.ledger, &served).await
}

async fn ring_all(context: &Context, kind: Kind, ids: Vec<ExportId>) {
    for id in ids {
        match context.queue.ring(kind, id).await {
            Ok(()) => {}
            Err(QueueError::Full) => return,
            Err(error) => {
                tracing::warn!(kind = %kind, error = %error, "The queue does not answer; ringing again later");
                return;
            }
        }
    }
}
