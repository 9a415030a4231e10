//! Whether schedules keep their times.

use crate::ledger::{Ledger, Result, stored};
use chrono::{DateTime, TimeDelta, Utc};

/// A run that is due for longer has no worker that begins it.
const OVERDUE: TimeDelta = TimeDelta::minutes(5);

/// How many schedules there are, and how they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Health {
    /// Whose runs begin by themselves.
    pub active: i64,
    /// Paused, because somebody asked for it.
    pub paused: i64,
    /// Paused, because runs failed or their times cannot be read any more.
    pub failed: i64,
    /// Whose run is due for five minutes or longer and has not begun.
    pub overdue: i64,
}

/// All schedules that are not deleted.
pub async fn health(ledger: &Ledger, now: DateTime<Utc>) -> Result<Health> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select count(case when paused_at is null then 1 end) as active, count(case when pause_reason = 'requested' then 1 end) as paused,
                count(case when pause_reason <> 'requested' then 1 end) as failed, count(case when next_run_at <= $1 then 1 end) as overdue
           from schedules where deleted_at is null")
        .bind(stored(now - OVERDUE)).fetch_one(pool).await?))
}
