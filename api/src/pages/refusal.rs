//! Pages that say why there is nothing to do here, and what to do instead.

use super::frame::Frame;
use crate::{Context, exchange, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use askama::Template;
use chrono::{DateTime, Utc};
use shared::ledger::LedgerError;

/// Such a page.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(super) struct Refusal<'a> {
    frame: &'a Frame,
    title: String,
    /// One paragraph each.
    lines: Vec<String>,
    /// Where a button leads, and what it says.
    way: Option<(String, String)>,
    /// The request's number, for whoever helps.
    number: Option<String>,
}

impl<'a> Refusal<'a> {
    /// A page with this title, and a paragraph for each of these sentences.
    pub(super) fn new(frame: &'a Frame, title: &str, lines: &[&str]) -> Self {
        Self {
            frame,
            title: frame.say(title),
            lines: lines.iter().map(|line| frame.say(line)).collect(),
            way: None,
            number: None,
        }
    }

    /// With the way to a new export: a button where it is known where that is, else `otherwise` in words.
    pub(super) fn or_anew(mut self, here: Option<&str>, otherwise: &str) -> Self {
        match &self.frame.brand.home {
            Some(home) => {
                self.lines.extend(here.map(|here| self.frame.say(here)));
                self.way = Some((home.to_string(), self.frame.say("refusal-anew-button")));
            }
            None => self.lines.push(self.frame.say(otherwise)),
        }
        self
    }

    fn line(mut self, line: String) -> Self {
        self.lines.push(line);
        self
    }

    /// Answers with it.
    pub(super) fn answer(&self, status: StatusCode) -> HttpResponse {
        self.frame.answer(status, self, None)
    }
}

/// 404: the same page for a token that is forged, cut off or unknown.
pub(crate) async fn link_not_found(context: Data<Context>, request: HttpRequest) -> HttpResponse {
    not_found(&context, &request)
}

/// The same.
pub(super) fn not_found(context: &Context, request: &HttpRequest) -> HttpResponse {
    Refusal::new(&Frame::own(context, request), "refusal-not-found", &["refusal-not-found-why"])
        .or_anew(Some("refusal-not-found-then"), "refusal-not-found-then")
        .answer(StatusCode::NOT_FOUND)
}

/// 403, or 200 where only the page was asked for: the link asks for a person who is signed in elsewhere.
pub(super) fn sign_in(frame: &Frame, status: StatusCode) -> HttpResponse {
    let mut page = Refusal::new(frame, "refusal-sign-in", &[]).line(frame.say_product("refusal-sign-in-why"));
    page.way = frame.brand.home.as_ref().map(|home| (home.to_string(), frame.say_product("refusal-sign-in-button")));
    page.answer(status)
}

/// A form that was not sent by a page of ours, or whose page is too old.
pub(super) fn form_refused(frame: &Frame, request: &HttpRequest, problem: &Problem) -> HttpResponse {
    if problem.status().is_server_error() {
        return failure(frame, request, problem);
    }
    Refusal::new(frame, "refusal-form", &["refusal-form-why"]).answer(problem.status())
}

/// 429: another code can be mailed later.
pub(super) fn too_many_codes(frame: &Frame, again: DateTime<Utc>, seconds: i64) -> HttpResponse {
    let line = frame.say_of("refusal-wait-code", "time", &frame.moment(again));
    let mut response = Refusal::new(frame, "refusal-wait", &[]).line(line).answer(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// 429, as a page.
pub(crate) fn too_many(context: &Context, request: &HttpRequest, problem: &Problem) -> HttpResponse {
    let frame = Frame::own(context, request);
    problem.log();
    let seconds = problem.wait_seconds().unwrap_or(1);
    let count = seconds.unsigned_abs();
    let wait = match count {
        0..=90 => frame.count("refusal-wait-seconds", count),
        _ => frame.count("refusal-wait-minutes", count.div_ceil(60)),
    };
    let mut response = Refusal::new(&frame, "refusal-wait", &["refusal-wait-why"]).line(wait).answer(problem.status());
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// 503 or 500, as a page.
pub(super) fn failure(frame: &Frame, request: &HttpRequest, problem: &Problem) -> HttpResponse {
    problem.log();
    let why = match problem.code() {
        "vault_unavailable" | "keyring_unavailable" => "refusal-away-archive",
        _ if problem.status() == StatusCode::SERVICE_UNAVAILABLE => "refusal-away-why",
        _ => "refusal-broken-why",
    };
    let mut page = Refusal::new(frame, "refusal-away", &[why, "refusal-still-counts"]);
    page.number = Some(exchange::request_id(request));
    page.answer(problem.status())
}

/// The same for a ledger that fails.
pub(super) fn ledger_failure(frame: &Frame, request: &HttpRequest, error: LedgerError) -> HttpResponse {
    failure(frame, request, &Problem::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::language::Language;

    #[test]
    fn the_way_to_a_new_export_is_a_button_where_it_is_known_and_words_where_not() {
        for language in Language::ALL {
            let mut frame = Frame::example(*language, "<b>CepPro</b>");
            let page = Refusal::new(&frame, "refusal-expired", &["refusal-expired-why"])
                .or_anew(Some("refusal-anew-here"), "refusal-anew")
                .render()
                .unwrap();
            assert!(!page.contains("//") && !page.contains("<b>") && !page.contains("style="), "{page}");
            assert!(page.contains(&frame.say("refusal-anew")) && !page.contains("class=\"button\""), "{page}");
            frame.brand.home = Some("https://app.example.com/data?a=1&b=2".parse().unwrap());
            let page = Refusal::new(&frame, "refusal-expired", &["refusal-expired-why"])
                .or_anew(Some("refusal-anew-here"), "refusal-anew")
                .render()
                .unwrap();
            assert!(page.contains("href=\"https://app.example.com/data?a=1&#38;b=2\""), "{page}");
            assert!(page.contains(&frame.say("refusal-anew-button")) && !page.contains(&frame.say("refusal-anew")));
            assert!(page.contains(&format!("<html lang=\"{language}\" dir=\"{}\">", language.direction())), "{page}");
        }
    }
}
