//! The table `data_keys`: the wrapped key of each sealed archive. Where it is gone, the archive is unreadable wherever its objects lie.

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, LedgerError, Result, Transaction, stored};
use crate::export::ExportId;
use crate::keyring::{ArchiveId, KeyName, Provider, WrappedKey};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A data key, wrapped or shredded.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct DataKeyRow {
    /// The export whose archive it seals.
    pub export_id: ExportId,
    /// The attempt that made the archive.
    pub attempt: i64,
    /// Who holds the key that wraps it.
    pub provider: Provider,
    /// That key's id.
    pub kek_id: String,
    /// The wrapped bytes; gone once it was shredded.
    pub wrapped: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When another key wrapped it last.
    pub rewrapped_at: Option<DateTime<Utc>>,
    /// When it was destroyed.
    pub shredded_at: Option<DateTime<Utc>>,
}

/// How many data keys that are not shredded, and how many secrets of webhooks, a key-encryption key wraps.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct InUse {
    /// Who holds it.
    pub provider: Provider,
    /// Its id.
    pub kek_id: String,
    /// So many data keys.
    pub data_keys: i64,
    /// So many secrets.
    pub webhook_secrets: i64,
}

impl DataKeyRow {
    /// The archive that it seals.
    pub fn archive(&self) -> ArchiveId {
        ArchiveId { export: self.export_id, attempt: self.attempt }
    }

    /// The wrapped key, unless it was shredded.
    pub fn wrapped(&self) -> Option<WrappedKey> {
        let by = KeyName { provider: self.provider, id: self.kek_id.clone() };
        self.wrapped.clone().map(|bytes| WrappedKey { by, bytes })
    }
}

impl InUse {
    /// The key's name.
    pub fn name(&self) -> KeyName {
        KeyName { provider: self.provider, id: self.kek_id.clone() }
    }
}

/// Writes down the data key of a running attempt, before its first byte is sealed. Fenced by the attempt.
pub async fn keep(ledger: &Ledger, archive: ArchiveId, key: &WrappedKey, now: DateTime<Utc>) -> Result<()> {
    let ArchiveId { export, attempt } = archive;
    let mut transaction = ledger.begin().await?;
    // Written as it is, to lock the row: a claim that comes later finds the key and removes it.
    let held: Option<i64> = within!(&mut transaction, connection => sqlx::query_scalar(
        "update exports set attempt = attempt where id = $1 and attempt = $2 and state = 'running' returning attempt")
        .bind(export).bind(attempt).fetch_optional(connection).await?);
    if held.is_none() {
        return Err(LedgerError::Fenced { attempt });
    }
    within!(&mut transaction, connection => sqlx::query(
        "insert into data_keys (export_id, attempt, provider, kek_id, wrapped, created_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(export)
        .bind(attempt)
        .bind(key.by.provider)
        .bind(&key.by.id)
        .bind(&key.bytes)
        .bind(stored(now))
        .execute(connection).await?.rows_affected());
    transaction.commit().await
}

/// The data key of an archive.
pub async fn find(ledger: &Ledger, archive: ArchiveId) -> Result<Option<DataKeyRow>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from data_keys where export_id = $1 and attempt = $2")
        .bind(archive.export).bind(archive.attempt).fetch_optional(pool).await?))
}

/// The data key of the archive that an export has, or had.
pub async fn of_export(ledger: &Ledger, export: ExportId) -> Result<Option<DataKeyRow>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from data_keys where export_id = $1 order by attempt desc limit 1")
        .bind(export).fetch_optional(pool).await?))
}

/// Removes the data keys of an export's attempts up to this one, which came to nothing: what they stored is unreadable from now on.
pub(super) async fn remove_lost(transaction: &mut Transaction, export: ExportId, up_to: i64) -> Result<()> {
    within!(transaction, connection => sqlx::query("delete from data_keys where export_id = $1 and attempt <= $2")
        .bind(export).bind(up_to).execute(connection).await?.rows_affected());
    Ok(())
}

/// Destroys the data key of an export's archive, with its audit event, in the transaction that ends the archive; nothing if it has none, or no more.
pub(super) async fn shred(
    transaction: &mut Transaction,
    export: ExportId,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool> {
    let shredded: Vec<DataKeyRow> = within!(&mut *transaction, connection => sqlx::query_as(
        "update data_keys set wrapped = null, shredded_at = $2 where export_id = $1 and shredded_at is null returning *")
        .bind(export).bind(stored(now)).fetch_all(connection).await?);
    for key in &shredded {
        let detail = json!({ "attempt": key.attempt, "key": key_name(key.provider, &key.kek_id) });
        let event = NewEvent::about(export, "data_key.shredded", actor.clone(), detail);
        audit::write(transaction, event, now).await?;
    }
    Ok(!shredded.is_empty())
}

/// Notes that another key wraps a data key now, with its audit event; `false` if somebody was faster, be it to wrap or to shred it.
pub async fn rewrapped(
    ledger: &Ledger,
    old: &DataKeyRow,
    new: &WrappedKey,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update data_keys set provider = $3, kek_id = $4, wrapped = $5, rewrapped_at = $6
         where export_id = $1 and attempt = $2 and wrapped = $7")
        .bind(old.export_id)
        .bind(old.attempt)
        .bind(new.by.provider)
        .bind(&new.by.id)
        .bind(&new.bytes)
        .bind(stored(now))
        .bind(&old.wrapped)
        .execute(connection).await?.rows_affected());
    if changed == 0 {
        return Ok(false);
    }
    let detail =
        json!({ "attempt": old.attempt, "from": key_name(old.provider, &old.kek_id), "to": new.by.to_string() });
    let event = NewEvent::about(old.export_id, "data_key.rewrapped", actor, detail);
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Notes that a wrapped key is handed out for use without the ledger; `false` if it was shredded or wrapped anew meanwhile, so that it must not be.
pub async fn handed_out(ledger: &Ledger, key: &DataKeyRow, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    // Written as it is, to lock the row: whoever shreds it meanwhile comes after this, in the audit too.
    let held = within!(&mut transaction, connection => sqlx::query(
        "update data_keys set wrapped = wrapped where export_id = $1 and attempt = $2 and wrapped = $3")
        .bind(key.export_id).bind(key.attempt).bind(&key.wrapped).execute(connection).await?.rows_affected());
    if held == 0 {
        return Ok(false);
    }
    let detail = json!({ "attempt": key.attempt, "key": key_name(key.provider, &key.kek_id) });
    audit::write(&mut transaction, NewEvent::about(key.export_id, "data_key.exported", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Up to `limit` data keys that are not shredded and come after `after`, in the order of their archives.
pub async fn live(ledger: &Ledger, after: Option<ArchiveId>, limit: i64) -> Result<Vec<DataKeyRow>> {
    let after = after.unwrap_or(ArchiveId { export: ExportId::nil(), attempt: 0 });
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from data_keys where shredded_at is null and (export_id > $1 or (export_id = $1 and attempt > $2))
         order by export_id, attempt limit $3")
        .bind(after.export).bind(after.attempt).bind(limit).fetch_all(pool).await?))
}

/// Which key-encryption keys are in use.
pub async fn in_use(ledger: &Ledger) -> Result<Vec<InUse>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select provider, kek_id, cast(sum(data_key) as bigint) as data_keys, cast(sum(secret) as bigint) as webhook_secrets
         from (select provider, kek_id, 1 as data_key, 0 as secret from data_keys where shredded_at is null
               union all select provider, kek_id, 0, 1 from webhook_secrets where provider is not null) wrapped
         group by provider, kek_id order by provider, kek_id")
        .fetch_all(pool).await?))
}

/// One of the data keys that this key wraps.
pub async fn one_by(ledger: &Ledger, name: &KeyName) -> Result<Option<DataKeyRow>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from data_keys where provider = $1 and kek_id = $2 and shredded_at is null limit 1")
        .bind(name.provider).bind(&name.id).fetch_optional(pool).await?))
}

fn key_name(provider: Provider, id: &str) -> String {
    KeyName { provider, id: id.to_owned() }.to_string()
}
