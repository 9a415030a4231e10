//! Legal holds, and the end of an archive before its time.

use super::{ExportView, refused, view_of, visible};
use crate::{
    Context,
    auth::{ArchivesDelete, Authorized, ExportsOperate},
    body::Body,
    problem::{Finding, Problem},
    routes::parse_id,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use serde::Deserialize;
use shared::{
    clock,
    export::{ExportId, State},
    ledger::exports::{self, Ended, Export, Held},
    queue::{Kind, Place},
};
use utoipa::ToSchema;

const LONGEST_REASON: usize = 500;

/// A request to hold an archive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldRequest {
    /// Why, on one line of at most 500 characters; shown to whoever may see the export and kept in the audit. Name the case, not a person.
    #[schema(min_length = 1, max_length = 500, example = "case 2026-114")]
    reason: String,
}

/// Hold an archive
///
/// A held archive is deleted by nothing, whatever its time or a schedule's rules say; its links still end. An export that is queued or running is held as soon
/// as it is ready. Held again, it gets the new reason.
#[utoipa::path(put, path = "/v1/exports/{id}/hold", operation_id = "hold_export", tag = "exports", request_body = HoldRequest, params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 200, body = ExportView, description = "The export, held"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
        (status = 409, description = "`archive_gone`: there is nothing to hold, or it is being deleted"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn hold(
    access: Authorized<ExportsOperate>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    let wish = Body::<HoldRequest>::read(&request, payload).await?.value;
    let export = keep(&context, &access, id, &wish).await?;
    Ok(HttpResponse::Ok().json(view_of(&context, export).await?))
}

/// Holds an archive on behalf of a caller; the export, held.
pub(crate) async fn keep(
    context: &Context,
    access: &Authorized<ExportsOperate>,
    id: ExportId,
    wish: &HoldRequest,
) -> Result<Export, Problem> {
    let reason = reason(wish)?;
    let export = visible(context, access, id).await?;
    let held = exports::hold(&context.ledger, export.id, reason, access.actor(), clock::now()).await?;
    match held.ok_or_else(Problem::export_not_found)? {
        Held::Done(export) => Ok(export),
        Held::TooLate(export) => Err(archive_gone(&export)),
    }
}

/// Release a held archive
///
/// If its time is over by then, or its schedule's rules do not keep it, it is deleted soon. Releasing what is not held changes nothing.
#[utoipa::path(delete, path = "/v1/exports/{id}/hold", operation_id = "release_export", tag = "exports", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 200, body = ExportView, description = "The export, not held"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn release(
    access: Authorized<ExportsOperate>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = let_go(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(view_of(&context, export).await?))
}

/// Releases an archive on behalf of a caller; the export, not held.
pub(crate) async fn let_go(
    context: &Context,
    access: &Authorized<ExportsOperate>,
    id: ExportId,
) -> Result<Export, Problem> {
    let export = visible(context, access, id).await?;
    let export = exports::release(&context.ledger, export.id, access.actor(), clock::now())
        .await?
        .ok_or_else(Problem::export_not_found)?;
    ring_sweep(context, export.id).await;
    Ok(export)
}

/// Delete an archive before its time
///
/// From the answer on no link leads to it. Its objects are deleted as soon as a worker is free; then the export is `expired`, and stays with its audit.
#[utoipa::path(delete, path = "/v1/exports/{id}/archive", operation_id = "delete_archive", tag = "exports", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 202, body = ExportView, description = "Its time is over; deleting again changes nothing"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
        (status = 409, description = "`export_held`: release it first; `export_not_ready`: there is no archive"),
    ))]
pub(crate) async fn delete_archive(
    access: Authorized<ArchivesDelete>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = end(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Accepted().json(view_of(&context, access.shown(export)).await?))
}

/// Ends an archive's time on behalf of a caller; the export as it then stands.
pub(crate) async fn end(
    context: &Context,
    access: &Authorized<ArchivesDelete>,
    id: ExportId,
) -> Result<Export, Problem> {
    let export = visible(context, access, id).await?;
    if let Err(problem) = access.require_fresh(export.subject.0.as_ref(), clock::now()) {
        return Err(refused(access, context, problem).await?);
    }
    let ended = exports::end_now(&context.ledger, export.id, access.actor(), clock::now()).await?;
    match ended.ok_or_else(Problem::export_not_found)? {
        Ended::Done(export) => {
            ring_sweep(context, export.id).await;
            Ok(export)
        }
        Ended::Held(_) => Err(held()),
        Ended::NoArchive(export) => Err(no_archive(&export)),
    }
}

/// A legal hold forbids it.
pub(super) fn held() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "export_held",
        "The archive is held",
        "A legal hold keeps this archive. Release it first.",
    )
}

/// A bell that is not heard is rung again by the reconciler.
async fn ring_sweep(context: &Context, export: ExportId) {
    if let Err(error) = context.queue.ring(Kind::Sweep, Place::Anywhere, ExportId::nil()).await {
        tracing::info!(export_id = %export, %error, "The sweep's doorbell could not be rung; the reconciler will");
    }
}

fn reason(wish: &HoldRequest) -> Result<&str, Problem> {
    let reason = wish.reason.trim();
    let fits = !reason.is_empty() && reason.chars().count() <= LONGEST_REASON && !reason.contains(char::is_control);
    if fits {
        return Ok(reason);
    }
    Err(Problem::invalid_request(vec![Finding {
        pointer: "/reason".into(),
        detail: format!("must be one line of 1 to {LONGEST_REASON} characters"),
    }]))
}

fn archive_gone(export: &Export) -> Problem {
    let detail = match export.state {
        State::Ready | State::Expired => "The archive is deleted, or is being deleted.",
        State::Queued | State::Running => "The export is being cancelled.",
        State::Failed | State::Cancelled => "The export ended without an archive.",
    };
    Problem::new(StatusCode::CONFLICT, "archive_gone", "There is nothing to hold", detail)
}

fn no_archive(export: &Export) -> Problem {
    let detail = match export.state {
        State::Queued | State::Running => "The export is not finished yet. Cancel it instead.",
        _ => "The export ended without an archive.",
    };
    Problem::new(StatusCode::CONFLICT, "export_not_ready", "There is no archive to delete", detail)
}
