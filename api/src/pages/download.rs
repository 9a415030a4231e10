//! The page behind a link, and the click that counts.
//!
//! Looking at the page consumes nothing, since mail scanners follow links; only the button's POST is counted. It leads to the
//! bytes: at the vault, or here under a ticket that may be asked again and again until the file has arrived.

mod about;
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

use super::{
    frame::Frame,
    refusal::{Refusal, form_refused, ledger_failure, sign_in},
};
use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    exchange,
    form::Form,
    problem::Problem,
};
use about::About;
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
use refusal::refuse;
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::{clock, export::Layout, ledger::downloads};
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
    frame: &'a Frame,
    about: About<'a>,
    file_name: &'a str,
    size: String,
    sha256: String,
}

impl DownloadPage<'_> {
    /// The file's name as a word in a terminal.
    fn quoted(&self) -> String {
        let is_plain = self.file_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if is_plain { self.file_name.to_owned() } else { format!("\"{}\"", self.file_name) }
    }
}

/// The page behind a link
///
/// Looking at it consumes nothing. Of a link that asks for a code, or for a caller who is signed in, it shows only that.
#[utoipa::path(get, path = "/d/{token}", operation_id = "show_download", tag = "download", params(("token" = String, Path, description = "The signed token"), ("lang" = Option<String>, Query, description = "The language of the page, as in `de`; default the best that the browser asks for")),
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
    let frame = Frame::of(&context, &request, &archive.export);
    match gate::of(&context, &request, &token, &archive, caller.as_ref(), now) {
        Gate::Open => page(&context, &request, &frame, &archive).await,
        Gate::Code => code::page(&context, &request, &frame, &token, &archive, now).await,
        Gate::SignIn => sign_in(&frame, StatusCode::OK),
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
    let frame = Frame::of(&context, &request, &archive.export);
    let wanted = match form {
        Ok(form) => form.into_inner().file,
        Err(problem) => return form_refused(&frame, &request, &problem),
    };
    let closed = match gate::of(&context, &request, &token, &archive, caller.as_ref(), now) {
        Gate::Open => None,
        Gate::Code => Some(("code_needed", code_needed(&frame))),
        Gate::SignIn => Some(("sign_in_needed", sign_in(&frame, StatusCode::FORBIDDEN))),
    };
    if let Some((reason, response)) = closed {
        return match refusal::told(&context, &request, reason, Some(&archive.link)).await {
            Ok(()) => response,
            Err(answer) => answer,
        };
    }
    let Some(file) = archive.file(wanted.as_deref()) else {
        return Refusal::new(&frame, "refusal-which-file", &["refusal-which-file-why"]).answer(StatusCode::BAD_REQUEST);
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

/// 403: the link asks for a code that was not given yet, or too long ago.
fn code_needed(frame: &Frame) -> HttpResponse {
    Refusal::new(frame, "refusal-code-needed", &["refusal-code-needed-why"]).answer(StatusCode::FORBIDDEN)
}

fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

async fn page(context: &Data<Context>, request: &HttpRequest, frame: &Frame, archive: &Archive) -> HttpResponse {
    let taken = match downloads::of_link(&context.ledger, archive.link.id).await {
        Ok(taken) => taken,
        Err(error) => return ledger_failure(frame, request, error),
    };
    if archive.files.iter().all(|file| archive.is_used_up(&file.name, &taken)) {
        return refuse(context, request, Refused::UsedUp(archive.link.clone())).await;
    }
    let vault = content::origin(context, archive).await;
    let about = match About::of(context, request, frame, archive).await {
        Ok(about) => about,
        Err(error) => return ledger_failure(frame, request, error),
    };
    // Browsers hold the redirect that answers a form against `form-action` too.
    let (Layout::Zip, [file]) = (archive.export.layout, archive.files.as_slice()) else {
        return frame.answer(StatusCode::OK, &ListPage::new(about, archive, &taken), vault.as_deref());
    };
    let page = DownloadPage {
        frame,
        about,
        file_name: &file.name,
        size: frame.size(file.bytes.unsigned_abs()),
        sha256: hex::encode(&file.sha256),
    };
    frame.answer(StatusCode::OK, &page, vault.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::language::Language;

    fn example<'a>(frame: &'a Frame, file_name: &'a str) -> DownloadPage<'a> {
        let about = About::example(frame);
        DownloadPage { frame, about, file_name, size: frame.size(12_345_678), sha256: "ab".repeat(32) }
    }

    #[test]
    fn the_page_says_what_there_is_and_how_to_open_it_in_every_language() {
        for language in Language::ALL {
            let frame = Frame::example(*language, "CepPro");
            let page = example(&frame, "export.zip").render().unwrap();
            let lead = frame.say_product("page-lead-all");
            for text in [
                "CepPro",
                &lead,
                "export.zip",
                &frame.size(12_345_678),
                &frame.number(12_035),
                &frame.count("page-limit", 1),
                &frame.count("page-contents-excluded", 2),
                &frame.say("page-open-unpack-how"),
                &frame.say("page-open-spreadsheet-how"),
                &frame.say("page-category-other"),
                "psql x",
                "value=\"a-token\"",
                "sha256sum export.zip",
                &"ab".repeat(32),
            ] {
                assert!(page.contains(text), "{language}: {text}\n{page}");
            }
            assert_eq!(page.matches("<form").count(), 1);
            assert!(page.contains("method=\"post\"") && page.len() < 30_000, "{}", page.len());
        }
    }

    #[test]
    fn a_name_cannot_bring_markup_along() {
        let frame = Frame::example(Language::English, "<b>Shop & Co</b>");
        let page = example(&frame, "\"><script>alert(1)</script>.zip").render().unwrap();
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn a_locked_archive_comes_with_the_command_that_opens_it() {
        let frame = Frame::example(Language::English, "CepPro");
        let key = |label: &str| locked::Key { label: label.into(), short: "age1abcdefgh…uvwxyz".into() };
        let (keys, file) = (vec![key("Safe"), key("<b>laptop</b>")], "export.zip.age".to_owned());
        let locked = locked::Locked { keys, key_file: "key.txt", opened: "export.zip".into(), file };
        let mut page = example(&frame, "export.zip.age");
        page.about.locked = Some(locked);
        let page = page.render().unwrap();
        let command = "age --decrypt -i key.txt -o export.zip export.zip.age";
        for text in [command, "Safe", "age1abcdefgh…uvwxyz", "encrypted ZIP file", "can’t open it"] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("<b>") && !page.contains("//") && !page.contains("style="));
    }

    #[test]
    fn the_page_names_no_other_server() {
        let frame = Frame::example(Language::German, "CepPro");
        let page = example(&frame, "export.zip").render().unwrap();
        assert!(!page.contains("//"), "an absolute address");
        assert!(!page.contains("style="), "the policy forbids inline styles");
    }
}
