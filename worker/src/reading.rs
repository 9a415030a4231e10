//! Counting what is read from a source while it is read, so that an export of hours shows in the metrics from its beginning.

use crate::archive::Meter;
use shared::metrics;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::interval;
use tokio_util::task::AbortOnDropHandle;

/// How often it is counted.
const EVERY: Duration = Duration::from_secs(1);

/// Counts for the metrics what a meter shows, until it is dropped; then the rest.
pub(crate) struct Reading {
    counted: Arc<Counted>,
    _counting: AbortOnDropHandle<()>,
}

struct Counted {
    source: String,
    meter: Arc<Meter>,
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Reading {
    /// Begins to count what is read from this source.
    pub(crate) fn of(source: &str, meter: Arc<Meter>) -> Self {
        let (rows, bytes) = (AtomicU64::new(meter.rows.load(Relaxed)), AtomicU64::new(meter.bytes.load(Relaxed)));
        let counted = Arc::new(Counted { source: source.to_owned(), meter, rows, bytes });
        let counting = tokio::spawn({
            let counted = counted.clone();
            async move {
                let mut ticks = interval(EVERY);
                loop {
                    ticks.tick().await;
                    counted.count();
                }
            }
        });
        Self { counted, _counting: AbortOnDropHandle::new(counting) }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.counted.count();
    }
}

impl Counted {
    /// Counts what is new since the last time, once, whoever calls.
    fn count(&self) {
        let new = |shown: &AtomicU64, counted: &AtomicU64| {
            let shown = shown.load(Relaxed);
            shown.saturating_sub(counted.fetch_max(shown, Relaxed))
        };
        metrics::read(&self.source, new(&self.meter.rows, &self.rows), new(&self.meter.bytes, &self.bytes));
    }
}
