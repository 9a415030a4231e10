//! A failed export, asked for once more by a person.

use super::{Export, lock, turn};
use crate::export::{ExportId, State};
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::{Ledger, Result, Transaction, notifications, schedules, stored};
use chrono::{DateTime, Utc};
use serde_json::json;

/// What became of the wish to retry an export.
#[derive(Debug, Clone, PartialEq)]
pub enum Retried {
    /// It is queued again.
    Queued(Box<Export>),
    /// It has not failed; it stands in this state.
    NotFailed(State),
    /// An identical export is queued or running, which will give the same archive.
    Wanted(ExportId),
}

/// Puts a failed export back into the queue, due at once; `None` if there is none with this number.
///
/// It stays the same row with its audit and its last reason, and waits its turn as if it was asked for now. Its attempts go on counting, since their number is the fence, but those
/// made so far no longer count against the limit. What its people were told about the failure is forgotten: they are told how it
/// ends now, be it the same way.
pub async fn retry(ledger: &Ledger, id: ExportId, actor: Actor, now: DateTime<Utc>) -> Result<Option<Retried>> {
    // The twin that is in the way may end between two statements; a moment later there is another, or room.
    let mut tries = 0;
    loop {
        tries += 1;
        let mut transaction = ledger.begin().await?;
        let Some(failed) = lock(&mut transaction, id).await? else { return Ok(None) };
        if failed.state != State::Failed {
            return Ok(Some(Retried::NotFailed(failed.state)));
        }
        match queue_again(&mut transaction, id, turn::turn(failed.origin, now), now).await {
            Ok(export) => {
                notifications::forget_failure(&mut transaction, id).await?;
                schedules::reopen(&mut transaction, failed.schedule_run_id, now).await?;
                let detail = json!({ "attempt": failed.attempt, "code": failed.reason_code });
                audit::write(&mut transaction, NewEvent::about(id, "export.retried", actor, detail), now).await?;
                transaction.commit().await?;
                return Ok(Some(Retried::Queued(Box::new(export))));
            }
            Err(sqlx::Error::Database(refused)) if refused.is_unique_violation() => {
                drop(transaction);
                match twin(ledger, id).await? {
                    Some(other) => return Ok(Some(Retried::Wanted(other))),
                    None if tries < 5 => {}
                    None => return Err(sqlx::Error::Database(refused).into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn queue_again(
    transaction: &mut Transaction,
    id: ExportId,
    turn: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<Export> {
    within!(transaction, connection => sqlx::query_as(
        "update exports set state = 'queued', phase = null, lease_until = null, next_attempt_at = null, cancel_requested = false,
                started_at = null, finished_at = null, retries = 0, crashes = 0, lost_worker = null, attempts_before = attempt, retried_at = $2,
                queued_as = origin, turn = $3
         where id = $1 returning *")
        .bind(id).bind(stored(now)).bind(turn).fetch_one(connection).await)
}

/// The identical export that is queued or running.
async fn twin(ledger: &Ledger, id: ExportId) -> Result<Option<ExportId>> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select other.id from exports failed join exports other
           on other.source = failed.source and other.scope = failed.scope and other.tenant = failed.tenant
          and other.subject_kind = failed.subject_kind and other.subject_key = failed.subject_key
          and other.formats = failed.formats and other.csv_profile = failed.csv_profile and other.layout = failed.layout
          and coalesce(other.compression, '') = coalesce(failed.compression, '') and other.language = failed.language
         where failed.id = $1 and other.state in ('queued', 'running') and not other.cancel_requested and other.schedule_id is null")
        .bind(id).fetch_optional(pool).await?))
}
