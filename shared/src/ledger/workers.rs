//! The table `workers`: the sign of life of each worker process.

use super::{Ledger, Result, stored};
use chrono::{DateTime, Utc};

/// Notes that the worker polled its queue at `now`.
pub async fn polled(ledger: &Ledger, worker: &str, now: DateTime<Utc>) -> Result<()> {
    on!(ledger, pool => sqlx::query(
        "insert into workers (name, polled_at) values ($1, $2) on conflict (name) do update set polled_at = excluded.polled_at")
        .bind(worker).bind(stored(now)).execute(pool).await?.rows_affected());
    Ok(())
}

/// When any worker last polled.
pub async fn last_poll(ledger: &Ledger) -> Result<Option<DateTime<Utc>>> {
    Ok(on!(ledger, pool =>
        sqlx::query_scalar("select polled_at from workers order by polled_at desc limit 1").fetch_optional(pool).await?))
}

/// Every worker that has not signed off, with its last sign of life, the latest first.
pub async fn list(ledger: &Ledger) -> Result<Vec<(String, DateTime<Utc>)>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select name, polled_at from workers order by polled_at desc, name").fetch_all(pool).await?))
}

/// Forgets a worker that stops, and those silent since `silent_since`.
pub async fn forget(ledger: &Ledger, worker: &str, silent_since: DateTime<Utc>) -> Result<()> {
    on!(ledger, pool => sqlx::query("delete from workers where name = $1 or polled_at < $2")
        .bind(worker).bind(stored(silent_since)).execute(pool).await?.rows_affected());
    Ok(())
}
