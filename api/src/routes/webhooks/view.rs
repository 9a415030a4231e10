//! Webhooks and messages as the API shows them.

use crate::{problem::Problem, words};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::{
    export::{Origin, Scope, State},
    ledger::webhooks::{Webhook, messages::Sent},
    webhook::{Delivery, Disabled, Event, MessageId},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// An address that is told of exports.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookView {
    /// Its number.
    id: Uuid,
    /// Where messages are sent to.
    url: String,
    /// What people call it.
    description: String,
    /// What it is told of; empty: of everything.
    #[schema(schema_with = words::webhook_events)]
    events: Vec<Event>,
    /// Only of exports of this source; null: of all.
    #[schema(required = true)]
    source: Option<String>,
    /// Only of exports of this tenant; null: of all.
    #[schema(required = true)]
    tenant: Option<String>,
    /// Whether anything is sent.
    enabled: bool,
    /// Since when nothing is sent.
    #[schema(required = true)]
    disabled_at: Option<DateTime<Utc>>,
    /// Why nothing is sent.
    #[schema(schema_with = words::disabled_or_null, required = true)]
    disabled_because: Option<Disabled>,
    /// Since when nothing was taken that was sent; after five days the webhook is disabled.
    #[schema(required = true)]
    failing_since: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Who made it, as the audit names them.
    created_by: String,
}

/// A new webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = NewWebhook)]
pub(crate) struct NewWebhookView<'a> {
    /// The webhook.
    pub(super) webhook: WebhookView,
    /// What its receiver verifies messages with; shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub(super) secret: &'a str,
}

/// A new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSecret)]
pub(crate) struct SecretView<'a> {
    /// What the receiver verifies messages with from now on; shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub(super) secret: &'a str,
    /// Until when the old secrets sign too.
    pub(super) previous_until: DateTime<Utc>,
}

/// One page of webhooks.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    /// Newest first.
    pub(super) items: Vec<WebhookView>,
    /// Leads to the next page; null on the last.
    #[schema(required = true)]
    pub(super) next_cursor: Option<String>,
}

/// A message to a webhook, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookMessage)]
pub(crate) struct MessageView {
    /// Its number, as it stands in the header `webhook-id`.
    #[schema(pattern = "^msg_[0-9a-f]{32}$", example = "msg_01890a5dac967774bbceb302099a8057")]
    id: String,
    #[schema(schema_with = words::webhook_event)]
    r#type: Event,
    /// The export it tells of; null for a ping.
    #[schema(required = true)]
    export_id: Option<Uuid>,
    #[schema(schema_with = words::delivery)]
    state: Delivery,
    /// How often it was sent since it was entered, or last replayed.
    #[schema(minimum = 0)]
    tries: i64,
    /// When what it tells of happened.
    created_at: DateTime<Utc>,
    /// When it was last sent.
    #[schema(required = true)]
    last_attempt_at: Option<DateTime<Utc>>,
    /// When it is tried next.
    #[schema(required = true)]
    next_attempt_at: Option<DateTime<Utc>>,
    /// When its receiver took it.
    #[schema(required = true)]
    delivered_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer.
    #[schema(required = true)]
    response_status: Option<i64>,
    /// How the last answer began that was no success: at most 200 characters.
    #[schema(required = true)]
    response_excerpt: Option<String>,
    /// Why the last try failed.
    #[schema(required = true)]
    error: Option<String>,
    /// What is sent.
    payload: PayloadView,
}

/// One page of messages.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = WebhookMessageList)]
pub(crate) struct MessageList {
    /// Newest first.
    pub(super) items: Vec<MessageView>,
    /// Leads to the next page; null on the last.
    #[schema(required = true)]
    pub(super) next_cursor: Option<String>,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Replay)]
pub(crate) struct ReplayView {
    /// How many messages.
    #[schema(minimum = 0)]
    pub(super) messages: u64,
}

/// What is sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = WebhookPayload)]
pub(crate) enum PayloadView {
    /// Of an export.
    Export(Box<ExportEventView>),
    /// Of nothing.
    Ping(PingEventView),
}

/// What a webhook is told of an export.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ExportEvent)]
pub(crate) struct ExportEventView {
    #[schema(schema_with = words::webhook_event)]
    r#type: Event,
    /// When it happened.
    timestamp: DateTime<Utc>,
    data: FactsView,
}

/// What a webhook is told when somebody tries it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PingEvent)]
pub(crate) struct PingEventView {
    #[schema(schema_with = words::webhook_event)]
    r#type: Event,
    /// When it was asked for.
    timestamp: DateTime<Utc>,
    data: PingView,
}

/// What a ping holds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PingData)]
pub(crate) struct PingView {
    /// The webhook that is tried.
    webhook_id: Uuid,
}

/// An export at the moment that a message tells of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ExportEventData)]
pub(crate) struct FactsView {
    /// The export.
    export_id: Uuid,
    /// The name of the source.
    source: String,
    /// Whose data it is.
    tenant: String,
    #[schema(schema_with = words::scope)]
    scope: Scope,
    #[schema(schema_with = words::origin)]
    origin: Origin,
    /// The schedule that asked for it; null if somebody else did.
    #[schema(required = true)]
    schedule_id: Option<Uuid>,
    #[schema(schema_with = words::state)]
    state: State,
    /// The number of the last attempt.
    #[schema(minimum = 0)]
    attempt: i64,
    /// The stable code of why it failed.
    #[schema(required = true)]
    reason_code: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it ended.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
    /// When its archive's time is over.
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
    /// Tables in the archive; this and the following are null where there is none.
    #[schema(required = true)]
    tables: Option<i64>,
    /// Rows in the archive.
    #[schema(required = true)]
    rows: Option<i64>,
    /// Files of the archive.
    #[schema(required = true)]
    files: Option<i64>,
    /// Bytes of all files.
    #[schema(required = true)]
    bytes: Option<i64>,
    /// The link it was downloaded with; only in `export.downloaded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    link_id: Option<Uuid>,
    /// The download; only in `export.downloaded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    download_id: Option<Uuid>,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            enabled: webhook.is_enabled(),
            id: webhook.id,
            url: webhook.url,
            description: webhook.description,
            events: webhook.events.named().to_vec(),
            source: webhook.source,
            tenant: webhook.tenant,
            disabled_at: webhook.disabled_at,
            disabled_because: webhook.disabled_because,
            failing_since: webhook.failing_since,
            created_at: webhook.created_at,
            created_by: webhook.created_by,
        }
    }
}

impl TryFrom<Sent> for MessageView {
    type Error = Problem;

    fn try_from(sent: Sent) -> Result<Self, Problem> {
        let message = sent.message;
        Ok(Self {
            id: MessageId(message.id).to_string(),
            r#type: message.kind,
            export_id: message.export_id,
            state: sent.state,
            tries: sent.tries,
            created_at: message.created_at,
            last_attempt_at: sent.last_attempt_at,
            next_attempt_at: sent.next_attempt_at,
            delivered_at: sent.delivered_at,
            response_status: sent.status,
            response_excerpt: sent.answer,
            error: sent.error,
            payload: serde_json::from_str(&message.payload).map_err(Problem::internal)?,
        })
    }
}
