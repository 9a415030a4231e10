//! Doorbells of exports. Each says only that an export may begin somewhere; which one, the ledger decides when a worker comes.

use crate::{context::Context, lease};
use chrono::{DateTime, Utc};
use shared::{
    clock,
    ledger::{Result as LedgerResult, exports},
    queue::{Kind, QueueError},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How long a worker leaves a doorbell that is not for it to the others, before it may take it again itself.
pub(crate) const PASSING: Duration = Duration::from_millis(500);
/// The longest such time, whatever the doubling says: a person may wait for what was left.
const LONGEST_PASSING: Duration = Duration::from_secs(2);

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

/// Rings for what this worker just left to others, once it has left them the time to be there first: a doorbell says nothing of the source, and whoever takes it may
/// be one that does not serve it.
pub(crate) async fn pass_on(context: &Arc<Context>) {
    let now = clock::now();
    let serves = context.serves();
    let asked = exports::left_to_others(&context.ledger, &serves, context.announced_since(now), now);
    let left = timeout(context.config.worker.lease, asked).await.unwrap_or_else(|_| Err(lease::silent_ledger()));
    match left {
        Ok(false) => context.passes.store(0, Ordering::Relaxed),
        Ok(true) if context.passing_on.swap(true, Ordering::Relaxed) => {}
        Ok(true) => {
            let context = context.clone();
            let pause = pause_after(context.passes.fetch_add(1, Ordering::Relaxed), getrandom::u32().unwrap_or(0));
            tokio::spawn(async move {
                sleep(pause).await;
                context.passing_on.store(false, Ordering::Relaxed);
                if let Err(error) = ring_for_exports(&context, clock::now()).await {
                    tracing::warn!(error = %error, "What is for others was not rung for; the reconciler will");
                }
            });
        }
        Err(error) => {
            tracing::warn!(error = %error, "Whether others are to be woken is unknown; the reconciler rings again")
        }
    }
}

/// Longer after more passes, because those who serve the source may be busy for hours, and never twice the same: workers ask the queue at fixed
/// intervals, and with equal pauses the same two of them could hand a doorbell to and fro for ever.
fn pause_after(passes: u32, random: u32) -> Duration {
    let pause = PASSING.saturating_mul(1 << passes.min(16)).min(LONGEST_PASSING);
    pause / 2 + pause.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_to_its_bound_and_differs_each_time() {
        assert_eq!(pause_after(0, 0), PASSING / 2);
        assert_eq!(pause_after(0, u32::MAX), PASSING * 3 / 2);
        for passes in [2, 3, 40, u32::MAX] {
            assert_eq!(pause_after(passes, 0), LONGEST_PASSING / 2);
            assert_eq!(pause_after(passes, u32::MAX), LONGEST_PASSING * 3 / 2);
        }
        assert_ne!(pause_after(3, 1 << 20), pause_after(3, 1 << 30));
    }
}
