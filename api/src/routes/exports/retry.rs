//! A failed export, asked for once more.

use super::{ExportView, view_of, visible};
use crate::{
    Context,
    auth::{Authorized, ExportsOperate},
    problem::Problem,
    routes::parse_id,
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use shared::{
    clock,
    export::{ExportId, State},
    ledger::exports::{self, Export, Retried},
    queue::{Kind, Place},
};

/// Retry a failed export
///
/// It is queued again under its own number, with all its attempts to come: once whatever made it fail is repaired. Those who are to be told
/// are told how it ends this time.
#[utoipa::path(post, path = "/v1/exports/{id}/retry", operation_id = "retry_export", tag = "exports", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 202, body = ExportView, description = "The export is queued again"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
        (status = 409, description = "`not_failed`: only a failed export is retried; `already_wanted`: an identical export is queued or running"),
    ))]
pub(crate) async fn retry(
    access: Authorized<ExportsOperate>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = again(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Accepted().json(view_of(&context, export).await?))
}

/// Queues a failed export again on behalf of a caller; the export, queued.
pub(crate) async fn again(
    context: &Context,
    access: &Authorized<ExportsOperate>,
    id: ExportId,
) -> Result<Export, Problem> {
    let export = visible(context, access, id).await?;
    let retried = exports::retry(&context.ledger, export.id, access.actor(), clock::now()).await?;
    match retried.ok_or_else(Problem::export_not_found)? {
        Retried::Queued(export) => {
            if let Err(error) = context.queue.ring(Kind::Export, Place::Source(&export.source), export.id).await {
                tracing::warn!(export_id = %export.id, %error, "The doorbell of a retried export could not be rung; the reconciler will");
            }
            Ok(*export)
        }
        Retried::NotFailed(state) => Err(not_failed(state)),
        Retried::Wanted(other) => Err(already_wanted(other)),
    }
}

fn not_failed(state: State) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "not_failed",
        "The export has not failed",
        format!("Only a failed export can be retried; this one is {state}."),
    )
}

fn already_wanted(other: ExportId) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "already_wanted",
        "An identical export is on its way",
        format!("The export {other} is queued or running and will give the same archive."),
    )
}
