//! Whether this process lives, and whether the whole can do its work.

use crate::{Context, problem::Problem};
use actix_web::{HttpResponse, web::Data};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::clock;
use shared::ledger::workers;
use std::{fmt::Display, future::Future, time::Duration};
use utoipa::ToSchema;

/// A worker that has not polled its queue for so long is missing.
const SILENCE: TimeDelta = TimeDelta::seconds(30);
const PATIENCE: Duration = Duration::from_secs(3);

/// That the process answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live {
    /// Always `live`.
    #[schema(example = "live")]
    status: &'static str,
}

/// Whether everything that an export needs answers.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Ready {
    status: Readiness,
    pub(crate) ledger: Part,
    pub(crate) queue: Part,
    pub(crate) vault: Part,
    /// `ok` if a worker has polled the queue within 30 seconds.
    worker: Part,
}

/// All together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Readiness {
    /// Every part answers.
    Ready,
    /// At least one does not.
    Unready,
}

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// It answers.
    Ok,
    /// It does not; the log says why.
    Failed,
}

/// Whether this process lives
#[utoipa::path(get, path = "/health/live", operation_id = "live", tag = "health", responses((status = 200, body = Live, description = "It does")))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Live { status: "live" })
}

/// Whether exports can be asked for, made and delivered
#[utoipa::path(get, path = "/health/ready", operation_id = "ready", tag = "health", responses(
    (status = 200, body = Ready, description = "Every part answers"),
    (status = 503, body = Ready, description = "At least one part does not"),
))]
pub(crate) async fn ready(context: Data<Context>) -> Result<HttpResponse, Problem> {
    let ready = look(&context).await;
    let mut response = match ready.status {
        Readiness::Ready => HttpResponse::Ok(),
        Readiness::Unready => HttpResponse::ServiceUnavailable(),
    };
    Ok(response.json(ready))
}

/// Asks every part whether it answers, for three seconds at the most.
pub(crate) async fn look(context: &Context) -> Ready {
    let (ledger, queue, vault, worker) = tokio::join!(
        part("ledger", context.ledger.ping()),
        part("queue", context.queue.ping()),
        part("vault", context.vault.ping()),
        part("worker", worker(context, clock::now())),
    );
    let all = [ledger, queue, vault, worker].iter().all(|part| *part == Part::Ok);
    Ready { status: if all { Readiness::Ready } else { Readiness::Unready }, ledger, queue, vault, worker }
}

async fn part<E: Display>(name: &'static str, answer: impl Future<Output = Result<(), E>>) -> Part {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(())) => Part::Ok,
        Ok(Err(error)) => {
            tracing::info!(part = name, %error, "Not ready: a part refused");
            Part::Failed
        }
        Err(_) => {
            tracing::info!(part = name, "Not ready: a part did not answer in time");
            Part::Failed
        }
    }
}

async fn worker(context: &Context, now: DateTime<Utc>) -> Result<(), String> {
    match workers::last_poll(&context.ledger).await {
        Ok(Some(polled)) if now - polled <= SILENCE => Ok(()),
        Ok(Some(polled)) => Err(format!("no worker has polled since {polled}")),
        Ok(None) => Err("no worker has ever polled".into()),
        Err(error) => Err(error.to_string()),
    }
}
