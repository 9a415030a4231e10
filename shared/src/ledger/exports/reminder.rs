//! Reminding people of an archive that goes soon and that nobody downloaded.

use super::lock;
use crate::export::{ExportId, State};
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::notifications::{self, Kind};
use crate::ledger::{Ledger, Result, stored};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Exports whose people are to be reminded that the archive goes within `before`; the first to go first.
///
/// Those that a person asked for, with somebody to tell, whose archive nobody downloaded, nobody holds, and nobody was reminded of; none of whose links was taken back, for
/// a reminder brings a new one; and only where the archive
/// lives at least twice as long as `before`.
pub async fn to_remind(ledger: &Ledger, before: TimeDelta, now: DateTime<Utc>) -> Result<Vec<ExportId>> {
    type Moment = Option<DateTime<Utc>>;
    let waiting: Vec<(ExportId, Moment, Moment)> = on!(ledger, pool => sqlx::query_as(
        "select id, finished_at, expires_at from exports
         where state = 'ready' and reminded_at is null and schedule_id is null and expires_at > $1 and expires_at <= $2
           and hold_since is null and deletion_began_at is null and notify <> '[]'
           and not exists (select 1 from links where links.export_id = exports.id and (links.downloads > 0 or links.revoked_at is not null))
         order by expires_at, id")
        .bind(stored(now)).bind(stored(now + before)).fetch_all(pool).await?);
    let lives_long_enough = |&(_, ready, end): &(_, _, _)| lives_long_enough(ready, end, before);
    Ok(waiting.into_iter().filter(lives_long_enough).map(|(id, _, _)| id).collect())
}

/// Owes the reminder to everybody who is told of this export and refused none, and notes that they were reminded, with its audit event, in one transaction;
/// `false` if that was done before, or if there is nothing to remind of any more.
pub async fn remind(
    ledger: &Ledger,
    id: ExportId,
    before: TimeDelta,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let Some(export) = lock(&mut transaction, id).await? else { return Ok(false) };
    let reminded: Option<DateTime<Utc>> = within!(&mut transaction, connection =>
        sqlx::query_scalar("select reminded_at from exports where id = $1").bind(id).fetch_one(connection).await?);
    let settled: i64 = within!(&mut transaction, connection =>
        sqlx::query_scalar(SETTLED).bind(id).fetch_one(connection).await?);
    let goes_soon = export.expires_at.is_some_and(|end| now < end && end <= now + before);
    if reminded.is_some()
        || settled > 0
        || !goes_soon
        || export.state != State::Ready
        || export.schedule_id.is_some()
        || export.hold_since.is_some()
        || export.deletion.began_at.is_some()
        || export.notify.is_empty()
        || !lives_long_enough(export.finished_at, export.expires_at, before)
    {
        return Ok(false);
    }
    within!(&mut transaction, connection => sqlx::query("update exports set reminded_at = $2 where id = $1")
        .bind(id).bind(stored(now)).execute(connection).await?.rows_affected());
    let mails = notifications::owe(&mut transaction, &export, Kind::Expiring, now).await?;
    let event =
        NewEvent::about(id, "export.reminded", actor, json!({ "mails": mails, "expires_at": export.expires_at }));
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The links of an export after which nobody is to be reminded: something was downloaded, or the link was taken back.
const SETTLED: &str = "select count(*) from links where export_id = $1 and (downloads > 0 or revoked_at is not null)";

/// Whether anybody downloaded anything of this export's archive, or a link to it was taken back.
pub async fn is_settled(ledger: &Ledger, id: ExportId) -> Result<bool> {
    let settled: i64 = on!(ledger, pool => sqlx::query_scalar(SETTLED).bind(id).fetch_one(pool).await?);
    Ok(settled > 0)
}

/// An archive that lives for days only is fresh in everybody's mind.
fn lives_long_enough(ready: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>, before: TimeDelta) -> bool {
    ready.zip(end).is_some_and(|(ready, end)| end - ready >= before * 2)
}
