//! What people ask: for an export, and for its end.

use super::insert::{self, Asked};
use super::{Export, NewExport, PresentedToken, Requested, cool_down, lock, token, turn};
use crate::export::{ExportId, State};
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::{Ledger, Result, Transaction, stored};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// Enters a request, its audit event included, in one transaction.
pub async fn request(ledger: &Ledger, new: NewExport, actor: Actor, now: DateTime<Utc>) -> Result<Requested> {
    request_sparingly(ledger, new, 0, actor, now).await
}

/// The same, unless a person asks in the portal and did so less than `cool_down_days` calendar days ago: then nothing is entered. What is under way already is joined all the same.
pub async fn request_sparingly(
    ledger: &Ledger,
    new: NewExport,
    cool_down_days: u32,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Requested> {
    request_with_token(ledger, new, None, cool_down_days, actor, now).await
}

/// The same for who comes with a portal token, which is used up by it: with another request it is [`Requested::TokenUsed`] from then on.
/// A request that enters nothing and joins nothing leaves the token as it was.
pub async fn request_with_token(
    ledger: &Ledger,
    mut new: NewExport,
    token: Option<&PresentedToken>,
    cool_down_days: u32,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Requested> {
    new.formats.sort_unstable();
    new.formats.dedup();
    let mut seen = std::collections::HashSet::new();
    new.notify.retain(|address| seen.insert(address.clone()));

    let mut transaction = ledger.begin().await?;
    if let Some(earlier) = repetition(&mut transaction, &new, now).await? {
        return Ok(earlier);
    }
    if let Some(token) = token
        && let Some(earlier) = token::enter(&mut transaction, token, &new, now).await?
    {
        return Ok(earlier);
    }
    if let Some(next_allowed_at) = cool_down::begin(&mut transaction, &new, cool_down_days, now).await? {
        let Some(export) = join(&mut transaction, &new, now).await? else {
            return Ok(Requested::CoolingDown { next_allowed_at });
        };
        return entered(transaction, new, token, export, actor, now).await;
    }
    let export = loop {
        if let Some(export) = insert::row(&mut transaction, &new, Asked::Once, now).await? {
            break export;
        }
        // Between the two statements the identical export may have ended; then there is room for a new row after all.
        if let Some(export) = join(&mut transaction, &new, now).await? {
            break export;
        }
    };
    entered(transaction, new, token, export, actor, now).await
}

/// Writes the audit event of a request that led to `export`, and makes it all permanent.
async fn entered(
    mut transaction: Transaction,
    new: NewExport,
    token: Option<&PresentedToken>,
    export: Export,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Requested> {
    if export.id != new.id
        && let Some(token) = token
    {
        token::joined(&mut transaction, token, export.id).await?;
    }
    let action = if export.id == new.id { "export.requested" } else { "export.joined" };
    let detail = json!({ "origin": new.origin, "scope": new.subject.scope(), "formats": new.formats, "csv_profile": new.csv_profile, "layout": new.layout, "recipients": new.notify.len() });
    audit::write(&mut transaction, NewEvent::about(export.id, action, actor, detail), now).await?;
    transaction.commit().await?;
    Ok(if export.id == new.id { Requested::New(export) } else { Requested::Joined(export) })
}

/// What became of an earlier request of this caller with this `Idempotency-Key`: [`Requested::Repeated`] if its body had the same
/// SHA-256, [`Requested::KeyReused`] if not, `None` if there was none.
pub async fn repeated(
    ledger: &Ledger,
    requested_by: Option<Uuid>,
    key: &str,
    request_hash: &[u8],
) -> Result<Option<Requested>> {
    let earlier: Option<(Vec<u8>, ExportId)> = on!(ledger, pool => sqlx::query_as(
        "select request_hash, export_id from idempotency_keys where api_key_id = $1 and key = $2")
        .bind(requested_by.unwrap_or(Uuid::nil())).bind(key).fetch_optional(pool).await?);
    match earlier {
        None => Ok(None),
        Some((hash, _)) if hash != request_hash => Ok(Some(Requested::KeyReused)),
        Some((_, id)) => Ok(super::find(ledger, id).await?.map(Requested::Repeated)),
    }
}

/// Forgets the `Idempotency-Key`s entered before `before`; returns how many.
pub async fn forget_idempotency_keys(ledger: &Ledger, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(ledger, pool => sqlx::query("delete from idempotency_keys where created_at < $1")
        .bind(stored(before)).execute(pool).await?.rows_affected()))
}

/// Enters the request's `Idempotency-Key`; if it was entered before, what became of the request that it came with.
async fn repetition(transaction: &mut Transaction, new: &NewExport, now: DateTime<Utc>) -> Result<Option<Requested>> {
    let Some((key, hash)) = &new.idempotency else {
        return Ok(None);
    };
    let caller = new.requested_by.unwrap_or(Uuid::nil());
    let entered = within!(transaction, connection => sqlx::query(
        "insert into idempotency_keys (api_key_id, key, request_hash, export_id, created_at) values ($1, $2, $3, $4, $5)
         on conflict (api_key_id, key) do nothing")
        .bind(caller).bind(key).bind(hash).bind(new.id).bind(stored(now))
        .execute(connection).await?.rows_affected());
    if entered > 0 {
        return Ok(None);
    }
    let (earlier_hash, id): (Vec<u8>, ExportId) = within!(transaction, connection => sqlx::query_as(
        "select request_hash, export_id from idempotency_keys where api_key_id = $1 and key = $2")
        .bind(caller).bind(key).fetch_one(connection).await?);
    if earlier_hash != *hash {
        return Ok(Some(Requested::KeyReused));
    }
    let export = within!(transaction, connection =>
        sqlx::query_as("select * from exports where id = $1").bind(id).fetch_one(connection).await?);
    Ok(Some(Requested::Repeated(export)))
}

/// Adds the request's addresses and its `Idempotency-Key` to the identical export that is queued or running.
async fn join(transaction: &mut Transaction, new: &NewExport, now: DateTime<Utc>) -> Result<Option<Export>> {
    // Written as it is to lock the row, like `lock` does: another request may be adding its addresses.
    let export: Option<Export> = within!(transaction, connection => sqlx::query_as(
        "update exports set attempt = attempt
         where source = $1 and scope = $2 and tenant = $3 and subject_kind = $4 and subject_key = $5 and formats = $6 and csv_profile = $7
           and layout = $8 and coalesce(compression, '') = coalesce($9, '') and language = $10 and state in ('queued', 'running') and not cancel_requested and schedule_id is null returning *")
        .bind(&new.source)
        .bind(new.subject.scope())
        .bind(new.tenant.as_str())
        .bind(new.subject.kind())
        .bind(new.subject.key())
        .bind(Json(&new.formats))
        .bind(new.csv_profile)
        .bind(new.layout)
        .bind(new.compression)
        .bind(new.language)
        .fetch_optional(connection).await?);
    let Some(mut export) = export else {
        return Ok(None);
    };
    turn::hurry(transaction, export.id, new.origin, now).await?;
    let known = export.notify.len();
    for address in &new.notify {
        if !export.notify.contains(address) {
            export.notify.push(address.clone());
        }
    }
    if export.notify.len() > known {
        within!(transaction, connection => sqlx::query("update exports set notify = $2 where id = $1")
            .bind(export.id).bind(&export.notify).execute(connection).await?.rows_affected());
    }
    if let Some((key, _)) = &new.idempotency {
        within!(transaction, connection =>
            sqlx::query("update idempotency_keys set export_id = $3 where api_key_id = $1 and key = $2")
                .bind(new.requested_by.unwrap_or(Uuid::nil())).bind(key).bind(export.id)
                .execute(connection).await?.rows_affected());
    }
    Ok(Some(export))
}

/// Asks to stop: a queued export ends as `cancelled` at once, a running one is marked, a final one is left, and so is one under a legal hold; returns the row as
/// it then is.
pub async fn request_cancel(ledger: &Ledger, id: ExportId, actor: Actor, now: DateTime<Utc>) -> Result<Option<Export>> {
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await? else {
        return Ok(None);
    };
    let (state, action) = match export.state {
        State::Queued | State::Running if export.hold_since.is_some() => return Ok(Some(export)),
        State::Queued => (State::Cancelled, "export.cancelled"),
        State::Running if !export.cancel_requested => (State::Running, "export.cancel_requested"),
        _ => return Ok(Some(export)),
    };
    let finished_at = state.is_final().then(|| stored(now));
    let export: Export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set state = $2, cancel_requested = true, next_attempt_at = null, finished_at = $3 where id = $1 returning *")
        .bind(id).bind(state).bind(finished_at).fetch_one(connection).await?);
    audit::write(&mut transaction, NewEvent::about(id, action, actor, json!({})), now).await?;
    transaction.commit().await?;
    if state.is_final() {
        super::count_end(&export, now);
    }
    Ok(Some(export))
}
