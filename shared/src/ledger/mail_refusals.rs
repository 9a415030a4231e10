//! The table `mail_refusals`: mails that their readers do not want.

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, Result, Transaction, stored};
use crate::reader::Reader;
use chrono::{DateTime, Utc};
use serde_json::json;

/// Notes that a reader wants no more of these mails, with its audit event; asking twice is one refusal.
pub async fn refuse(ledger: &Ledger, reader: Reader, actor: Actor, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let new = within!(&mut transaction, connection => sqlx::query(
        "insert into mail_refusals (reader, topic, refused_at) values ($1, $2, $3) on conflict (reader) do nothing")
        .bind(&reader.hash[..])
        .bind(reader.topic)
        .bind(stored(now))
        .execute(connection).await?.rows_affected());
    if new > 0 {
        audit::write(&mut transaction, event("mail.refused", reader, actor), now).await?;
    }
    transaction.commit().await
}

/// Forgets that refusal, with its audit event; nothing where there is none.
pub async fn withdraw(ledger: &Ledger, reader: Reader, actor: Actor, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let gone = within!(&mut transaction, connection => sqlx::query("delete from mail_refusals where reader = $1")
        .bind(&reader.hash[..]).execute(connection).await?.rows_affected());
    if gone > 0 {
        audit::write(&mut transaction, event("mail.wanted_again", reader, actor), now).await?;
    }
    transaction.commit().await
}

/// Whether this reader refused these mails.
pub async fn is_refused(ledger: &Ledger, reader: Reader) -> Result<bool> {
    let found: i64 = on!(ledger, pool => sqlx::query_scalar("select count(*) from mail_refusals where reader = $1")
        .bind(&reader.hash[..]).fetch_one(pool).await?);
    Ok(found > 0)
}

/// The same inside of a transaction.
pub(super) async fn is_refused_within(transaction: &mut Transaction, reader: Reader) -> Result<bool> {
    let found: i64 = within!(transaction, connection => sqlx::query_scalar("select count(*) from mail_refusals where reader = $1")
        .bind(&reader.hash[..]).fetch_one(connection).await?);
    Ok(found > 0)
}

fn event(action: &'static str, reader: Reader, actor: Actor) -> NewEvent {
    NewEvent { actor, action, export_id: None, source: None, tenant: None, detail: json!({ "topic": reader.topic }) }
}
