//! Asking for an export: what a request comes to, whoever sends it.

use super::{
    EstimateView, ExportRequest, check, check::Missing, estimate, outside_of_caller, refused, source_not_found,
    subject_not_found, tenant_not_found, wish::Wish,
};
use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    problem::Problem,
    throttle,
};
use actix_web::{HttpRequest, http::StatusCode};
use shared::{
    clock,
    ledger::{
        Person,
        exports::{self, Export, NewExport, Requested},
        sources,
    },
    queue::{Kind, Place},
};
use uuid::Uuid;

/// What a request came to.
pub(crate) enum Asked {
    /// An export that was not there before.
    New(Box<Export>),
    /// The one that the same request made before, or an identical one that is on its way.
    Known(Box<Export>),
    /// Only an estimate was wanted.
    Estimate(EstimateView),
}

/// Asks for an export on behalf of a caller. `sha256` is of the request as it was sent.
pub(crate) async fn ask(
    access: &Authorized<ExportsWrite>,
    context: &Context,
    request: &HttpRequest,
    wish: ExportRequest,
    sha256: &[u8; 32],
    idempotency_key: Option<String>,
) -> Result<Asked, Problem> {
    let wish = Wish::of(access, wish, context.config.language)?;
    if !access.covers(&wish.source, wish.tenant.as_str(), wish.subject.as_ref()) {
        return Err(refused(access, context, outside_of_caller()).await?);
    }
    throttle::named_tenant(request, &wish.source, wish.tenant.as_str())?;
    if wish.dry_run {
        return Ok(Asked::Estimate(estimate::make(access, context, wish).await?));
    }
    if let Some(key) = &idempotency_key {
        let earlier = exports::repeated(&context.ledger, access.key_id(), key, sha256).await?;
        if let Some(requested) = earlier {
            return outcome(access, context, requested).await;
        }
    }
    let token = access.token().map(|token| token.presented(sha256));
    if let Some(token) = &token {
        // Before anything else is looked at: an answer that was lost on the way is given again.
        let earlier = exports::started_with(&context.ledger, token).await?;
        if let Some(requested) = earlier {
            return outcome(access, context, requested).await;
        }
    }
    if let Err(problem) = access.require_fresh(wish.subject.as_ref(), clock::now()) {
        return Err(refused(access, context, problem).await?);
    }
    if sources::find(&context.ledger, &wish.source).await?.is_none() {
        return Err(source_not_found());
    }

    let id = Uuid::now_v7();
    let subject = Person(wish.subject);
    match check::missing(context, id, &wish.source, &wish.tenant, &subject).await? {
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
    outcome(access, context, requested).await
}

async fn outcome(access: &Authorized<ExportsWrite>, context: &Context, requested: Requested) -> Result<Asked, Problem> {
    match requested {
        Requested::New(export) => Ok(Asked::New(Box::new(export))),
        Requested::Repeated(export) | Requested::Joined(export) => Ok(Asked::Known(Box::new(export))),
        Requested::CoolingDown { next_allowed_at } => Err(Problem::cooling_down(next_allowed_at, clock::now())),
        Requested::TokenUsed => Err(refused(access, context, Problem::token_used()).await?),
        Requested::KeyReused => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "The Idempotency-Key belongs to another request",
            "This Idempotency-Key came with another body before. Use a new one for a new request.",
        )),
    }
}
