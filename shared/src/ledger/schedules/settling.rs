//! The end of a run, and what follows for its schedule.

use super::runs::{Counts, Run};
use super::{Schedule, lock};
use crate::ledger::audit::{self, Actor};
use crate::ledger::notifications::{self, Kind};
use crate::ledger::{Ledger, Result, stored};
use crate::schedule::{PauseReason, RunKind, RunState};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// Runs whose exports were all entered and have all ended, oldest first.
pub async fn ended(ledger: &Ledger, limit: i64) -> Result<Vec<Run>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from schedule_runs
         where state = 'running' and state in ('entering', 'running')
           and not exists (select 1 from exports
                          where exports.schedule_id = schedule_runs.schedule_id and schedule_run_id = schedule_runs.id and exports.state in ('queued', 'running'))
         order by started_at, id limit $1")
        .bind(limit).fetch_all(pool).await?))
}

/// Says how a run ended, counts the failures in a row, pauses the schedule after too many, and owes the mails about it, in one transaction; `None` if another
/// worker did, or an export of it is open again.
pub async fn settle(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<Option<Run>> {
    let mut transaction = ledger.begin().await?;
    let run: Option<Run> = within!(&mut transaction, connection => sqlx::query_as(
        "update schedule_runs set finished_at = $2 where id = $1 and state = 'running' returning *")
        .bind(id).bind(stored(now)).fetch_optional(connection).await?);
    let Some(run) = run else { return Ok(None) };
    let counts = Counts::within(&mut transaction, id).await?;
    if counts.open > 0 {
        return Ok(None);
    }
    let state = outcome(&run, counts);
    let run: Run = within!(&mut transaction, connection => sqlx::query_as("update schedule_runs set state = $2 where id = $1 returning *")
        .bind(id).bind(state).fetch_one(connection).await?);
    let Some(schedule) = lock(&mut transaction, run.schedule_id).await? else { return Ok(None) };

    let action = match state {
        RunState::Failed => "schedule.run_failed",
        RunState::Cancelled => "schedule.run_cancelled",
        _ => "schedule.run_succeeded",
    };
    let detail = json!({
        "run": run.id, "ready": counts.ready, "failed": counts.failed, "cancelled": counts.cancelled, "code": run.reason_code,
    });
    audit::write(&mut transaction, schedule.event(action, actor.clone(), detail), now).await?;

    let failures = match (run.kind, state) {
        (RunKind::Scheduled, RunState::Failed) => schedule.failures_in_row + 1,
        (RunKind::Scheduled, RunState::Succeeded) => 0,
        _ => schedule.failures_in_row,
    };
    let pauses = failures > schedule.failures_in_row
        && failures >= schedule.pause_after
        && schedule.paused_at.is_none()
        && schedule.deleted_at.is_none();
    within!(&mut transaction, connection => sqlx::query("update schedules set failures_in_row = $2 where id = $1")
        .bind(schedule.id).bind(failures).execute(connection).await?.rows_affected());
    if pauses {
        pause(&mut transaction, &schedule, PauseReason::Failures, now).await?;
        let detail = json!({ "failures_in_row": failures, "run": run.id });
        audit::write(&mut transaction, schedule.event("schedule.paused", actor, detail), now).await?;
    }
    if state == RunState::Failed && schedule.deleted_at.is_none() {
        let kind = if pauses { Kind::SchedulePaused } else { Kind::RunFailed };
        notifications::owe_run(&mut transaction, run.id, &schedule.notify, kind, now).await?;
    }
    transaction.commit().await?;
    Ok(Some(run))
}

/// Pauses a schedule whose times this program cannot read, so that it is seen instead of never running; `false` if it was changed meanwhile.
pub async fn pause_unreadable(ledger: &Ledger, read: &Schedule, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let current = lock(&mut transaction, read.id).await?;
    if current.is_none_or(|current| current.revision != read.revision || current.paused_at.is_some()) {
        return Ok(false);
    }
    pause(&mut transaction, read, PauseReason::Unreadable, now).await?;
    let detail = json!({ "reason": PauseReason::Unreadable });
    audit::write(&mut transaction, read.event("schedule.paused", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn pause(
    transaction: &mut crate::ledger::Transaction,
    schedule: &Schedule,
    reason: PauseReason,
    now: DateTime<Utc>,
) -> Result<()> {
    within!(transaction, connection => sqlx::query(
        "update schedules set paused_at = $2, pause_reason = $3, next_run_at = null, revision = revision + 1 where id = $1")
        .bind(schedule.id).bind(stored(now)).bind(reason).execute(connection).await?.rows_affected());
    Ok(())
}

/// A run in which anything failed, or could not be entered, is a failed one.
fn outcome(run: &Run, counts: Counts) -> RunState {
    if counts.failed > 0 || run.reason_code.is_some() {
        RunState::Failed
    } else if counts.cancelled > 0 {
        RunState::Cancelled
    } else {
        RunState::Succeeded
    }
}
