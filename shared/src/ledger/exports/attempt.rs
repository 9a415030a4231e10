//! What a worker writes about its attempt. Each write but the claim is fenced: it changes nothing and returns
//! [`LedgerError::Fenced`] unless the export is still running in the same attempt.

use super::{Export, Progress, Renewed};
use crate::export::{Contents, ExportId, Phase};
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::contents;
use crate::ledger::data_keys;
use crate::ledger::files::{self, NewFile};
use crate::ledger::notifications::{self, Kind};
use crate::ledger::recipients;
use crate::ledger::webhooks::messages;
use crate::ledger::{Ledger, LedgerError, Result, Transaction, storable, stored};
use crate::metrics;
use crate::webhook::Event;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;

/// Takes this very export for `worker` if it is due (queued and not waiting, or running with an ended lease and no cancel request), as attempt + 1, whatever the
/// limits and whoever else waits; `None` if it is not due. An export whose cancel was requested ends as `cancelled` here instead. Taking over from a worker whose
/// lease ended counts as a crash. Workers take the next one instead: [`claim_next`](super::claim_next).
pub async fn claim(
    ledger: &Ledger,
    id: ExportId,
    worker: &str,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Option<Export>> {
    let mut transaction = ledger.begin().await?;
    let claimed = take(&mut transaction, id, worker, lease, stored(now)).await?;
    transaction.commit().await?;
    Ok(claimed)
}

/// See [`claim`].
pub(super) async fn take(
    transaction: &mut Transaction,
    id: ExportId,
    worker: &str,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Option<Export>> {
    let claimed: Option<Export> = within!(transaction, connection => sqlx::query_as(
        "update exports set state = 'running', phase = $5, tables_done = 0, tables_total = 0, rows_done = 0, bytes_done = 0, current_table = null,
                crashes = crashes + case state when 'running' then 1 else 0 end, lost_worker = case state when 'running' then worker end,
                attempt = attempt + 1, worker = $2, lease_until = $3, next_attempt_at = null, started_at = coalesce(started_at, $4)
         where id = $1 and not cancel_requested
           and ((state = 'queued' and (next_attempt_at is null or next_attempt_at <= $4)) or (state = 'running' and lease_until < $4))
         returning *")
        .bind(id)
        .bind(worker)
        .bind(stored(now + lease))
        .bind(now)
        .bind(Phase::Planning)
        .fetch_optional(connection).await?);
    let (changed, action) = match &claimed {
        Some(_) => (true, "export.claimed"),
        None => (cancel_unheld(transaction, id, now).await?, "export.cancelled"),
    };
    if !changed {
        return Ok(None);
    }
    match &claimed {
        Some(export) => {
            data_keys::remove_lost(transaction, id, export.attempt - 1).await?;
            note_lost(transaction, export, now).await?;
        }
        None => data_keys::remove_lost(transaction, id, i64::MAX).await?,
    }
    let detail = claimed.as_ref().map_or(json!({}), |export| json!({ "attempt": export.attempt }));
    audit::write(transaction, NewEvent::about(id, action, Actor::worker(worker), detail), now).await?;
    Ok(claimed)
}

/// Notes how the attempt before ended, if its worker did not.
async fn note_lost(transaction: &mut Transaction, claimed: &Export, now: DateTime<Utc>) -> Result<()> {
    let Some(worker) = &claimed.lost_worker else { return Ok(()) };
    let detail = json!({ "attempt": claimed.attempt - 1, "worker": worker, "crashes": claimed.crashes });
    let event = NewEvent::about(claimed.id, "export.worker_lost", Actor::named("system"), detail);
    audit::write(transaction, event, now).await
}

/// Ends an export that is to be cancelled and that no worker holds.
async fn cancel_unheld(transaction: &mut Transaction, id: ExportId, now: DateTime<Utc>) -> Result<bool> {
    let cancelled: Option<Export> = within!(transaction, connection => sqlx::query_as(
        "update exports set state = 'cancelled', phase = null, lease_until = null, next_attempt_at = null, finished_at = $2
         where id = $1 and cancel_requested and (state = 'queued' or (state = 'running' and lease_until < $2)) returning *")
        .bind(id).bind(now).fetch_optional(connection).await?);
    if let Some(export) = &cancelled {
        super::count_end(export, now);
    }
    Ok(cancelled.is_some())
}

/// Renews the lease and writes the progress.
pub async fn renew(
    ledger: &Ledger,
    id: ExportId,
    attempt: i64,
    progress: Progress,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Renewed> {
    let cancel: Option<bool> = on!(ledger, pool => sqlx::query_scalar(
        "update exports set lease_until = $3, phase = $4, tables_done = $5, tables_total = $6, rows_done = $7, bytes_done = $8, current_table = $9
         where id = $1 and attempt = $2 and state = 'running' returning cancel_requested")
        .bind(id)
        .bind(attempt)
        .bind(stored(now + lease))
        .bind(progress.phase)
        .bind(progress.tables_done)
        .bind(progress.tables_total)
        .bind(progress.rows_done)
        .bind(progress.bytes_done)
        .bind(progress.table)
        .fetch_optional(pool).await?);
    match cancel {
        Some(false) => Ok(Renewed::Held),
        Some(true) => Ok(Renewed::CancelRequested),
        None => Err(LedgerError::Fenced { attempt }),
    }
}

/// Marks the attempt's export `ready` until `expires_at`, or for as long as its schedule's rules keep it; records its files, the notifications to send and the audit event, in one transaction.
///
/// A cancel request that came first wins: then this is fenced too, and the worker discards its objects and calls [`cancelled`].
/// [`LedgerError::RecipientsChanged`] if the archive is not encrypted to exactly the keys that count for it now.
pub async fn complete(
    ledger: &Ledger,
    id: ExportId,
    attempt: i64,
    files: &[NewFile],
    expires_at: impl Into<Option<DateTime<Utc>>>,
    now: DateTime<Utc>,
) -> Result<()> {
    complete_telling(ledger, id, attempt, (files, None, json!({})), expires_at, now).await
}

/// See [`complete`]; notes besides what the archive holds, and the event tells what left: names of tables and columns, and no values.
#[tracing::instrument(name = "complete", skip_all)]
pub async fn complete_telling(
    ledger: &Ledger,
    id: ExportId,
    attempt: i64,
    (files, contents, left): (&[NewFile], Option<&Contents>, Value),
    expires_at: impl Into<Option<DateTime<Utc>>>,
    now: DateTime<Utc>,
) -> Result<()> {
    let lying: u64 = files.iter().map(|file| file.stored.map_or(file.bytes, |stored| stored.bytes)).sum();
    let mut transaction = ledger.begin().await?;
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set state = 'ready', phase = null, lease_until = null, reason_code = null, reason = null,
                finished_at = $3, expires_at = $4, archive_bytes = $5
         where id = $1 and attempt = $2 and state = 'running' and not cancel_requested returning *")
        .bind(id).bind(attempt).bind(stored(now)).bind(expires_at.into().map(stored))
        .bind(i64::try_from(lying).unwrap_or(i64::MAX))
        .fetch_optional(connection).await?);
    let export = held(export, attempt)?;
    if !recipients::still_hold(&mut transaction, &export, files.iter().map(|file| file.name.as_str())).await? {
        return Err(LedgerError::RecipientsChanged);
    }
    for file in files {
        files::insert(&mut transaction, id, attempt, file, now).await?;
    }
    files::uploads_became_files(&mut transaction, id, attempt).await?;
    if let Some(contents) = contents {
        contents::note(&mut transaction, id, contents).await?;
    }
    notifications::owe(&mut transaction, &export, Kind::Ready, now).await?;
    messages::tell(&mut transaction, &export, Event::Ready, json!({}), now).await?;
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let mut detail = left;
    detail["files"] = files.len().into();
    detail["bytes"] = bytes.into();
    write(&mut transaction, "export.ready", &export, detail, now).await?;
    transaction.commit().await?;
    metrics::archive_stored(&export.source, bytes);
    super::count_end(&export, now);
    Ok(())
}

/// Puts the export back to `queued` until `next_attempt_at`, with the reason of this attempt, and counts the retry.
pub async fn postpone(
    ledger: &Ledger,
    id: ExportId,
    attempt: i64,
    code: &str,
    reason: &str,
    next_attempt_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set state = 'queued', phase = null, lease_until = null, retries = retries + 1,
                reason_code = $3, reason = $4, next_attempt_at = $5
         where id = $1 and attempt = $2 and state = 'running' returning *")
        .bind(id).bind(attempt).bind(code).bind(storable(reason)).bind(stored(next_attempt_at))
        .fetch_optional(connection).await?);
    let export = held(export, attempt)?;
    data_keys::remove_lost(&mut transaction, id, attempt).await?;
    let detail = json!({ "code": code, "next_attempt_at": stored(next_attempt_at) });
    write(&mut transaction, "export.postponed", &export, detail, now).await?;
    transaction.commit().await?;
    metrics::attempt_failed(&export.source, code);
    Ok(())
}

/// Puts the export back to `queued` for the next worker at once, because this one stops. Counts for nothing; a cancel request ends it instead.
pub async fn hand_over(ledger: &Ledger, id: ExportId, attempt: i64, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set phase = null, lease_until = null, state = case when cancel_requested then 'cancelled' else 'queued' end,
                finished_at = case when cancel_requested then $3 end
         where id = $1 and attempt = $2 and state = 'running' returning *")
        .bind(id).bind(attempt).bind(stored(now))
        .fetch_optional(connection).await?);
    let export = held(export, attempt)?;
    data_keys::remove_lost(&mut transaction, id, attempt).await?;
    let action = if export.cancel_requested { "export.cancelled" } else { "export.handed_over" };
    write(&mut transaction, action, &export, json!({}), now).await?;
    transaction.commit().await?;
    if export.state.is_final() {
        super::count_end(&export, now);
    }
    Ok(())
}

/// Ends the export as `failed`, with notifications and audit event.
pub async fn fail(
    ledger: &Ledger,
    id: ExportId,
    attempt: i64,
    code: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set state = 'failed', phase = null, lease_until = null, reason_code = $3, reason = $4, finished_at = $5
         where id = $1 and attempt = $2 and state = 'running' returning *")
        .bind(id).bind(attempt).bind(code).bind(storable(reason)).bind(stored(now))
        .fetch_optional(connection).await?);
    let export = held(export, attempt)?;
    data_keys::remove_lost(&mut transaction, id, attempt).await?;
    notifications::owe(&mut transaction, &export, Kind::Failed, now).await?;
    messages::tell(&mut transaction, &export, Event::Failed, json!({}), now).await?;
    write(&mut transaction, "export.failed", &export, json!({ "code": code }), now).await?;
    transaction.commit().await?;
    metrics::attempt_failed(&export.source, code);
    super::count_end(&export, now);
    Ok(())
}

/// Ends a running export as `cancelled` after its worker has stopped.
pub async fn cancelled(ledger: &Ledger, id: ExportId, attempt: i64, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set state = 'cancelled', phase = null, lease_until = null, finished_at = $3
         where id = $1 and attempt = $2 and state = 'running' returning *")
        .bind(id).bind(attempt).bind(stored(now))
        .fetch_optional(connection).await?);
    let export = held(export, attempt)?;
    data_keys::remove_lost(&mut transaction, id, attempt).await?;
    write(&mut transaction, "export.cancelled", &export, json!({}), now).await?;
    transaction.commit().await?;
    super::count_end(&export, now);
    Ok(())
}

fn held(export: Option<Export>, attempt: i64) -> Result<Export> {
    export.ok_or(LedgerError::Fenced { attempt })
}

/// Writes an event of the worker that held the export.
async fn write(
    transaction: &mut Transaction,
    action: &'static str,
    export: &Export,
    mut detail: Value,
    now: DateTime<Utc>,
) -> Result<()> {
    detail["attempt"] = export.attempt.into();
    let worker = Actor::worker(export.worker.as_deref().unwrap_or_default());
    audit::write(transaction, NewEvent::about(export.id, action, worker, detail), now).await
}
