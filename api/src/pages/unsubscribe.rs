//! Stopping mails that nobody has to get: by a person who follows the address in such a mail, or by their mail program in one click (RFC 8058).
//!
//! Looking changes nothing, since mail scanners follow links; only a POST does. Whoever has the address may: it is signed, and names one reader of one kind of
//! mail by a hash.

use super::html;
use crate::{Context, exchange, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use askama::Template;
use shared::{
    clock,
    language::Language,
    ledger::{LedgerError, mail_refusals},
    reader::{Reader, Topic},
};

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Page<'a> {
    language: Language,
    product: &'a str,
    title: String,
    line: String,
    /// Where the form leads, and what its button says.
    button: Option<(String, String)>,
    up: &'a str,
}

/// What a reader is told.
enum Told {
    /// What pressing the button would do.
    Asked(Topic),
    /// That it was done.
    Stopped,
    /// That it was taken back.
    Wanted,
    /// That there is no such address.
    Unknown,
}

/// What the address in a mail stops
#[utoipa::path(get, path = "/u/{token}", operation_id = "show_unsubscribe", tag = "mail", params(("token" = String, Path, description = "The signed token of a mail")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "A page with a button; nothing was changed"),
        (status = 404, body = String, content_type = "text/html", description = "No such address: forged or cut off"),
    ))]
pub(crate) async fn show(context: Data<Context>, request: HttpRequest, token: Path<String>) -> HttpResponse {
    let Some(reader) = context.signer.unsubscribing(&token) else {
        return page(&context, &request, &Told::Unknown, "../", "");
    };
    match mail_refusals::is_refused(&context.ledger, reader).await {
        Ok(true) => page(&context, &request, &Told::Stopped, "../", &token),
        Ok(false) => page(&context, &request, &Told::Asked(reader.topic), "../", &token),
        Err(error) => failed(error),
    }
}

/// Stop such mails
///
/// By the page's button, or by the mail program in one click (RFC 8058): whatever the body says.
#[utoipa::path(post, path = "/u/{token}", operation_id = "unsubscribe", tag = "mail", params(("token" = String, Path, description = "The signed token of a mail")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "They are stopped, or were before"),
        (status = 404, body = String, content_type = "text/html", description = "No such address: forged or cut off"),
    ))]
pub(crate) async fn stop(context: Data<Context>, request: HttpRequest, token: Path<String>) -> HttpResponse {
    let Some(reader) = context.signer.unsubscribing(&token) else {
        return page(&context, &request, &Told::Unknown, "../", "");
    };
    let actor = exchange::actor(&request, name(reader));
    match mail_refusals::refuse(&context.ledger, reader, actor, clock::now()).await {
        Ok(()) => page(&context, &request, &Told::Stopped, "../", &token),
        Err(error) => failed(error),
    }
}

/// Send such mails again
#[utoipa::path(post, path = "/u/{token}/again", operation_id = "subscribe_again", tag = "mail", params(("token" = String, Path, description = "The signed token of a mail")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "They come again"),
        (status = 404, body = String, content_type = "text/html", description = "No such address: forged or cut off"),
    ))]
pub(crate) async fn again(context: Data<Context>, request: HttpRequest, token: Path<String>) -> HttpResponse {
    const UP: &str = "../../";
    let Some(reader) = context.signer.unsubscribing(&token) else {
        return page(&context, &request, &Told::Unknown, UP, "");
    };
    let actor = exchange::actor(&request, name(reader));
    match mail_refusals::withdraw(&context.ledger, reader, actor, clock::now()).await {
        Ok(()) => page(&context, &request, &Told::Wanted, UP, &token),
        Err(error) => failed(error),
    }
}

/// How the audit calls a reader: nobody can tell from it who that is, but it is the same each time.
fn name(reader: Reader) -> String {
    format!("reader:{}", hex::encode(&reader.hash[..8]))
}

fn page(context: &Context, request: &HttpRequest, told: &Told, up: &str, token: &str) -> HttpResponse {
    let otherwise = context.config.language;
    let tags = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|tags| tags.to_str().ok());
    let language = tags.map_or(otherwise, |tags| Language::wanted(tags, otherwise));
    let (title, line) = match told {
        Told::Asked(Topic::Reminders) => ("mail-stop-reminders", "mail-stop-reminders-what"),
        Told::Asked(Topic::Schedule) => ("mail-stop-schedule", "mail-stop-schedule-what"),
        Told::Stopped => ("mail-stopped", "mail-stopped-what"),
        Told::Wanted => ("mail-wanted", "mail-wanted-what"),
        Told::Unknown => ("mail-stop-unknown", "mail-stop-unknown-what"),
    };
    let button = match told {
        Told::Asked(_) => Some((format!("{up}u/{token}"), language.say("mail-stop-button"))),
        Told::Stopped => Some((format!("{up}u/{token}/again"), language.say("mail-stopped-undo"))),
        Told::Wanted | Told::Unknown => None,
    };
    let status = if matches!(told, Told::Unknown) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let brand = context.config.own_brand();
    let (title, line) = (language.say(title), language.say(line));
    html(status, &Page { language, product: &brand.name, title, line, button, up }, None)
}

fn failed(error: LedgerError) -> HttpResponse {
    HttpResponse::from_error(Problem::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audits_name_of_a_reader_tells_no_address() {
        let reader = Reader::of_reminders("ceppro", "owner@example.com");
        assert_eq!(name(reader).len(), "reader:".len() + 16);
        assert_eq!(name(reader), name(Reader::of_reminders("ceppro", "OWNER@example.com")));
    }
}
