//! The form of a schedule, new or changed, with a preview of its times.

mod fields;

use super::Time;
use crate::{
    Context,
    auth::{Authorized, SchedulesWrite},
    body,
    console::{ApiCall, Section, Shell, form::Mistakes, page, to},
    form::Form,
    problem::Problem,
    routes::{parse_id, schedules},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use fields::Fields;
use shared::{
    clock,
    export::{Compression, CsvProfile, Layout},
    ledger::sources,
    schedule::Recurrence,
};
use uuid::Uuid;

/// How many times are previewed.
const TIMES: usize = 5;
/// Offered while typing; any other name of the IANA database is taken too.
const ZONES: [&str; 16] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Vienna",
    "Europe/Zurich",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
];

#[derive(Template)]
#[template(path = "console/schedule-form.html")]
struct Page {
    shell: Shell,
    /// The schedule that is changed, if it is no new one.
    id: Option<Uuid>,
    fields: Fields,
    sources: Vec<String>,
    mistakes: Mistakes,
    /// The next times, where they were asked for.
    times: Option<Vec<Time>>,
    call: ApiCall,
}

/// The form of a new schedule.
pub(crate) async fn show_new(
    _: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    answer(&context, &request, None, StatusCode::OK, Fields::usual(), Mistakes::default()).await
}

/// The form of a schedule that there is.
pub(crate) async fn show(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let schedule = schedules::visible(&context, &access, parse_id(&id)?).await?;
    let fields = Fields::of(&schedules::document(&schedule));
    answer(&context, &request, Some(schedule.id), StatusCode::OK, fields, Mistakes::default()).await
}

/// Previews, or makes a schedule.
pub(crate) async fn send_new(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<Fields>,
) -> Result<HttpResponse, Problem> {
    let fields = form.into_inner();
    if fields.is_preview() {
        return answer(&context, &request, None, StatusCode::OK, fields, Mistakes::default()).await;
    }
    let made = match body::from_value(fields.document()) {
        Ok(wish) => schedules::make(&context, &access, wish).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(schedule) => Ok(to(&request, &format!("console/schedules/{}?done=schedule-made", schedule.id))),
        Err(problem) => refused(&context, &request, None, fields, problem).await,
    }
}

/// Previews, or changes a schedule.
pub(crate) async fn send(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Fields>,
) -> Result<HttpResponse, Problem> {
    let id = schedules::visible(&context, &access, parse_id(&id)?).await?.id;
    let fields = form.into_inner();
    if fields.is_preview() {
        return answer(&context, &request, Some(id), StatusCode::OK, fields, Mistakes::default()).await;
    }
    match schedules::alter(&context, &access, id, &fields.patch()).await {
        Ok(schedule) => Ok(to(&request, &format!("console/schedules/{}?done=saved", schedule.id))),
        Err(problem) => refused(&context, &request, Some(id), fields, problem).await,
    }
}

async fn refused(
    context: &Context,
    request: &HttpRequest,
    id: Option<Uuid>,
    fields: Fields,
    problem: Problem,
) -> Result<HttpResponse, Problem> {
    let status = problem.status();
    answer(context, request, id, status, fields, Mistakes::of(problem)?).await
}

async fn answer(
    context: &Context,
    request: &HttpRequest,
    id: Option<Uuid>,
    status: StatusCode,
    fields: Fields,
    mut mistakes: Mistakes,
) -> Result<HttpResponse, Problem> {
    let times = if fields.is_preview() { preview(&fields, &mut mistakes) } else { None };
    let call = match id {
        None => ApiCall::new(request, "POST", "v1/schedules", Some(&fields.document())),
        Some(id) => ApiCall::new(request, "PATCH", &format!("v1/schedules/{id}"), Some(&fields.patch())),
    };
    let shown = Page {
        shell: Shell::of(context, request, Section::Schedules),
        id,
        sources: sources::list(&context.ledger).await?.into_iter().map(|source| source.name).collect(),
        fields,
        mistakes,
        times,
        call,
    };
    Ok(page(status, &shown))
}

/// The next times that the fields say; what is wrong with them becomes a mistake.
fn preview(fields: &Fields, mistakes: &mut Mistakes) -> Option<Vec<Time>> {
    let now = clock::now();
    match Recurrence::parse(fields.cron.trim(), fields.zone()) {
        Ok(recurrence) => {
            let times = recurrence.preview(now, TIMES);
            Some(times.into_iter().map(|time| Time::of(&recurrence, time, now)).collect())
        }
        Err(error) => {
            mistakes.add(if error.is_time_zone() { "/time_zone" } else { "/cron" }, error.to_string());
            None
        }
    }
}
