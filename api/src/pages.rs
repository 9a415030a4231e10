//! The pages that people see: plain HTML, one stylesheet, no script, nothing from anywhere else, and no cookie but that of a one-time code that was right.

pub(crate) mod assets;
pub(crate) mod download;
pub(crate) mod mailbox;
pub(crate) mod unsubscribe;
pub(crate) mod welcome;

use crate::{Context, problem::Problem};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use askama::Template;
use shared::ledger::LedgerError;

/// What the documentation's pages may load: their own files, and the pictures in their styles. Who may frame a page is added to its policy
/// by [`crate::headers`].
pub(crate) const DOCUMENTATION_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// A page that says why there is nothing to do here, and what to do instead.
#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    product: &'a str,
    title: &'a str,
    /// One paragraph each.
    lines: &'a [&'a str],
    /// The way from the page's address to the assets'.
    up: &'a str,
}

/// The way up from `/d/{token}` and `/f/{ticket}`.
const UP: &str = "../";
/// The way up from what lies below a link.
const UP_TWICE: &str = "../../";

/// Answers with a page. `form_target` is a further origin that a form on it may lead to.
fn html(status: StatusCode, page: &impl Template, form_target: Option<&str>) -> HttpResponse {
    let body = match page.render() {
        Ok(body) => body,
        Err(error) => return HttpResponse::from_error(Problem::internal(error)),
    };
    let form_target = form_target.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{form_target}; base-uri 'none'"
    );
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(body)
}

/// 400: the archive behind a link has several files, and none was named that it has.
fn which_file(context: &Context) -> HttpResponse {
    let page = Refusal {
        product: &context.config.product,
        title: "Which file do you want?",
        lines: &["This link leads to several files, and to none of this name. Open the link again and choose one."],
        up: UP,
    };
    html(StatusCode::BAD_REQUEST, &page, None)
}

/// 404: the same page for a token that is forged, cut off or unknown.
pub(crate) async fn link_not_found(context: Data<Context>) -> HttpResponse {
    let page = Refusal {
        product: &context.config.product,
        title: "This link does not work",
        lines: &[
            "Part of it may be missing: mail programs sometimes break long links in two. Open the mail again and copy the whole link.",
            "If that does not help, ask for a new export.",
        ],
        up: UP,
    };
    html(StatusCode::NOT_FOUND, &page, None)
}

/// 410: a link that did count once, and what to do then.
fn link_is_over(context: &Context, title: &str, why: &str, then: &str) -> HttpResponse {
    let page = Refusal { product: &context.config.product, title, lines: &[why, then], up: UP };
    html(StatusCode::GONE, &page, None)
}

/// 403: the link asks for a person who is signed in elsewhere.
fn sign_in(context: &Context, status: StatusCode) -> HttpResponse {
    let product = &context.config.product;
    let line = format!(
        "This link gives nothing away by itself. Sign in to {product} as you always do, and open the download there."
    );
    let page = Refusal { product, title: "Sign in to download", lines: &[&line], up: UP };
    html(status, &page, None)
}

/// 403: the link asks for a code that was not given yet, or too long ago.
fn code_needed(context: &Context) -> HttpResponse {
    let page = Refusal {
        product: &context.config.product,
        title: "First, is it you?",
        lines: &[
            "This link asks for a code from a mail before it gives anything out, and what you gave counts for ten minutes. Open the link again.",
        ],
        up: UP,
    };
    html(StatusCode::FORBIDDEN, &page, None)
}

/// A form that was not sent by a page of ours, or whose page is too old.
fn form_refused(context: &Context, problem: &Problem) -> HttpResponse {
    if problem.status().is_server_error() {
        return failure(context, problem);
    }
    let page = Refusal {
        product: &context.config.product,
        title: "This form does not count",
        lines: &[problem.detail()],
        up: UP,
    };
    html(problem.status(), &page, None)
}

/// A page at an address below a link's.
fn below(context: &Context, status: StatusCode, title: &str, line: &str) -> HttpResponse {
    html(status, &Refusal { product: &context.config.product, title, lines: &[line], up: UP_TWICE }, None)
}

/// 429, as a page.
pub(crate) fn too_many(context: &Context, problem: &Problem) -> HttpResponse {
    let mut response = failure(context, problem);
    if let Some(seconds) = problem.wait_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// 503 or 500, as a page.
fn failure(context: &Context, problem: &Problem) -> HttpResponse {
    problem.log();
    let page = Refusal {
        product: &context.config.product,
        title: "This does not work right now",
        lines: &[problem.detail(), "Your link still counts."],
        up: UP,
    };
    html(problem.status(), &page, None)
}

/// The same for a ledger that fails.
fn ledger_failure(context: &Context, error: LedgerError) -> HttpResponse {
    failure(context, &Problem::from(error))
}
