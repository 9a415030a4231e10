//! The one-time code: the page that asks for it, the button that has it mailed, and the field it is typed into.
//!
//! What the page says follows from the ledger alone, so that it may be looked at, gone back to and loaded again at will.

use super::{
    archive::{self, Archive},
    refusal,
};
use crate::{
    Context,
    cookie::HostCookie,
    exchange,
    form::{self, Form},
    pages::{
        frame::{Frame, query},
        refusal::{Refusal, failure, form_refused, ledger_failure, too_many_codes},
    },
    problem::Problem,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::{
    clock,
    ledger::{
        codes::{self, Asked, Code, Guess},
        links::Link,
    },
    link::{Protection, code::digits},
    queue::{Kind, Place},
};
use std::time::Duration;
use utoipa::ToSchema;

/// How long a person may go on with a link after the right code.
const SESSION: Duration = Duration::from_secs(10 * 60);

/// A form in which nothing is filled in.
#[derive(Debug, Deserialize)]
pub(crate) struct Button {}

/// Such a form, or why it does not count.
type Pressed = Result<Form<Button>, Problem>;

/// The code that came by mail.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CodeForm {
    /// Eight digits; spaces and dashes may stand between them.
    #[schema(example = "1234 5678")]
    code: String,
}

/// What a person sees who has not given the code yet.
#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    frame: &'a Frame,
    /// The link's token, to which the forms' addresses are relative.
    token: &'a str,
    csrf: String,
    /// Where codes go, so that the person knows where to look, and nobody else learns it; none if it is not known any more.
    address: Option<String>,
    /// What became of the last code.
    news: String,
    /// Whether there is a code to type in.
    field: bool,
    /// From when on there is another one; none if now.
    wait: Option<String>,
}

/// The page that asks for the code.
pub(super) async fn page(
    context: &Context,
    request: &HttpRequest,
    frame: &Frame,
    token: &str,
    archive: &Archive,
    now: DateTime<Utc>,
) -> HttpResponse {
    let (latest, again) = match codes::latest(&context.ledger, archive.link.id, now).await {
        Ok(found) => found,
        Err(error) => return ledger_failure(frame, request, error),
    };
    let (news, field) = news(frame, latest.as_ref(), now);
    let page = CodePage {
        frame,
        token,
        csrf: form::token(&context.signer, request),
        address: archive.link.recipient.as_deref().map(masked),
        news,
        field,
        wait: (again > now).then(|| frame.moment(again)),
    };
    frame.answer(StatusCode::OK, &page, None)
}

/// What to say of the last code, and whether one can be typed in.
fn news(frame: &Frame, latest: Option<&Code>, now: DateTime<Utc>) -> (String, bool) {
    let Some(code) = latest else { return (String::new(), false) };
    if code.used_at.is_some() {
        return (frame.say("page-code-used"), false);
    }
    if code.counts(now) {
        let until = code.expires_at.map(|end| frame.moment(end)).unwrap_or_default();
        return match code.tries_left {
            codes::TRIES => (frame.say_of("page-code-sent", "time", &until), true),
            left => (frame.count("page-code-wrong", left.unsigned_abs()), true),
        };
    }
    if code.code_hash.is_some() && code.tries_left == 0 {
        return (frame.say("page-code-dead"), false);
    }
    if code.is_on_its_way(now) {
        return (frame.say("page-code-coming"), true);
    }
    if code.code_hash.is_some() {
        return (frame.say("page-code-expired"), false);
    }
    (frame.say("page-code-failed"), false)
}

/// `a…@example.com`.
fn masked(address: &str) -> String {
    match (address.chars().next(), address.rsplit_once('@')) {
        (Some(first), Some((_, domain))) => format!("{first}…@{domain}"),
        _ => "…".into(),
    }
}

/// Have a code mailed
///
/// To the address that the link was mailed to. At most one a minute and five an hour; each takes the place of the one before.
#[utoipa::path(post, path = "/d/{token}/code", operation_id = "mail_code", tag = "download", params(("token" = String, Path, description = "The signed token")),
    responses(
        (status = 303, description = "Back to the page of the link, which says what became of it", headers(("Location" = String))),
        (status = 403, body = String, content_type = "text/html", description = "The form does not come from the page"),
        (status = 413, body = String, content_type = "text/html", description = "The form is too large"),
        (status = 429, body = String, content_type = "text/html", description = "There were enough codes for now", headers(("retry-after" = String))),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "Try again shortly"),
    ))]
pub(crate) async fn ask(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    form: Pressed,
) -> HttpResponse {
    if let Err(problem) = form {
        return form_refused(&Frame::own(&context, &request), &request, &problem);
    }
    let now = clock::now();
    let Some((link, frame)) = link_with_code(&context, &request, &token, now).await else {
        return back(&request, &token);
    };
    let actor = exchange::actor(&request, format!("link:{}", link.id));
    match codes::ask(&context.ledger, link.id, actor, now).await {
        Ok(Asked::Owed(id)) => {
            if let Err(error) = context.queue.ring(Kind::Notify, Place::Anywhere, id).await {
                tracing::warn!(link = %link.id, error = %error, "A one-time code was asked for, and the doorbell was not heard; the reconciler rings again");
            }
            back(&request, &token)
        }
        Ok(Asked::TooMany(again)) => {
            if let Err(answer) = refusal::told(&context, &request, "too_many_codes", Some(&link)).await {
                return answer;
            }
            let seconds = (again - now).num_seconds().max(0) + 1;
            too_many_codes(&frame, again, seconds)
        }
        Ok(Asked::Pointless) => back(&request, &token),
        Err(error) => ledger_failure(&frame, &request, error),
    }
}

/// Type the code in
///
/// The right one opens the link for ten minutes, for the browser that gets the cookie. Three wrong ones, and the code is dead.
#[utoipa::path(post, path = "/d/{token}/session", operation_id = "give_code", tag = "download", params(("token" = String, Path, description = "The signed token")),
    request_body(content = CodeForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Back to the page of the link; with a cookie if it was the code", headers(("Location" = String))),
        (status = 400, body = String, content_type = "text/html", description = "That is no code: it has eight digits"),
        (status = 403, body = String, content_type = "text/html", description = "The form does not come from the page"),
        (status = 413, body = String, content_type = "text/html", description = "The form is too large"),
        (status = 500, body = String, content_type = "text/html", description = "A fault of this program"),
        (status = 503, body = String, content_type = "text/html", description = "Try again shortly"),
    ))]
pub(crate) async fn give(
    context: Data<Context>,
    request: HttpRequest,
    token: Path<String>,
    form: Result<Form<CodeForm>, Problem>,
) -> HttpResponse {
    let typed = match form {
        Ok(form) => form.into_inner().code,
        Err(problem) => return form_refused(&Frame::own(&context, &request), &request, &problem),
    };
    let Some(digits) = digits(&typed) else {
        let frame = Frame::own(&context, &request);
        return Refusal::new(&frame, "refusal-not-a-code", &["refusal-not-a-code-why"]).answer(StatusCode::BAD_REQUEST);
    };
    let now = clock::now();
    let Some((link, frame)) = link_with_code(&context, &request, &token, now).await else {
        return back(&request, &token);
    };
    let actor = exchange::actor(&request, format!("link:{}", link.id));
    let is_right = |number, hash: &[u8]| context.signer.is_code(&digits, number, hash);
    match codes::guess(&context.ledger, link.id, is_right, actor, now).await {
        Ok(Guess::Right) => {
            let session = context.signer.session(link.id, now + SESSION);
            match HostCookie::of_link(&request, &token).set(&session, SESSION) {
                Ok(cookie) => {
                    let mut response = back(&request, &token);
                    response.headers_mut().append(cookie.0, cookie.1);
                    response
                }
                Err(error) => failure(&frame, &request, &Problem::internal(error)),
            }
        }
        Ok(Guess::Wrong { .. } | Guess::NoCode) => back(&request, &token),
        Err(error) => ledger_failure(&frame, &request, error),
    }
}

/// The link and the frame of its pages, if it counts and asks for a code. If not, its page says why.
async fn link_with_code(
    context: &Context,
    request: &HttpRequest,
    token: &str,
    now: DateTime<Utc>,
) -> Option<(Link, Frame)> {
    let archive = archive::behind(context, token, now).await.ok()?;
    let frame = Frame::of(context, request, &archive.export);
    (archive.link.protection == Protection::Code).then_some((archive.link, frame))
}

/// To the page of the link, by GET, in the same language.
fn back(request: &HttpRequest, token: &str) -> HttpResponse {
    // It comes from the address, and a token has none of the characters that mean something there.
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let target = if plain { token } else { "" };
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("../{target}{}", query(request)))).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use shared::language::Language;
    use uuid::Uuid;

    fn code() -> Code {
        Code {
            id: Uuid::nil(),
            link_id: Uuid::nil(),
            asked_at: DateTime::UNIX_EPOCH,
            attempt: 1,
            next_attempt_at: None,
            last_error: None,
            code_hash: Some(vec![1; 32]),
            tries_left: 3,
            expires_at: Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(10)),
            sent_at: Some(DateTime::UNIX_EPOCH),
            used_at: None,
        }
    }

    #[test]
    fn the_page_says_what_became_of_the_last_code() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(1);
        let unmade = Code { code_hash: None, expires_at: None, tries_left: 0, sent_at: None, ..code() };
        for (code, said, field) in [
            (None, "", false),
            (Some(code()), "was mailed to you. It counts until 1 January 1970, 00:10 UTC", true),
            (Some(Code { tries_left: 2, ..code() }), "You have 2 more tries", true),
            (Some(Code { tries_left: 1, ..code() }), "one more try", true),
            (Some(Code { tries_left: 0, ..code() }), "takes no more tries", false),
            (Some(Code { used_at: Some(now), ..code() }), "was used", false),
            (Some(Code { expires_at: Some(now), ..code() }), "has expired", false),
            (Some(Code { next_attempt_at: Some(now), ..unmade.clone() }), "is on its way", true),
            (Some(unmade), "could not be mailed", false),
        ] {
            let (news, shown) = news(&Frame::example(Language::English, "CepPro"), code.as_ref(), now);
            assert!(news.contains(said) && shown == field, "{said}: {news}");
        }
    }

    #[test]
    fn an_address_is_shown_to_those_who_know_it() {
        assert_eq!(masked("ann.lee@example.com"), "a…@example.com");
        assert_eq!(masked("x@y"), "x…@y");
        assert_eq!(masked("nobody"), "…");
    }

    #[test]
    fn the_page_works_without_a_script_and_without_another_server() {
        for language in Language::ALL {
            page_works(&Frame::example(*language, "CepPro"));
        }
    }

    fn page_works(frame: &Frame) {
        let page = CodePage {
            frame,
            token: "k.a.b",
            csrf: "a-token".into(),
            address: Some("a…@example.com".into()),
            news: "<b>".into(),
            field: true,
            wait: None,
        };
        let text = page.render().unwrap();
        assert_eq!(text.matches("<form method=\"post\" action=\"k.a.b/").count(), 2, "{text}");
        assert_eq!(text.matches("name=\"csrf\" value=\"a-token\"").count(), 2);
        assert!(text.contains("autocomplete=\"one-time-code\""));
        for part in ["<script", "style=", "//", "<b>"] {
            assert!(!text.contains(part), "{part}");
        }
    }
}
