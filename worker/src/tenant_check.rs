//! Answering the API's question whether a tenant exists.

use crate::{catalog::Catalog, context::Context, error::ExportError};
use shared::{
    export::ExportId,
    ledger::checks::{self, Answer, Check},
};
use std::sync::Arc;

/// Answers the open question under this number, if there is one.
pub async fn run(context: Arc<Context>, id: ExportId) {
    match checks::find(&context.ledger, id).await {
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
    match has_tenant(context, check).await {
        Ok(true) => Answer::Known,
        Ok(false) => Answer::Unknown,
        Err(error) => {
            tracing::warn!(export = %check.export_id, source = check.source, code = error.code(), "Whether the tenant exists is unclear");
            Answer::Unclear
        }
    }
}

async fn has_tenant(context: &Context, check: &Check) -> Result<bool, ExportError> {
    let served = context.source(&check.source)?;
    let catalog = Catalog::read(&served.catalog)?;
    served.source.has_tenant(&catalog, &check.tenant).await
}
