//! How long archives are kept: rules like those of backup tools, as a function of times and nothing else.

#[cfg(test)]
mod tests;

use crate::export::ExportId;
use chrono::{DateTime, Datelike, Days, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which archives of one kind are kept. An archive stays if it is young enough *and*, where any `keep_…` is given, one of them keeps it.
///
/// The rules are those of backup tools: `keep_daily = 7` keeps the newest archive of each of the last seven days that have one. Rules never take the
/// newest archive of a series; only age does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Not kept for longer, in days.
    pub max_age_days: Option<u32>,
    /// The newest so many.
    pub keep_last: Option<u32>,
    /// The newest of each of the last so many days (UTC) that have one.
    pub keep_daily: Option<u32>,
    /// The newest of each of the last so many weeks (ISO 8601) that have one.
    pub keep_weekly: Option<u32>,
    /// The newest of each of the last so many months that have one.
    pub keep_monthly: Option<u32>,
    /// The newest of each of the last so many years that have one.
    pub keep_yearly: Option<u32>,
}

/// One archive of a series: of one schedule, and in it of one tenant or one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archive {
    /// The number of its export.
    pub id: ExportId,
    /// When it was asked for. This decides to which day, week, month and year it belongs, since a nightly archive that once finishes after midnight is
    /// still that night's.
    pub asked_at: DateTime<Utc>,
    /// When it became ready. Its age counts from here.
    pub ready_at: DateTime<Utc>,
}

/// What becomes of an archive, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// There is no rule but age, and it is young enough.
    Young,
    /// Nothing newer exists.
    Newest,
    /// This rule keeps it; the first one that does, in the order of the fields.
    KeptBy(Rule),
    /// It is older than any archive may be.
    TooOld,
    /// No rule keeps it.
    Superseded,
}

/// A rule that keeps archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// `keep_last`.
    Last,
    /// `keep_daily`.
    Daily,
    /// `keep_weekly`.
    Weekly,
    /// `keep_monthly`.
    Monthly,
    /// `keep_yearly`.
    Yearly,
}

impl Verdict {
    /// Whether the archive is deleted.
    pub const fn goes(self) -> bool {
        matches!(self, Self::TooOld | Self::Superseded)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Young => "young enough",
            Self::Newest => "the newest",
            Self::KeptBy(Rule::Last) => "among the last",
            Self::KeptBy(Rule::Daily) => "the newest of its day",
            Self::KeptBy(Rule::Weekly) => "the newest of its week",
            Self::KeptBy(Rule::Monthly) => "the newest of its month",
            Self::KeptBy(Rule::Yearly) => "the newest of its year",
            Self::TooOld => "too old",
            Self::Superseded => "kept by no rule",
        })
    }
}

impl Retention {
    /// Whether it has any rule beside age.
    pub const fn has_rules(&self) -> bool {
        self.keep_last.is_some()
            || self.keep_daily.is_some()
            || self.keep_weekly.is_some()
            || self.keep_monthly.is_some()
            || self.keep_yearly.is_some()
    }

    /// When an archive that became ready at `ready_at` is too old; `None` when it never is.
    pub fn end_of(&self, ready_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // A date beyond the calendar's end is never.
        ready_at.checked_add_days(Days::new(u64::from(self.max_age_days?)))
    }

    /// What becomes of each archive of one series at `now`, in the order in which they are given.
    ///
    /// The rules look at the series alone, not at the time: a period without an archive uses up no place, and a schedule that stands still loses nothing to
    /// them. Archives asked for at the same moment are told apart by their numbers.
    pub fn judge(&self, series: &[Archive], now: DateTime<Utc>) -> Vec<Verdict> {
        let mut newest_first: Vec<usize> = (0..series.len()).collect();
        newest_first.sort_by_key(|&place| std::cmp::Reverse((series[place].asked_at, series[place].id)));
        let mut verdicts = vec![if self.has_rules() { Verdict::Superseded } else { Verdict::Young }; series.len()];
        if self.has_rules() {
            // The first rule's word is the last one written.
            for (rule, places, period) in self.rules().into_iter().rev() {
                keep(places.unwrap_or(0), rule, period, series, &newest_first, &mut verdicts);
            }
            if let Some(&newest) = newest_first.first().filter(|&&place| verdicts[place].goes()) {
                verdicts[newest] = Verdict::Newest;
            }
        }
        for (archive, verdict) in series.iter().zip(&mut verdicts) {
            if self.end_of(archive.ready_at).is_some_and(|end| end <= now) {
                *verdict = Verdict::TooOld;
            }
        }
        verdicts
    }

    fn rules(&self) -> [(Rule, Option<u32>, Period); 5] {
        [
            (Rule::Last, self.keep_last, Period::None),
            (Rule::Daily, self.keep_daily, Period::Day),
            (Rule::Weekly, self.keep_weekly, Period::Week),
            (Rule::Monthly, self.keep_monthly, Period::Month),
            (Rule::Yearly, self.keep_yearly, Period::Year),
        ]
    }
}

/// What archives are grouped by.
#[derive(Clone, Copy)]
enum Period {
    None,
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    /// The period that `time` falls into; two times of one period have the same.
    fn of(self, time: DateTime<Utc>, place: usize) -> (i64, i64) {
        let date = time.date_naive();
        match self {
            Self::None => (0, i64::try_from(place).unwrap_or(i64::MAX)),
            Self::Day => (0, i64::from(date.num_days_from_ce())),
            // The year that the week belongs to, which around New Year is not the date's.
            Self::Week => (i64::from(date.iso_week().year()), i64::from(date.iso_week().week())),
            Self::Month => (i64::from(date.year()), i64::from(date.month())),
            Self::Year => (i64::from(date.year()), 0),
        }
    }
}

/// Keeps the newest archive of each of the last `places` periods that have one.
fn keep(places: u32, rule: Rule, period: Period, series: &[Archive], newest_first: &[usize], verdicts: &mut [Verdict]) {
    let mut left = places;
    let mut last = None;
    for &place in newest_first {
        let current = period.of(series[place].asked_at, place);
        if left > 0 && last != Some(current) {
            verdicts[place] = Verdict::KeptBy(rule);
            last = Some(current);
            left -= 1;
        }
    }
}
