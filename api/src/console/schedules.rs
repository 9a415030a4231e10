//! Schedules: the list, and the page of one with its times and runs.

pub(crate) mod actions;
pub(crate) mod form;

use super::{
    ApiCall, Section, Shell, page,
    said::{self, Moment},
};
use crate::{
    Context,
    auth::{Authorized, SchedulesRead},
    body,
    problem::Problem,
    routes::{
        parse_id,
        schedules::{self as api, ScheduleQuery},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use shared::{
    clock,
    ledger::{
        keys::KeyScope,
        schedules::{self, Counts, Run, Schedule},
    },
    schedule::{PauseReason, Recurrence, RunState, Tenants},
};

const PAGE: i64 = 25;
/// How many runs a schedule's page shows.
const RUNS: i64 = 20;
/// How many of its next times.
const TIMES: usize = 5;

#[derive(Template)]
#[template(path = "console/schedules.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    next: String,
    is_first: bool,
    call: ApiCall,
}

/// A schedule in a list.
struct Row {
    id: String,
    name: String,
    source: String,
    tenants: String,
    cron: String,
    zone: String,
    state: &'static str,
    class: &'static str,
    next: Option<Moment>,
    last: Option<Moment>,
    failures: i64,
}

#[derive(Template)]
#[template(path = "console/schedule.html")]
struct Page {
    shell: Shell,
    row: Row,
    facts: Vec<(&'static str, String)>,
    times: Vec<Time>,
    runs: Vec<RunRow>,
    pause: ApiCall,
    run: ApiCall,
    deletion: ApiCall,
}

/// One of the next times, as the clocks of the schedule's zone show it and in UTC.
pub(super) struct Time {
    wall: String,
    utc: Moment,
}

struct RunRow {
    id: String,
    kind: &'static str,
    state: &'static str,
    class: &'static str,
    due: Moment,
    took: String,
    exports: String,
    reason: String,
}

/// Where the next page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    cursor: String,
}

/// The list.
pub(crate) async fn list(
    access: Authorized<SchedulesRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let wanted: Wanted = body::query(&request)?;
    let cursor = Some(wanted.cursor).filter(|cursor| !cursor.is_empty());
    let is_first = cursor.is_none();
    let query = ScheduleQuery { limit: Some(PAGE), cursor, ..ScheduleQuery::default() };
    let (found, next) = api::page(&context, &access, query).await?;
    let now = clock::now();
    let list = List {
        rows: found.iter().map(|schedule| Row::of(schedule, now)).collect(),
        next: next.map_or(String::new(), |next| format!("console/schedules?cursor={next}")),
        is_first,
        call: ApiCall::new(&request, "GET", "v1/schedules", None),
        shell: Shell::of(&context, &request, Section::Schedules),
    };
    Ok(page(StatusCode::OK, &list))
}

/// The page of one.
pub(crate) async fn show(
    access: Authorized<SchedulesRead>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let schedule = api::visible(&context, &access, parse_id(&id)?).await?;
    let now = clock::now();
    let mut runs = Vec::new();
    for run in schedules::recent_runs(&context.ledger, schedule.id, RUNS).await? {
        let counts = schedules::counts(&context.ledger, run.id).await?;
        runs.push(RunRow::of(run, counts, now));
    }
    let path = format!("v1/schedules/{}", schedule.id);
    let is_paused = schedule.paused_at.is_some();
    let shown = Page {
        shell: Shell::of(&context, &request, Section::Schedules),
        row: Row::of(&schedule, now),
        times: next_times(&schedule, now),
        facts: facts(&schedule),
        runs,
        pause: ApiCall::new(&request, "PATCH", &path, Some(&json!({ "paused": !is_paused }))),
        run: ApiCall::new(&request, "POST", &format!("{path}/run"), None),
        deletion: ApiCall::new(&request, "DELETE", &path, None),
    };
    Ok(page(StatusCode::OK, &shown))
}

fn next_times(schedule: &Schedule, now: DateTime<Utc>) -> Vec<Time> {
    match (schedule.next_run_at, Recurrence::parse(&schedule.cron, &schedule.time_zone)) {
        (Some(next), Ok(recurrence)) => {
            let later = recurrence.preview(next.max(now), TIMES - 1);
            std::iter::once(next).chain(later).map(|time| Time::of(&recurrence, time, now)).collect()
        }
        _ => Vec::new(),
    }
}

/// Everything it was made from.
fn facts(schedule: &Schedule) -> Vec<(&'static str, String)> {
    let rules = &schedule.retention.0;
    let rule = |number: Option<u32>, say: &str| number.map(|number| format!("{say} {number}"));
    let kept: Vec<String> = [
        rules.max_age_days.map(|days| format!("for {days} days")),
        rule(rules.keep_last, "last"),
        rule(rules.keep_daily, "daily"),
        rule(rules.keep_weekly, "weekly"),
        rule(rules.keep_monthly, "monthly"),
        rule(rules.keep_yearly, "yearly"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let formats: Vec<&str> = schedule.formats.0.iter().map(|format| format.as_str()).collect();
    let layout = match schedule.compression {
        Some(compression) => format!("{}, {compression}", schedule.layout),
        None => schedule.layout.to_string(),
    };
    let mut facts = vec![
        ("Number", schedule.id.to_string()),
        ("Source", schedule.source.clone()),
        (
            "Tenants",
            match &schedule.tenants.0 {
                Tenants::Every => "all that the source has when a run begins".to_owned(),
                Tenants::These(tenants) => tenants.iter().map(|tenant| tenant.as_str()).collect::<Vec<_>>().join(", "),
            },
        ),
        ("Times", format!("{} ({})", schedule.cron, schedule.time_zone)),
        ("Formats", format!("{}; CSV {}", formats.join(", "), schedule.csv_profile)),
        ("Layout", layout),
        (
            "Kept",
            if kept.is_empty() { "as the installation keeps scheduled exports".to_owned() } else { kept.join(", ") },
        ),
        ("Starts spread over", said::age(chrono::TimeDelta::seconds(schedule.jitter))),
        ("Paused after", said::of(schedule.pause_after, "failed run")),
        ("Told of failures", schedule.notify.0.join(", ")),
        ("Made", said::moment(schedule.created_at)),
        ("Changed", said::moment(schedule.updated_at)),
    ];
    if schedule.skipped_runs > 0 {
        facts.push((
            "Left out",
            format!("{}, because the one before was still going on", said::of(schedule.skipped_runs, "run")),
        ));
    }
    facts.retain(|(_, fact)| !fact.is_empty());
    facts
}

impl Row {
    fn of(schedule: &Schedule, now: DateTime<Utc>) -> Self {
        let (state, class) = match schedule.pause_reason {
            None => ("active", "good"),
            Some(PauseReason::Requested) => ("paused", "wait"),
            Some(PauseReason::Failures) => ("paused: runs failed", "bad"),
            Some(PauseReason::Unreadable) => ("paused: unreadable", "bad"),
        };
        Self {
            id: schedule.id.to_string(),
            name: schedule.name.clone(),
            source: schedule.source.clone(),
            tenants: match &schedule.tenants.0 {
                Tenants::Every => "all".to_owned(),
                Tenants::These(tenants) => match tenants.as_slice() {
                    [only] => only.as_str().to_owned(),
                    several => said::of(i64::try_from(several.len()).unwrap_or(i64::MAX), "tenant"),
                },
            },
            cron: schedule.cron.clone(),
            zone: schedule.time_zone.clone(),
            state,
            class,
            next: schedule.next_run_at.map(|next| Moment::of(next, now)),
            last: schedule.last_run_at.map(|last| Moment::of(last, now)),
            failures: schedule.failures_in_row,
        }
    }

    fn is_paused(&self) -> bool {
        self.state != "active"
    }
}

impl Time {
    /// A time of this recurrence.
    fn of(recurrence: &Recurrence, time: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { wall: recurrence.wall(time), utc: Moment::of(time, now) }
    }
}

impl RunRow {
    fn of(run: Run, counts: Counts, now: DateTime<Utc>) -> Self {
        let class = match run.state {
            RunState::Entering | RunState::Running => "live",
            RunState::Succeeded => "good",
            RunState::Failed => "bad",
            RunState::Cancelled => "over",
        };
        let counted = [
            (counts.ready, "ready"),
            (counts.failed, "failed"),
            (counts.cancelled, "cancelled"),
            (counts.open, "open"),
        ];
        let counted: Vec<String> = counted
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{} {word}", said::count(count)))
            .collect();
        Self {
            id: run.id.to_string(),
            kind: run.kind.as_str(),
            state: run.state.as_str(),
            class,
            due: Moment::of(run.due_at, now),
            took: run.finished_at.map_or(String::new(), |end| said::age(end - run.started_at)),
            exports: if counted.is_empty() { "none".to_owned() } else { counted.join(", ") },
            reason: run.reason.unwrap_or_default(),
        }
    }
}
