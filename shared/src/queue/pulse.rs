//! The pulse of a worker's queue: when it last answered.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Tells whether a worker still reaches its queue; a worker signs as alive in the ledger only while this beats. Cheap to clone.
///
/// It beats at every answer to a poll or a lease renewal, so at least every third of the lease while the queue works.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    /// How long ago the queue last answered; `None` before its first answer.
    pub fn silence(&self) -> Option<Duration> {
        self.last().map(|last| last.elapsed())
    }

    pub(super) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn last(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
