//! Wrong credentials: each address may try some, then later, then not for a while. Forged links: of many, few are written down.

use super::{
    Network,
    meter::{Meter, Verdict},
};
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How many forged links of one address are written to the audit in a minute.
const WRITTEN_PER_ADDRESS: u32 = 5;
/// How many of all addresses together.
const WRITTEN: u32 = 60;
/// The longest that an answer to a wrong key is held back.
const LONGEST: Duration = Duration::from_secs(2);
/// More addresses than this are not kept out at once; the oldest go first.
const MOST: usize = 100_000;

/// What this process knows about failures.
pub(super) struct Failures {
    wrong_keys: Option<Meter>,
    kept_out: Mutex<HashMap<Network, Instant>>,
    forged_of_address: Option<Meter>,
    forged: Option<Meter>,
    unwritten: AtomicU64,
}

impl Failures {
    pub(super) fn new(per_minute: u32) -> Self {
        let is_on = per_minute > 0;
        Self {
            wrong_keys: Meter::per_minute(per_minute),
            kept_out: Mutex::default(),
            forged_of_address: Meter::per_minute(WRITTEN_PER_ADDRESS).filter(|_| is_on),
            forged: Meter::per_minute(WRITTEN).filter(|_| is_on),
            unwritten: AtomicU64::new(0),
        }
    }

    /// In how many seconds the address may try again, if it may not now.
    pub(super) fn kept_out(&self, address: Network, now: Instant) -> Option<Verdict> {
        let quota = self.wrong_keys.as_ref()?.quota();
        let kept_out = self.kept_out.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = kept_out.get(&address)?.checked_duration_since(now)?.as_secs() + 1;
        Some(Verdict { policy: "failures", quota, remaining: 0, reset: 60, wait: Some(wait) })
    }

    /// Counts a wrong key, and says how long to hold the answer back.
    pub(super) fn wrong_key(&self, address: Network, now: Instant) -> Duration {
        let Some(meter) = &self.wrong_keys else { return Duration::ZERO };
        let verdict = meter.count("failures", address);
        if verdict.remaining == 0 {
            // Until one more try is there.
            let wait = verdict.wait.unwrap_or_else(|| 60_u64.div_ceil(u64::from(verdict.quota.max(1))));
            let mut kept_out = self.kept_out.lock().unwrap_or_else(PoisonError::into_inner);
            if kept_out.len() >= MOST {
                kept_out.retain(|_, until| *until > now);
            }
            if kept_out.len() < MOST {
                kept_out.insert(address, now + Duration::from_secs(wait));
            }
        }
        held_back(verdict.quota, verdict.remaining)
    }

    /// Whether a forged link is to be written down; then with how many were not since the last one.
    pub(super) fn forged(&self, address: Option<Network>) -> Option<u64> {
        let fits = |meter: &Option<Meter>, who: Option<Network>| {
            meter.as_ref().is_none_or(|meter| meter.count("forged", who).wait.is_none())
        };
        if fits(&self.forged_of_address, address) && fits(&self.forged, None) {
            return Some(self.unwritten.swap(0, Ordering::Relaxed));
        }
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        None
    }

    pub(super) fn forget(&self, now: Instant) {
        for meter in [&self.wrong_keys, &self.forged_of_address, &self.forged].into_iter().flatten() {
            meter.forget();
        }
        self.kept_out.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, until| *until > now);
    }
}

/// Nothing for the first half of the tries, then more with each.
fn held_back(quota: u32, remaining: u32) -> Duration {
    let half = quota / 2;
    if remaining >= half || half == 0 {
        return Duration::ZERO;
    }
    LONGEST * (half - remaining) / half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Network {
        Network::of(std::net::Ipv4Addr::new(192, 0, 2, last).into())
    }

    #[test]
    fn answers_come_later_and_then_no_key_is_looked_up() {
        let (failures, now) = (Failures::new(10), Instant::now());
        let pauses: Vec<Duration> = (0..10).map(|_| failures.wrong_key(address(1), now)).collect();
        assert!(pauses[..5].iter().all(Duration::is_zero), "{pauses:?}");
        assert!(pauses[5..].windows(2).all(|pair| pair[0] < pair[1]), "{pauses:?}");
        assert_eq!(pauses[9], LONGEST);
        let wait = failures.kept_out(address(1), now).unwrap().wait.unwrap();
        assert!((1..=7).contains(&wait), "{wait}");
        assert_eq!(failures.kept_out(address(1), now + Duration::from_secs(wait)), None);
        assert_eq!(failures.kept_out(address(2), now), None);
    }

    #[test]
    fn of_many_forged_links_few_are_written_down_and_the_others_counted() {
        let failures = Failures::new(10);
        let written: Vec<Option<u64>> = (0..100).map(|_| failures.forged(Some(address(1)))).collect();
        assert_eq!(written.iter().flatten().count(), WRITTEN_PER_ADDRESS as usize);
        assert_eq!(failures.forged(Some(address(2))), Some(100 - u64::from(WRITTEN_PER_ADDRESS)));
        for last in 0..=255 {
            failures.forged(Some(address(last)));
        }
        assert!(failures.forged(Some(Network::of(std::net::Ipv4Addr::LOCALHOST.into()))).is_none());
    }

    #[test]
    fn without_a_limit_nobody_is_held_back() {
        let failures = Failures::new(0);
        assert!((0..100).all(|_| failures.wrong_key(address(1), Instant::now()).is_zero()));
        assert_eq!(failures.kept_out(address(1), Instant::now()), None);
    }
}
