//! The bytes behind a ticket: GET and HEAD, whole or in part, as often as it takes until the file has arrived.

use super::{
    archive::{self, Archive, Refused},
    conditions::{Answer, Validators},
    content::{self, Content},
    refusal::refuse,
    serving::{Endings, Serving},
};
use crate::{Context, exchange, range::Wanted};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{Method, StatusCode, header},
    web::{Bytes, Data, Path},
};
use futures::stream;
use shared::{
    clock,
    ledger::{
        downloads::{self, Download, Served},
        files::File,
        links,
    },
    vault::attachment,
};
use std::{convert::Infallible, ops::Range};

/// A download gives its file at most so many times over, in parts or whole: enough for a connection that breaks again and again, and not for handing the address round.
const TIMES: u64 = 5;

/// Tells nginx and its like not to keep gigabytes of an archive on their disk, where they would count as sent.
const UNBUFFERED: (&str, &str) = ("x-accel-buffering", "no");

/// The bytes of a download
///
/// The address that the button, or `download_export`, leads to. A download that broke off is taken up again with `Range`; several ranges at once are answered with the whole.
#[utoipa::path(get, path = "/f/{ticket}", operation_id = "fetch_download", tag = "download",
    params(
        ("ticket" = String, Path, description = "The signed ticket"),
        ("Range" = Option<String>, Header, description = "One range of bytes (RFC 9110)"),
        ("If-Range" = Option<String>, Header, description = "The `ETag` or `Last-Modified` of the bytes that are there already"),
    ),
    responses(
        (status = 200, description = "The archive or the file", headers(("accept-ranges" = String), ("etag" = String, description = "Its SHA-256"), ("last-modified" = String)), content(
            (Vec<u8> = "application/zip"), (Vec<u8> = "application/zstd"), (Vec<u8> = "application/gzip"), (Vec<u8> = "application/json"),
            (Vec<u8> = "text/html"), (Vec<u8> = "text/plain"), (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/vnd.age"),
        )),
        (status = 206, description = "The range", headers(("content-range" = String), ("etag" = String), ("last-modified" = String)), content(
            (Vec<u8> = "application/zip"), (Vec<u8> = "application/zstd"), (Vec<u8> = "application/gzip"), (Vec<u8> = "application/json"),
            (Vec<u8> = "text/html"), (Vec<u8> = "text/plain"), (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/vnd.age"),
        )),
        (status = 303, description = "The file is in the vault now", headers(("Location" = String))),
        (status = 304, description = "`If-None-Match` or `If-Modified-Since`: the client has it"),
        (status = 404, body = String, content_type = "text/html", description = "No such ticket: forged, cut off or unknown"),
        (status = 410, body = String, content_type = "text/html", description = "The download is over, the link is expired or revoked, or its archive is deleted"),
        (status = 412, description = "`precondition_failed`: `If-Match` or `If-Unmodified-Since`"),
        (status = 416, description = "`range_not_satisfiable`: the range begins beyond the end", headers(("content-range" = String))),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "The archive cannot be reached right now"),
    ))]
pub(crate) async fn fetch(
    context: Data<Context>,
    endings: Data<Endings>,
    request: HttpRequest,
    ticket: Path<String>,
) -> HttpResponse {
    let (download, archive) = match behind(&context, &ticket).await {
        Ok(found) => found,
        Err(refused) => return refuse(&context, &request, refused).await,
    };
    let Some(file) = archive.file(Some(&download.file)) else {
        return refuse(&context, &request, Refused::Deleted(archive.link)).await;
    };
    let (validators, length) = (Validators::of(file), file.bytes.unsigned_abs());
    let is_get = *request.method() == Method::GET;
    let wanted = match validators.answer(&request, is_get) {
        Answer::Bytes(wanted) => wanted,
        Answer::NotModified => return described(HttpResponse::NotModified(), &validators).finish(),
        Answer::Failed => return described(HttpResponse::PreconditionFailed(), &validators).finish(),
    };
    let part = match wanted {
        Wanted::Whole => None,
        Wanted::Part(part) => Some(part),
        Wanted::Nowhere => {
            return described(HttpResponse::RangeNotSatisfiable(), &validators)
                .insert_header((header::CONTENT_RANGE, format!("bytes */{length}")))
                .finish();
        }
    };
    if !is_get {
        let nothing = stream::empty::<Result<Bytes, Infallible>>();
        return of_file(StatusCode::OK, file, &validators).body(SizedStream::new(length, nothing));
    }
    match serve(&context, &endings, &request, &download, &archive, file, part.clone()).await {
        Ok(Sent::Elsewhere(address)) => {
            HttpResponse::SeeOther().insert_header((header::LOCATION, address.as_str())).finish()
        }
        Ok(Sent::Here(serving)) => match part {
            None => of_file(StatusCode::OK, file, &validators).body(serving),
            Some(Range { start, end }) => of_file(StatusCode::PARTIAL_CONTENT, file, &validators)
                .insert_header((header::CONTENT_RANGE, format!("bytes {start}-{}/{length}", end.saturating_sub(1))))
                .body(serving),
        },
        Err(refused) => refuse(&context, &request, refused).await,
    }
}

/// The headers of a download, without its bytes
#[utoipa::path(head, path = "/f/{ticket}", operation_id = "peek_download_file", tag = "download", params(("ticket" = String, Path, description = "The signed ticket")),
    responses(
        (status = 200, description = "It can be fetched", headers(("accept-ranges" = String), ("etag" = String), ("last-modified" = String))),
        (status = 304, description = "`If-None-Match` or `If-Modified-Since`: the client has it"),
        (status = 404, description = "No such ticket: forged, cut off or unknown"),
        (status = 410, description = "The download is over, the link is expired or revoked, or its archive is deleted"),
        (status = 412, description = "`If-Match` or `If-Unmodified-Since`"),
        (status = 500, description = "A fault of this program"),
        (status = 503, description = "Try again shortly"),
    ))]
#[expect(dead_code, reason = "documents HEAD, which `fetch` answers")]
pub(crate) async fn peek() {}

/// What a ticket leads to, as of now; changes nothing.
async fn behind(context: &Context, ticket: &str) -> Result<(Download, Archive), Refused> {
    let now = clock::now();
    let signed = context.signer.check(ticket).ok_or(Refused::Forged)?;
    let download = downloads::find_by_ticket(&context.ledger, &signed.hash).await?.ok_or(Refused::Unknown)?;
    let link = links::find(&context.ledger, download.link_id).await?.ok_or(Refused::Unknown)?;
    let archive = archive::of_link(context, link, now).await?;
    if !download.counts(now) {
        return Err(Refused::Over(archive.link));
    }
    Ok((download, archive))
}

enum Sent {
    Elsewhere(url::Url),
    Here(Serving),
}

/// Opens the file, and only then promises its bytes: a vault that is down uses nothing up.
async fn serve(
    context: &Context,
    endings: &Data<Endings>,
    request: &HttpRequest,
    download: &Download,
    archive: &Archive,
    file: &File,
    part: Option<Range<u64>>,
) -> Result<Sent, Refused> {
    let (now, length) = (clock::now(), file.bytes.unsigned_abs());
    let Range { start, end } = part.clone().unwrap_or(0..length);
    let body = match content::open(context, archive, file, part, now).await.map_err(Refused::Failed)? {
        Content::Here(body) => body,
        Content::Elsewhere(address) => return Ok(Sent::Elsewhere(address)),
    };
    let promised = end.saturating_sub(start);
    let most = length.saturating_mul(TIMES);
    if !downloads::promise(&context.ledger, download.id, promised, most, now).await? {
        return Err(Refused::Over(archive.link.clone()));
    }
    let served = Served {
        download: download.id,
        link: archive.link.id,
        export: archive.export.id,
        file: file.name.clone(),
        from: start,
        promised,
        sent: 0,
        to_the_end: end == length,
    };
    let actor = exchange::actor(request, format!("link:{}", archive.link.id));
    let awaited = endings.awaited();
    let (ledger, endings) = (context.ledger.clone(), endings.clone());
    Ok(Sent::Here(Serving { body, served, actor, ledger, endings, _awaited: awaited }))
}

fn described(mut response: HttpResponseBuilder, validators: &Validators) -> HttpResponseBuilder {
    response.insert_header(validators.tag()).insert_header(validators.modified());
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    response
}

fn of_file(status: StatusCode, file: &File, validators: &Validators) -> HttpResponseBuilder {
    let mut response = described(HttpResponse::build(status), validators);
    response
        .content_type(file.content_type.as_str())
        .insert_header((header::CONTENT_DISPOSITION, attachment(content::saved_as(file))))
        .insert_header(UNBUFFERED);
    response
}
