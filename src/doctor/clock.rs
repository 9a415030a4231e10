//! Clocks that do not agree.

use super::Check;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// What is within this is how long an answer takes.
const NOTHING: TimeDelta = TimeDelta::seconds(2);

/// The clock of a part against ours, which was `before` when it was asked and `after` when it had answered. Leases of `lease` are compared across machines.
pub(super) fn judge(
    part: &str,
    theirs: DateTime<Utc>,
    before: DateTime<Utc>,
    after: DateTime<Utc>,
    lease: Duration,
) -> Check {
    let skew = if theirs < before {
        before - theirs
    } else if theirs > after {
        theirs - after
    } else {
        TimeDelta::zero()
    };
    let seconds = format!("{:.1} s", skew.as_seconds_f64());
    let direction = if theirs < before { "behind" } else { "ahead of" };
    if skew <= NOTHING {
        return Check::ok(part, "clock", "agrees with this machine's");
    }
    let message = format!("{seconds} {direction} this machine's");
    let advice = "let both machines follow a time server (`timedatectl status`): leases, links and retention are times";
    // Workers on machines that differ by this much could take each other's exports.
    if skew >= TimeDelta::from_std(lease / 3).unwrap_or(TimeDelta::MAX) {
        return Check::problem(part, "clock", message, advice);
    }
    Check::warning(part, "clock", message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    fn grade(theirs: i64) -> Grade {
        let at = |second| DateTime::from_timestamp(1_000_000 + second, 0).unwrap();
        judge("queue", at(theirs), at(0), at(1), Duration::from_secs(60)).grade
    }

    #[test]
    fn a_clock_may_differ_by_as_much_as_an_answer_takes_and_not_by_a_third_of_a_lease() {
        let grades = [-20, -19, -3, -2, 0, 1, 3, 4, 20, 21].map(grade);
        use Grade::{Ok, Problem, Warning};
        assert_eq!(grades, [Problem, Warning, Warning, Ok, Ok, Ok, Ok, Warning, Warning, Problem]);
    }
}
