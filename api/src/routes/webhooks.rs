//! Webhooks: making one, looking at them, changing, removing, giving a new secret. What is sent to them stands in [`sending`].

mod request;
pub(crate) mod sending;
mod view;

pub(crate) use view::{ExportEventView, PingEventView};

use self::{
    request::{RotateRequest, WebhookChange, WebhookRequest},
    view::{NewWebhookView, SecretView, WebhookList, WebhookView},
};
use super::parse_id;
use crate::{
    Context,
    auth::{Authorized, WebhooksRead, WebhooksWrite},
    body::{self, Body},
    cursor,
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path, Payload},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::{
    clock,
    ledger::{
        audit::{self, NewEvent},
        sources,
        webhooks::{
            self, MOST, Webhook, WebhookFilter,
            secrets::{self, NewSecret, Rotated},
        },
    },
};
use std::time::Duration;
use utoipa::IntoParams;
use uuid::Uuid;

/// Make a webhook
///
/// From then on its address is told of exports that become ready, fail, expire or are downloaded, by the Standard Webhooks specification: each message is a signed `POST`, and is
/// tried again for about three days until it is answered with a status of 200 to 299. A message holds ids, states and sizes, never what is in an archive, and no link. The section
/// `webhooks` of this document tells of each message.
#[utoipa::path(post, path = "/v1/webhooks", operation_id = "create_webhook", tag = "webhooks", request_body = WebhookRequest,
    responses(
        (status = 201, body = NewWebhookView, description = "The webhook with its secret, which is shown this once", headers(("Location" = String, description = "Where the webhook is, relative to this address (RFC 9110)"))),
        (status = 400, description = "`invalid_json`"),
        (status = 409, description = "`too_many_webhooks`: there are 50 for the same source and tenant"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`, also for an address that must not be sent to; `source_not_found`"),
    ))]
pub(crate) async fn create(
    access: Authorized<WebhooksWrite>,
    context: Data<Context>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let mut wish = Body::<WebhookRequest>::read(&request, payload).await?.value;
    let (source, tenant) = wish.bounds();
    let Some(within) = access.narrow(source, tenant) else {
        let problem = outside_of_key();
        let event = NewEvent {
            actor: access.actor(),
            action: "access.refused",
            export_id: None,
            source: None,
            tenant: None,
            detail: serde_json::json!({ "code": problem.code() }),
        };
        audit::record(&context.ledger, event, clock::now()).await?;
        return Err(problem);
    };
    wish.bind(within.source, within.tenant);
    let new = wish.checked(&context.config.webhooks.allow_private)?;
    if let Some(source) = &new.source
        && sources::find(&context.ledger, source).await?.is_none()
    {
        return Err(source_not_found());
    }
    let (secret, kept) = NewSecret::make(&context.keyring).await.map_err(Problem::internal)?;
    let made = webhooks::create(&context.ledger, new, &kept, access.actor(), clock::now()).await?;
    let webhook = made.ok_or_else(too_many_webhooks)?;
    let location = format!("webhooks/{}", webhook.id);
    let secret = secret.text();
    let view = NewWebhookView { webhook: webhook.into(), secret: secret.expose_secret() };
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(view))
}

/// Which webhooks to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WebhookQuery {
    /// Only those for this source alone.
    source: Option<String>,
    /// Only those for this tenant alone.
    tenant: Option<String>,
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List webhooks, newest first
///
/// A key that is bound to a source or a tenant lists only those that are bound to the same.
#[utoipa::path(get, path = "/v1/webhooks", operation_id = "list_webhooks", tag = "webhooks", params(WebhookQuery),
    responses(
        (status = 200, body = WebhookList, description = "One page"),
        (status = 400, description = "`invalid_query`"),
    ))]
pub(crate) async fn list(
    access: Authorized<WebhooksRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: WebhookQuery = body::query(&request)?;
    let limit = body::page_size(query.limit)?;
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(place_of(&context, &access, text).await?),
    };
    let Some(within) = access.narrow(query.source, query.tenant) else {
        return Ok(HttpResponse::Ok().json(WebhookList::default()));
    };
    // One more than asked for tells whether there is a next page.
    let filter = WebhookFilter { source: within.source, tenant: within.tenant, before, limit: limit + 1 };
    let mut found = webhooks::list(&context.ledger, &filter).await?;
    let next_cursor = body::cut_page(&mut found, limit, |one| one.id);
    Ok(HttpResponse::Ok().json(WebhookList { items: found.into_iter().map(Into::into).collect(), next_cursor }))
}

async fn place_of(context: &Context, access: &Authorized<WebhooksRead>, cursor: &str) -> Result<Uuid, Problem> {
    let webhook = match cursor::decode(cursor) {
        Some(id) => visible(context, access, id).await.ok(),
        None => None,
    };
    webhook.map(|webhook| webhook.id).ok_or_else(body::invalid_cursor)
}

/// Look at one webhook
#[utoipa::path(get, path = "/v1/webhooks/{id}", operation_id = "show_webhook", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number")),
    responses(
        (status = 200, body = WebhookView, description = "The webhook, without its secret"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn show(
    access: Authorized<WebhooksRead>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(webhook)))
}

/// Change a webhook
///
/// A merge patch (RFC 7396): what is left out stays. `"enabled": false` sends nothing any more; what happens meanwhile is missed until somebody replays it. `"enabled": true`
/// begins anew, also after the webhook disabled itself. Source and tenant of a webhook never change.
#[utoipa::path(patch, path = "/v1/webhooks/{id}", operation_id = "change_webhook", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number")),
    request_body(content = WebhookChange, content_type = "application/merge-patch+json", description = "`application/json` is taken too"),
    responses(
        (status = 200, body = WebhookView, description = "The webhook as it then is"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn change(
    access: Authorized<WebhooksWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    let patch: WebhookChange = body::from_value(body::read_patch(&request, payload).await?)?;
    let change = patch.checked(&context.config.webhooks.allow_private)?;
    let changed = webhooks::change(&context.ledger, webhook.id, change, access.actor(), clock::now()).await?;
    Ok(HttpResponse::Ok().json(WebhookView::from(changed.ok_or_else(webhook_not_found)?)))
}

/// Remove a webhook
///
/// Nothing is sent any more, and what was sent is forgotten.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", operation_id = "delete_webhook", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number")),
    responses(
        (status = 204, description = "It is removed"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn delete(
    access: Authorized<WebhooksWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    if webhooks::delete(&context.ledger, webhook.id, access.actor(), clock::now()).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(webhook_not_found())
    }
}

/// Give a webhook a new secret
///
/// Every message from then on carries a signature of the new secret, and for a day, or as long as the body says, one of each old secret too: a receiver that knows either takes
/// it. After a leak say `"overlap_seconds": 0`.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", operation_id = "rotate_webhook_secret", tag = "webhooks", params(("id" = Uuid, Path, description = "The webhook's number")),
    request_body(content = RotateRequest, description = "Need not be there"),
    responses(
        (status = 200, body = SecretView, description = "The new secret, which is shown this once"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`webhook_not_found`: unknown, or not this key's"),
        (status = 409, description = "`too_many_secrets`: five sign already; wait until one ends, or say `\"overlap_seconds\": 0`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn rotate(
    access: Authorized<WebhooksWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let webhook = visible(&context, &access, parse_id(&id)?).await?;
    let wish: RotateRequest = body::read_or_default(&request, payload).await?;
    let overlap: Duration = wish.checked()?;
    let (secret, kept) = NewSecret::make(&context.keyring).await.map_err(Problem::internal)?;
    let now = clock::now();
    match secrets::rotate(&context.ledger, webhook.id, &kept, overlap, access.actor(), now).await? {
        Some(Rotated::Done(_)) => {
            let secret = secret.text();
            let view = SecretView { secret: secret.expose_secret(), previous_until: now + overlap };
            Ok(HttpResponse::Ok().json(view))
        }
        Some(Rotated::TooMany) => Err(too_many_secrets()),
        None => Err(webhook_not_found()),
    }
}

/// The webhook with this number, if there is one and all that it is told of lies within what the caller is for.
async fn visible<P>(context: &Context, access: &Authorized<P>, id: Uuid) -> Result<Webhook, Problem> {
    webhooks::find(&context.ledger, id)
        .await?
        .filter(|webhook| access.encloses(webhook.source.as_deref(), webhook.tenant.as_deref()))
        .ok_or_else(webhook_not_found)
}

fn webhook_not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "webhook_not_found",
        "No such webhook",
        "There is no webhook with this id that this key may see.",
    )
}

/// The same whether or not the tenant exists.
fn outside_of_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_tenant",
        "The key is for other data",
        "This key may not have anybody told of exports of this source and tenant.",
    )
}

fn source_not_found() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "source_not_found",
        "No such source",
        "No worker serves a source of this name.",
    )
}

fn too_many_webhooks() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "too_many_webhooks",
        "There are too many webhooks",
        format!("There are {MOST} webhooks for the same source and tenant. Remove one that is not used any more."),
    )
}

fn too_many_secrets() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "too_many_secrets",
        "There are too many secrets",
        format!(
            "{} secrets sign already. Wait until one ends, or let the old ones end now with `\"overlap_seconds\": 0`.",
            secrets::MOST
        ),
    )
}
