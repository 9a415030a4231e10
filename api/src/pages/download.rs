//! The page behind a link, and the download behind its button.
//!
//! Looking at the page consumes nothing, since mail scanners follow links; only the button's POST is counted. The link
//! itself is what authorises, and there is no cookie, so a form on another site gains nothing by sending it.

mod archive;
mod content;
mod list;
mod locked;

use super::{failure, html, ledger_failure, link_is_over, link_not_found, which_file};
use crate::{Context, exchange, problem::Problem, throttle};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Data, Path},
};
use archive::{Archive, Refused};
use askama::Template;
use content::Content;
use list::ListPage;
use locked::Locked;
use shared::{
    clock, display,
    export::{CsvProfile, Format, Layout},
    ledger::{
        audit::{self, NewEvent},
        links,
    },
    vault::attachment,
};
use url::form_urlencoded;
use utoipa::ToSchema;

/// Which file is wanted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the form, which is read leniently")]
pub(crate) struct FileForm {
    /// Its path in the archive, as the page and the API name it.
    #[schema(example = "csv/orders.csv.zst")]
    file: Option<String>,
}

/// What a person sees before the download.
#[derive(Template)]
#[template(path = "download.html")]
struct DownloadPage<'a> {
    product: &'a str,
    contents: String,
    file_name: &'a str,
    size: String,
    made: String,
    expires: String,
    sha256: String,
    locked: Option<Locked>,
}

/// The page behind a link
///
/// Looking at it consumes nothing.
#[utoipa::path(get, path = "/d/{token}", operation_id = "show_download", tag = "download", params(("token" = String, Path, description = "The signed token")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "What can be downloaded, and the button"),
        (status = 404, body = String, content_type = "text/html", description = "No such link: forged, cut off or unknown"),
        (status = 410, body = String, content_type = "text/html", description = "The link is expired or revoked, or its archive is deleted"),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "Try again shortly"),
    ))]
pub(crate) async fn show(context: Data<Context>, request: HttpRequest, token: Path<String>) -> HttpResponse {
    match archive::behind(&context, &token, clock::now()).await {
        Ok(archive) => page(&context, &archive).await,
        Err(refused) => refuse(&context, &request, refused).await,
    }
}

/// The page behind a link, without its body
#[utoipa::path(head, path = "/d/{token}", operation_id = "peek_download", tag = "download", params(("token" = String, Path, description = "The signed token")),
    responses(
        (status = 200, description = "The link counts"),
        (status = 404, description = "No such link: forged, cut off or unknown"),
        (status = 410, description = "The link is expired or revoked, or its archive is deleted"),
        (status = 500, description = "A fault of this program"),
        (status = 503, description = "Try again shortly"),
    ))]
#[expect(dead_code, reason = "documents HEAD, which `show` answers")]
pub(crate) async fn peek() {}

/// Download the archive, or one file of it
///
/// The form's field `file` names the file of an archive that is laid out as files; a ZIP needs none. Counted and written to the audit before the first byte leaves.
#[utoipa::path(post, path = "/d/{token}", operation_id = "download", tag = "download", params(("token" = String, Path, description = "The signed token")),
    request_body(content = Option<FileForm>, content_type = "application/x-www-form-urlencoded", description = "Which file"),
    responses(
        (status = 200, description = "The archive or the file, where the vault is a folder", content(
            (Vec<u8> = "application/zip"), (Vec<u8> = "application/zstd"), (Vec<u8> = "application/gzip"), (Vec<u8> = "application/json"),
            (Vec<u8> = "text/html"), (Vec<u8> = "text/plain"), (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/vnd.age"),
        )),
        (status = 303, description = "To the archive or the file in the vault, for minutes", headers(("Location" = String))),
        (status = 400, body = String, content_type = "text/html", description = "The archive has several files, and none of this name"),
        (status = 404, body = String, content_type = "text/html", description = "No such link: forged, cut off or unknown"),
        (status = 410, body = String, content_type = "text/html", description = "The link is expired or revoked, or its archive is deleted"),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "The archive cannot be reached right now; nothing was counted"),
    ))]
pub(crate) async fn download(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    form: Bytes,
) -> HttpResponse {
    let now = clock::now();
    let archive = match archive::behind(&context, &token, now).await {
        Ok(archive) => archive,
        Err(refused) => return refuse(&context, &request, refused).await,
    };
    let wanted = form_urlencoded::parse(&form).find(|(field, _)| field == "file").map(|(_, name)| name);
    let Some(file) = archive.file(wanted.as_deref()) else {
        return which_file(&context);
    };
    // Opened before it is counted: a vault that is down costs nobody a download.
    let content = match content::open(&context, &archive, file, None, now).await {
        Ok(content) => content,
        Err(problem) => return failure(&context, &problem),
    };
    let actor = exchange::actor(&request, format!("link:{}", archive.link.id));
    match links::download(&context.ledger, archive.link.id, &file.name, actor, now).await {
        Ok(true) => {}
        // Revoked or expired since it was looked at.
        Ok(false) => {
            let refused = match archive::behind(&context, &token, clock::now()).await {
                Err(refused) => refused,
                Ok(archive) => Refused::Deleted(archive.link),
            };
            return refuse(&context, &request, refused).await;
        }
        Err(error) => return ledger_failure(&context, error),
    }
    match content {
        Content::Elsewhere(address) => {
            HttpResponse::SeeOther().insert_header((header::LOCATION, address.as_str())).finish()
        }
        Content::Here(stream) => HttpResponse::Ok()
            .content_type(file.content_type.as_str())
            .insert_header((header::CONTENT_DISPOSITION, attachment(content::saved_as(file))))
            .insert_header((header::ACCEPT_RANGES, "none"))
            .body(stream),
    }
}

async fn page(context: &Context, archive: &Archive) -> HttpResponse {
    let vault = content::origin(context, archive).await;
    let locked = match Locked::of(context, archive).await {
        Ok(locked) => locked,
        Err(error) => return ledger_failure(context, error),
    };
    let (Layout::Zip, [file]) = (archive.export.layout, archive.files.as_slice()) else {
        return html(StatusCode::OK, &ListPage::new(context, archive, locked), vault.as_deref());
    };
    let page = DownloadPage {
        product: &context.config.product,
        contents: contents(&archive.export.formats.0, archive.export.csv_profile),
        file_name: &file.name,
        size: display::size(file.bytes.unsigned_abs()),
        made: display::moment(file.created_at),
        expires: display::moment(archive.until),
        sha256: hex::encode(&file.sha256),
        locked,
    };
    // Browsers hold the redirect that answers a form against `form-action` too.
    html(StatusCode::OK, &page, vault.as_deref())
}

async fn refuse(context: &Data<Context>, request: &HttpRequest, refused: Refused) -> HttpResponse {
    let (reason, link, response) = match refused {
        Refused::Failed(problem) => return failure(context, &problem),
        Refused::Forged => ("forged", None, link_not_found(context.clone()).await),
        Refused::Unknown => ("unknown", None, link_not_found(context.clone()).await),
        Refused::Revoked(link) => (
            "revoked",
            Some(link),
            link_is_over(
                context,
                "This link was withdrawn",
                "Somebody who may do so has withdrawn it, so that nobody can use it any more.",
            ),
        ),
        Refused::Expired(link) => (
            "expired",
            Some(link),
            link_is_over(
                context,
                "This link has expired",
                "Links count for a limited time, so that an old mail in the wrong hands leads nowhere.",
            ),
        ),
        Refused::Deleted(link) => (
            "deleted",
            Some(link),
            link_is_over(
                context,
                "This archive was deleted",
                "Archives are kept for a limited time only and then deleted.",
            ),
        ),
    };
    let name = match &link {
        Some(link) => format!("link:{}", link.id),
        None => "link:unknown".to_owned(),
    };
    // Forged ones can be made in any number: of many, few are written down, with how many were not.
    let unwritten = if reason == "forged" {
        match throttle::forged_link(request) {
            Some(unwritten) => unwritten,
            None => return response,
        }
    } else {
        0
    };
    let mut detail = serde_json::json!({ "reason": reason, "method": request.method().as_str() });
    if unwritten > 0 {
        detail["unwritten"] = unwritten.into();
    }
    let event = NewEvent {
        actor: exchange::actor(request, name),
        action: "link.refused",
        export_id: link.map(|link| link.export_id),
        source: None,
        tenant: None,
        detail,
    };
    match audit::record(&context.ledger, event, clock::now()).await {
        Ok(()) => response,
        Err(error) => ledger_failure(context, error),
    }
}

fn contents(formats: &[Format], profile: CsvProfile) -> String {
    let shapes = [
        (Format::Csv, if profile == CsvProfile::Spreadsheet { "tables for a spreadsheet (CSV)" } else { "CSV tables" }),
        (Format::Sql, "an SQL dump"),
        (Format::Jsonl, "JSON Lines"),
    ];
    let named: Vec<&str> =
        shapes.iter().filter(|(format, _)| formats.contains(format)).map(|(_, name)| *name).collect();
    match named.as_slice() {
        [] => "Your data".to_owned(),
        [only] => format!("Your data as {only}"),
        [most @ .., last] => format!("Your data as {} and as {last}", most.join(", as ")),
    }
}

impl From<shared::ledger::LedgerError> for Refused {
    fn from(error: shared::ledger::LedgerError) -> Self {
        Self::Failed(Problem::from(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn example<'a>(product: &'a str, file_name: &'a str) -> DownloadPage<'a> {
        DownloadPage {
            product,
            contents: contents(&[Format::Csv, Format::Sql], CsvProfile::Lossless),
            file_name,
            size: display::size(12_345_678),
            made: display::moment(DateTime::UNIX_EPOCH),
            expires: display::moment(DateTime::UNIX_EPOCH),
            sha256: "ab".repeat(32),
            locked: None,
        }
    }

    #[test]
    fn the_page_says_what_there_is_and_offers_one_button() {
        let page = example("CepPro", "export.zip").render().unwrap();
        for text in ["CepPro", "export.zip", "12.3 MB", "1 January 1970, 00:00 UTC", &"ab".repeat(32)] {
            assert!(page.contains(text), "{text}");
        }
        assert_eq!(page.matches("<form").count(), 1);
        assert!(page.contains("method=\"post\""));
    }

    #[test]
    fn a_name_cannot_bring_markup_along() {
        let page = example("<b>Shop & Co</b>", "\"><script>alert(1)</script>.zip").render().unwrap();
        assert!(!page.contains("<script"));
        assert!(!page.contains("<b>"));
    }

    #[test]
    fn a_locked_archive_comes_with_the_command_that_opens_it() {
        let key = |label: &str| locked::Key { label: label.into(), short: "age1abcdefgh…uvwxyz".into() };
        let (keys, file) = (vec![key("Safe"), key("<b>laptop</b>")], "export.zip.age".to_owned());
        let locked = Locked { keys, key_file: "key.txt", opened: "export.zip".into(), file };
        let page = DownloadPage { locked: Some(locked), ..example("CepPro", "export.zip.age") }.render().unwrap();
        let command = "age --decrypt -i key.txt -o export.zip export.zip.age";
        for text in [command, "Safe", "age1abcdefgh…uvwxyz", "encrypted ZIP file", "can’t open it"] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("<b>") && !page.contains("//") && !page.contains("style="));
    }

    #[test]
    fn the_page_names_no_other_server() {
        let page = example("CepPro", "export.zip").render().unwrap();
        assert!(!page.contains("//"), "an absolute address");
        assert!(!page.contains("style="), "the policy forbids inline styles");
    }

    #[test]
    fn the_contents_are_named_for_every_choice() {
        assert_eq!(contents(&[Format::Sql], CsvProfile::Spreadsheet), "Your data as an SQL dump");
        assert_eq!(contents(&[Format::Csv], CsvProfile::Lossless), "Your data as CSV tables");
        let all = contents(Format::ALL, CsvProfile::Lossless);
        assert_eq!(all, "Your data as CSV tables, as an SQL dump and as JSON Lines");
        let both = contents(&[Format::Csv, Format::Sql], CsvProfile::Spreadsheet);
        assert_eq!(both, "Your data as tables for a spreadsheet (CSV) and as an SQL dump");
    }
}
