//! The console: pages for the people who operate this installation. They show and do what the API does, through the same functions, for whoever is signed in.

pub(crate) mod account;
mod advice;
pub(crate) mod audit;
pub(crate) mod call;
mod chart;
pub(crate) mod exports;
mod form;
mod health;
pub(crate) mod keys;
mod notice;
pub(crate) mod operators;
pub(crate) mod overview;
pub(crate) mod refusal;
mod said;
pub(crate) mod schedules;
mod section;
mod shell;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sources;

pub(crate) use call::ApiCall;
pub(crate) use section::Section;
pub(crate) use shell::Shell;

use crate::{cookie::HostCookie, headers::FRAMES, problem::Problem};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;

/// What a page of the console may load: our own files, and answers of our own API. Nobody may frame it, whatever is configured for the pages of links.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

/// Whether the path is one of the console's.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/console" || path.starts_with("/console/")
}

/// The cookie that holds the token of an operator's session.
pub(crate) fn cookie(request: &HttpRequest) -> HostCookie {
    HostCookie::named(request, "console")
}

/// Answers with a page.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(body) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, format!("{POLICY}{FRAMES}'none'")))
            .body(body),
        Err(error) => HttpResponse::from_error(Problem::internal(error)),
    }
}

/// The way from the page's address up to where the installation is, which may be below a path that only a proxy knows.
pub(crate) fn up(request: &HttpRequest) -> String {
    "../".repeat(request.path().matches('/').count().saturating_sub(1))
}

/// To another page of the console by GET, such as `console/keys?done=key-revoked`.
pub(crate) fn to(request: &HttpRequest, page: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{}{page}", up(request)))).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_way_up_is_as_long_as_the_address_is_deep() {
        for (path, way) in [("/console", ""), ("/console/keys", "../"), ("/console/keys/1/revoke", "../../../")] {
            assert_eq!(up(&TestRequest::get().uri(path).to_http_request()), way, "{path}");
        }
    }

    #[test]
    fn only_what_lies_below_the_console_is_a_page_of_it() {
        assert!(is_page("/console") && is_page("/console/keys"));
        assert!(!is_page("/consoles") && !is_page("/v1/console") && !is_page("/"));
    }
}
