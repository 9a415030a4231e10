//! The page behind a link, and the click that counts.
//!
//! Looking at the page consumes nothing, since mail scanners follow links; only the button's POST is counted. It leads to the
//! bytes: at the vault, or here under a ticket that may be asked again and again until the file has arrived.

pub(crate) mod archive;
pub(crate) mod code;
mod conditions;
mod content;
pub(crate) mod delivery;
pub(crate) mod file;
mod gate;
mod list;
mod locked;
mod refusal;
pub(crate) mod serving;

use super::{code_needed, form_refused, html, ledger_failure, sign_in, which_file};
use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    exchange,
    form::{self, Form},
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use archive::{Archive, Refused};
use askama::Template;
use delivery::Way;
use gate::Gate;
use list::ListPage;
use locked::Locked;
use refusal::refuse;
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::{
    clock, display,
    export::{CsvProfile, Format, Layout},
    ledger::downloads,
};
use utoipa::ToSchema;

/// Which file is wanted.
#[derive(Debug, Deserialize, ToSchema)]
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
    csrf: String,
    /// How often it may be downloaded, in words; empty for any number of times.
    limit: String,
    locked: Option<Locked>,
}

/// The page behind a link
///
/// Looking at it consumes nothing. Of a link that asks for a code, or for a caller who is signed in, it shows only that.
#[utoipa::path(get, path = "/d/{token}", operation_id = "show_download", tag = "download", params(("token" = String, Path, description = "The signed token")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "What can be downloaded, and the button; or what is to be done before"),
        (status = 404, body = String, content_type = "text/html", description = "No such link: forged, cut off or unknown"),
        (status = 410, body = String, content_type = "text/html", description = "The link is expired, revoked or used up, or its archive is deleted"),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "Try again shortly"),
    ))]
pub(crate) async fn show(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    caller: Option<Authorized<ExportsWrite>>,
) -> HttpResponse {
    let now = clock::now();
    let archive = match archive::behind(&context, &token, now).await {
        Ok(archive) => archive,
        Err(refused) => return refuse(&context, &request, refused).await,
    };
    match gate::of(&context, &request, &token, &archive, caller.as_ref(), now) {
        Gate::Open => page(&context, &request, &archive).await,
        Gate::Code => code::page(&context, &request, &token, &archive, now).await,
        Gate::SignIn => sign_in(&context, StatusCode::OK),
    }
}

/// The page behind a link, without its body
#[utoipa::path(head, path = "/d/{token}", operation_id = "peek_download", tag = "download", params(("token" = String, Path, description = "The signed token")),
    responses(
        (status = 200, description = "The link counts"),
        (status = 404, description = "No such link: forged, cut off or unknown"),
        (status = 410, description = "The link is expired, revoked or used up, or its archive is deleted"),
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
        (status = 303, description = "To the archive or the file: in the vault, or here under a ticket; it has to begin within minutes", headers(("Location" = String))),
        (status = 400, body = String, content_type = "text/html", description = "The archive has several files, and none of this name"),
        (status = 403, body = String, content_type = "text/html", description = "The link asks for a code or for a caller who is signed in, or the form does not come from its page"),
        (status = 404, body = String, content_type = "text/html", description = "No such link: forged, cut off or unknown"),
        (status = 410, body = String, content_type = "text/html", description = "The link is expired, revoked or used up, or its archive is deleted"),
        (status = 413, body = String, content_type = "text/html", description = "The form is too large"),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "The archive cannot be reached right now; nothing was counted"),
    ))]
pub(crate) async fn download(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    caller: Option<Authorized<ExportsWrite>>,
    form: Result<Form<FileForm>, Problem>,
) -> HttpResponse {
    let now = clock::now();
    let archive = match archive::behind(&context, &token, now).await {
        Ok(archive) => archive,
        Err(refused) => return refuse(&context, &request, refused).await,
    };
    let wanted = match form {
        Ok(form) => form.into_inner().file,
        Err(problem) => return form_refused(&context, &problem),
    };
    let closed = match gate::of(&context, &request, &token, &archive, caller.as_ref(), now) {
        Gate::Open => None,
        Gate::Code => Some(("code_needed", code_needed(&context))),
        Gate::SignIn => Some(("sign_in_needed", sign_in(&context, StatusCode::FORBIDDEN))),
    };
    if let Some((reason, response)) = closed {
        return match refusal::told(&context, &request, reason, Some(&archive.link)).await {
            Ok(()) => response,
            Err(answer) => answer,
        };
    }
    let Some(file) = archive.file(wanted.as_deref()) else {
        return which_file(&context);
    };
    // Who is known is told by name; who came by the link alone, by the link.
    let actor = match caller {
        Some(caller) if caller.seeing(Some(archive.export.clone())).is_some() => caller.actor(),
        _ => exchange::actor(&request, format!("link:{}", archive.link.id)),
    };
    match delivery::begin(&context, &archive, file, actor, now).await {
        Ok(Way::Vault(address)) => to(address.as_str()),
        Ok(Way::Here(ticket)) => to(&format!("../f/{}", ticket.expose_secret())),
        Err(refused) => refuse(&context, &request, refused).await,
    }
}

fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

async fn page(context: &Data<Context>, request: &HttpRequest, archive: &Archive) -> HttpResponse {
    let taken = match downloads::of_link(&context.ledger, archive.link.id).await {
        Ok(taken) => taken,
        Err(error) => return ledger_failure(context, error),
    };
    if archive.files.iter().all(|file| archive.is_used_up(&file.name, &taken)) {
        return refuse(context, request, Refused::UsedUp(archive.link.clone())).await;
    }
    let vault = content::origin(context, archive).await;
    let csrf = form::token(&context.signer, request);
    let locked = match Locked::of(context, archive).await {
        Ok(locked) => locked,
        Err(error) => return ledger_failure(context, error),
    };
    let (Layout::Zip, [file]) = (archive.export.layout, archive.files.as_slice()) else {
        return html(StatusCode::OK, &ListPage::new(context, archive, &taken, csrf, locked), vault.as_deref());
    };
    let page = DownloadPage {
        product: &context.config.product,
        contents: contents(&archive.export.formats.0, archive.export.csv_profile),
        file_name: &file.name,
        size: display::size(file.bytes.unsigned_abs()),
        made: display::moment(file.created_at),
        expires: display::moment(archive.until),
        sha256: hex::encode(&file.sha256),
        csrf,
        limit: limit(archive.link.download_limit),
        locked,
    };
    // Browsers hold the redirect that answers a form against `form-action` too.
    html(StatusCode::OK, &page, vault.as_deref())
}

/// `once`, `3 times`, or nothing.
fn limit(downloads: Option<i64>) -> String {
    match downloads {
        None => String::new(),
        Some(1) => "once".to_owned(),
        Some(times) => format!("{times} times"),
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
            csrf: "a-token".into(),
            limit: limit(Some(1)),
            locked: None,
        }
    }

    #[test]
    fn the_page_says_what_there_is_and_offers_one_button() {
        let page = example("CepPro", "export.zip").render().unwrap();
        for text in [
            "CepPro",
            "export.zip",
            "12.3 MB",
            "once",
            "value=\"a-token\"",
            "1 January 1970, 00:00 UTC",
            &"ab".repeat(32),
        ] {
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
