//! The reconciler: rings again for everything that the ledger says should be going on, and isn't. One worker at a time does it for all.

use crate::{catalog_watch, context::Context, doorbells, remains, timekeeping};
use shared::{
    clock,
    export::ExportId,
    ledger::{
        Result as LedgerResult, codes, duties, notifications,
        sources::{self, Source},
    },
    queue::{Kind, Place, QueueError},
};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// A shorter duty would be lost to a pause of the machine.
const SHORTEST_DUTY: Duration = Duration::from_secs(5);

/// Reconciles again and again; never returns.
pub async fn run(context: &Context) {
    tokio::join!(ring_again(context), remains::run(context), catalog_watch::run(context));
}

async fn ring_again(context: &Context) {
    let mut ticks = interval(context.config.worker.reconcile_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = once(context).await {
            tracing::warn!(error = %error, "The ledger could not be reconciled; trying again");
        }
    }
}

/// Reconciles once: announces this worker's sources and compares its clock, and then, if the duty is its own, rings for due exports, due mails and the sweep.
pub async fn once(context: &Context) -> LedgerResult<()> {
    announce(context).await?;
    timekeeping::compare(context).await?;
    if !is_on_duty(context).await? {
        return Ok(());
    }
    let now = clock::now();
    let window = i64::from(context.config.queue.window);
    doorbells::ring_for_exports(context, now).await?;
    ring_all(context, Kind::Notify, notifications::due(&context.ledger, window, now).await?).await;
    ring_all(context, Kind::Notify, codes::due(&context.ledger, window, now).await?).await;
    ring_all(context, Kind::Sweep, vec![ExportId::nil()]).await;
    Ok(())
}

/// Whether this worker reconciles for all: it takes the duty when nobody has it, and a holder that says nothing for three turns loses it. A queue inside
/// the process can be rung by this one only. A worker whose clock is wrong would take the duty at the wrong time.
pub(crate) async fn is_on_duty(context: &Context) -> LedgerResult<bool> {
    if context.timekeeping.is_off() {
        return Ok(false);
    }
    if context.config.is_embedded_queue() {
        return Ok(true);
    }
    let worker = &context.config.worker;
    let length = worker.reconcile_every.saturating_mul(3).min(worker.lease).max(SHORTEST_DUTY);
    duties::take(&context.ledger, duties::RECONCILER, &context.worker_id, length, clock::now()).await
}

/// Tells the API which sources this worker serves.
pub async fn announce(context: &Context) -> LedgerResult<()> {
    let now = clock::now();
    let served: Vec<Source> = context
        .sources
        .iter()
        .map(|(name, served)| Source {
            name: name.clone(),
            engine: served.source.engine,
            exports: served.exports.into(),
            seen_at: now,
        })
        .collect();
    sources::announce(&context.ledger, &served).await
}

async fn ring_all(context: &Context, kind: Kind, ids: Vec<ExportId>) {
    for id in ids {
        match context.queue.ring(kind, Place::Anywhere, id).await {
            Ok(()) => {}
            Err(QueueError::Full) => return,
            Err(error) => {
                tracing::warn!(kind = %kind, error = %error, "The queue does not answer; ringing again later");
                return;
            }
        }
    }
}
