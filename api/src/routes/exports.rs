//! Exports: asking for one, looking at them, stopping one.

mod check;
mod estimate;
pub(crate) mod hold;
mod request;
pub(crate) mod retry;
mod view;
mod wish;

pub(crate) use request::ExportRequest;
pub(crate) use view::{ExportList, ExportView, ReasonView, SubjectView};

use self::{check::Missing, estimate::ExportOrEstimate, wish::Wish};
use super::parse_id;
use crate::{
    Context,
    auth::{Authorized, Bounds, ExportsRead, ExportsWrite},
    body::{self, Body},
    cursor,
    problem::Problem,
    throttle, words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use shared::{
    clock,
    export::{Origin, State},
    ledger::{
        Person,
        audit::{self, NewEvent},
        exports::{self, Export, Filter, NewExport, Requested},
        files, recipients, sources,
    },
    queue::{Kind, Place},
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
    let wish = Wish::of(&access, value, context.config.language)?;
    if !access.covers(&wish.source, wish.tenant.as_str(), wish.subject.as_ref()) {
        return Err(refused(&access, &context, outside_of_caller()).await?);
    }
    throttle::named_tenant(&request, &wish.source, wish.tenant.as_str())?;
    if wish.dry_run {
        return estimate::answer(&access, &context, wish).await;
    }
    if let Some(key) = &idempotency_key {
        let earlier = exports::repeated(&context.ledger, access.key_id(), key, &sha256).await?;
        if let Some(requested) = earlier {
            return answer(&access, &context, requested).await;
        }
    }
    let token = access.token().map(|token| token.presented(&sha256));
    if let Some(token) = &token {
        // Before anything else is looked at: an answer that was lost on the way is given again.
        let earlier = exports::started_with(&context.ledger, token).await?;
        if let Some(requested) = earlier {
            return answer(&access, &context, requested).await;
        }
    }
    if let Err(problem) = access.require_fresh(wish.subject.as_ref(), clock::now()) {
        return Err(refused(&access, &context, problem).await?);
    }
    if sources::find(&context.ledger, &wish.source).await?.is_none() {
        return Err(source_not_found());
    }

    let id = Uuid::now_v7();
    let subject = Person(wish.subject);
    match check::missing(&context, id, &wish.source, &wish.tenant, &subject).await? {
        None => {}
        Some(Missing::Tenant) => return Err(tenant_not_found()),
        Some(Missing::Subject) => return Err(subject_not_found()),
    }
    let new = NewExport {
        id,
        source: wish.source,
        tenant: wish.tenant,
        subject,
        origin: wish.asker.origin(),
        formats: wish.formats,
        csv_profile: wish.csv_profile,
        layout: wish.layout,
        compression: wish.compression,
        language: wish.language,
        notify: wish.notify,
        requested_by: access.key_id(),
        schedule_id: None,
        idempotency: idempotency_key.map(|key| (key, sha256.to_vec())),
    };
    let days = context.config.limits.cool_down_days;
    let (ledger, actor) = (&context.ledger, access.actor());
    let requested = exports::request_with_token(ledger, new, token.as_ref(), days, actor, clock::now()).await?;
    if let Requested::New(export) = &requested
        && let Err(error) = context.queue.ring(Kind::Export, Place::Source(&export.source), export.id).await
    {
        tracing::warn!(export_id = %export.id, %error, "The doorbell of a new export could not be rung; the reconciler will");
    }
    answer(&access, &context, requested).await
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

async fn answer(
    access: &Authorized<ExportsWrite>,
    context: &Context,
    requested: Requested,
) -> Result<HttpResponse, Problem> {
    let (status, export) = match requested {
        Requested::New(export) => (StatusCode::ACCEPTED, export),
        Requested::Repeated(export) | Requested::Joined(export) => (StatusCode::OK, export),
        Requested::CoolingDown { next_allowed_at } => {
            return Err(Problem::cooling_down(next_allowed_at, clock::now()));
        }
        Requested::TokenUsed => return Err(refused(access, context, Problem::token_used()).await?),
        Requested::KeyReused => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "The Idempotency-Key belongs to another request",
                "This Idempotency-Key came with another body before. Use a new one for a new request.",
            ));
        }
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::ACCEPTED {
        // Relative to `/v1/exports`: only the caller knows under which path a proxy serves it.
        response.insert_header((header::LOCATION, format!("exports/{}", export.id)));
    }
    Ok(response.json(view_of(context, access.shown(export)).await?))
}

/// Which exports to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only of this source.
    source: Option<String>,
    /// Only of this tenant.
    tenant: Option<String>,
    /// Only in this state.
    #[param(schema_with = words::state, required = false)]
    state: Option<State>,
    /// Only of this origin: `portal` for those that people asked for in the product.
    #[param(schema_with = words::origin, required = false)]
    origin: Option<Origin>,
    /// Only those that this schedule asked for.
    schedule: Option<Uuid>,
    /// Only those of this run of a schedule, until the run is forgotten.
    run: Option<Uuid>,
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
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
    let limit = body::page_size(query.limit)?;
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(place_of(&context, &access, text).await?),
    };
    let Some(within) = access.narrow(query.source, query.tenant) else {
        return Ok(HttpResponse::Ok().json(ExportList::default()));
    };
    let filter = Filter {
        source: within.source,
        tenant: within.tenant,
        subject: within.subject,
        state: query.state,
        origin: query.origin,
        schedule: query.schedule,
        run: query.run,
        before,
        // One more than asked for tells whether there is a next page.
        limit: limit + 1,
    };
    let mut found = exports::list(&context.ledger, &filter).await?;
    let next_cursor = body::cut_page(&mut found, limit, |export| export.id);
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
    let export = visible(&context, &access, parse_id(&id)?).await?;
    let export = exports::request_cancel(&context.ledger, export.id, access.actor(), clock::now())
        .await?
        .ok_or_else(Problem::export_not_found)?;
    if export.hold_since.is_some() && !export.state.is_final() {
        return Err(hold::held());
    }
    Ok(HttpResponse::Ok().json(view_of(&context, access.shown(export)).await?))
}

/// The export with this number, if there is one and the caller may see it.
pub(super) async fn visible<P>(context: &Context, access: &Authorized<P>, id: Uuid) -> Result<Export, Problem> {
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
