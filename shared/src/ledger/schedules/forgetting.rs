//! Runs that nobody asks for any more.

use super::find_even_deleted;
use crate::ledger::audit::{self, Actor};
use crate::ledger::{Ledger, Result, stored};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// What keeps a run, beside its age: an export that is not over, an archive that is still there, or that it is the newest of its schedule.
const FORGETTABLE: &str = "finished_at < $1 and reopened_at is null
    and not exists (select 1 from exports where schedule_run_id = schedule_runs.id and exports.state in ('queued', 'running', 'ready'))
    and exists (select 1 from schedule_runs newer where newer.schedule_id = schedule_runs.schedule_id
                                                    and (newer.started_at, newer.id) > (schedule_runs.started_at, schedule_runs.id))";

/// Forgets up to `limit` runs that ended before `before`, oldest first; returns how many. The newest run of each schedule stays, and so does one as long as an archive of it does.
///
/// Their exports stay in the ledger, of their schedule but of no run; what was owed to people about the run goes with it.
pub async fn forget_runs(
    ledger: &Ledger,
    before: DateTime<Utc>,
    limit: i64,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<u64> {
    let text =
        format!("select id, schedule_id from schedule_runs where {FORGETTABLE} order by finished_at, id limit $2");
    let runs: Vec<(Uuid, Uuid)> = on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(stored(before)).bind(limit).fetch_all(pool).await?);
    let mut forgotten = 0;
    for (run, schedule) in runs {
        if let Some(schedule) = find_even_deleted(ledger, schedule).await? {
            let mut transaction = ledger.begin().await?;
            // The exports first, as a retry locks them.
            for text in [
                "update exports set schedule_run_id = null where schedule_run_id = $1",
                "delete from notifications where schedule_run_id = $1",
            ] {
                within!(&mut transaction, connection => sqlx::query(text).bind(run).execute(connection).await?.rows_affected());
            }
            let gone = within!(&mut transaction, connection => sqlx::query(
                "delete from schedule_runs where id = $1 and reopened_at is null")
                .bind(run).execute(connection).await?.rows_affected());
            // One that was reopened meanwhile is kept with all that belongs to it: the transaction ends without a commit.
            if gone > 0 {
                let event = schedule.event("schedule.run_forgotten", actor.clone(), json!({ "run": run }));
                audit::write(&mut transaction, event, now).await?;
                transaction.commit().await?;
                forgotten += 1;
            }
        }
    }
    Ok(forgotten)
}
