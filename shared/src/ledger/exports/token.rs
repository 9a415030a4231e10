//! The table `used_tokens`: a portal token starts one export. The same request with the same token is the same export, so that an answer lost on the way can
//! be asked for again.

use super::{Export, NewExport, Requested};
use crate::export::ExportId;
use crate::ledger::{Ledger, Result, Transaction, stored};
use chrono::{DateTime, Utc};

/// A token that an export is asked for with, as far as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedToken {
    /// Who signed it.
    pub issuer: String,
    /// SHA-256 of its `jti`.
    pub id_hash: [u8; 32],
    /// SHA-256 of what is asked for, by whom, for whose data.
    pub request_hash: [u8; 32],
    /// From when on it is refused anyhow.
    pub expires_at: DateTime<Utc>,
}

/// What became of the request that this token came with before: [`Requested::Repeated`] if it was this one, [`Requested::TokenUsed`] if not, `None` if there was none.
pub async fn started_with(ledger: &Ledger, token: &PresentedToken) -> Result<Option<Requested>> {
    let earlier: Option<(Vec<u8>, ExportId)> = on!(ledger, pool => sqlx::query_as(
        "select request_hash, export_id from used_tokens where issuer = $1 and id_hash = $2")
        .bind(&token.issuer).bind(&token.id_hash[..]).fetch_optional(pool).await?);
    match earlier {
        None => Ok(None),
        Some((hash, _)) if hash != token.request_hash => Ok(Some(Requested::TokenUsed)),
        Some((_, id)) => Ok(super::find(ledger, id).await?.map(Requested::Repeated)),
    }
}

/// Forgets tokens that are refused since before `before`; returns how many.
pub async fn forget_tokens(ledger: &Ledger, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(ledger, pool => sqlx::query("delete from used_tokens where expires_at < $1")
        .bind(stored(before)).execute(pool).await?.rows_affected()))
}

/// Enters the token of a request; if it was entered before, what became of the request that it came with.
pub(super) async fn enter(
    transaction: &mut Transaction,
    token: &PresentedToken,
    new: &NewExport,
    now: DateTime<Utc>,
) -> Result<Option<Requested>> {
    let entered = within!(transaction, connection => sqlx::query(
        "insert into used_tokens (issuer, id_hash, request_hash, export_id, used_at, expires_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (issuer, id_hash) do nothing")
        .bind(&token.issuer).bind(&token.id_hash[..]).bind(&token.request_hash[..]).bind(new.id).bind(stored(now)).bind(stored(token.expires_at))
        .execute(connection).await?.rows_affected());
    if entered > 0 {
        return Ok(None);
    }
    let (hash, id): (Vec<u8>, ExportId) = within!(transaction, connection => sqlx::query_as(
        "select request_hash, export_id from used_tokens where issuer = $1 and id_hash = $2")
        .bind(&token.issuer).bind(&token.id_hash[..]).fetch_one(connection).await?);
    if hash != token.request_hash {
        return Ok(Some(Requested::TokenUsed));
    }
    let export: Export = within!(transaction, connection =>
        sqlx::query_as("select * from exports where id = $1").bind(id).fetch_one(connection).await?);
    Ok(Some(Requested::Repeated(export)))
}

/// Notes that the request joined another export.
pub(super) async fn joined(transaction: &mut Transaction, token: &PresentedToken, export: ExportId) -> Result<()> {
    within!(transaction, connection =>
        sqlx::query("update used_tokens set export_id = $3 where issuer = $1 and id_hash = $2")
            .bind(&token.issuer).bind(&token.id_hash[..]).bind(export)
            .execute(connection).await?.rows_affected());
    Ok(())
}
