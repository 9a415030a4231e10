//! A schedule and its runs as the API shows them.

use super::{request::RetentionView, words as own};
use crate::{routes::exports::ReasonView, words};
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::{
    export::{Compression, CsvProfile, Format, Layout},
    language::Language,
    ledger::schedules::{Counts, Run, Schedule},
    schedule::{PauseReason, Recurrence, RunKind, RunState, Tenants},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// How many of its next times a schedule shows.
const TIMES_SHOWN: usize = 5;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(crate) struct ScheduleView {
    /// Its number.
    id: Uuid,
    /// What people call it.
    name: String,
    /// The name of the source.
    source: String,
    /// When it runs: five fields of cron.
    cron: String,
    /// The time zone in which `cron` is read.
    time_zone: String,
    /// Whose data it exports: `"all"`, or a list of tenants.
    #[schema(schema_with = own::tenants)]
    tenants: Tenants,
    #[schema(schema_with = words::formats)]
    formats: Vec<Format>,
    #[schema(schema_with = words::csv_profile)]
    csv_profile: CsvProfile,
    /// How each archive is laid out.
    #[schema(schema_with = own::layout)]
    layout: Layout,
    /// How the files are compressed; null with the layout `zip`.
    #[schema(schema_with = own::compression_or_null, required = true)]
    compression: Option<Compression>,
    #[schema(schema_with = words::language)]
    language: Language,
    retention: RetentionView,
    /// The addresses that are told of failed runs and of a pause.
    notify: Vec<String>,
    /// Over how many seconds the starts of a run's exports are spread.
    #[schema(minimum = 0)]
    jitter: i64,
    /// After so many failed runs in a row it is paused.
    #[schema(minimum = 1)]
    pause_after: i64,
    /// Whether no run begins by itself.
    paused: bool,
    /// Since when it is paused.
    #[schema(required = true)]
    paused_at: Option<DateTime<Utc>>,
    /// Why it is paused.
    #[schema(schema_with = own::pause_reason_or_null, required = true)]
    pause_reason: Option<PauseReason>,
    /// How many of the last runs failed, without a success between them.
    #[schema(minimum = 0)]
    failures_in_row: i64,
    /// When the next run is due; null while it is paused.
    #[schema(required = true)]
    next_run_at: Option<DateTime<Utc>>,
    /// Its next five times; empty while it is paused.
    next_runs: Vec<DateTime<Utc>>,
    /// When the last run began.
    #[schema(required = true)]
    last_run_at: Option<DateTime<Utc>>,
    /// How often a run was left out because the one before was still going on.
    #[schema(minimum = 0)]
    skipped_runs: i64,
    /// When that was last so.
    #[schema(required = true)]
    last_skipped_at: Option<DateTime<Utc>>,
    /// Its last five runs, newest first.
    runs: Vec<RunView>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When somebody last changed it.
    updated_at: DateTime<Utc>,
}

/// One run of a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ScheduleRun)]
pub(crate) struct RunView {
    /// Its number.
    id: Uuid,
    /// Why it began.
    #[schema(schema_with = own::run_kind)]
    kind: RunKind,
    /// Where it stands.
    #[schema(schema_with = own::run_state)]
    state: RunState,
    /// When it was due; of several that were missed, the first.
    due_at: DateTime<Utc>,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When its last export ended.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
    exports: RunCounts,
    /// Why exports are missing, if they could not all be asked for.
    #[schema(required = true)]
    reason: Option<ReasonView>,
}

/// How the exports of a run stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RunCounts {
    /// Asked for so far.
    #[schema(minimum = 0)]
    entered: i64,
    /// Queued or running.
    #[schema(minimum = 0)]
    open: i64,
    /// Ready, or expired since.
    #[schema(minimum = 0)]
    ready: i64,
    /// Failed.
    #[schema(minimum = 0)]
    failed: i64,
    /// Cancelled.
    #[schema(minimum = 0)]
    cancelled: i64,
}

/// One page of schedules.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ScheduleList {
    /// Newest first.
    pub(super) items: Vec<ScheduleView>,
    /// Leads to the next page; null on the last.
    #[schema(required = true)]
    pub(super) next_cursor: Option<String>,
}

impl ScheduleView {
    /// The view of a schedule with its last runs.
    pub(super) fn new(schedule: Schedule, runs: Vec<RunView>, now: DateTime<Utc>) -> Self {
        Self {
            id: schedule.id,
            next_runs: next_runs(&schedule, now),
            name: schedule.name,
            source: schedule.source,
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            tenants: schedule.tenants.0,
            formats: schedule.formats.0,
            csv_profile: schedule.csv_profile,
            layout: schedule.layout,
            compression: schedule.compression,
            language: schedule.language,
            retention: schedule.retention.0.into(),
            notify: schedule.notify.0,
            jitter: schedule.jitter,
            pause_after: schedule.pause_after,
            paused: schedule.paused_at.is_some(),
            paused_at: schedule.paused_at,
            pause_reason: schedule.pause_reason,
            failures_in_row: schedule.failures_in_row,
            next_run_at: schedule.next_run_at,
            last_run_at: schedule.last_run_at,
            skipped_runs: schedule.skipped_runs,
            last_skipped_at: schedule.last_skipped_at,
            runs,
            created_at: schedule.created_at,
            updated_at: schedule.updated_at,
        }
    }
}

/// The next run, which may be overdue, and the regular times after it.
fn next_runs(schedule: &Schedule, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let (Some(next), Ok(recurrence)) = (schedule.next_run_at, Recurrence::parse(&schedule.cron, &schedule.time_zone))
    else {
        return Vec::new();
    };
    let later = recurrence.preview(next.max(now), TIMES_SHOWN - 1);
    std::iter::once(next).chain(later).collect()
}

impl RunView {
    /// The view of a run with how its exports stand.
    pub(super) fn new(run: Run, counts: Counts) -> Self {
        let reason =
            run.reason_code.map(|code| ReasonView { message: run.reason.unwrap_or_else(|| code.clone()), code });
        Self {
            id: run.id,
            kind: run.kind,
            state: run.state,
            due_at: run.due_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            exports: RunCounts {
                entered: run.entered,
                open: counts.open,
                ready: counts.ready,
                failed: counts.failed,
                cancelled: counts.cancelled,
            },
            reason,
        }
    }
}
