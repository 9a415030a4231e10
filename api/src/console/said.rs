//! Times, ages, sizes and counts as the console says them.

use askama::Template;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use shared::{display, language::Language};

/// A moment with how far it is from now; a template shows it by `{{ moment|safe }}`.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<time datetime="{{ iso }}">{{ said }}</time> <span class="quiet">{{ away }}</span>"#,
    ext = "html"
)]
pub(crate) struct Moment {
    iso: String,
    said: String,
    away: String,
}

impl Moment {
    /// This moment, as it is seen from `now`.
    pub(crate) fn of(time: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let away = now - time;
        Self {
            iso: time.to_rfc3339_opts(SecondsFormat::Secs, true),
            said: moment(time),
            away: if away < TimeDelta::zero() { format!("in {}", age(-away)) } else { format!("{} ago", age(away)) },
        }
    }
}

/// `22 Nov 2026, 13:37 UTC`.
pub(crate) fn moment(time: DateTime<Utc>) -> String {
    time.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// A length of time in one or two units: `40 s`, `12 min`, `3 h 5 min`, `4 days`.
pub(crate) fn age(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    match (seconds, seconds / 60, seconds / 3600, seconds / 86_400) {
        (seconds, 0, ..) => format!("{seconds} s"),
        (_, minutes, 0, _) => format!("{minutes} min"),
        (_, minutes, hours, 0) if minutes % 60 > 0 && hours < 10 => format!("{hours} h {} min", minutes % 60),
        (_, _, hours, 0) => format!("{hours} h"),
        (.., 1) => "1 day".to_owned(),
        (.., days) => format!("{days} days"),
    }
}

/// Seconds that something took.
pub(crate) fn took(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float is cut off at the ends of an integer")]
    age(TimeDelta::try_seconds(seconds as i64).unwrap_or(TimeDelta::MAX))
}

/// A count with its groups of three digits.
pub(crate) fn count(number: i64) -> String {
    Language::English.number(number.unsigned_abs())
}

/// A count of something that has a regular plural.
pub(crate) fn of(number: i64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{} {one}s", count(number)),
    }
}

/// A size in three digits and a unit.
pub(crate) fn size(bytes: i64) -> String {
    display::size(bytes.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_the_unit_that_tells_most() {
        for (seconds, said) in [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (11_100, "3 h 5 min"),
            (12 * 3600 + 60, "12 h"),
            (86_400, "1 day"),
            (30 * 86_400, "30 days"),
        ] {
            assert_eq!(age(TimeDelta::seconds(seconds)), said, "{seconds}");
        }
        assert_eq!((took(0.04), took(9.96), took(3700.0)), ("0.0 s".into(), "9 s".into(), "1 h 1 min".into()));
    }

    #[test]
    fn a_moment_says_how_far_it_is_away() {
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let said = |time: &str| Moment::of(time.parse().unwrap(), now).to_string();
        assert_eq!(
            said("2026-03-01T09:00:00Z"),
            r#"<time datetime="2026-03-01T09:00:00Z">1 Mar 2026, 09:00 UTC</time> <span class="quiet">3 h ago</span>"#
        );
        assert!(said("2026-03-03T12:00:00Z").ends_with("in 2 days</span>"));
    }

    #[test]
    fn counts_have_groups_and_a_plural() {
        assert_eq!(
            (of(1, "export"), of(0, "export"), of(1234, "row")),
            ("1 export".into(), "0 exports".into(), "1,234 rows".into())
        );
    }
}
