//! Downloading without a mailed link: for the product's portal, where its own people are signed in, and for programs.

use super::{
    exports::{refused, visible},
    links, parse_id,
};
use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    body,
    pages::download::{
        archive::{self, Refused},
        delivery::{self, RESUMABLE, Way},
    },
    problem::Problem,
    server::PublicUrl,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Payload},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shared::{
    clock,
    ledger::{
        exports::Export,
        links::{Link, insert},
    },
    link::Protection,
};
use utoipa::ToSchema;
use uuid::Uuid;

/// A request for a download.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DownloadRequest {
    /// The file's path in an archive that is laid out as files; a ZIP needs none.
    #[schema(example = "csv/orders.csv.zst")]
    file: Option<String>,
}

/// A download that was counted and may begin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Download)]
pub(crate) struct DownloadView {
    /// Where to send the browser: it needs no credential, and gives this file alone. Shown only here.
    #[schema(format = "uri")]
    url: String,
    /// By when it has to begin.
    begin_before: DateTime<Utc>,
    /// The name of the file in the archive.
    file: String,
    /// Its size.
    bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    sha256: String,
}

/// Download a ready export's archive, or one file of it
///
/// Gives an address of minutes. It is counted and written to the audit under the caller's own name before the first byte leaves.
#[utoipa::path(post, path = "/v1/exports/{id}/download", operation_id = "download_export", tag = "links", request_body(content = DownloadRequest, description = "May be left out for a ZIP"),
    params(("id" = Uuid, Path, description = "The export's number")),
    responses(
        (status = 201, body = DownloadView, description = "The address; it is shown this once"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`export_not_found`: unknown, or not this key's"),
        (status = 409, description = "`export_not_ready`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`: the archive has several files, and none of this name"),
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
    let wish: DownloadRequest = body::read_or_default(&request, payload).await?;
    let export = visible(&context, &access, id).await?;
    let now = clock::now();
    if let Err(problem) = access.require_fresh(export.subject.0.as_ref(), now) {
        return Err(refused(&access, &context, problem).await?);
    }
    let link = link(&context, &export, now).ok_or_else(|| links::not_ready(&export))?;
    let archive = archive::of_link(&context, link, now).await.map_err(|refused| problem(refused, &export))?;
    let file = archive
        .file(wish.file.as_deref())
        .ok_or_else(|| links::finding("/file", "must name one of the archive's files, as the export lists them"))?;
    insert(&context.ledger, &archive.link, access.actor()).await?;
    let way = delivery::begin(&context, &archive, file, access.actor(), now).await;
    let url = match way.map_err(|refused| problem(refused, &export))? {
        Way::Vault(address) => address,
        Way::Here(ticket) => public_url.0.join(&format!("f/{}", ticket.expose_secret())).map_err(Problem::internal)?,
    };
    let lifetime = TimeDelta::from_std(context.config.links.presigned_lifetime).map_err(Problem::internal)?;
    let view = DownloadView {
        url: url.into(),
        begin_before: (now + lifetime).min(archive.until),
        file: file.name.clone(),
        bytes: file.bytes.unsigned_abs(),
        sha256: hex::encode(&file.sha256),
    };
    Ok(HttpResponse::Created().json(view))
}

/// The link of this one download. Nobody learns its token, and it gives nothing away without a caller; so the download can be revoked, and is found, like any other.
fn link(context: &Context, export: &Export, now: DateTime<Utc>) -> Option<Link> {
    let (_, signed) = context.signer.mint();
    Some(Link {
        id: Uuid::now_v7(),
        export_id: export.id,
        token_hash: signed.hash.to_vec(),
        created_at: now,
        expires_at: links::expiry(export, now, RESUMABLE)?,
        revoked_at: None,
        downloads: 0,
        download_limit: Some(1),
        protection: Protection::SignedIn,
        recipient: None,
    })
}

fn problem(refused: Refused, export: &Export) -> Problem {
    match refused {
        Refused::Failed(problem) => problem,
        // The archive ended while it was asked for.
        _ => links::not_ready(export),
    }
}
