//! How exports ended day by day: how many of each outcome, how many bytes, and how long they took.

use super::overview::Part;
use super::{Ledger, Result, stored};
use crate::export::State;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// One day (UTC).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// Exports that became ready, also if their archives are deleted by now.
    pub ready: i64,
    /// Exports that failed.
    pub failed: i64,
    /// Exports that were cancelled.
    pub cancelled: i64,
    /// The bytes of the archives that were stored.
    pub bytes: i64,
    /// Half of the exports that became ready took no longer than so many seconds.
    pub median: Option<f64>,
    /// 95 of 100 took no longer.
    pub slow: Option<f64>,
}

/// The last so many days up to today, the oldest first, also those on which nothing ended.
pub async fn days(ledger: &Ledger, part: &Part, count: u32, now: DateTime<Utc>) -> Result<Vec<Day>> {
    let today = now.date_naive();
    let first = today.checked_sub_days(Days::new(u64::from(count.saturating_sub(1)))).unwrap_or(today);
    let mut days: Vec<Day> =
        first.iter_days().take_while(|date| *date <= today).map(|date| Day { date, ..Day::default() }).collect();
    let since = stored(first.and_time(NaiveTime::MIN).and_utc());
    let (day, seconds) = match ledger {
        Ledger::Postgres(_) => (
            "to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD')",
            "cast(extract(epoch from finished_at - started_at) as double precision)",
        ),
        Ledger::Sqlite(_) => {
            ("substr(finished_at, 1, 10)", "(julianday(finished_at) - julianday(started_at)) * 86400.0")
        }
    };
    let outcomes = format!(
        "select {day} as day, state, count(*), cast(sum(archive_bytes) as bigint) from exports
          where finished_at >= $3 and ($1 is null or source = $1) and ($2 is null or tenant = $2) group by 1, 2"
    );
    let outcomes: Vec<(String, State, i64, i64)> = on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(outcomes))
        .bind(&part.source).bind(&part.tenant).bind(since).fetch_all(pool).await?);
    // The nearest rank: the shortest time that so many of all did not exceed.
    let durations = format!(
        "with timed as (
             select {day} as day, {seconds} as seconds from exports
              where finished_at >= $3 and started_at is not null and state in ('ready', 'expired')
                and ($1 is null or source = $1) and ($2 is null or tenant = $2)
         ), ranked as (
             select day, seconds, row_number() over (partition by day order by seconds) as place, count(*) over (partition by day) as number from timed
         )
         select day, min(case when place * 2 >= number then seconds end), min(case when place * 20 >= number * 19 then seconds end)
           from ranked group by day"
    );
    let durations: Vec<(String, f64, f64)> = on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(durations))
        .bind(&part.source).bind(&part.tenant).bind(since).fetch_all(pool).await?);
    for (date, state, exports, bytes) in outcomes {
        let Some(day) = of_date(&mut days, &date) else { continue };
        match state {
            State::Ready | State::Expired => {
                day.ready += exports;
                day.bytes += bytes;
            }
            State::Failed => day.failed += exports,
            State::Cancelled => day.cancelled += exports,
            State::Queued | State::Running => {}
        }
    }
    for (date, median, slow) in durations {
        if let Some(day) = of_date(&mut days, &date) {
            (day.median, day.slow) = (Some(median), Some(slow));
        }
    }
    Ok(days)
}

fn of_date<'d>(days: &'d mut [Day], date: &str) -> Option<&'d mut Day> {
    let date: NaiveDate = date.parse().ok()?;
    days.iter_mut().find(|day| day.date == date)
}
