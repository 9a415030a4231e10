//! Answering the API's question whether a tenant exists, or a person in its data.

use crate::{catalog::Catalog, context::Context, error::ExportError};
use chrono::TimeDelta;
use shared::{
    clock,
    export::ExportId,
    ledger::checks::{self, Answer, Check},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// Nobody waits for an answer any longer; a source that hangs must not keep others from being asked.
const PATIENCE: Duration = Duration::from_secs(3);

/// After so long nobody waits for an answer, whatever the clocks of two machines say.
const WAITED: TimeDelta = TimeDelta::seconds(30);

/// Answers the open question under this number, if there is one.
pub async fn run(context: Arc<Context>, id: ExportId) {
    match checks::find(&context.ledger, id).await {
        // Whoever asked has gone on without an answer; those who wait now come first.
        Ok(Some(check)) if clock::now() - check.asked_at > WAITED => {}
        Ok(Some(check)) if check.answer.is_none() => {
            if let Err(error) = checks::answer(&context.ledger, id, answer(&context, &check).await).await {
                tracing::warn!(export = %id, error = %error, "The answer about a tenant could not be noted");
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(export = %id, error = %error, "The question about a tenant could not be read"),
    }
}

async fn answer(context: &Context, check: &Check) -> Answer {
    match timeout(PATIENCE, look(context, check)).await {
        Ok(Ok(answer)) => answer,
        Err(_) => {
            tracing::warn!(export = %check.export_id, source = check.source, "The source did not say in time whether the tenant exists");
            Answer::Unclear
        }
        Ok(Err(error)) => {
            tracing::warn!(export = %check.export_id, source = check.source, code = error.code(), "Whether the tenant exists is unclear");
            Answer::Unclear
        }
    }
}

async fn look(context: &Context, check: &Check) -> Result<Answer, ExportError> {
    let served = context.source(&check.source)?;
    let catalog = Catalog::read(&served.catalog)?;
    let Some(subject) = &check.subject.0 else {
        let known = served.source.has_tenant(&catalog, &check.tenant).await?;
        return Ok(if known { Answer::Known } else { Answer::Unknown });
    };
    match served.source.has_subject(&catalog, &check.tenant, subject).await {
        Ok(true) => Ok(Answer::Known),
        Ok(false) => Ok(Answer::NoSuchPerson),
        Err(ExportError::TenantNotFound) => Ok(Answer::Unknown),
        Err(error) => Err(error),
    }
}
