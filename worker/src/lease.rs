//! The lease on a running export: renewed while work goes on, and the way in which a worker learns that it must stop.

use crate::{
    archive::Meter,
    ceilings::Ceilings,
    context::Context,
    error::{ExportError, Side},
};
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
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::time::Duration;
use tokio::time::{Instant, interval_at, timeout_at};

/// What is known of a running export's progress.
pub(crate) struct Pace {
    /// Counts rows and bytes.
    pub(crate) meter: Arc<Meter>,
    phase: Mutex<Phase>,
    /// Bytes that the vault has taken.
    stored: AtomicU64,
    /// How often the vault is waited for at the moment.
    storing: AtomicUsize,
}

impl Pace {
    /// At the beginning.
    pub(crate) fn new() -> Self {
        Self {
            meter: Arc::default(),
            phase: Mutex::new(Phase::Planning),
            stored: AtomicU64::new(0),
            storing: AtomicUsize::new(0),
        }
    }

    /// At the beginning of an export that may hold no more than this.
    pub(crate) fn under(ceilings: Ceilings) -> Self {
        Self { meter: Arc::new(Meter { ceilings, ..Meter::default() }), ..Self::new() }
    }

    /// Waits for the vault to take `bytes`, so that it is known who is waited for.
    pub(crate) async fn storing<T>(&self, bytes: usize, taken: impl Future<Output = T>) -> T {
        self.storing.fetch_add(1, Ordering::Relaxed);
        let taken = taken.await;
        self.storing.fetch_sub(1, Ordering::Relaxed);
        self.stored.fetch_add(bytes as u64, Ordering::Relaxed);
        taken
    }

    /// A number that changes whenever something moved.
    fn moves(&self) -> u64 {
        let counters =
            [&self.meter.tables_total, &self.meter.tables_done, &self.meter.rows, &self.meter.bytes, &self.stored];
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        counters
            .into_iter()
            .map(|counter| counter.load(Ordering::Relaxed))
            .fold(u64::from(phase == Phase::Uploading), u64::wrapping_add)
    }

    fn waits_for(&self) -> Side {
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if phase == Phase::Uploading || self.storing.load(Ordering::Relaxed) > 0 { Side::Vault } else { Side::Source }
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
            table: self.meter.table().filter(|_| phase == Phase::Reading),
        }
    }
}

/// Renews the lease several times within its length, and returns the reason as soon as work must stop: a cancel request, another attempt, a ledger that
/// could not be reached for so long that the lease is over, work in which nothing moves, or a worker that has to leave.
///
/// A connection that has gone dark says nothing for ever, and its export must not stay `running` for as long.
pub(crate) async fn keep(context: &Context, export: &Export, pace: &Pace) -> ExportError {
    let length = context.config.worker.lease;
    // Twice a second is often enough for a progress bar and a cancel; a third of the lease survives two failures.
    let period = (length / 3).min(Duration::from_millis(500));
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut held_until = Instant::now() + length;
    let mut watch = Watch { moves: pace.moves(), since: Instant::now() };
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = context.leaving.cancelled() => return ExportError::HandedOver,
        }
        if let Some(silence) = watch.silence(pace.moves(), context.config.worker.stall) {
            return ExportError::Stalled { side: pace.waits_for(), minutes: silence.as_secs_f64() / 60.0 };
        }
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

/// When something moved last.
struct Watch {
    moves: u64,
    since: Instant,
}

impl Watch {
    /// For how long nothing has moved, once that is longer than `limit`.
    fn silence(&mut self, moves: u64, limit: Duration) -> Option<Duration> {
        if moves != self.moves {
            *self = Self { moves, since: Instant::now() };
        }
        Some(self.since.elapsed()).filter(|silence| *silence > limit)
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

    #[tokio::test]
    async fn work_in_which_nothing_moves_is_given_up_and_says_who_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = embedded(&folder).await;
        context.config.worker.stall = Duration::from_secs(1);
        let id = queued(&context).await.id;
        let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
        let (export, pace, begun) = (claimed.unwrap().unwrap(), Pace::new(), Instant::now());
        let moving = async {
            for _ in 0..15 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                pace.meter.rows.fetch_add(1, Ordering::Relaxed);
            }
            pace.storing(1, std::future::pending::<()>()).await;
        };
        let stop = tokio::select! { stop = keep(&context, &export, &pace) => stop, () = moving => unreachable!() };
        assert!(matches!(stop, ExportError::Stalled { side: Side::Vault, .. }), "{stop:?}");
        assert!(begun.elapsed() > Duration::from_millis(2500), "it was given up while it moved");
    }

    #[tokio::test]
    async fn work_stops_at_once_when_the_worker_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let context = embedded(&folder).await;
        let id = queued(&context).await.id;
        let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
        context.leaving.cancel();
        let stop = keep(&context, &claimed.unwrap().unwrap(), &Pace::new()).await;
        assert!(matches!(stop, ExportError::HandedOver), "{stop:?}");
    }
}
