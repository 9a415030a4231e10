//! Leases are times, written by one worker and read by another: a worker whose clock is wrong would take exports from those that run them.

use crate::context::Context;
use chrono::{DateTime, TimeDelta, Utc};
use shared::{clock, ledger::Result as LedgerResult};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this machine's clock agrees with the ledger's.
#[derive(Debug, Default)]
pub struct Timekeeping {
    is_off: AtomicBool,
}

impl Timekeeping {
    /// Whether the clock was too far off when it was compared last: then no work is begun.
    pub fn is_off(&self) -> bool {
        self.is_off.load(Ordering::Relaxed)
    }

    /// Notes how far off the clock is. A quarter of a lease is too far: what is left then still covers two missed renewals.
    pub(crate) fn note(&self, distance: TimeDelta, lease: std::time::Duration) {
        let is_off = distance.to_std().unwrap_or_default() > lease / 4;
        let was_off = self.is_off.swap(is_off, Ordering::Relaxed);
        let milliseconds = distance.num_milliseconds();
        match (was_off, is_off) {
            (_, true) => tracing::error!(
                milliseconds,
                "This machine's clock is not the ledger's: the worker begins nothing until they agree; look at the time service of both"
            ),
            (true, false) => tracing::info!(milliseconds, "The clocks agree again, and the worker goes on"),
            (false, false) => {}
        }
    }
}

/// Compares this machine's clock with the ledger's.
pub(crate) async fn compare(context: &Context) -> LedgerResult<()> {
    let before = clock::now();
    let ledger = context.ledger.clock().await?;
    context.timekeeping.note(distance(before, ledger, clock::now()), context.config.worker.lease);
    Ok(())
}

/// How far off a clock is at the least that showed `other` at a moment from `before` to `after`.
fn distance(before: DateTime<Utc>, other: DateTime<Utc>, after: DateTime<Utc>) -> TimeDelta {
    (before - other).max(other - after).max(TimeDelta::zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!(distance(at(0), at(3), at(9)), TimeDelta::zero());
        assert_eq!(distance(at(0), at(-20), at(9)), TimeDelta::seconds(20));
        assert_eq!(distance(at(0), at(29), at(9)), TimeDelta::seconds(20));
    }

    #[test]
    fn a_worker_whose_clock_is_wrong_begins_nothing_until_it_is_right() {
        let (timekeeping, lease) = (Timekeeping::default(), Duration::from_secs(60));
        timekeeping.note(TimeDelta::seconds(15), lease);
        assert!(!timekeeping.is_off());
        timekeeping.note(TimeDelta::seconds(16), lease);
        assert!(timekeeping.is_off());
        timekeeping.note(TimeDelta::seconds(1), lease);
        assert!(!timekeeping.is_off());
    }
}
