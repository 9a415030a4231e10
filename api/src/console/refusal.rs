//! What the console answers where a program would get a problem: the way to sign in, or a page that says what is the matter.

use super::{Section, Shell, account, page, sign_in, to};
use crate::{
    Context,
    problem::{Finding, Problem},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::Data,
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/refusal.html")]
struct Refusal<'a> {
    shell: Shell,
    title: &'a str,
    detail: &'a str,
    findings: &'a [Finding],
}

/// The answer to a request that ended with this problem, or with this bare status of the framework.
pub(crate) fn answer(request: &HttpRequest, problem: Option<&Problem>, status: StatusCode) -> HttpResponse {
    let bare;
    let problem = match problem {
        Some(problem) => problem,
        None => {
            bare = Problem::of_status(status);
            &bare
        }
    };
    problem.log();
    if problem.status() == StatusCode::UNAUTHORIZED {
        return to(request, &sign_in::address(wanted(request).as_deref()));
    }
    if let Some(first) = account::comes_first(problem) {
        return to(request, first);
    }
    let Some(context) = request.app_data::<Data<Context>>() else {
        return HttpResponse::build(problem.status()).finish();
    };
    let (title, detail) = match problem.code() {
        "not_found" => ("Nothing here", "There is no page at this address."),
        "forbidden" => ("Not with your role", problem.detail()),
        _ => (problem.title(), problem.detail()),
    };
    let shell = Shell::of(context, request, Section::Elsewhere);
    let mut response = page(problem.status(), &Refusal { shell, title, detail, findings: problem.findings() });
    if let Some(seconds) = problem.wait_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// Where somebody wanted to go who has to sign in first; what was sent by a form is not sent again.
fn wanted(request: &HttpRequest) -> Option<String> {
    let target = request.uri().path_and_query()?.as_str();
    (request.method() == Method::GET).then(|| target.trim_start_matches('/').to_owned())
}
