//! Schedules: making one, looking at them, changing, running and deleting one.

mod merge;
mod request;
mod view;
mod words;

pub(crate) use request::{ScheduleRequest, document};

use self::view::{RunView, ScheduleList, ScheduleView};
use super::parse_id;
use crate::{
    Context,
    auth::{Authorized, SchedulesRead, SchedulesWrite},
    body::{self, Body},
    cursor,
    problem::{Finding, Problem},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::Value;
use shared::{
    clock,
    ledger::{
        audit::{self, NewEvent},
        schedules::{self, Plan, Run, RunNow, Schedule, ScheduleFilter},
        sources,
    },
    queue::{Kind, Place},
    schedule::Recurrence,
};
use utoipa::IntoParams;
use uuid::Uuid;

/// How often a change is laid over a schedule that somebody else changes at the same time.
const CHANGES: usize = 5;
/// How many of its last runs a schedule shows.
const RUNS_SHOWN: i64 = 5;

/// Make a schedule
///
/// From then on the exports it describes are made at its times: one for each tenant. Unless told otherwise they are laid out as files, compressed with zstd: one object for each
/// file of the archive, the manifest last. The tenants of `"all"` are those that the source has when a run begins. A run begins only when the one
/// before is over; what was missed while no worker ran is caught up with one run. Nobody is told of a success; the addresses in `notify` are told of a failed run, and when the schedule is
/// paused after too many of them.
#[utoipa::path(post, path = "/v1/schedules", operation_id = "create_schedule", tag = "schedules", request_body = ScheduleRequest,
    responses(
        (status = 201, body = ScheduleView, description = "The schedule", headers(("Location" = String, description = "Where the schedule is, relative to this address (RFC 9110)"))),
        (status = 400, description = "`invalid_json`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`, also for times, time zones and sources that do not exist"),
    ))]
pub(crate) async fn create(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let wish = Body::<ScheduleRequest>::read(&request, payload).await?.value;
    let schedule = make(&context, &access, wish).await?;
    Ok(HttpResponse::build(StatusCode::CREATED)
        .insert_header((header::LOCATION, format!("schedules/{}", schedule.id)))
        .json(view_of(&context, schedule).await?))
}

/// Makes a schedule on behalf of a caller.
pub(crate) async fn make(
    context: &Context,
    access: &Authorized<SchedulesWrite>,
    wish: ScheduleRequest,
) -> Result<Schedule, Problem> {
    let (plan, recurrence) = planned(context, access, wish).await?;
    let (key, actor) = (access.key_id(), access.actor());
    Ok(schedules::create(&context.ledger, &plan, &recurrence, key, actor, clock::now()).await?)
}

/// The plan that a request is, if the key may have it and the source is known.
async fn planned(
    context: &Context,
    access: &Authorized<SchedulesWrite>,
    wish: ScheduleRequest,
) -> Result<(Plan, Recurrence), Problem> {
    if !access.covers_each(wish.source(), wish.tenants()) {
        let problem = outside_of_key();
        let event = NewEvent {
            actor: access.actor(),
            action: "access.refused",
            export_id: None,
            source: None,
            tenant: None,
            detail: serde_json::json!({ "code": problem.code() }),
        };
        audit::record(&context.ledger, event, clock::now()).await?;
        return Err(problem);
    }
    let is_known = sources::find(&context.ledger, wish.source()).await?.is_some();
    let unknown = (!is_known)
        .then(|| Finding { pointer: "/source".into(), detail: "no worker serves a source of this name".to_owned() });
    match wish.plan(context.config.language) {
        Ok(planned) if is_known => Ok(planned),
        Ok(_) => Err(Problem::invalid_request(unknown.into_iter().collect())),
        Err(mut findings) => {
            findings.extend(unknown);
            Err(Problem::invalid_request(findings))
        }
    }
}

/// Which schedules to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScheduleQuery {
    /// Only of this source.
    pub(crate) source: Option<String>,
    /// Only those that export this tenant and no other.
    pub(crate) tenant: Option<String>,
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// List schedules, newest first
///
/// A key that is bound to a source lists only its schedules; one that is bound to a tenant only those that export this tenant and no other.
#[utoipa::path(get, path = "/v1/schedules", operation_id = "list_schedules", tag = "schedules", params(ScheduleQuery),
    responses(
        (status = 200, body = ScheduleList, description = "One page"),
        (status = 400, description = "`invalid_query`"),
    ))]
pub(crate) async fn list(
    access: Authorized<SchedulesRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (found, next_cursor) = page(&context, &access, body::query(&request)?).await?;
    let items = stream::iter(found).map(|schedule| view_of(&context, schedule)).buffered(4).try_collect().await?;
    Ok(HttpResponse::Ok().json(ScheduleList { items, next_cursor }))
}

/// One page of what the caller may see, and the cursor that leads to the next.
pub(crate) async fn page(
    context: &Context,
    access: &Authorized<SchedulesRead>,
    query: ScheduleQuery,
) -> Result<(Vec<Schedule>, Option<String>), Problem> {
    let limit = body::page_size(query.limit)?;
    let before = match query.cursor.as_deref().map(cursor::decode) {
        None => None,
        Some(place) => {
            let schedule = match place {
                Some(id) => schedules::find_even_deleted(&context.ledger, id).await?,
                None => None,
            };
            let seen = schedule.filter(|schedule| access.covers_each(&schedule.source, &schedule.tenants));
            Some(seen.ok_or_else(body::invalid_cursor)?.id)
        }
    };
    let Some(within) = access.narrow(query.source, query.tenant).filter(|within| within.subject.is_none()) else {
        return Ok((Vec::new(), None));
    };
    // One more than asked for tells whether there is a next page.
    let filter = ScheduleFilter { source: within.source, tenant: within.tenant, before, limit: limit + 1 };
    let mut found = schedules::list(&context.ledger, &filter).await?;
    let next_cursor = body::cut_page(&mut found, limit, |schedule| schedule.id);
    Ok((found, next_cursor))
}

/// Look at one schedule
#[utoipa::path(get, path = "/v1/schedules/{id}", operation_id = "show_schedule", tag = "schedules", params(("id" = Uuid, Path, description = "The schedule's number")),
    responses(
        (status = 200, body = ScheduleView, description = "The schedule with its next times and its last runs"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`schedule_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn show(
    access: Authorized<SchedulesRead>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let schedule = visible(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(view_of(&context, schedule).await?))
}

/// Change a schedule
///
/// A merge patch (RFC 7396) of what it was made from: what is left out stays, `null` restores the default, a list is replaced as a whole. The result is checked as a whole. `"paused": true` lets no
/// more runs begin; `"paused": false` lets it go on with its next time from now on, and forgets the failed runs. A run that has begun goes on as it began.
#[utoipa::path(patch, path = "/v1/schedules/{id}", operation_id = "change_schedule", tag = "schedules", params(("id" = Uuid, Path, description = "The schedule's number")),
    request_body(content = ref("#/components/schemas/ScheduleChange"), content_type = "application/merge-patch+json", description = "Any members of a schedule's request; `application/json` is taken too"),
    responses(
        (status = 200, body = ScheduleView, description = "The schedule as it then is"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`schedule_not_found`: unknown, or not this key's"),
        (status = 409, description = "`schedule_changed`: others change it at the same time"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn change(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    let patch = body::read_patch(&request, payload).await?;
    let schedule = alter(&context, &access, id, &patch).await?;
    Ok(HttpResponse::Ok().json(view_of(&context, schedule).await?))
}

/// Lays a merge patch over a schedule on behalf of a caller; the schedule as it then is.
pub(crate) async fn alter(
    context: &Context,
    access: &Authorized<SchedulesWrite>,
    id: Uuid,
    patch: &Value,
) -> Result<Schedule, Problem> {
    for _ in 0..CHANGES {
        let schedule = visible(context, access, id).await?;
        let wish = body::from_value(merge::merged(document(&schedule), patch))?;
        let (plan, recurrence) = planned(context, access, wish).await?;
        let changed =
            schedules::change(&context.ledger, &schedule, &plan, &recurrence, access.actor(), clock::now()).await?;
        if let Some(schedule) = changed {
            return Ok(schedule);
        }
    }
    Err(Problem::new(
        StatusCode::CONFLICT,
        "schedule_changed",
        "The schedule is being changed by others",
        "Somebody else changes this schedule at the same time. Nothing was changed by this request; look at it and try again.",
    ))
}

/// Delete a schedule
///
/// No run begins any more, and one that is still asking for its exports asks for no more. Exports that were asked for are made all the same (each can be cancelled), and archives stay as
/// long as the schedule's retention says.
#[utoipa::path(delete, path = "/v1/schedules/{id}", operation_id = "delete_schedule", tag = "schedules", params(("id" = Uuid, Path, description = "The schedule's number")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`schedule_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn delete(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    end(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Deletes a schedule on behalf of a caller.
pub(crate) async fn end(context: &Context, access: &Authorized<SchedulesWrite>, id: Uuid) -> Result<(), Problem> {
    let schedule = visible(context, access, id).await?;
    if schedules::delete(&context.ledger, schedule.id, access.actor(), clock::now()).await? {
        Ok(())
    } else {
        Err(Problem::schedule_not_found())
    }
}

/// Run a schedule now
///
/// Besides its times, and also while it is paused. A worker asks for the exports at once, without spreading their starts. How the run ends is told like that of any other, but counts
/// neither for nor against a pause.
#[utoipa::path(post, path = "/v1/schedules/{id}/run", operation_id = "run_schedule", tag = "schedules", params(("id" = Uuid, Path, description = "The schedule's number")),
    responses(
        (status = 202, body = RunView, description = "The run has begun"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`schedule_not_found`: unknown, or not this key's"),
        (status = 409, description = "`schedule_running`: the run before is not over"),
    ))]
pub(crate) async fn run(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = begin(&context, &access, parse_id(&id)?).await?;
    let counts = schedules::counts(&context.ledger, run.id).await?;
    Ok(HttpResponse::Accepted().json(RunView::new(run, counts)))
}

/// Begins a run of a schedule on behalf of a caller.
pub(crate) async fn begin(context: &Context, access: &Authorized<SchedulesWrite>, id: Uuid) -> Result<Run, Problem> {
    let schedule = visible(context, access, id).await?;
    match schedules::run_now(&context.ledger, schedule.id, access.actor(), clock::now()).await? {
        RunNow::Run(run) => {
            if let Err(error) = context.queue.ring(Kind::Schedule, Place::Source(&run.source), run.id).await {
                tracing::warn!(run = %run.id, %error, "The doorbell of a run could not be rung; a worker finds it by itself");
            }
            Ok(*run)
        }
        RunNow::Running => Err(Problem::new(
            StatusCode::CONFLICT,
            "schedule_running",
            "The run before is not over",
            "A run of this schedule, or an export of one, is still going on. Wait until it has ended.",
        )),
        RunNow::NoSchedule => Err(Problem::schedule_not_found()),
    }
}

/// The schedule with this number, if there is one and the caller may see it.
pub(crate) async fn visible<P>(context: &Context, access: &Authorized<P>, id: Uuid) -> Result<Schedule, Problem> {
    schedules::find(&context.ledger, id)
        .await?
        .filter(|schedule| access.covers_each(&schedule.source, &schedule.tenants))
        .ok_or_else(Problem::schedule_not_found)
}

async fn view_of(context: &Context, schedule: Schedule) -> Result<ScheduleView, Problem> {
    let mut runs = Vec::new();
    for run in schedules::recent_runs(&context.ledger, schedule.id, RUNS_SHOWN).await? {
        let counts = schedules::counts(&context.ledger, run.id).await?;
        runs.push(RunView::new(run, counts));
    }
    Ok(ScheduleView::new(schedule, runs, clock::now()))
}

/// The same whether or not the tenants exist.
fn outside_of_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_tenant",
        "The key is for other data",
        "This key may not have exports of this source and these tenants.",
    )
}
