//! The end of an archive's time, and its deletion.

use super::{Export, lock};
use crate::export::{ExportId, State};
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::webhooks::messages;
use crate::ledger::{Ledger, LedgerError, Result, Transaction, contents, data_keys, files, links, storable, stored};
use crate::webhook::Event;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;

/// How the deletion of an archive goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Deletion {
    /// When it was first begun; from then on the archive can neither be held nor be kept.
    #[sqlx(rename = "deletion_began_at")]
    pub began_at: Option<DateTime<Utc>>,
    /// How often it was begun; the fence of what is noted about it.
    #[sqlx(rename = "deletion_attempts")]
    pub attempts: i64,
    /// Not before this time is it tried again.
    #[sqlx(rename = "deletion_next_at")]
    pub next_at: Option<DateTime<Utc>>,
    /// What the vault said last.
    #[sqlx(rename = "deletion_error")]
    pub error: Option<String>,
}

/// What became of the wish that an archive ends now.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// Its time is over, or was already.
    Done(Export),
    /// It is held.
    Held(Export),
    /// There is no archive yet, or there will never be one.
    NoArchive(Export),
}

/// Up to `limit` ready exports whose time is over, that nobody holds, and whose deletion was not tried lately; the longest waiting first.
pub async fn outdated(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Export>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from exports where state = 'ready' and hold_since is null and coalesce(deletion_next_at, expires_at) <= $1
         order by coalesce(deletion_next_at, expires_at), id limit $2")
        .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Claims the deletion of an outdated export's archive, as attempt + 1; `None` if it is held by now, or if somebody else is at it.
///
/// This comes before the first object is touched: from here on the archive cannot be held any more, and its data key is destroyed, so that nobody reads what
/// the deletion has yet to find. Unless [`expire`] follows, the deletion is due again
/// after a wait that doubles with each attempt, from a minute to an hour.
pub async fn begin_deletion(ledger: &Ledger, id: ExportId, now: DateTime<Utc>) -> Result<Option<Export>> {
    let now = stored(now);
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await? else {
        return Ok(None);
    };
    let due = export.deletion.next_at.or(export.expires_at).is_some_and(|due| due <= now);
    if export.state != State::Ready || export.hold_since.is_some() || !due {
        return Ok(None);
    }
    let next = now + wait_after(export.deletion.attempts);
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set deletion_began_at = coalesce(deletion_began_at, $2), deletion_attempts = deletion_attempts + 1, deletion_next_at = $3
         where id = $1 returning *")
        .bind(id).bind(now).bind(next).fetch_one(connection).await?);
    data_keys::shred(&mut transaction, id, Actor::named("system"), now).await?;
    transaction.commit().await?;
    Ok(Some(export))
}

/// Notes why the deletion that was claimed as `attempt` failed; it stays queued. Fenced by attempt. The first failure is an audit event.
pub async fn deletion_failed(
    ledger: &Ledger,
    id: ExportId,
    attempt: i64,
    error: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let Some(before) = lock(&mut transaction, id).await?.filter(|export| export.deletion.attempts == attempt) else {
        return Err(LedgerError::Fenced { attempt });
    };
    within!(&mut transaction, connection => sqlx::query("update exports set deletion_error = $2 where id = $1")
        .bind(id).bind(storable(error)).execute(connection).await?.rows_affected());
    if before.deletion.error.is_none() {
        let event = NewEvent::about(id, "export.deletion_failed", Actor::named("system"), json!({ "error": error }));
        audit::write(&mut transaction, event, now).await?;
    }
    transaction.commit().await
}

/// Marks an export `expired` after every object of its archive is confirmed to be gone, its files as deleted and its links as revoked; `false` if its
/// deletion was never begun, or is over.
pub async fn expire(ledger: &Ledger, id: ExportId, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let expired: Option<Export> = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set state = 'expired', deletion_next_at = null, deletion_error = null
         where id = $1 and state = 'ready' and deletion_began_at is not null returning *")
        .bind(id).fetch_optional(connection).await?);
    let Some(export) = expired else {
        return Ok(false);
    };
    files::deleted(&mut transaction, id, now).await?;
    contents::forget(&mut transaction, id).await?;
    data_keys::shred(&mut transaction, id, Actor::named("system"), now).await?;
    let revoked = links::revoke_all(&mut transaction, id, now).await?;
    messages::tell(&mut transaction, &export, Event::Expired, json!({}), now).await?;
    let detail = json!({ "links_revoked": revoked, "attempts": export.deletion.attempts });
    audit::write(&mut transaction, NewEvent::about(id, "export.expired", Actor::named("system"), detail), now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Ends the time of a ready export's archive now, at somebody's wish: from here on no link leads to it, its data key is destroyed, and the next sweep deletes
/// its objects. `None` if there is no such export.
pub async fn end_now(ledger: &Ledger, id: ExportId, actor: Actor, now: DateTime<Utc>) -> Result<Option<Ended>> {
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await? else {
        return Ok(None);
    };
    match export.state {
        State::Expired => return Ok(Some(Ended::Done(export))),
        State::Queued | State::Running | State::Failed | State::Cancelled => return Ok(Some(Ended::NoArchive(export))),
        State::Ready if export.hold_since.is_some() => return Ok(Some(Ended::Held(export))),
        State::Ready => {}
    }
    let was_over = export.expires_at.is_some_and(|end| end <= now);
    let is_shredded = data_keys::shred(&mut transaction, id, actor.clone(), now).await?;
    let mut export = export;
    if !was_over {
        export = end_at(&mut transaction, id, now, json!({ "because": "request" }), actor, now).await?;
    }
    if is_shredded {
        // What nobody can read any more cannot be held either.
        export = within!(&mut transaction, connection => sqlx::query_as(
            "update exports set deletion_began_at = coalesce(deletion_began_at, $2) where id = $1 returning *")
            .bind(id).bind(stored(now)).fetch_one(connection).await?);
    }
    transaction.commit().await?;
    Ok(Some(Ended::Done(export)))
}

/// Moves the end of an archive's time, with its audit event.
pub(in crate::ledger) async fn end_at(
    transaction: &mut Transaction,
    id: ExportId,
    end: DateTime<Utc>,
    mut detail: Value,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Export> {
    let end = stored(end);
    let export = within!(&mut *transaction, connection => sqlx::query_as("update exports set expires_at = $2 where id = $1 returning *")
        .bind(id).bind(end).fetch_one(connection).await?);
    detail["expires_at"] = json!(end);
    audit::write(transaction, NewEvent::about(id, "export.expiry_changed", actor, detail), now).await?;
    Ok(export)
}

fn wait_after(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(0).min(6);
    Duration::from_secs(60 << doublings).min(Duration::from_secs(3600))
}
