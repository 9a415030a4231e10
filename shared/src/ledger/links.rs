//! The table `links`: signed, expiring, revocable URLs to archives. Only the hash of a token is stored.

use super::{Ledger, Result, audit::Actor};
use crate::export::ExportId;
use chrono::{DateTime, Utc};
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
}

/// Enters a link with its audit event. The caller has bounded `expires_at` by the archive's own.
pub async fn insert(_ledger: &Ledger, _link: &Link, _actor: Actor) -> Result<()> {
    todo!()
}
/// The link with this token hash.
pub async fn find_by_hash(_ledger: &Ledger, _token_hash: &[u8]) -> Result<Option<Link>> {
    todo!()
}
/// The link with this number.
pub async fn find(_ledger: &Ledger, _id: Uuid) -> Result<Option<Link>> {
    todo!()
}
/// Revokes a link; `false` if there is none. Revoking twice is one revocation.
pub async fn revoke(_ledger: &Ledger, _id: Uuid, _actor: Actor, _now: DateTime<Utc>) -> Result<bool> {
    todo!()
}
/// Counts a download and writes its audit event in one transaction, if the link still counts at `now`
/// (not revoked, not expired, its export `ready`); `false` if not.
pub async fn download(_ledger: &Ledger, _id: Uuid, _actor: Actor, _now: DateTime<Utc>) -> Result<bool> {
    todo!()
}
