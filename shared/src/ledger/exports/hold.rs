//! Legal holds: an archive that must not be deleted, whatever its time or the rules say.

use super::{Export, lock};
use crate::export::{ExportId, State};
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::{Ledger, Result, storable, stored};
use chrono::{DateTime, Utc};
use serde_json::json;

/// What became of a hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// The export is held; one that is queued or running is as soon as it is ready.
    Done(Export),
    /// There is nothing to hold: the export ended without an archive, or its archive is gone or being deleted.
    TooLate(Export),
}

/// Holds an export's archive for a reason; `None` if there is no such export. Held again, it gets the new reason and stays held since the first time.
///
/// A hold and a deletion exclude each other: whichever comes first to the ledger wins.
pub async fn hold(
    ledger: &Ledger,
    id: ExportId,
    reason: &str,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Held>> {
    let reason = storable(reason);
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await? else {
        return Ok(None);
    };
    let is_there = matches!(export.state, State::Queued | State::Running | State::Ready) && !export.cancel_requested;
    if !is_there || export.deletion.began_at.is_some() {
        return Ok(Some(Held::TooLate(export)));
    }
    if export.hold_reason.as_deref() == Some(&*reason) {
        return Ok(Some(Held::Done(export)));
    }
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set hold_since = coalesce(hold_since, $2), hold_reason = $3 where id = $1 returning *")
        .bind(id).bind(stored(now)).bind(&*reason).fetch_one(connection).await?);
    audit::write(&mut transaction, NewEvent::about(id, "export.held", actor, json!({ "reason": reason })), now).await?;
    transaction.commit().await?;
    Ok(Some(Held::Done(export)))
}

/// Releases an export; `None` if there is none. If its time is over or its schedule's rules do not keep it, the next sweep deletes its archive.
pub async fn release(ledger: &Ledger, id: ExportId, actor: Actor, now: DateTime<Utc>) -> Result<Option<Export>> {
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await? else {
        return Ok(None);
    };
    let Some(since) = export.hold_since else {
        return Ok(Some(export));
    };
    let detail = json!({ "reason": export.hold_reason, "since": since });
    let export = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set hold_since = null, hold_reason = null, judged = false where id = $1 returning *")
        .bind(id).fetch_one(connection).await?);
    audit::write(&mut transaction, NewEvent::about(id, "export.released", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(Some(export))
}

/// Every ready export that is held, the longest held first.
pub async fn held(ledger: &Ledger) -> Result<Vec<Export>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from exports where state = 'ready' and hold_since is not null order by hold_since, id")
        .fetch_all(pool).await?))
}
