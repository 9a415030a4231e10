//! What the page of a schedule does: each the same as its call of the API.

use crate::{
    Context,
    auth::{Authorized, SchedulesWrite},
    console::{form::Sure, to},
    form::{Button, Form},
    problem::Problem,
    routes::{parse_id, schedules},
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::json;

/// Lets no more runs begin.
pub(crate) async fn pause(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let schedule = schedules::alter(&context, &access, parse_id(&id)?, &json!({ "paused": true })).await?;
    Ok(to(&request, &format!("console/schedules/{}?done=schedule-paused", schedule.id)))
}

/// Lets it go on.
pub(crate) async fn resume(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let schedule = schedules::alter(&context, &access, parse_id(&id)?, &json!({ "paused": false })).await?;
    Ok(to(&request, &format!("console/schedules/{}?done=schedule-resumed", schedule.id)))
}

/// Begins a run.
pub(crate) async fn run(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let run = schedules::begin(&context, &access, parse_id(&id)?).await?;
    Ok(to(&request, &format!("console/schedules/{}?done=schedule-run", run.schedule_id)))
}

/// Deletes it.
pub(crate) async fn delete(
    access: Authorized<SchedulesWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Sure>,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    form.into_inner().require()?;
    schedules::end(&context, &access, id).await?;
    Ok(to(&request, "console/schedules?done=schedule-deleted"))
}
