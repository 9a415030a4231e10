//! The pages that people see: plain HTML, one stylesheet and the brand's colours, no script, nothing from anywhere else, and no cookie but that of a one-time
//! code that was right.

pub(crate) mod assets;
pub(crate) mod download;
pub(crate) mod frame;
pub(crate) mod mailbox;
mod refusal;
pub(crate) mod unsubscribe;
pub(crate) mod welcome;

pub(crate) use refusal::{link_not_found, too_many};

use crate::problem::Problem;
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;

/// What the documentation's pages may load: their own files, and the pictures in their styles. Who may frame a page is added to its policy
/// by [`crate::headers`].
pub(crate) const DOCUMENTATION_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

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
