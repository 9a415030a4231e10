//! The pages that people see: plain HTML, one stylesheet, no script, no cookie, nothing from anywhere else.

pub(crate) mod assets;
pub(crate) mod download;
pub(crate) mod mailbox;
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
}

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
    };
    html(StatusCode::NOT_FOUND, &page, None)
}

/// 410: a link that did count once.
fn link_is_over(context: &Context, title: &str, why: &str) -> HttpResponse {
    let page = Refusal {
        product: &context.config.product,
        title,
        lines: &[
            why,
            "Your data is still where it was. Ask for a new export in the place where you asked for this one, and you get a new link.",
        ],
    };
    html(StatusCode::GONE, &page, None)
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
    };
    html(problem.status(), &page, None)
}

/// The same for a ledger that fails.
fn ledger_failure(context: &Context, error: LedgerError) -> HttpResponse {
    failure(context, &Problem::from(error))
}
