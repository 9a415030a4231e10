//! What is sent to a webhook: the messages, sending them again, and a ping.

use super::{
    view::{MessageList, MessageView, ReplayView},
    visible, webhook_not_found,
};
use crate::{
    Context,
    auth::{Authorized, WebhooksRead, WebhooksReplay},
    body::{self, Body},
    cursor,
    problem::{Finding, Problem},
    routes::parse_id,
    words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::{
    clock,
    ledger::webhooks::messages::{self, Again, MessageFilter, Whole, Wished},
    webhook::{Delivery, Event, MessageId},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which messages to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// Only those that stand so.
    #[param(schema_with = words::delivery)]
    state: Option<Delivery>,
    /// Only of this type.
    #[param(schema_with = words::webhook_event)]
    r#type: Option<Event>,
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What is to be sent again: one message, or everything since a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// The number of the message.
    #[schema(example = "msg_01890a5dac967774bbceb302099a8057")]
    message: Option<String>,
    /// Everything that happened since then and that the webhook is for, also before it was made.
    since: Option<DateTime<Utc>>,
    /// Of what happened since then only what its receiver did not take.
    #[serde(default)]
    #[schema(default = false, required = false)]
    undelivered_only: bool,
}

/// List the messages of a webhook, newest first
///
/// With what became of each. They are kept for `HANDOVER_WEBHOOKS__DAYS` days.
#[utoipa::path(get, path = "/v1/webhooks/{id}/messages", operation_id = "list_webhook_messages", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number"), MessageQuery),
    responses(
        (status = 200, body = MessageList, description = "One page"),
        (status = 400, description = "`invalid_id`, `invalid_query`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn list(
    access: Authorized<WebhooksRead>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    let query: MessageQuery = body::query(&request)?;
    let limit = body::page_size(query.limit)?;
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(place_of(&context, webhook.id, text).await?),
    };
    // One more than asked for tells whether there is a next page.
    let filter = MessageFilter { state: query.state, event: query.r#type, before, limit: limit + 1 };
    let mut found = messages::list(&context.ledger, webhook.id, &filter).await?;
    let next_cursor = body::cut_page(&mut found, limit, |sent| sent.message.id);
    let items = found.into_iter().map(MessageView::try_from).collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(MessageList { items, next_cursor }))
}

async fn place_of(context: &Context, webhook: Uuid, cursor: &str) -> Result<Uuid, Problem> {
    let id = cursor::decode(cursor).ok_or_else(body::invalid_cursor)?;
    let found = messages::find(&context.ledger, webhook, MessageId(id)).await?;
    found.map(|sent| sent.message.id).ok_or_else(body::invalid_cursor)
}

/// Send messages again
///
/// One of them, or everything since a time. Each keeps its number, by which its receiver knows what it has had already, and is tried as often as a new one. What was missed while
/// the webhook was disabled is sent again with `since`.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", operation_id = "replay_webhook", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number")), request_body = ReplayRequest,
    responses(
        (status = 202, body = ReplayView, description = "They are sent"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's; `message_not_found`: it was never for this webhook, or is forgotten"),
        (status = 409, description = "`webhook_disabled`: enable it first"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn replay(
    access: Authorized<WebhooksReplay>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    let again = Body::<ReplayRequest>::read(&request, payload).await?.value.checked()?;
    match messages::replay(&context.ledger, webhook.id, again, access.actor(), clock::now()).await? {
        Some(Wished::Done(0)) if matches!(again, Again::One(_)) => Err(message_not_found()),
        Some(Wished::Done(messages)) => Ok(HttpResponse::Accepted().json(ReplayView { messages })),
        Some(Wished::Disabled) => Err(webhook_disabled()),
        None => Err(webhook_not_found()),
    }
}

/// Try a webhook
///
/// Sends it a message of the type `handover.ping`, whatever events it is for. The list of its messages says what became of it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", operation_id = "test_webhook", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number")),
    responses(
        (status = 202, body = MessageView, description = "It is sent"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's"),
        (status = 409, description = "`webhook_disabled`: enable it first"),
    ))]
pub(crate) async fn test(
    access: Authorized<WebhooksReplay>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    match messages::ping(&context.ledger, webhook.id, access.actor(), clock::now()).await? {
        Some(Wished::Done(sent)) => Ok(HttpResponse::Accepted().json(MessageView::try_from(sent)?)),
        Some(Wished::Disabled) => Err(webhook_disabled()),
        None => Err(webhook_not_found()),
    }
}

impl ReplayRequest {
    fn checked(self) -> Result<Again, Problem> {
        let invalid = |pointer: &str, detail: &str| {
            Problem::invalid_request(vec![Finding { pointer: pointer.into(), detail: detail.into() }])
        };
        match (self.message, self.since) {
            (Some(_), None) if self.undelivered_only => {
                Err(invalid("/undelivered_only", "goes with `since`, not with `message`"))
            }
            (Some(message), None) => {
                message.parse().map(Again::One).map_err(|error| invalid("/message", &error.to_string()))
            }
            (None, Some(since)) => {
                Ok(Again::Since(since, if self.undelivered_only { Whole::Undelivered } else { Whole::All }))
            }
            _ => Err(invalid("", "name either a `message` or a time, `since`")),
        }
    }
}

fn message_not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "message_not_found",
        "No such message",
        "There is no message with this number that is for this webhook; messages are forgotten after some time.",
    )
}

fn webhook_disabled() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "webhook_disabled",
        "The webhook is disabled",
        "Nothing is sent to a webhook that is disabled. Enable it first, with `{\"enabled\": true}`.",
    )
}
