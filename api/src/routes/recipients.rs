//! Recipients: the public keys that archives are encrypted to. Adding one, looking at them, removing one.

mod request;
mod view;

pub(crate) use view::ExportRecipientView;

use self::{
    request::RecipientRequest,
    view::{RecipientList, RecipientView},
};
use super::{exports::refused, parse_id};
use crate::{
    Context,
    auth::{Authorized, RecipientsRead, RecipientsWrite},
    body, cursor,
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use serde::Deserialize;
use shared::{
    clock,
    ledger::{
        audit::{self, NewEvent},
        recipients::{self, Added, Recipient, RecipientFilter},
        sources,
    },
    recipient::MOST_RECIPIENTS,
};
use utoipa::IntoParams;
use uuid::Uuid;

/// Add a recipient
///
/// A public key of age (`age1…`) or of SSH (`ssh-ed25519 AAAA…`). From then on every archive of the whole tenant, asked for or scheduled, is encrypted to all of its
/// recipients: whoever holds the private half of one of them opens it, and nobody else can, neither this server nor its operator. What is being made at that
/// moment is made again. With `subject` the key is for the exports of this person, and of nothing else: a tenant's keys never lock a person's own export.
///
/// Archives that are ready already stay as they are. Nobody can help whoever loses every private half.
#[utoipa::path(post, path = "/v1/recipients", operation_id = "add_recipient", tag = "recipients", request_body = RecipientRequest,
    responses(
        (status = 201, body = RecipientView, description = "It counts from now on"),
        (status = 400, description = "`invalid_json`"),
        (status = 409, description = "`recipient_exists`: this key was added before; `too_many_recipients`: there are 20"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`; `private_key`: the private half of a pair was sent; `source_not_found`"),
    ))]
pub(crate) async fn add(
    access: Authorized<RecipientsWrite>,
    context: Data<Context>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    // Before anything else looks at it: what says where a body is wrong also quotes it.
    let wish: RecipientRequest = body::read_screened(&request, payload, request::without_private_key).await?;
    let new = wish.checked()?;
    if !access.covers(&new.source, new.tenant.as_str(), new.subject.0.as_ref()) {
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
    }
    if let Err(problem) = access.require_fresh(new.subject.0.as_ref(), clock::now()) {
        return Err(refused(&access, &context, problem).await?);
    }
    if sources::find(&context.ledger, &new.source).await?.is_none() {
        return Err(source_not_found());
    }
    match recipients::add(&context.ledger, new, access.actor(), clock::now()).await? {
        Added::New(recipient) => Ok(HttpResponse::Created().json(RecipientView::from(recipient))),
        Added::Known(_) => Err(Problem::new(
            StatusCode::CONFLICT,
            "recipient_exists",
            "The key is a recipient already",
            "This key was added before, and counts. To give it another label, remove it first.",
        )),
        Added::TooMany => Err(Problem::new(
            StatusCode::CONFLICT,
            "too_many_recipients",
            "There are too many recipients",
            format!("An archive is encrypted to at most {MOST_RECIPIENTS} keys. Remove one that is not used any more."),
        )),
    }
}

/// Which recipients to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecipientQuery {
    /// Only of this source.
    source: Option<String>,
    /// Only of this tenant, and of persons in its data.
    tenant: Option<String>,
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List recipients, newest first
///
/// Those that count. A key that is bound to a source or a tenant lists only theirs. Which recipients can open an archive stands in its export.
#[utoipa::path(get, path = "/v1/recipients", operation_id = "list_recipients", tag = "recipients", params(RecipientQuery),
    responses(
        (status = 200, body = RecipientList, description = "One page"),
        (status = 400, description = "`invalid_query`"),
    ))]
pub(crate) async fn list(
    access: Authorized<RecipientsRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: RecipientQuery = body::query(&request)?;
    let limit = body::page_size(query.limit)?;
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(place_of(&context, &access, text).await?),
    };
    let Some(within) = access.narrow(query.source, query.tenant) else {
        return Ok(HttpResponse::Ok().json(RecipientList::default()));
    };
    let filter = RecipientFilter {
        source: within.source,
        tenant: within.tenant,
        subject: within.subject,
        before,
        // One more than asked for tells whether there is a next page.
        limit: limit + 1,
    };
    let mut found = recipients::list(&context.ledger, &filter).await?;
    let next_cursor = body::cut_page(&mut found, limit, |one| one.id);
    let items = found.into_iter().map(RecipientView::from).collect();
    Ok(HttpResponse::Ok().json(RecipientList { items, next_cursor }))
}

/// Remove a recipient
///
/// No archive that becomes ready from then on is encrypted to it; those that were ready before stay readable with it. Where no recipient is left, archives are
/// encrypted as this installation does it for everybody. Removing twice is one removal.
#[utoipa::path(delete, path = "/v1/recipients/{id}", operation_id = "remove_recipient", tag = "recipients", params(("id" = Uuid, Path, description = "The recipient's number")),
    responses(
        (status = 204, description = "It counts no more"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`recipient_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn remove(
    access: Authorized<RecipientsWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let recipient = visible(&context, &access, parse_id(&id)?).await?.ok_or_else(recipient_not_found)?;
    if let Err(problem) = access.require_fresh(recipient.subject.0.as_ref(), clock::now()) {
        return Err(refused(&access, &context, problem).await?);
    }
    recipients::remove(&context.ledger, recipient.id, access.actor(), clock::now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The recipient with this number, even if it was removed, if the caller may see it.
async fn visible<P>(context: &Context, access: &Authorized<P>, id: Uuid) -> Result<Option<Recipient>, Problem> {
    let recipient = recipients::find(&context.ledger, id).await?;
    Ok(recipient.filter(|one| access.covers(&one.source, one.tenant.as_str(), one.subject.0.as_ref())))
}

/// The recipient a cursor stands behind. One that the caller may not see is refused, else the page would tell that it exists.
async fn place_of(context: &Context, access: &Authorized<RecipientsRead>, cursor: &str) -> Result<Uuid, Problem> {
    let recipient = match cursor::decode(cursor) {
        Some(id) => visible(context, access, id).await?,
        None => None,
    };
    recipient.map(|recipient| recipient.id).ok_or_else(body::invalid_cursor)
}

fn recipient_not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "recipient_not_found",
        "No such recipient",
        "There is no recipient with this id that this key may see.",
    )
}

/// The same whether or not the tenant exists.
fn outside_of_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_tenant",
        "The key is for other data",
        "This key may not decide who reads archives of this source and tenant.",
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
