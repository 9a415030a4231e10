//! Exports: asking for one, looking at them, stopping one.

mod asking;
mod check;
mod estimate;
pub(crate) mod hold;
mod request;
pub(crate) mod retry;
mod view;
mod wish;

pub(crate) use asking::{Asked, ask};
pub(crate) use estimate::EstimateView;
pub(crate) use request::ExportRequest;
pub(crate) use view::{ExportList, ExportView, ReasonView, SubjectView};

use self::estimate::ExportOrEstimate;
use super::parse_id;
use crate::{
    Context,
    auth::{Authorized, Bounds, ExportsRead, ExportsWrite},
    body::{self, Body},
    cursor,
    problem::Problem,
    words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use shared::{
    clock,
    export::{Origin, State},
    ledger::{
        audit::{self, NewEvent},
        exports::{self, Export, Filter},
        files, recipients,
    },
};
use std::collections::HashMap;
use utoipa::IntoParams;
use uuid::Uuid;

/// Ask for an export
///
/// The same request with the same `Idempotency-Key` gives the same export for at least 24 hours; an identical export that is queued or
/// running is joined instead of doubled. Whether the tenant exists (and in its data the person) is asked of a worker for up to three seconds; if none
/// answers, the request is accepted and the export itself finds out.
///
/// With a portal token a member asks for their own person and an admin for their tenant; the token starts one export, and the same request with the same token is
/// the same export.
///
/// A person's export (`origin` is `portal`) is refused until the cool-down after their last one of the same data is over; one that failed or was cancelled does
/// not count. With `dry_run` the answer is an estimate, for which a worker is given 15 seconds, and nothing is exported.
#[utoipa::path(post, path = "/v1/exports", operation_id = "create_export", tag = "exports", request_body = ExportRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters, chosen by the caller for this request", min_length = 1, max_length = 255)),
    responses(
        (status = 202, body = ExportView, description = "A new export is queued", headers(("Location" = String, description = "Where the export is, relative to this address (RFC 9110)"))),
        (status = 200, body = ExportOrEstimate, description = "This request was made before, or an identical export is on its way; or the estimate of a dry run"),
        (status = 400, description = "`invalid_json`, `invalid_idempotency_key`"),
        (status = 409, description = "`token_used`: the portal token started another export"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 429, description = "`cool_down`: `next_allowed_at` says from when on", headers(("Retry-After" = u64, description = "The same in seconds (RFC 9110)"))),
        (status = 503, description = "`estimate_unavailable`, `ledger_unavailable`: try again shortly"),
        (status = 422, description = "`invalid_request`, `source_not_found`, `tenant_not_found`, `subject_not_found`, `idempotency_key_reused`"),
    ))]
pub(crate) async fn create(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let idempotency_key = idempotency_key(&request)?.map(|key| access.idempotency(key));
    let Body { value, sha256 } = Body::<ExportRequest>::read(&request, payload).await?;
    let (status, export) = match ask(&access, &context, &request, value, &sha256, idempotency_key).await? {
        Asked::New(export) => (StatusCode::ACCEPTED, export),
        Asked::Known(export) => (StatusCode::OK, export),
        Asked::Estimate(estimate) => return Ok(HttpResponse::Ok().json(estimate)),
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::ACCEPTED {
        // Relative to `/v1/exports`: only the caller knows under which path a proxy serves it.
        response.insert_header((header::LOCATION, format!("exports/{}", export.id)));
    }
    Ok(response.json(view_of(&context, access.shown(*export)).await?))
}

/// Records that the caller was refused, and gives the refusal back. What was asked for may name anything; that it was asked is what counts.
pub(super) async fn refused<P>(
    access: &Authorized<P>,
    context: &Context,
    problem: Problem,
) -> Result<Problem, Problem> {
    let detail = serde_json::json!({ "code": problem.code() });
    let Bounds { source, tenant, .. } = access.bounds().clone();
    let event = NewEvent { actor: access.actor(), action: "access.refused", export_id: None, source, tenant, detail };
    audit::record(&context.ledger, event, clock::now()).await?;
    Ok(problem)
}

const LONGEST_SEARCH: usize = 512;

/// Which exports to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only of this source.
    pub(crate) source: Option<String>,
    /// Only of this tenant.
    pub(crate) tenant: Option<String>,
    /// Only in this state.
    #[param(schema_with = words::state, required = false)]
    pub(crate) state: Option<State>,
    /// Only those that this schedule asked for.
    pub(crate) schedule: Option<Uuid>,
    /// Only those of this run of a schedule, until the run is forgotten.
    pub(crate) run: Option<Uuid>,
    /// Only caused by these.
    #[param(schema_with = words::origin, required = false)]
    pub(crate) origin: Option<Origin>,
    /// Only those asked for from then on (RFC 3339).
    pub(crate) since: Option<DateTime<Utc>>,
    /// Only those asked for before then (RFC 3339).
    pub(crate) until: Option<DateTime<Utc>>,
    /// Only the export with this number, those of this tenant, and those that are told to this address.
    #[param(min_length = 1, max_length = 512)]
    pub(crate) search: Option<String>,
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// List exports, newest first
///
/// A key that is bound to a source or a tenant lists only theirs.
#[utoipa::path(get, path = "/v1/exports", operation_id = "list_exports", tag = "exports", params(ListQuery),
    responses(
        (status = 200, body = ExportList, description = "One page"),
        (status = 400, description = "`invalid_query`"),
    ))]
pub(crate) async fn list(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: ListQuery = body::query(&request)?;
    let (found, next_cursor) = page(&context, &access, query).await?;
    let positions = match found.iter().any(|export| export.state == State::Queued) {
        true => exports::positions(&context.ledger, None, clock::now()).await?,
        false => HashMap::new(),
    };
    let view = |export: Export| {
        let position = positions.get(&export.id).copied();
        view_at(&context, access.shown(export), position)
    };
    let items = stream::iter(found).map(view).buffered(4).try_collect().await?;
    Ok(HttpResponse::Ok().json(ExportList { items, next_cursor }))
}

/// One page of what the caller may see, and the cursor that leads to the next.
pub(crate) async fn page(
    context: &Context,
    access: &Authorized<ExportsRead>,
    query: ListQuery,
) -> Result<(Vec<Export>, Option<String>), Problem> {
    let limit = body::page_size(query.limit)?;
    if query.search.as_ref().is_some_and(|search| !(1..=LONGEST_SEARCH).contains(&search.chars().count())) {
        return Err(body::invalid_query(format!("search: has 1 to {LONGEST_SEARCH} characters")));
    }
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(place_of(context, access, text).await?),
    };
    let Some(within) = access.narrow(query.source, query.tenant) else {
        return Ok((Vec::new(), None));
    };
    let filter = Filter {
        source: within.source,
        tenant: within.tenant,
        subject: within.subject,
        state: query.state,
        schedule: query.schedule,
        run: query.run,
        origin: query.origin,
        since: query.since,
        until: query.until,
        search: query.search,
        before,
        // One more than asked for tells whether there is a next page.
        limit: limit + 1,
    };
    let mut found = exports::list(&context.ledger, &filter).await?;
    let next_cursor = body::cut_page(&mut found, limit, |export| export.id);
    Ok((found, next_cursor))
}

/// The export a cursor stands behind. One that the caller may not see is refused, else the page would tell that it exists.
async fn place_of(context: &Context, access: &Authorized<ExportsRead>, cursor: &str) -> Result<Uuid, Problem> {
    let export = match cursor::decode(cursor) {
        Some(id) => access.seeing(exports::find(&context.ledger, id).await?),
        None => None,
    };
    export.map(|export| export.id).ok_or_else(body::invalid_cursor)
}

/// Look at one export
#[utoipa::path(get, path = "/v1/exports/{id}", operation_id = "show_export", tag = "exports", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 200, body = ExportView, description = "The export as it stands"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn show(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = visible(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(view_of(&context, access.shown(export)).await?))
}

/// Stop an export
///
/// A queued export ends as `cancelled` at once; a running one when its worker has stopped; a finished one stays as it is. One that is held is not stopped.
#[utoipa::path(post, path = "/v1/exports/{id}/cancel", operation_id = "cancel_export", tag = "exports", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 200, body = ExportView, description = "The export as it then stands"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
        (status = 409, description = "`export_held`: release it first"),
    ))]
pub(crate) async fn cancel(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = stop(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(view_of(&context, access.shown(export)).await?))
}

/// Asks for an export to be stopped, on behalf of a caller; the export as it then stands.
pub(crate) async fn stop(context: &Context, access: &Authorized<ExportsWrite>, id: Uuid) -> Result<Export, Problem> {
    let export = visible(context, access, id).await?;
    let export = exports::request_cancel(&context.ledger, export.id, access.actor(), clock::now())
        .await?
        .ok_or_else(Problem::export_not_found)?;
    if export.hold_since.is_some() && !export.state.is_final() {
        return Err(hold::held());
    }
    Ok(export)
}

/// The export with this number, if there is one and the caller may see it.
pub(crate) async fn visible<P>(context: &Context, access: &Authorized<P>, id: Uuid) -> Result<Export, Problem> {
    let export = exports::find(&context.ledger, id).await?;
    access.seeing(export).ok_or_else(Problem::export_not_found)
}

/// The export with its files, as it is shown.
pub(super) async fn view_of(context: &Context, export: Export) -> Result<ExportView, Problem> {
    let position = match export.state {
        State::Queued => {
            exports::positions(&context.ledger, Some(export.id), clock::now()).await?.get(&export.id).copied()
        }
        _ => None,
    };
    view_at(context, export, position).await
}

/// The same with its place in the queue.
async fn view_at(context: &Context, export: Export, position: Option<i64>) -> Result<ExportView, Problem> {
    let files = match export.state {
        State::Ready => files::of_export(&context.ledger, export.id).await?,
        _ => Vec::new(),
    };
    let recipients = match export.state {
        State::Ready => recipients::of_export(&context.ledger, export.id).await?,
        _ => Vec::new(),
    };
    let mut view = ExportView::new(export, &files, position, context.config.limits.cool_down_days);
    view.recipients = recipients.into_iter().map(Into::into).collect();
    Ok(view)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key)
            if values.next().is_none()
                && (1..=255).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(key.to_owned()))
        }
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_idempotency_key",
            "The Idempotency-Key is not valid",
            "An Idempotency-Key is sent once and has 1 to 255 visible ASCII characters.",
        )),
    }
}

/// The same whether or not the tenant exists.
fn outside_of_caller() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_tenant",
        "The caller is for other data",
        "This caller may not ask for an export of this source, tenant and person.",
    )
}

fn source_not_found() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "source_not_found",
        "No such source",
        "No worker serves a source of this name.",
    )
}

fn tenant_not_found() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "tenant_not_found",
        "No such tenant",
        "The source has no tenant with this key.",
    )
}

fn subject_not_found() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "subject_not_found",
        "No such person",
        "The tenant's data hold no person of this kind with this key.",
    )
}
