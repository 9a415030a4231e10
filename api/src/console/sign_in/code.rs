//! The second step: a code of the authenticator app, or a backup code.

use super::{Attempt, carrying, inside, note_refusal, safe, wait, with_next};
use crate::{
    Context,
    console::{account::factor, cookie, page, to, up},
    exchange,
    form::{self, Form},
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;
use shared::{
    clock, display,
    ledger::operators::{self, SignedIn},
};

/// A code, and where to go then.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: SecretString,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "console/sign-in-code.html")]
struct CodePage<'a> {
    product: &'a str,
    up: String,
    csrf: String,
    next: String,
    /// What became of the last code.
    news: String,
}

/// The page, for whoever gave the right password.
pub(crate) async fn show(context: Data<Context>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let next = url::form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(name, _)| name == "next")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let next = safe(&next).unwrap_or_default().to_owned();
    Ok(match waiting(&context, &request).await? {
        Some(_) => answer(&context, &request, StatusCode::OK, next, String::new()),
        None => to(&request, &super::address(Some(&next))),
    })
}

fn answer(context: &Context, request: &HttpRequest, status: StatusCode, next: String, news: String) -> HttpResponse {
    let csrf = form::token(&context.signer, request);
    page(status, &CodePage { product: &context.config.product, up: up(request), csrf, next, news })
}

/// The session that waits for the code.
async fn waiting(context: &Context, request: &HttpRequest) -> Result<Option<SignedIn>, Problem> {
    let cookie = cookie(request);
    let Some(token) = cookie.read(request) else { return Ok(None) };
    let found = operators::find_session(&context.ledger, token, clock::now()).await?;
    Ok(found.filter(|found| found.session.tries_left.is_some()))
}

/// The code.
pub(crate) async fn give(
    context: Data<Context>,
    request: HttpRequest,
    form: Form<CodeForm>,
) -> Result<HttpResponse, Problem> {
    let form = form.into_inner();
    let next = safe(&form.next).unwrap_or_default().to_owned();
    let Some(waiting) = waiting(&context, &request).await? else {
        return Ok(to(&request, &super::address(Some(&next))));
    };
    let now = clock::now();
    let (operator, ledger) = (&waiting.operator, &context.ledger);
    let attempt = Attempt::of(&context, &request, &operator.email);
    if let Some(until) = attempt.take(&context, now).await? {
        note_refusal(&context, &request, None, "too_many_tries", now).await?;
        let news = format!("There were too many tries. The next one is possible at {}.", display::moment(until));
        let response = answer(&context, &request, StatusCode::TOO_MANY_REQUESTS, next, news);
        return Ok(wait(response, until, now));
    }
    let Some(left) = operators::take_try(ledger, waiting.session.id, now).await? else {
        return Ok(to(&request, &super::address(Some(&next))));
    };
    let actor = exchange::actor(&request, operator.audit_name());
    let factor = factor::factor(&context, operator.id, &form.code, now).await?;
    let token = match &factor {
        Some(factor) => operators::pass_second_factor(ledger, &waiting, factor, &attempt.tried(), actor, now).await?,
        None => None,
    };
    match token {
        Some(token) => {
            factor::renew_seal(&context, operator.id).await?;
            carrying(&request, to(&request, &inside(&next)), &token)
        }
        None => {
            let reason = if factor.is_some() { "code_used_before" } else { "code" };
            note_refusal(&context, &request, Some(operator.id), reason, now).await?;
            let news = match (left, factor.is_some()) {
                (0, _) => "That was not the code, and it was the last try. Sign in once more from the beginning.",
                (_, true) => "This code was used before, and each counts once. Wait for the next one.",
                (_, false) => {
                    "That is not the code that counts now. Take the newest one, and check the clock of your device."
                }
            };
            Ok(answer(&context, &request, StatusCode::UNPROCESSABLE_ENTITY, next, news.to_owned()))
        }
    }
}

/// The address of the page.
pub(super) fn address(next: &str) -> String {
    with_next("console/sign-in/code", next)
}
