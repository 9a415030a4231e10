//! One limit: so many a minute for each of those it counts apart.

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::{NoOpMiddleware, StateInformationMiddleware},
    state::keyed::DashMapStateStore,
};
use std::{
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    time::Duration,
};

/// More of those who are counted apart than this, and new ones share [`SHARED`] places: memory stays bounded.
const MOST: usize = 100_000;
const SHARED: u64 = 4096;

/// A limit with a name, over those it counts apart. What it knows about one is a few dozen bytes, forgotten once it may do everything again.
pub(crate) struct Meter<C: Clock + Clone = DefaultClock> {
    quota: u32,
    limiter: RateLimiter<u64, DashMapStateStore<u64>, C, StateInformationMiddleware>,
    clock: C,
    hasher: RandomState,
}

/// What a limit says about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The name of the limit.
    pub(crate) policy: &'static str,
    /// How many there are in a minute.
    pub(crate) quota: u32,
    /// How many are left.
    pub(crate) remaining: u32,
    /// In how many seconds all are there again.
    pub(crate) reset: u64,
    /// In how many seconds the next one is there, if the request is one too many.
    pub(crate) wait: Option<u64>,
}

impl Meter {
    /// A limit of so many a minute; `None` if there is none.
    pub(crate) fn per_minute(quota: u32) -> Option<Self> {
        Self::with_clock(quota, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Meter<C> {
    pub(super) fn with_clock(quota: u32, clock: C) -> Option<Self> {
        let per_minute = Quota::per_minute(NonZeroU32::new(quota)?);
        let plain: RateLimiter<_, _, _, NoOpMiddleware<C::Instant>> =
            RateLimiter::new(per_minute, DashMapStateStore::default(), clock.clone());
        let limiter = plain.with_middleware();
        Some(Self { quota, limiter, clock, hasher: RandomState::new() })
    }

    /// Counts one for `who`, and says whether it is one too many; such a one is not counted.
    pub(crate) fn count(&self, policy: &'static str, who: impl Hash) -> Verdict {
        let hash = self.hasher.hash_one(who);
        let place = if self.limiter.len() < MOST { hash } else { hash % SHARED };
        let quota = self.quota;
        match self.limiter.check_key(&place) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity().min(quota);
                Verdict { policy, quota, remaining, reset: self.refilled(quota - remaining), wait: None }
            }
            Err(until) => {
                let wait = seconds(until.wait_time_from(self.clock.now())).max(1);
                Verdict { policy, quota, remaining: 0, reset: self.refilled(quota), wait: Some(wait) }
            }
        }
    }

    /// How many there are in a minute.
    pub(super) fn quota(&self) -> u32 {
        self.quota
    }

    /// Forgets those who may do everything again.
    pub(crate) fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    fn refilled(&self, used: u32) -> u64 {
        (u64::from(used) * 60).div_ceil(u64::from(self.quota))
    }
}

fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn meter(quota: u32) -> (Meter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Meter::with_clock(quota, clock.clone()).unwrap(), clock)
    }

    #[test]
    fn so_many_are_let_through_and_no_more_until_time_has_passed() {
        let (meter, clock) = meter(3);
        let remaining: Vec<u32> = (0..3).map(|_| meter.count("requests", "a").remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        let refused = meter.count("requests", "a");
        assert_eq!((refused.remaining, refused.wait, refused.reset), (0, Some(20), 60));
        assert_eq!(meter.count("requests", "b").wait, None, "another is counted apart");
        clock.advance(Duration::from_secs(19));
        assert_eq!(meter.count("requests", "a").wait, Some(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(meter.count("requests", "a").wait, None);
        assert_eq!(meter.count("requests", "a").wait, Some(20));
    }

    #[test]
    fn who_may_do_everything_again_is_forgotten() {
        let (meter, clock) = meter(60);
        for who in 0..1000 {
            meter.count("requests", who);
        }
        meter.forget();
        assert_eq!(meter.limiter.len(), 1000);
        clock.advance(Duration::from_secs(2));
        meter.forget();
        assert_eq!(meter.limiter.len(), 0);
    }

    #[test]
    fn a_flood_of_strangers_takes_no_more_memory_than_there_is_for_them() {
        let (meter, _) = meter(600);
        for who in 0..MOST * 2 {
            meter.count("requests", who);
        }
        assert!(meter.limiter.len() <= MOST + SHARED as usize);
    }

    #[test]
    fn no_limit_is_no_meter() {
        assert!(Meter::per_minute(0).is_none());
    }
}
