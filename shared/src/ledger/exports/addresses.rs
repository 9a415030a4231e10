//! Forgetting the addresses that were told of an export, or of a run of a schedule. How many there were stays: a notification's row, and the audit's numbers.

use super::lock;
use crate::export::ExportId;
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::{Ledger, Result, Transaction, stored};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// Up to `limit` exports that were over before `before`, owe no mail any more, and still have addresses; the oldest first.
///
/// An export is over when it failed or was cancelled, and one that was ready when its archive's time ended.
pub async fn with_addresses(ledger: &Ledger, limit: i64, before: DateTime<Utc>) -> Result<Vec<ExportId>> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select id from exports
         where state in ('failed', 'cancelled', 'expired') and notify <> '[]' and finished_at < $1 and coalesce(expires_at, finished_at) < $1
           and not exists (select 1 from notifications where notifications.export_id = exports.id and notifications.delivery = 'pending')
         order by finished_at, id limit $2")
        .bind(stored(before)).bind(limit).fetch_all(pool).await?))
}

/// Forgets an ended export's addresses, with its audit event; returns how many there were.
pub async fn forget_addresses(ledger: &Ledger, id: ExportId, now: DateTime<Utc>) -> Result<usize> {
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await?.filter(|export| export.state.is_final()) else {
        return Ok(0);
    };
    let mails: Vec<Uuid> = within!(&mut transaction, connection =>
        sqlx::query_scalar("select id from notifications where export_id = $1").bind(id).fetch_all(connection).await?);
    for mail in mails {
        forget(&mut transaction, mail).await?;
    }
    within!(&mut transaction, connection =>
        sqlx::query("update exports set notify = '[]' where id = $1").bind(id).execute(connection).await?.rows_affected());
    let detail = json!({ "recipients": export.notify.len() });
    let event = NewEvent::about(id, "export.addresses_forgotten", Actor::named("system"), detail);
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(export.notify.len())
}

/// Forgets whom up to `limit` mails about runs of schedules were for that were owed before `before` and are not any more; returns how many there were.
pub async fn forget_told_of_runs(ledger: &Ledger, limit: i64, before: DateTime<Utc>) -> Result<usize> {
    let mut transaction = ledger.begin().await?;
    let mails: Vec<Uuid> = within!(&mut transaction, connection => sqlx::query_scalar(
        "select id from notifications
         where schedule_run_id is not null and delivery <> 'pending' and created_at < $1 and recipient not like 'forgotten:%'
         order by created_at, id limit $2")
        .bind(stored(before)).bind(limit).fetch_all(connection).await?);
    for mail in &mails {
        forget(&mut transaction, *mail).await?;
    }
    transaction.commit().await?;
    Ok(mails.len())
}

/// Each gets a word of its own, since nobody is owed two mails of a kind.
async fn forget(transaction: &mut Transaction, mail: Uuid) -> Result<()> {
    within!(transaction, connection => sqlx::query("update notifications set recipient = $2 where id = $1")
        .bind(mail).bind(format!("forgotten:{}", mail.simple())).execute(connection).await?.rows_affected());
    Ok(())
}
