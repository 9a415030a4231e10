//! The lease on a running export: renewed while work goes on, and the way in which a worker learns that it must stop.

use crate::{archive::Meter, context::Context, error::ExportError};
use shared::{
    clock,
    export::Phase,
    ledger::{
        LedgerError,
        exports::{self, Export, Progress, Renewed},
    },
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::time::{Instant, interval_at, timeout_at};

/// What is known of a running export's progress.
pub(crate) struct Pace {
    /// Counts rows and bytes.
    pub(crate) meter: Arc<Meter>,
    phase: Mutex<Phase>,
}

impl Pace {
    /// At the beginning.
    pub(crate) fn new() -> Self {
        Self { meter: Arc::default(), phase: Mutex::new(Phase::Planning) }
    }

    /// Notes what is done now.
    pub(crate) fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    fn progress(&self) -> Progress {
        let count = |counter: &AtomicU64| i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        let tables_total = count(&self.meter.tables_total);
        let noted = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let phase = if noted == Phase::Planning && tables_total > 0 { Phase::Reading } else { noted };
        Progress {
            phase,
            tables_done: count(&self.meter.tables_done),
            tables_total,
            rows_done: count(&self.meter.rows),
            bytes_done: count(&self.meter.bytes),
        }
    }
}

/// Renews the lease several times within its length, and returns the reason as soon as work must stop: a cancel request, another attempt, or a ledger that
/// could not be reached for so long that the lease is over.
pub(crate) async fn keep(context: &Context, export: &Export, pace: &Pace) -> ExportError {
    let length = context.config.worker.lease;
    // Twice a second is often enough for a progress bar and a cancel; a third of the lease survives two failures.
    let period = (length / 3).min(std::time::Duration::from_millis(500));
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut held_until = Instant::now() + length;
    loop {
        ticks.tick().await;
        let begun = Instant::now();
        match renew(context, export, pace, held_until).await {
            Ok(Renewed::Held) => held_until = begun + length,
            Ok(Renewed::CancelRequested) => return ExportError::Cancelled,
            Err(fenced @ LedgerError::Fenced { .. }) => return fenced.into(),
            Err(error) if Instant::now() >= held_until => return error.into(),
            Err(error) => {
                tracing::warn!(export = %export.id, error = %error, "The lease could not be renewed; trying again")
            }
        }
    }
}

/// Writes the progress as it is at the end of the work; returns the reason if the archive must not become ready. A ledger that does not answer is none: it
/// is asked again when the export is completed.
pub(crate) async fn last(context: &Context, export: &Export, pace: &Pace) -> Option<ExportError> {
    let limit = Instant::now() + context.config.worker.lease;
    match renew(context, export, pace, limit).await {
        Ok(Renewed::CancelRequested) => Some(ExportError::Cancelled),
        Err(fenced @ LedgerError::Fenced { .. }) => Some(fenced.into()),
        Ok(Renewed::Held) | Err(_) => None,
    }
}

async fn renew(context: &Context, export: &Export, pace: &Pace, limit: Instant) -> Result<Renewed, LedgerError> {
    let length = context.config.worker.lease;
    let renewing = exports::renew(&context.ledger, export.id, export.attempt, pace.progress(), length, clock::now());
    // A ledger that is silent is as bad as one that refuses.
    timeout_at(limit, renewing).await.unwrap_or_else(|_| Err(silent_ledger()))
}

/// The error of a ledger that did not answer in time.
pub(crate) fn silent_ledger() -> LedgerError {
    LedgerError::Database(sqlx::Error::PoolTimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::tests::{embedded, queued};
    use std::time::Duration;

    #[tokio::test]
    async fn work_stops_when_the_lease_ends_while_the_ledger_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let context = embedded(&folder).await;
        let id = queued(&context).await.id;
        let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
        let export = claimed.unwrap().unwrap();
        let _others = context.ledger.begin().await.unwrap();
        let pace = Pace::new();
        let stop = tokio::time::timeout(Duration::from_secs(5), keep(&context, &export, &pace)).await;
        assert!(matches!(stop, Ok(ExportError::Ledger(LedgerError::Database(_)))), "{stop:?}");
    }
}
