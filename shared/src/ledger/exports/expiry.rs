//! The end of an archive's time.

use super::Export;
use crate::export::ExportId;
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::{Ledger, Result, links, stored};
use chrono::{DateTime, Utc};
use serde_json::json;

/// Up to `limit` ready exports whose time is over, the longest overdue first.
pub async fn outdated(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Export>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from exports where state = 'ready' and expires_at <= $1 order by expires_at, id limit $2")
        .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Marks a ready export `expired` after its objects are gone, and revokes its links; `false` if it is not `ready`.
pub async fn expire(ledger: &Ledger, id: ExportId, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let changed = within!(&mut transaction, connection =>
        sqlx::query("update exports set state = 'expired' where id = $1 and state = 'ready'")
            .bind(id).execute(connection).await?.rows_affected());
    if changed == 0 {
        return Ok(false);
    }
    let revoked = links::revoke_all(&mut transaction, id, now).await?;
    let event = NewEvent::about(id, "export.expired", Actor::named("system"), json!({ "links_revoked": revoked }));
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(true)
}
