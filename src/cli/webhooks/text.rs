//! Webhooks and messages as they stand on a terminal, and as JSON.

pub(super) use crate::cli::exports::text::harmless;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use shared::{
    ledger::webhooks::{Webhook, messages::Sent},
    webhook::MessageId,
};

/// Above the lines of webhooks.
pub(super) const HEAD: &str = "number                                state     for                   address";
/// Above the lines of messages.
pub(super) const MESSAGES_HEAD: &str =
    "number                                state      tries  status  what               when                  why";

pub(super) fn line(webhook: &Webhook) -> String {
    let state = match webhook.disabled_because {
        Some(_) => "disabled",
        None if webhook.failing_since.is_some() => "failing",
        None => "enabled",
    };
    let of = match (&webhook.source, &webhook.tenant) {
        (Some(source), Some(tenant)) => format!("{} / {}", harmless(source), harmless(tenant)),
        (Some(source), None) => harmless(source).into_owned(),
        _ => "everything".to_owned(),
    };
    format!("{}  {state:<8}  {of:<20}  {}", webhook.id, harmless(&webhook.url))
}

pub(super) fn document(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "events": webhook.events.named(),
        "source": webhook.source,
        "tenant": webhook.tenant,
        "enabled": webhook.is_enabled(),
        "disabled_at": webhook.disabled_at,
        "disabled_because": webhook.disabled_because,
        "failing_since": webhook.failing_since,
        "created_at": webhook.created_at,
        "created_by": webhook.created_by,
    })
}

pub(super) fn message_line(sent: &Sent) -> String {
    let status = sent.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let why = sent.error.as_deref().map(harmless).unwrap_or_default();
    let (id, kind, when) = (MessageId(sent.message.id), sent.message.kind, time(sent.message.created_at));
    let line = format!("{id}  {:<9}  {:>5}  {status:>6}  {kind:<17}  {when}  {why}", sent.state, sent.tries);
    line.trim_end().to_owned()
}

pub(super) fn message_document(sent: &Sent) -> Value {
    json!({
        "id": MessageId(sent.message.id).to_string(),
        "type": sent.message.kind,
        "export_id": sent.message.export_id,
        "state": sent.state,
        "tries": sent.tries,
        "created_at": sent.message.created_at,
        "last_attempt_at": sent.last_attempt_at,
        "next_attempt_at": sent.next_attempt_at,
        "delivered_at": sent.delivered_at,
        "response_status": sent.status,
        "response_excerpt": sent.answer,
        "error": sent.error,
    })
}

pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
