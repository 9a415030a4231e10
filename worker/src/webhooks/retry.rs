//! When a message is tried again: the waits that Standard Webhooks suggests, with some chance in them, so that what failed together does not come back together.

use chrono::{DateTime, Utc};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Seconds between the tries; together a little more than three days.
const WAITS: [u64; 9] = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// No receiver puts a message off for longer.
const LONGEST: Duration = Duration::from_secs(24 * HOUR);

/// When a message is tried again after so many tries failed, not before the time that its receiver asked for; `None` when it is given up.
pub(super) fn next_try(tries: i64, asked: Option<Duration>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = wait_after(tries, getrandom::u32().unwrap_or(u32::MAX / 2))?;
    Some(now + wait.max(asked.unwrap_or_default().min(LONGEST)))
}

/// Nine tenths to eleven tenths of the wait.
fn wait_after(tries: i64, random: u32) -> Option<Duration> {
    let place = usize::try_from(tries.max(1) - 1).ok()?;
    let wait = Duration::from_secs(*WAITS.get(place)?);
    Some(wait.mul_f64(0.9) + wait.mul_f64(0.2 * f64::from(random) / f64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_ten_times_in_about_three_days() {
        let total: Duration = (1..=9).map(|tries| wait_after(tries, u32::MAX / 2).unwrap()).sum();
        assert!((Duration::from_secs(3 * 24 * HOUR)..Duration::from_secs(80 * HOUR)).contains(&total), "{total:?}");
        assert_eq!(wait_after(10, 0), None);
        assert_eq!(next_try(10, Some(Duration::from_secs(1)), DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn waits_grow_and_differ() {
        for tries in 1..9 {
            assert!(wait_after(tries, 7) < wait_after(tries + 1, 7));
            assert!(wait_after(tries, 0) < wait_after(tries, 1 << 20));
        }
        assert_eq!(wait_after(1, 0), Some(Duration::from_millis(4500)));
        assert_eq!(wait_after(1, u32::MAX), Some(Duration::from_millis(5500)));
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_up_to_a_day() {
        let now = DateTime::UNIX_EPOCH;
        let asked = |seconds| next_try(1, Some(Duration::from_secs(seconds)), now).unwrap() - now;
        assert_eq!(asked(600).num_seconds(), 600);
        assert!(asked(1).num_seconds() < 6);
        assert_eq!(asked(90 * HOUR).num_hours(), 24);
    }
}
