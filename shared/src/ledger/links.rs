//! The table `links`: signed, expiring, revocable URLs to archives. Only the hash of a token is stored.

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, Result, Transaction, stored};
use crate::export::ExportId;
use crate::link::Protection;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// A link.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Link {
    /// Its number, for revoking.
    pub id: Uuid,
    /// The export it leads to.
    pub export_id: ExportId,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
    /// When somebody revoked it.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How many downloads were begun with it.
    pub downloads: i64,
    /// How often each file may be downloaded with it.
    pub download_limit: Option<i64>,
    /// What it asks for besides itself.
    pub protection: Protection,
    /// Whom it was mailed to; its codes go there.
    pub recipient: Option<String>,
}

/// Enters a link with its audit event. The caller has bounded `expires_at` by the archive's own.
pub async fn insert(ledger: &Ledger, link: &Link, actor: Actor) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    within!(&mut transaction, connection => sqlx::query(
        "insert into links (id, export_id, token_hash, created_at, expires_at, revoked_at, downloads, download_limit, protection, recipient)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(link.id)
        .bind(link.export_id)
        .bind(&link.token_hash)
        .bind(stored(link.created_at))
        .bind(stored(link.expires_at))
        .bind(link.revoked_at.map(stored))
        .bind(link.downloads)
        .bind(link.download_limit)
        .bind(link.protection)
        .bind(&link.recipient)
        .execute(connection).await?.rows_affected());
    let detail = json!({
        "link": link.id, "expires_at": stored(link.expires_at), "download_limit": link.download_limit, "protection": link.protection,
    });
    let event = NewEvent::about(link.export_id, "link.created", actor, detail);
    audit::write(&mut transaction, event, link.created_at).await?;
    transaction.commit().await
}

/// The link with this token hash.
pub async fn find_by_hash(ledger: &Ledger, token_hash: &[u8]) -> Result<Option<Link>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select * from links where token_hash = $1").bind(token_hash).fetch_optional(pool).await?))
}

/// The link with this number.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Link>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from links where id = $1").bind(id).fetch_optional(pool).await?))
}

/// All links of an export, the newest first.
pub async fn of_export(ledger: &Ledger, export: ExportId) -> Result<Vec<Link>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from links where export_id = $1 order by created_at desc, id desc")
        .bind(export).fetch_all(pool).await?))
}

/// Revokes a link; `false` if there is none. Revoking twice is one revocation.
pub async fn revoke(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let export: Option<ExportId> = within!(&mut transaction, connection => sqlx::query_scalar(
        "update links set revoked_at = $2 where id = $1 and revoked_at is null returning export_id")
        .bind(id).bind(stored(now)).fetch_optional(connection).await?);
    let Some(export) = export else {
        drop(transaction);
        return Ok(find(ledger, id).await?.is_some());
    };
    let event = NewEvent::about(export, "link.revoked", actor, json!({ "link": id }));
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Revokes every link of an export that is not revoked yet, each with its audit event; returns how many there were.
pub async fn revoke_of_export(ledger: &Ledger, export: ExportId, actor: Actor, now: DateTime<Utc>) -> Result<usize> {
    let mut transaction = ledger.begin().await?;
    let revoked: Vec<Uuid> = within!(&mut transaction, connection => sqlx::query_scalar(
        "update links set revoked_at = $2 where export_id = $1 and revoked_at is null returning id")
        .bind(export).bind(stored(now)).fetch_all(connection).await?);
    for link in &revoked {
        let event = NewEvent::about(export, "link.revoked", actor.clone(), json!({ "link": link }));
        audit::write(&mut transaction, event, now).await?;
    }
    transaction.commit().await?;
    Ok(revoked.len())
}

/// Revokes every link of an export whose archive is gone.
pub(super) async fn revoke_all(transaction: &mut Transaction, export: ExportId, now: DateTime<Utc>) -> Result<u64> {
    Ok(within!(transaction, connection => sqlx::query(
        "update links set revoked_at = $2 where export_id = $1 and revoked_at is null")
        .bind(export).bind(stored(now)).execute(connection).await?.rows_affected()))
}

/// Forgets whom up to `limit` links were mailed to that ended before `before`; returns how many there were.
pub async fn forget_recipients(ledger: &Ledger, limit: i64, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(ledger, pool => sqlx::query(
        "update links set recipient = null where id in
           (select id from links where recipient is not null and expires_at < $1 order by expires_at, id limit $2)")
        .bind(stored(before)).bind(limit).execute(pool).await?.rows_affected()))
}
