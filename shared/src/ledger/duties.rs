//! The table `duties`: what one worker at a time does for all of them.

use super::{Ledger, Result, stored};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Ringing again, and clearing away what lost attempts left.
pub const RECONCILER: &str = "reconciler";

/// Takes the duty for `holder`, or keeps it, until `length` from now; `false` while another holds it.
pub async fn take(ledger: &Ledger, duty: &str, holder: &str, length: Duration, now: DateTime<Utc>) -> Result<bool> {
    let changed = on!(ledger, pool => sqlx::query(
        "insert into duties (name, holder, held_until) values ($1, $2, $3)
         on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
         where duties.holder = excluded.holder or duties.held_until < $4")
        .bind(duty).bind(holder).bind(stored(now + length)).bind(stored(now)).execute(pool).await?.rows_affected());
    Ok(changed > 0)
}

/// Gives up every duty of a worker that stops.
pub async fn leave(ledger: &Ledger, holder: &str) -> Result<()> {
    on!(ledger, pool => sqlx::query("delete from duties where holder = $1")
        .bind(holder).execute(pool).await?.rows_affected());
    Ok(())
}
