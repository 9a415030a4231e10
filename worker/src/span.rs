//! The parts of an export's trace that begin in a worker, and what is counted at their beginning.

use crate::context::Context;
use shared::{
    ledger::{
        Result as LedgerResult, audit,
        exports::{self, Export},
        notifications::Notification,
    },
    metrics,
    telemetry::traces,
};
use tracing::Span;

/// What may come between two claims of an export: the end of the first one's attempt.
const ENDS: [&str; 2] = ["export.postponed", "export.retried"];

/// The span of an attempt that was just claimed. The first attempt also ends the time the export waited in the queue.
pub(crate) async fn attempt(context: &Context, export: &Export) -> Span {
    let span = tracing::info_span!(parent: None, "attempt", export = %export.id, attempt = export.attempt, source = export.source, origin = %export.origin);
    let place = place(context, export).await;
    if let Some(place) = &place {
        traces::join(&span, place);
    }
    if let (1, Some(begun)) = (export.tries(), export.started_at) {
        let asked = export.retried_at.unwrap_or(export.created_at);
        metrics::export_waited(&export.source, export.origin, begun - asked);
        if let Some(place) = &place {
            traces::record("queued", place, asked, begun);
        }
    }
    match is_taken_over(context, export).await {
        Ok(true) => {
            metrics::lease_taken_over(&export.source);
            tracing::warn!("The export is taken over from a worker that fell silent");
        }
        Ok(false) => {}
        Err(error) => tracing::warn!(error = %error, "Whether the export was taken over could not be told"),
    }
    span
}

/// The span of sending one mail.
pub(crate) async fn mail(context: &Context, export: &Export, notification: &Notification) -> Span {
    let span = tracing::info_span!(parent: None, "mail", export = %export.id, kind = %notification.kind, attempt = notification.attempt);
    if let Some(place) = place(context, export).await {
        traces::join(&span, &place);
    }
    span
}

/// A trace is worth no failure: without an answer of the ledger the span begins a trace of its own.
async fn place(context: &Context, export: &Export) -> Option<String> {
    exports::traceparent(&context.ledger, export.id).await.ok().flatten()
}

/// Whether the attempt before this one never ended: only its lease did.
async fn is_taken_over(context: &Context, export: &Export) -> LedgerResult<bool> {
    if export.attempt < 2 {
        return Ok(false);
    }
    let events = audit::of_export(&context.ledger, export.id).await?;
    let mut told = events.iter().rev().map(|event| event.action.as_str());
    let this = told.find(|action| *action == "export.claimed");
    let before = told.find(|action| *action == "export.claimed" || ENDS.contains(action));
    Ok(this.is_some() && before == Some("export.claimed"))
}
