//! Schedules: runs that are due begin, their exports are entered, and when the last one has ended it is said how the run went.
//!
//! Every worker does all of it. Each step is one transaction that takes what it works on, so that several workers at once do nothing twice, and one that dies on the way
//! leaves the rest to the others.

use crate::{
    catalog::Catalog,
    context::Context,
    doorbells,
    error::{Consequence, ExportError},
    source::{Snapshot, placement},
};
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    clock,
    export::TenantId,
    ledger::{
        LedgerError, Result as LedgerResult,
        audit::Actor,
        schedules::{self, Begun, Run, Schedule},
    },
    schedule::{Recurrence, RunState, Tenants},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use uuid::Uuid;

/// How many of each kind one turn handles; the next one goes on.
const BATCH: i64 = 200;
/// Keys read from a source at a time.
const PAGE: u64 = 2000;
/// Exports entered in one transaction.
const ENTERED_AT_ONCE: usize = 200;
/// A source that no worker serves for that long is missing, and its run has failed.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);
/// No wait between two tries to enter exports is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Looks after the schedules again and again; never returns.
pub async fn run(context: &Context) {
    let mut ticks = interval(context.config.worker.reconcile_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if context.timekeeping.is_off() {
            continue;
        }
        if let Err(error) = once(context, clock::now()).await {
            tracing::warn!(error = %error, "The schedules could not be looked after; trying again");
        }
    }
}

/// Answers a doorbell: looks after the schedules, whichever run it was rung for.
pub async fn answer(context: Arc<Context>, _: Uuid) {
    if context.timekeeping.is_off() {
        return tracing::error!("Schedules are left to others: this machine's clock is wrong");
    }
    if let Err(error) = once(&context, clock::now()).await {
        tracing::warn!(error = %error, "The schedules could not be looked after; trying again");
    }
}

/// Looks after the schedules once, as of `now`: says how ended runs went, begins those that are due, and enters the exports of all that have begun.
pub async fn once(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    settle(context, now).await?;
    begin(context, now).await?;
    let time = Passing::from(now);
    let entering = schedules::entering(&context.ledger, BATCH, now).await?;
    let is_any = !entering.is_empty();
    for run in entering {
        match enter(context, run, time).await {
            Err(LedgerError::Fenced { .. }) => tracing::info!("Another worker enters the exports of a run"),
            ended => ended?,
        }
    }
    if is_any {
        doorbells::ring_for_exports(context, time.now()).await?;
    }
    // Without tenants a run ends as soon as it has begun.
    settle(context, time.now()).await
}

async fn settle(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    for run in schedules::ended(&context.ledger, BATCH).await? {
        let Some(run) = schedules::settle(&context.ledger, run.id, actor(context), now).await? else { continue };
        match run.state {
            RunState::Failed => {
                tracing::error!(schedule = %run.schedule_id, run = %run.id, code = run.reason_code, "A run of a schedule failed");
            }
            state => tracing::info!(schedule = %run.schedule_id, run = %run.id, %state, "A run of a schedule ended"),
        }
    }
    Ok(())
}

async fn begin(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    for schedule in schedules::due(&context.ledger, BATCH, now).await? {
        let recurrence = match Recurrence::parse(&schedule.cron, &schedule.time_zone) {
            Ok(recurrence) => recurrence,
            Err(error) => {
                unreadable(context, &schedule, now).await?;
                tracing::error!(schedule = %schedule.id, %error, "The times of a schedule cannot be read, so it is paused");
                continue;
            }
        };
        // Counted from now: what was missed meanwhile is this one run.
        let next = recurrence.next_after(now);
        match schedules::begin(&context.ledger, &schedule, next, actor(context), now).await? {
            Begun::Run(run) => tracing::info!(schedule = %schedule.id, run = %run.id, next = ?next, "A run begins"),
            Begun::Skipped => {
                tracing::warn!(schedule = %schedule.id, next = ?next, "A run was left out: the one before is still going on");
            }
            Begun::Taken => {}
        }
    }
    Ok(())
}

async fn unreadable(context: &Context, schedule: &Schedule, now: DateTime<Utc>) -> LedgerResult<()> {
    schedules::pause_unreadable(&context.ledger, schedule, actor(context), now).await.map(drop)
}

/// The time as it passes while something is done that began at a time that was told.
#[derive(Clone, Copy)]
struct Passing {
    told: DateTime<Utc>,
    since: Instant,
}

impl Passing {
    fn from(told: DateTime<Utc>) -> Self {
        Self { told, since: Instant::now() }
    }

    fn now(self) -> DateTime<Utc> {
        self.told + self.since.elapsed()
    }
}

/// Enters the exports of one run, if this worker can.
async fn enter(context: &Context, run: Run, time: Passing) -> LedgerResult<()> {
    let now = time.now();
    let ledger = &context.ledger;
    let is_served = context.sources.contains_key(&run.source);
    let is_overdue = now - run.started_at > LONGEST_WAIT;
    if run.tenants.0 == Tenants::Every && !is_served && !is_overdue {
        return Ok(());
    }
    let claimed = schedules::claim_run(ledger, run.id, &context.worker_id, context.config.worker.lease, now).await?;
    let Some(run) = claimed else { return Ok(()) };
    let attempts = i64::from(context.config.worker.attempts);
    if run.tries > attempts {
        let code = run.reason_code.clone().unwrap_or_else(|| "worker_lost".to_owned());
        let reason = run
            .reason
            .clone()
            .unwrap_or_else(|| format!("the worker ended {attempts} times while it entered the exports"));
        return schedules::close_run(ledger, &run, Some((&code, &reason))).await;
    }
    let entered = match &run.tenants.0 {
        Tenants::These(tenants) => these(context, &run, tenants, time).await.map(|()| 0),
        Tenants::Every => every(context, &run, time).await,
    };
    match entered {
        Ok(0) => schedules::close_run(ledger, &run, None).await,
        Ok(unusable) => {
            let reason = format!(
                "{unusable} keys in the table of tenants can be no tenant's id: they are empty, longer than 512 bytes or no UTF-8; all other tenants were exported"
            );
            schedules::close_run(ledger, &run, Some(("unusable_tenant_key", &reason))).await
        }
        Err(ExportError::Ledger(error)) => Err(error),
        Err(error) => stop(context, &run, &error, time.now()).await,
    }
}

async fn stop(context: &Context, run: &Run, error: &ExportError, now: DateTime<Utc>) -> LedgerResult<()> {
    let (code, reason) = (error.code(), error.to_string());
    let retries = matches!(error.consequence(), Consequence::Retry);
    if retries && run.tries < i64::from(context.config.worker.attempts) {
        let doublings = u32::try_from(run.tries.saturating_sub(1)).unwrap_or(0).min(16);
        let pause = context.config.worker.retry_after.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        tracing::warn!(schedule = %run.schedule_id, run = %run.id, code, "The exports of a run could not be entered; trying again");
        return schedules::postpone_run(&context.ledger, run, code, &reason, now + pause).await;
    }
    tracing::error!(schedule = %run.schedule_id, run = %run.id, code, "The exports of a run cannot be entered");
    schedules::close_run(&context.ledger, run, Some((code, &reason))).await
}

async fn these(context: &Context, run: &Run, tenants: &[TenantId], time: Passing) -> Result<(), ExportError> {
    let lease = context.config.worker.lease;
    for batch in tenants.chunks(ENTERED_AT_ONCE) {
        schedules::enter(&context.ledger, run, batch, lease, time.now()).await?;
    }
    Ok(())
}

/// Enters an export for every tenant that the source has now; returns how many keys can be no tenant's. Who goes on after another worker goes through all of
/// them again: those that have their export already keep it.
async fn every(context: &Context, run: &Run, time: Passing) -> Result<u64, ExportError> {
    let served = context.source(&run.source)?;
    let catalog = Catalog::read(&served.catalog)?;
    let patience = context.config.worker.lease;
    let mut snapshot = in_time(patience, served.source.snapshot("schedule", time.now())).await?;
    let listed = list(context, run, &mut snapshot, &catalog, time).await;
    snapshot.close().await;
    listed
}

async fn list(
    context: &Context,
    run: &Run,
    snapshot: &mut Snapshot,
    catalog: &Catalog,
    time: Passing,
) -> Result<u64, ExportError> {
    let patience = context.config.worker.lease;
    let schemas = placement::lookup(catalog).fixed_schemas();
    let schema = in_time(patience, snapshot.schema(&schemas)).await?;
    let (mut offset, mut unusable) = (0, 0);
    loop {
        let page = in_time(patience, snapshot.tenant_keys(catalog, &schema, offset, PAGE)).await?;
        these(context, run, &page.tenants, time).await?;
        unusable += page.unusable;
        if !page.more {
            return Ok(unusable);
        }
        offset += PAGE;
    }
}

/// A source that hangs must not keep the other schedules waiting.
async fn in_time<T>(
    patience: Duration,
    reading: impl Future<Output = Result<T, ExportError>>,
) -> Result<T, ExportError> {
    timeout(patience, reading).await.unwrap_or_else(|_| {
        Err(ExportError::SourceAway {
            message: "the source did not answer in time while its tenants were listed".to_owned(),
            cause: None,
        })
    })
}

fn actor(context: &Context) -> Actor {
    Actor::worker(&context.worker_id)
}
