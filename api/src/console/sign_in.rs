//! Signing in: address and password, then the second factor where the account has one.
//!
//! An account that does not exist, a wrong password and a disabled account get the same answer in the same time.

pub(crate) mod code;

use super::{cookie, page, to, up};
use crate::{
    Context, address as client, exchange,
    form::{self, Form},
    problem::Problem,
    throttle::{self, Network},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use askama::Template;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use shared::{
    clock, display,
    ledger::operators::{self, Email, LONGEST, SessionToken, Tried, Try},
    password,
};

/// Keeps the hashes of accounts apart from everything else that is hidden.
const PURPOSE: &str = "sign-in";

/// What somebody types to sign in.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    email: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "console/sign-in.html")]
struct SignIn<'a> {
    product: &'a str,
    up: String,
    csrf: String,
    next: String,
    /// What was typed before, so that only the password has to be typed again.
    email: &'a str,
    /// What became of the last try.
    news: String,
    /// Whether the person has just signed out.
    out: bool,
}

/// Who is tried, and from where.
pub(super) struct Attempt {
    account: [u8; 32],
    network: String,
}

impl Attempt {
    pub(super) fn of(context: &Context, request: &HttpRequest, email: &str) -> Self {
        let account = context.signer.hidden(PURPOSE, &email.trim().to_lowercase());
        let network = client::client(request).map(|address| Network::of(address).to_string()).unwrap_or_default();
        Self { account, network }
    }

    fn tried(&self) -> Tried<'_> {
        Tried { account: &self.account, network: &self.network }
    }

    /// Forgets the tries of somebody who proved to be the account's owner.
    pub(super) async fn forget(&self, context: &Context) -> Result<(), Problem> {
        Ok(operators::forget_tries(&context.ledger, &self.tried()).await?)
    }

    /// Takes a try; with when there is another one, if there is none now.
    pub(super) async fn take(&self, context: &Context, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Problem> {
        match operators::take(&context.ledger, &self.account, &self.network, now).await? {
            Try::Taken => Ok(None),
            Try::TooMany { until } => Ok(Some(until)),
        }
    }
}

/// The page.
pub(crate) async fn show(context: Data<Context>, request: HttpRequest) -> HttpResponse {
    let query = |wanted: &str| {
        url::form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let next = safe(&query("next")).unwrap_or_default().to_owned();
    answer(&context, &request, StatusCode::OK, next, "", String::new(), !query("out").is_empty())
}

fn answer(
    context: &Context,
    request: &HttpRequest,
    status: StatusCode,
    next: String,
    email: &str,
    news: String,
    out: bool,
) -> HttpResponse {
    let csrf = form::token(&context.signer, request);
    page(status, &SignIn { product: &context.config.product, up: up(request), csrf, next, email, news, out })
}

/// Address and password.
pub(crate) async fn sign_in(
    context: Data<Context>,
    request: HttpRequest,
    form: Form<SignInForm>,
) -> Result<HttpResponse, Problem> {
    let form = form.into_inner();
    let next = safe(&form.next).unwrap_or_default().to_owned();
    let now = clock::now();
    let attempt = Attempt::of(&context, &request, &form.email);
    if let Some(until) = attempt.take(&context, now).await? {
        note_refusal(&context, &request, None, "too_many_tries", now).await?;
        return Ok(wait(
            answer(
                &context,
                &request,
                StatusCode::TOO_MANY_REQUESTS,
                next,
                &form.email,
                format!("There were too many tries. The next one is possible at {}.", display::moment(until)),
                false,
            ),
            until,
            now,
        ));
    }
    let known = match form.email.parse::<Email>() {
        Ok(email) => operators::by_email(&context.ledger, &email).await?,
        Err(_) => None,
    };
    let (operator, hash) = known.unzip();
    let is_right = password::is_right(form.password, hash.clone()).await;
    let begun = match (&operator, &hash) {
        (Some(operator), Some(hash)) if is_right && operator.disabled_at.is_none() => {
            let actor = exchange::actor(&request, operator.audit_name());
            operators::begin(&context.ledger, operator.id, hash, &attempt.tried(), actor, now).await?
        }
        _ => None,
    };
    let (Some(operator), Some(token)) = (&operator, begun) else {
        let reason = match &operator {
            None => "unknown_account",
            Some(_) if is_right => "disabled",
            Some(_) => "password",
        };
        note_refusal(&context, &request, operator.as_ref().map(|operator| operator.id), reason, now).await?;
        let news = "Address and password do not fit together. Check both, and whether capitals are locked.".to_owned();
        return Ok(answer(&context, &request, StatusCode::UNPROCESSABLE_ENTITY, next, &form.email, news, false));
    };
    let page = match operator.second_factor_since {
        Some(_) => code::address(&next),
        None => inside(&next),
    };
    carrying(&request, to(&request, page.as_str()), &token)
}

/// Writes a refusal to the audit. Of what anybody can send in any number only some is written, as with forged links.
async fn note_refusal(
    context: &Context,
    request: &HttpRequest,
    operator: Option<uuid::Uuid>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if operator.is_none() && throttle::forged_link(request).is_none() {
        return Ok(());
    }
    let actor = exchange::actor(request, "system");
    Ok(operators::refused(&context.ledger, operator, reason, actor, now).await?)
}

/// The answer with the cookie of a session.
pub(super) fn carrying(
    request: &HttpRequest,
    mut response: HttpResponse,
    token: &SessionToken,
) -> Result<HttpResponse, Problem> {
    let lifetime = LONGEST.to_std().map_err(Problem::internal)?;
    let (name, value) = cookie(request).set(token.expose(), lifetime).map_err(Problem::internal)?;
    response.headers_mut().append(name, value);
    Ok(response)
}

fn wait(mut response: HttpResponse, until: DateTime<Utc>, now: DateTime<Utc>) -> HttpResponse {
    response.headers_mut().insert(header::RETRY_AFTER, ((until - now).num_seconds().max(0) + 1).into());
    response
}

/// The address of the page, for somebody who wanted to go somewhere else.
pub(super) fn address(next: Option<&str>) -> String {
    with_next("console/sign-in", next.and_then(safe).unwrap_or_default())
}

fn with_next(page: &str, next: &str) -> String {
    if matches!(next, "" | "console") {
        return page.to_owned();
    }
    format!("{page}?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish())
}

/// Where somebody goes who is in.
fn inside(next: &str) -> String {
    if next.is_empty() { "console".to_owned() } else { next.to_owned() }
}

/// The address, if it is one of a page of the console: a link to the sign-in page must not lead anywhere else.
fn safe(next: &str) -> Option<&str> {
    let rest = next.strip_prefix("console")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?&=%:+,@".contains(&byte);
    // Browsers read `%2e%2e` in a path as they read `..`.
    let path = rest.split('?').next().unwrap_or_default();
    let fits = rest.bytes().all(plain)
        && (rest.is_empty() || rest.starts_with(['/', '?']))
        && !rest.contains("//")
        && !rest.contains("..")
        && !path.contains('%')
        && !rest.starts_with("/sign-");
    (fits && next.len() <= 1000).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    #[test]
    fn the_way_back_leads_to_pages_of_the_console_only() {
        for next in
            ["console", "console/keys", "console/audit?action=link&since=2026-01-01T00:00:00Z", "console?done=saved"]
        {
            assert_eq!(safe(next), Some(next));
        }
        for next in [
            "",
            "/console",
            "//evil.example",
            "https://evil.example",
            "consoles",
            "console//evil.example",
            "console/../d/",
            "console/%2e%2e/d/",
            "console/.%2E/d/",
            "console\\evil",
            "console/sign-out",
            "console/sign-in",
            "console/\r\nset-cookie: a",
            "console/ü",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe(next), None, "{next:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_stays_below_the_console(next in "(console)?[/a-z0-9.?:@%\\\\#]{0,20}") {
            if let Some(next) = safe(&next) {
                let url = Url::parse("https://exports.example.com/handover/").unwrap().join(next).unwrap();
                prop_assert_eq!(url.host_str(), Some("exports.example.com"));
                prop_assert!(url.path().starts_with("/handover/console"));
            }
        }
    }
}
