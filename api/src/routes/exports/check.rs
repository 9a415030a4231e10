//! Asking the workers whether a tenant exists, or a person in its data, since this process may not open a source.

use crate::{Context, problem::Problem};
use chrono::TimeDelta;
use shared::{
    clock,
    export::{ExportId, TenantId},
    ledger::{
        Person,
        checks::{self, Answer, Check},
        workers,
    },
    queue::{Kind, Place},
};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(25);

/// What a source does not have.
pub(super) enum Missing {
    /// The tenant.
    Tenant,
    /// The person in its data.
    Subject,
}

/// `Some` only if a worker looked and the source has no such tenant, or the tenant's data no such person. When no worker answers in time the export is accepted,
/// and finds out itself.
pub(super) async fn missing(
    context: &Context,
    id: ExportId,
    source: &str,
    tenant: &TenantId,
    subject: &Person,
) -> Result<Option<Missing>, Problem> {
    let now = clock::now();
    let last_poll = workers::last_poll(&context.ledger).await?;
    if last_poll.is_none_or(|polled| now - polled > TimeDelta::seconds(30)) {
        return Ok(None);
    }
    let check = Check {
        export_id: id,
        source: source.to_owned(),
        tenant: tenant.clone(),
        subject: subject.clone(),
        asked_at: now,
        answer: None,
    };
    checks::ask(&context.ledger, &check).await?;
    if let Err(error) = context.queue.ring(Kind::Check, Place::Source(source), id).await {
        tracing::warn!(%error, "Nobody could be asked whether the tenant exists; the export will find out");
        return Ok(None);
    }

    let deadline = Instant::now() + PATIENCE;
    let mut next = Instant::now();
    while next < deadline {
        next += PAUSE;
        sleep_until(next).await;
        match checks::find(&context.ledger, id).await?.map(|check| check.answer) {
            Some(None) => {}
            Some(Some(Answer::Unknown)) => return Ok(Some(Missing::Tenant)),
            Some(Some(Answer::NoSuchPerson)) => return Ok(Some(Missing::Subject)),
            Some(Some(Answer::Known | Answer::Unclear)) | None => return Ok(None),
        }
    }
    tracing::warn!("No worker said in time whether the tenant exists; the export will find out");
    Ok(None)
}
