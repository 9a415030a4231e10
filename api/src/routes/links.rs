//! Links to archives: making, listing and revoking them.

use super::{
    exports::{refused, visible},
    parse_id,
};
use crate::{
    Context,
    auth::{Authorized, ExportsRead, ExportsWrite},
    body,
    mail_address::MailAddress,
    portal::PortalToken,
    problem::{Finding, Problem},
    server::PublicUrl,
    words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer, Serialize};
use shared::{
    clock,
    config::LinkConfig,
    export::State,
    ledger::{
        exports::{self, Export},
        links::{self, Link},
    },
    link::Protection,
};
use utoipa::ToSchema;
use uuid::Uuid;

const SHORTEST: i64 = 60;
const LONGEST: i64 = 366 * 24 * 60 * 60;

/// A request for a link.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRequest {
    /// For how many seconds the link shall count, 60 to 31,622,400; default is the configured lifetime. Never beyond the archive's own time.
    #[schema(minimum = 60, maximum = 31_622_400)]
    expires_in: Option<i64>,
    /// How often the link gives each file, at least once; null for any number of times. Default is the configured limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1)]
    download_limit: Option<Option<u32>>,
    /// What the link asks for besides itself; default is what is configured.
    #[schema(schema_with = words::protection)]
    protection: Option<Protection>,
    /// Where the codes of a link with `code` are mailed; default is the address that the export was told to, if there is exactly one.
    #[schema(value_type = Option<String>, format = "email")]
    recipient: Option<MailAddress>,
}

/// A field that was given, if only as null.
fn given<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// A new link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub(crate) struct LinkView {
    /// Its number, for revoking it.
    id: Uuid,
    /// The export it leads to.
    export_id: Uuid,
    /// The address to hand on. It is shown only here: the ledger keeps no more than its hash.
    #[schema(format = "uri")]
    pub(crate) url: String,
    /// From when on it is refused.
    pub(crate) expires_at: DateTime<Utc>,
    /// How often it gives each file; null for any number of times.
    download_limit: Option<i64>,
    /// What it asks for besides itself.
    #[schema(schema_with = words::protection)]
    protection: Protection,
}

/// A link as it is listed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedLink {
    /// Its number, for revoking it.
    id: Uuid,
    /// The export it leads to.
    export_id: Uuid,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// From when on it is refused.
    expires_at: DateTime<Utc>,
    /// When it was revoked; null if it was not.
    revoked_at: Option<DateTime<Utc>>,
    /// How many downloads were begun with it.
    downloads: i64,
    /// How often it gives each file; null for any number of times.
    download_limit: Option<i64>,
    /// What it asks for besides itself.
    #[schema(schema_with = words::protection)]
    protection: Protection,
}

/// The links of an export.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkList {
    /// The newest first.
    items: Vec<ListedLink>,
}

impl From<Link> for ListedLink {
    fn from(link: Link) -> Self {
        let Link { id, export_id, created_at, expires_at, revoked_at, downloads, download_limit, protection, .. } =
            link;
        Self { id, export_id, created_at, expires_at, revoked_at, downloads, download_limit, protection }
    }
}

/// Make a link to a ready export's archive
#[utoipa::path(post, path = "/v1/exports/{id}/links", operation_id = "create_link", tag = "links", request_body(content = LinkRequest, description = "May be left out"),
    params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 201, body = LinkView, description = "The link; its address is shown this once"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
        (status = 409, description = "`export_not_ready`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn create(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    public_url: Data<PublicUrl>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    let wish: LinkRequest = body::read_or_default(&request, payload).await?;
    Ok(HttpResponse::Created().json(make(&context, &access, &public_url, id, wish).await?))
}

/// Makes a link on behalf of a caller.
pub(crate) async fn make(
    context: &Context,
    access: &Authorized<ExportsWrite>,
    public_url: &PublicUrl,
    id: Uuid,
    mut wish: LinkRequest,
) -> Result<LinkView, Problem> {
    let lifetime = lifetime(&wish, context.config.links.lifetime)?;
    if wish.download_limit == Some(Some(0)) {
        return Err(finding("/download_limit", "must be at least 1, or null for no limit"));
    }
    let export = visible(context, access, id).await?;
    let now = clock::now();
    // The link leads to what only a fresh token may ask for.
    if let Err(problem) = access.require_fresh(export.subject.0.as_ref(), now) {
        return Err(refused(access, context, problem).await?);
    }
    let expires_at = expiry(&export, now, lifetime).ok_or_else(|| not_ready(&export))?;
    let protection = wish.protection.unwrap_or(context.config.links.protection);
    if let Some(token) = access.token() {
        keep_to_rules(token, &mut wish, protection, &context.config.links)?;
    }
    let limit = wish.download_limit.unwrap_or(context.config.links.download_limit);
    let recipient = recipient(wish, protection, &export)?;

    let (token, signed) = context.signer.mint();
    let url = public_url.0.join(&format!("d/{}", token.expose_secret())).map_err(Problem::internal)?;
    let link = Link {
        id: Uuid::now_v7(),
        export_id: export.id,
        token_hash: signed.hash.to_vec(),
        created_at: now,
        expires_at,
        revoked_at: None,
        downloads: 0,
        download_limit: limit.map(i64::from),
        protection,
        recipient,
    };
    links::insert(&context.ledger, &link, access.actor()).await?;
    let Link { id, export_id, download_limit, .. } = link;
    Ok(LinkView { id, export_id, url: url.into(), expires_at, download_limit, protection })
}

/// List the links of an export
///
/// Also those that are revoked or over. Their addresses are not known.
#[utoipa::path(get, path = "/v1/exports/{id}/links", operation_id = "list_links", tag = "links", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 200, body = LinkList, description = "The links, the newest first"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn list(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = visible(&context, &access, parse_id(&id)?).await?;
    let links = links::of_export(&context.ledger, export.id).await?;
    Ok(HttpResponse::Ok().json(LinkList { items: links.into_iter().map(ListedLink::from).collect() }))
}

/// Revoke every link of an export
///
/// Those that were mailed too. From then on they are refused, and so is what was begun with them, at its next request.
#[utoipa::path(delete, path = "/v1/exports/{id}/links", operation_id = "revoke_links", tag = "links", params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 204, description = "They are revoked"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn revoke_all(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    end_all(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revokes every link of an export on behalf of a caller; how many there were.
pub(crate) async fn end_all(context: &Context, access: &Authorized<ExportsWrite>, id: Uuid) -> Result<usize, Problem> {
    let export = visible(context, access, id).await?;
    Ok(links::revoke_of_export(&context.ledger, export.id, access.actor(), clock::now()).await?)
}

/// Revoke a link
///
/// From then on it is refused. An answer that is under way goes on, but nothing that was begun with it can be taken up again. Revoking twice is one revocation.
#[utoipa::path(delete, path = "/v1/links/{id}", operation_id = "revoke_link", tag = "links", params(("id" = Uuid, Path, description = "The link's number")),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`link_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn revoke(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    end(&context, &access, parse_id(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revokes a link on behalf of a caller; the export that it led to.
pub(crate) async fn end(context: &Context, access: &Authorized<ExportsWrite>, id: Uuid) -> Result<Uuid, Problem> {
    let link = links::find(&context.ledger, id).await?;
    // Asked in any case, so that a foreign link takes as long as an unknown one.
    let export_id = link.as_ref().map_or_else(Uuid::nil, |link| link.export_id);
    let export = access.seeing(exports::find(&context.ledger, export_id).await?);
    let (Some(link), Some(export)) = (link, export) else { return Err(Problem::link_not_found()) };
    links::revoke(&context.ledger, link.id, access.actor(), clock::now()).await?;
    Ok(export.id)
}

fn lifetime(wish: &LinkRequest, configured: std::time::Duration) -> Result<TimeDelta, Problem> {
    match wish.expires_in {
        Some(seconds) if (SHORTEST..=LONGEST).contains(&seconds) => Ok(TimeDelta::seconds(seconds)),
        Some(_) => Err(finding("/expires_in", format!("must be from {SHORTEST} to {LONGEST} seconds"))),
        None => TimeDelta::from_std(configured).map_err(Problem::internal),
    }
}

/// Refuses one of the product's own people a link that is easier to follow than configured, or whose codes go to another address than the token's.
fn keep_to_rules(
    token: &PortalToken,
    wish: &mut LinkRequest,
    protection: Protection,
    rules: &LinkConfig,
) -> Result<(), Problem> {
    if protection < rules.protection {
        return Err(finding("/protection", "must not be weaker than what is configured"));
    }
    let is_more = match (wish.download_limit, rules.download_limit) {
        (Some(Some(wished)), Some(most)) => wished > most,
        (Some(None), Some(_)) => true,
        _ => false,
    };
    if is_more {
        return Err(finding("/download_limit", "must not be more than what is configured"));
    }
    let is_longer = |seconds: i64| u64::try_from(seconds).is_ok_and(|wished| wished > rules.lifetime.as_secs());
    if wish.expires_in.is_some_and(is_longer) {
        return Err(finding("/expires_in", "must not be longer than what is configured"));
    }
    let own = token.email.clone().and_then(|address| MailAddress::try_from(address).ok());
    if wish.recipient.is_some() && wish.recipient != own {
        return Err(finding("/recipient", "codes go to the address in the portal token only"));
    }
    if protection == Protection::Code && wish.recipient.is_none() {
        let own =
            own.ok_or_else(|| finding("/protection", "codes go to the address in the portal token, and it has none"))?;
        wish.recipient = Some(own);
    }
    Ok(())
}

/// Where the codes of a link go: to the address that is given, or to the only one that the export was told to.
fn recipient(wish: LinkRequest, protection: Protection, export: &Export) -> Result<Option<String>, Problem> {
    match (wish.recipient, protection, export.notify.as_slice()) {
        (Some(given), Protection::Code, _) => Ok(Some(given.into())),
        (Some(_), _, _) => Err(finding("/recipient", "is only of use with the protection `code`")),
        (None, Protection::Code, [only]) => Ok(Some(only.clone())),
        (None, Protection::Code, _) => Err(finding(
            "/recipient",
            "is needed: the export does not have exactly one address that a code could go to",
        )),
        (None, _, _) => Ok(None),
    }
}

pub(super) fn finding(pointer: &str, detail: impl Into<String>) -> Problem {
    Problem::invalid_request(vec![Finding { pointer: pointer.into(), detail: detail.into() }])
}

/// When a link made `now` ends: after its lifetime, but never after the archive; `None` if there is no archive any more.
pub(super) fn expiry(export: &Export, now: DateTime<Utc>, lifetime: TimeDelta) -> Option<DateTime<Utc>> {
    if export.state != State::Ready {
        return None;
    }
    let wished = now.checked_add_signed(lifetime)?.trunc_subsecs(6);
    let end = export.expires_at.map_or(wished, |archive| archive.min(wished));
    (end > now).then_some(end)
}

pub(super) fn not_ready(export: &Export) -> Problem {
    let detail = match export.state {
        State::Queued | State::Running => "The export is not finished yet. Follow it and ask again when it is ready.",
        State::Ready | State::Expired => "The archive's time is over. Ask for a new export.",
        State::Failed | State::Cancelled => "The export ended without an archive. Ask for a new one.",
    };
    Problem::new(StatusCode::CONFLICT, "export_not_ready", "There is no archive to link to", detail)
}
