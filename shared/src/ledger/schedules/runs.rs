//! The table `schedule_runs`: a run is taken once, its exports are entered one batch after the other, and a worker that dies on the way loses nothing.

use super::{Schedule, lock};
use crate::export::{Compression, CsvProfile, Format, Layout, Origin, State, TenantId};
use crate::language::Language;
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::exports::{self, NewExport};
use crate::ledger::{Ledger, LedgerError, Person, Result, Transaction, storable, stored};
use crate::schedule::{RunKind, RunState, Tenants, jitter};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;
use std::time::Duration;
use uuid::Uuid;

/// One run of a schedule, with what was to be exported when it began.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Run {
    /// Its number.
    pub id: Uuid,
    /// The schedule it is of.
    pub schedule_id: Uuid,
    /// Why it began.
    pub kind: RunKind,
    /// When it was due.
    pub due_at: DateTime<Utc>,
    /// The name of the source.
    pub source: String,
    /// Whose data.
    pub tenants: Json<Tenants>,
    /// The formats.
    pub formats: Json<Vec<Format>>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// How each archive is laid out.
    pub layout: Layout,
    /// How its files are compressed.
    pub compression: Option<Compression>,
    /// The language that its people read.
    pub language: Language,
    /// Over how many seconds the starts of its exports are spread.
    pub jitter: i64,
    /// Where it stands.
    pub state: RunState,
    /// How often a worker began to enter its exports; the fence of what that worker writes.
    pub attempt: i64,
    /// How often since the last export was entered.
    pub tries: i64,
    /// The worker that enters its exports, or did.
    pub worker: Option<String>,
    /// Not before this time does a worker enter its exports; while one does, the end of that one's lease.
    pub next_attempt_at: DateTime<Utc>,
    /// How many exports it has.
    pub entered: i64,
    /// The stable code of why exports are missing.
    pub reason_code: Option<String>,
    /// The same as a sentence.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its last export ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Since when an export of it is made anew, after it had ended.
    pub reopened_at: Option<DateTime<Utc>>,
}

/// How the exports of a run stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Queued or running.
    pub open: i64,
    /// Ready, or expired since.
    pub ready: i64,
    /// Failed.
    pub failed: i64,
    /// Cancelled.
    pub cancelled: i64,
}

/// What became of a run that was due.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It began.
    Run(Box<Run>),
    /// The one before is still going on, so it was left out.
    Skipped,
    /// Another worker was faster, or the schedule was changed meanwhile.
    Taken,
}

/// What became of the wish for a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunNow {
    /// It began.
    Run(Box<Run>),
    /// One is still going on.
    Running,
    /// There is no such schedule.
    NoSchedule,
}

/// What became of a batch of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// How many were new.
    pub new: u64,
}

/// Schedules that have a run due, the longest waiting first.
pub async fn due(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Schedule>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from schedules where next_run_at is not null and next_run_at <= $1 order by next_run_at, id limit $2")
        .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Begins the run that the schedule, as it was read, has due, and sets when the one after is. Of several workers at once one succeeds. However many times were
/// missed, this is one run; while the run before is going on it is none.
pub async fn begin(
    ledger: &Ledger,
    due: &Schedule,
    next: Option<DateTime<Utc>>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Begun> {
    let Some(due_at) = due.next_run_at else {
        return Ok(Begun::Taken);
    };
    let mut transaction = ledger.begin().await?;
    let taken = within!(&mut transaction, connection => sqlx::query(
        "update schedules set next_run_at = $4 where id = $1 and revision = $2 and next_run_at = $3 and paused_at is null and deleted_at is null")
        .bind(due.id).bind(due.revision).bind(due_at).bind(next.map(stored)).execute(connection).await?.rows_affected());
    if taken == 0 {
        return Ok(Begun::Taken);
    }
    let begun = if is_going_on(&mut transaction, due.id).await? {
        within!(&mut transaction, connection => sqlx::query(
            "update schedules set skipped_runs = skipped_runs + 1, last_skipped_at = $2 where id = $1")
            .bind(due.id).bind(stored(now)).execute(connection).await?.rows_affected());
        let detail = json!({ "due_at": due_at, "next_run_at": next });
        audit::write(&mut transaction, due.event("schedule.run_skipped", actor, detail), now).await?;
        Begun::Skipped
    } else {
        Begun::Run(Box::new(insert(&mut transaction, due, RunKind::Scheduled, due_at, actor, now).await?))
    };
    transaction.commit().await?;
    Ok(begun)
}

/// Begins a run because somebody asks for it, also while the schedule is paused. Its end counts neither as a failure in a row nor against one.
pub async fn run_now(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<RunNow> {
    let mut transaction = ledger.begin().await?;
    let schedule = lock(&mut transaction, id).await?.filter(|schedule| schedule.deleted_at.is_none());
    let Some(schedule) = schedule else {
        return Ok(RunNow::NoSchedule);
    };
    if is_going_on(&mut transaction, id).await? {
        return Ok(RunNow::Running);
    }
    let run = insert(&mut transaction, &schedule, RunKind::Manual, stored(now), actor, now).await?;
    transaction.commit().await?;
    Ok(RunNow::Run(Box::new(run)))
}

/// Whether a run of the schedule, or an export of one that ended before, is not over. The schedule's row is locked.
async fn is_going_on(transaction: &mut Transaction, schedule: Uuid) -> Result<bool> {
    Ok(within!(transaction, connection => sqlx::query_scalar(
        "select exists (select 1 from schedule_runs where schedule_id = $1 and state in ('entering', 'running'))
             or exists (select 1 from exports where schedule_id = $1 and state in ('queued', 'running'))")
        .bind(schedule).fetch_one(connection).await?))
}

async fn insert(
    transaction: &mut Transaction,
    schedule: &Schedule,
    kind: RunKind,
    due_at: DateTime<Utc>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Run> {
    let run: Run = within!(transaction, connection => sqlx::query_as(
        "insert into schedule_runs (id, schedule_id, kind, due_at, source, tenants, formats, csv_profile, layout, compression, jitter,
                                    state, next_attempt_at, started_at, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'entering', $12, $12, $13) returning *")
        .bind(Uuid::now_v7())
        .bind(schedule.id)
        .bind(kind)
        .bind(due_at)
        .bind(&schedule.source)
        .bind(&schedule.tenants)
        .bind(&schedule.formats)
        .bind(schedule.csv_profile)
        .bind(schedule.layout)
        .bind(schedule.compression)
        // Who asks for a run now means now.
        .bind(if kind == RunKind::Manual { 0 } else { schedule.jitter })
        .bind(stored(now))
        .bind(schedule.language)
        .fetch_one(connection).await?);
    within!(transaction, connection => sqlx::query("update schedules set last_run_at = $2 where id = $1")
        .bind(schedule.id).bind(stored(now)).execute(connection).await?.rows_affected());
    let detail = json!({ "run": run.id, "kind": kind, "due_at": due_at });
    audit::write(transaction, schedule.event("schedule.run_began", actor, detail), now).await?;
    Ok(run)
}

/// Runs whose exports are to be entered and that no worker has, the longest waiting first.
pub async fn entering(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Run>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from schedule_runs where state = 'entering' and state in ('entering', 'running') and next_attempt_at <= $1
         order by next_attempt_at, id limit $2")
        .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Takes a run for `worker` to enter its exports, as attempt + 1, until the lease ends; `None` if another has it.
pub async fn claim_run(
    ledger: &Ledger,
    id: Uuid,
    worker: &str,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Option<Run>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "update schedule_runs set attempt = attempt + 1, tries = tries + 1, worker = $2, next_attempt_at = $4
         where id = $1 and state = 'entering' and next_attempt_at <= $3 returning *")
        .bind(id).bind(worker).bind(stored(now)).bind(stored(now + lease)).fetch_optional(pool).await?))
}

/// Enters an export for each of the tenants that the run has none for yet, all or none, and begins the lease anew; fenced by attempt.
pub async fn enter(
    ledger: &Ledger,
    run: &Run,
    tenants: &[TenantId],
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Entered> {
    let mut transaction = ledger.begin().await?;
    let held = within!(&mut transaction, connection => sqlx::query(
        "update schedule_runs set next_attempt_at = $3 where id = $1 and attempt = $2 and state = 'entering'")
        .bind(run.id).bind(run.attempt).bind(stored(now + lease)).execute(connection).await?.rows_affected());
    fence(held, run)?;
    let actor = Actor::named(format!("schedule:{}", run.schedule_id));
    let mut new = 0;
    for tenant in tenants {
        let export = NewExport {
            id: Uuid::now_v7(),
            source: run.source.clone(),
            tenant: tenant.clone(),
            subject: Person::default(),
            origin: Origin::Schedule,
            formats: run.formats.0.clone(),
            csv_profile: run.csv_profile,
            layout: run.layout,
            compression: run.compression,
            language: run.language,
            notify: Vec::new(),
            requested_by: None,
            schedule_id: Some(run.schedule_id),
            idempotency: None,
        };
        let start = run.started_at + jitter(run.id, tenant, u32::try_from(run.jitter).unwrap_or(0));
        if exports::enter_scheduled(&mut transaction, &export, run.id, start, now).await? {
            let detail = json!({
                "origin": export.origin, "scope": export.subject.scope(), "formats": export.formats, "csv_profile": export.csv_profile,
                "layout": export.layout, "recipients": 0, "schedule_run": run.id,
            });
            let event = NewEvent::about(export.id, "export.requested", actor.clone(), detail);
            audit::write(&mut transaction, event, now).await?;
            new += 1;
        }
    }
    if new > 0 {
        let entered = i64::try_from(new).unwrap_or(i64::MAX);
        within!(&mut transaction, connection => sqlx::query(
            "update schedule_runs set entered = entered + $2, tries = 0 where id = $1")
            .bind(run.id).bind(entered).execute(connection).await?.rows_affected());
    }
    transaction.commit().await?;
    Ok(Entered { new })
}

/// Everything is entered that can be; `flaw` is the code and the sentence of why something is missing. Fenced by attempt.
pub async fn close_run(ledger: &Ledger, run: &Run, flaw: Option<(&str, &str)>) -> Result<()> {
    let changed = on!(ledger, pool => sqlx::query(
        "update schedule_runs set state = 'running', reason_code = $3, reason = $4 where id = $1 and attempt = $2 and state = 'entering'")
        .bind(run.id)
        .bind(run.attempt)
        .bind(flaw.map(|(code, _)| code))
        .bind(flaw.map(|(_, reason)| storable(reason)))
        .execute(pool).await?.rows_affected());
    fence(changed, run)
}

/// The exports could not be entered now; it is tried again at `next`. Fenced by attempt.
pub async fn postpone_run(ledger: &Ledger, run: &Run, code: &str, reason: &str, next: DateTime<Utc>) -> Result<()> {
    let changed = on!(ledger, pool => sqlx::query(
        "update schedule_runs set next_attempt_at = $3, reason_code = $4, reason = $5 where id = $1 and attempt = $2 and state = 'entering'")
        .bind(run.id)
        .bind(run.attempt)
        .bind(stored(next))
        .bind(code)
        .bind(storable(reason))
        .execute(pool).await?.rows_affected());
    fence(changed, run)
}

/// The run with this number.
pub async fn find_run(ledger: &Ledger, id: Uuid) -> Result<Option<Run>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select * from schedule_runs where id = $1").bind(id).fetch_optional(pool).await?),
    )
}

/// The last runs of a schedule, newest first.
pub async fn recent_runs(ledger: &Ledger, schedule: Uuid, limit: i64) -> Result<Vec<Run>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from schedule_runs where schedule_id = $1 order by started_at desc, id desc limit $2")
        .bind(schedule).bind(limit).fetch_all(pool).await?))
}

/// How the exports of a run stand.
pub async fn counts(ledger: &Ledger, run: Uuid) -> Result<Counts> {
    let rows = on!(ledger, pool => sqlx::query_as(COUNT).bind(run).fetch_all(pool).await?);
    Ok(Counts::of(rows))
}

const COUNT: &str = "select state, count(*) from exports where schedule_run_id = $1 group by state";

impl Counts {
    fn of(rows: Vec<(State, i64)>) -> Self {
        let mut counts = Self::default();
        for (state, number) in rows {
            match state {
                State::Queued | State::Running => counts.open += number,
                State::Ready | State::Expired => counts.ready += number,
                State::Failed => counts.failed += number,
                State::Cancelled => counts.cancelled += number,
            }
        }
        counts
    }

    pub(super) async fn within(transaction: &mut Transaction, run: Uuid) -> Result<Self> {
        let rows = within!(transaction, connection => sqlx::query_as(COUNT).bind(run).fetch_all(connection).await?);
        Ok(Self::of(rows))
    }
}

fn fence(changed: u64, run: &Run) -> Result<()> {
    if changed == 0 { Err(LedgerError::Fenced { attempt: run.attempt }) } else { Ok(()) }
}
