//! When a schedule runs: a cron text in a time zone.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

/// No cron text is longer, in bytes.
const LONGEST: usize = 120;

/// Longer than any clock was ever put forward by: Samoa left out a whole day in 2011.
const LONGEST_GAP_MINUTES: i64 = 26 * 60;

/// The times of a schedule: five fields of cron (minute, hour, day of the month, month, day of the week) as the clocks of a time zone show them.
///
/// Where clocks are put forward, a time in the missing hour is the first moment after it; where they are put back, a time in the doubled hour is its first
/// pass: both once. Where the hour is `*` or `*/n` the schedule is a rhythm instead: it follows what the clocks show, leaves out the missing hour, and
/// goes through the doubled hour twice.
///
/// Names (`MON`, `JAN`), `L` for the last day of the month, `W` for the weekday nearest to a day, and `FRI#2` for the second Friday are understood. Where both a day of the
/// month and a day of the week are given, either will do, as cron has always had it; `+` before the day of the week asks for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    cron: Cron,
    zone: Tz,
    /// Whether it follows the clocks through every hour.
    rhythm: bool,
}

/// Why a text says no times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    /// Not five fields.
    #[error(
        "has {0} fields; a cron text has five: minute, hour, day of the month, month, day of the week, as in `30 2 * * *`"
    )]
    Fields(usize),
    /// A field is none.
    #[error("is no cron text: {0}")]
    Field(String),
    /// It is too long.
    #[error("has more than {LONGEST} characters")]
    TooLong,
    /// There is no such day.
    #[error("names a day that never comes")]
    Never,
    /// The time zone is not known.
    #[error("is no name of a time zone in the IANA database, such as `Europe/Berlin` or `UTC`")]
    TimeZone,
}

impl RecurrenceError {
    /// Whether the time zone is to blame, not the cron text.
    pub fn is_time_zone(&self) -> bool {
        matches!(self, Self::TimeZone)
    }
}

impl Recurrence {
    /// Reads a cron text and the name of a time zone.
    pub fn parse(cron: &str, time_zone: &str) -> Result<Self, RecurrenceError> {
        let zone: Tz = time_zone.parse().map_err(|_| RecurrenceError::TimeZone)?;
        if cron.len() > LONGEST {
            return Err(RecurrenceError::TooLong);
        }
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let hour = match fields.as_slice() {
            [_, hour, _, _, _] => *hour,
            _ => return Err(RecurrenceError::Fields(fields.len())),
        };
        if !cron.is_ascii() || cron.contains('@') {
            return Err(RecurrenceError::Field("a field has digits, names, and `* , - / L W # + ?`".to_owned()));
        }
        let rhythm = hour.starts_with('*');
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(&fields.join(" ")).map_err(|error| RecurrenceError::Field(error.to_string()))?;
        let recurrence = Self { cron, zone, rhythm };
        // The calendar repeats itself, so that what does not come from here on never comes.
        let beginning = NaiveDate::from_ymd_opt(2000, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        match beginning.and_then(|wall| recurrence.wall_after(wall)) {
            Some(_) => Ok(recurrence),
            None => Err(RecurrenceError::Never),
        }
    }

    /// The first time after `now`; never `now` itself. `None` in the far future, where no more times are told.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = now.trunc_subsecs(0).with_timezone(&self.zone);
        if self.rhythm {
            let next = self.cron.find_next_occurrence(&local, false).ok()?.with_timezone(&Utc);
            return (next > now).then_some(next);
        }
        // What the clocks show after `now` is where to begin: earlier walls are earlier moments, for of a doubled hour only the first pass counts.
        let mut wall = local.naive_local();
        loop {
            wall = self.wall_after(wall)?;
            let moment = self.first_moment_from(wall)?;
            if moment > now {
                return Some(moment);
            }
        }
    }

    /// The next `count` times after `now`.
    pub fn preview(&self, now: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        std::iter::successors(self.next_after(now), |last| self.next_after(*last)).take(count).collect()
    }

    /// What the clocks of its time zone show at this moment, as in `Mon 23 Nov 2026, 02:30 CET`.
    pub fn wall(&self, moment: DateTime<Utc>) -> String {
        moment.with_timezone(&self.zone).format("%a %-d %b %Y, %H:%M %Z").to_string()
    }

    /// What the clocks show at the first time after they show `wall`.
    fn wall_after(&self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        self.cron.find_next_occurrence(&wall, false).ok()
    }

    /// When the clocks first show `wall`, or else what comes first after it.
    fn first_moment_from(&self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        (0..=LONGEST_GAP_MINUTES).find_map(|minutes| {
            let shown = wall.checked_add_signed(TimeDelta::minutes(minutes))?;
            Some(self.zone.from_local_datetime(&shown).earliest()?.with_timezone(&Utc))
        })
    }
}

#[cfg(test)]
mod tests;
