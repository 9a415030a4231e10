//! The end of a run, and what follows for its schedule.

use super::runs::{Counts, Run};
use super::{Schedule, lock};
use crate::ledger::audit::{self, Actor};
use crate::ledger::notifications::{self, Kind};
use crate::ledger::{Ledger, Result, Transaction, stored};
use crate::schedule::{PauseReason, RunKind, RunState};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// Runs whose exports were all entered and have all ended, oldest first; also those that had ended before, one of whose exports was then made anew.
pub async fn ended(ledger: &Ledger, limit: i64) -> Result<Vec<Run>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from schedule_runs
         where ((state = 'running' and state in ('entering', 'running')) or reopened_at is not null)
           and not exists (select 1 from exports
                          where exports.schedule_id = schedule_runs.schedule_id and schedule_run_id = schedule_runs.id and exports.state in ('queued', 'running'))
         order by started_at, id limit $1")
        .bind(limit).fetch_all(pool).await?))
}

/// Notes that an export of a run is made anew, so that the run's end is told again when it is over; nothing where the run has not ended yet.
///
/// Its row is locked in any case: whoever settles the run at the same time has either seen the export open or is seen here.
pub(in crate::ledger) async fn reopen(
    transaction: &mut Transaction,
    run: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(run) = run else { return Ok(()) };
    within!(transaction, connection => sqlx::query(
        "update schedule_runs set reopened_at = case when state in ('entering', 'running') then null else $2 end where id = $1")
        .bind(run).bind(stored(now)).execute(connection).await?.rows_affected());
    Ok(())
}

/// Says how a run ended, counts the failures in a row, pauses the schedule after too many, and owes the mails about it, in one transaction; `None` if another
/// worker did, or an export of it is open again.
///
/// A run that had ended before, one of whose exports was then made anew, may change its end: it is told in the audit, and a failure that was repaired counts no
/// longer as one in a row. Nobody is told of the same failed run twice, and a schedule that is paused stays so.
pub async fn settle(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<Option<Run>> {
    let mut transaction = ledger.begin().await?;
    let run: Option<Run> = within!(&mut transaction, connection => sqlx::query_as(
        "update schedule_runs set finished_at = $2, reopened_at = null where id = $1 and (state = 'running' or reopened_at is not null) returning *")
        .bind(id).bind(stored(now)).fetch_optional(connection).await?);
    let Some(before) = run else { return Ok(None) };
    let counts = Counts::within(&mut transaction, id).await?;
    if counts.open > 0 {
        return Ok(None);
    }
    let state = outcome(&before, counts);
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
        "before": before.state,
    });
    audit::write(&mut transaction, schedule.event(action, actor.clone(), detail), now).await?;

    let later = failures_after(&mut transaction, &run).await?;
    let failures = failures_in_row(schedule.failures_in_row, &before, state, later);
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
    if state == RunState::Failed && before.state != state && schedule.deleted_at.is_none() {
        let kind = if pauses { Kind::SchedulePaused } else { Kind::RunFailed };
        notifications::owe_run(&mut transaction, &run, &schedule.notify, kind, now).await?;
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
    transaction: &mut Transaction,
    schedule: &Schedule,
    reason: PauseReason,
    now: DateTime<Utc>,
) -> Result<()> {
    within!(transaction, connection => sqlx::query(
        "update schedules set paused_at = $2, pause_reason = $3, next_run_at = null, revision = revision + 1 where id = $1")
        .bind(schedule.id).bind(stored(now)).bind(reason).execute(connection).await?.rows_affected());
    Ok(())
}

/// A run in which anything failed, or could not be entered, is a failed one. One that ended early because its schedule was deleted was cancelled.
fn outcome(run: &Run, counts: Counts) -> RunState {
    let was_stopped = run.reason_code.as_deref() == Some("schedule_deleted");
    if counts.failed > 0 || (run.reason_code.is_some() && !was_stopped) {
        RunState::Failed
    } else if counts.cancelled > 0 || was_stopped {
        RunState::Cancelled
    } else {
        RunState::Succeeded
    }
}

/// How many runs that were due and began after this one have failed.
async fn failures_after(transaction: &mut Transaction, run: &Run) -> Result<i64> {
    Ok(within!(transaction, connection => sqlx::query_scalar(
        "select count(*) from schedule_runs
         where schedule_id = $1 and kind = 'scheduled' and state = 'failed' and (started_at, id) > ($2, $3)")
        .bind(run.schedule_id).bind(run.started_at).bind(run.id).fetch_one(connection).await?))
}

/// How many runs failed in a row once this one, which stood as `before`, has ended as `state`; `later` ones have failed after it.
///
/// Runs that somebody asked for count for nothing. A run that ended anew counts as if it had ended so at first, but what going on after a pause forgot stays
/// forgotten.
fn failures_in_row(counted: i64, before: &Run, state: RunState, later: i64) -> i64 {
    if before.kind == RunKind::Manual {
        return counted;
    }
    match (before.state, state) {
        (RunState::Failed, RunState::Failed) => counted,
        (_, RunState::Failed) => counted + 1,
        (_, RunState::Succeeded) => counted.min(later),
        // Neither a success nor a failure: it stands in the row no longer.
        (RunState::Failed, _) if counted > later => counted - 1,
        _ => counted,
    }
}
