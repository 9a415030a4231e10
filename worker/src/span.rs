//! The parts of an export's trace that begin in a worker, and what is counted at their beginning.

use crate::context::Context;
use shared::{
    export::ExportId,
    ledger::{
        exports::{self, Export},
        notifications::Notification,
    },
    metrics,
    telemetry::traces,
};
use std::time::Duration;
use tokio::time::timeout;
use tracing::{Span, field::Empty};

/// How long the ledger may take over the place of an export in its trace; its lease is running.
const PATIENCE: Duration = Duration::from_secs(1);

/// The span of an attempt that was just claimed. The first attempt also ends the time the export waited in the queue.
pub(crate) async fn attempt(context: &Context, export: &Export) -> Span {
    let span = tracing::info_span!(parent: None, "attempt", export = %export.id, attempt = export.attempt, source = export.source, origin = %export.origin);
    let place = place(context, export.id).await;
    if let Some(place) = &place {
        traces::join(&span, place);
    }
    if let (true, Some(begun)) = (export.is_first_try(), export.started_at) {
        let asked = export.retried_at.unwrap_or(export.created_at);
        metrics::export_waited(&export.source, export.origin, begun - asked);
        if let Some(place) = &place {
            traces::record("queued", place, asked, begun);
        }
    }
    if export.lost_worker.is_some() {
        metrics::lease_taken_over(&export.source);
    }
    span
}

/// The span of sending one mail.
pub(crate) async fn mail(context: &Context, notification: &Notification) -> Span {
    let span = tracing::info_span!(parent: None, "mail", export = Empty, kind = %notification.kind, attempt = notification.attempt);
    // A mail about a run of a schedule belongs to many exports.
    if let Some(export) = notification.export_id {
        span.record("export", tracing::field::display(export));
        if let Some(place) = place(context, export).await {
            traces::join(&span, &place);
        }
    }
    span
}

/// A trace is worth no failure: without an answer of the ledger the span begins a trace of its own.
async fn place(context: &Context, export: ExportId) -> Option<String> {
    timeout(PATIENCE, exports::traceparent(&context.ledger, export)).await.ok()?.ok()?
}
