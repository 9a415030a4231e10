//! Asking the workers whether a tenant exists, since this process may not open a source.

use crate::{Context, problem::Problem};
use chrono::TimeDelta;
use shared::{
    clock,
    export::{ExportId, TenantId},
    ledger::{
        checks::{self, Answer, Check},
        workers,
    },
    queue::Kind,
};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(25);

/// True only if a worker looked and the source has no such tenant. When no worker answers in time the export is accepted,
/// and finds out itself.
pub(super) async fn tenant_is_missing(
    context: &Context,
    id: ExportId,
    source: &str,
    tenant: &TenantId,
) -> Result<bool, Problem> {
    let now = clock::now();
    let last_poll = workers::last_poll(&context.ledger).await?;
    if last_poll.is_none_or(|polled| now - polled > TimeDelta::seconds(30)) {
        return Ok(false);
    }
    let check = Check { export_id: id, source: source.to_owned(), tenant: tenant.clone(), asked_at: now, answer: None };
    checks::ask(&context.ledger, &check).await?;
    if let Err(error) = context.queue.ring(Kind::Check, id).await {
        tracing::warn!(%error, "Nobody could be asked whether the tenant exists; the export will find out");
        return Ok(false);
    }

    let deadline = Instant::now() + PATIENCE;
    let mut next = Instant::now();
    while next < deadline {
        next += PAUSE;
        sleep_until(next).await;
        match checks::find(&context.ledger, id).await?.map(|check| check.answer) {
            Some(None) => {}
            Some(Some(Answer::Unknown)) => return Ok(true),
            Some(Some(Answer::Known | Answer::Unclear)) | None => return Ok(false),
        }
    }
    tracing::warn!("No worker said in time whether the tenant exists; the export will find out");
    Ok(false)
}
