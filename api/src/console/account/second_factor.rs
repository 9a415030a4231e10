//! Two-step sign-in: setting it up, new backup codes, switching it off.

use super::{enrolment::Enrolment, factor, person};
use crate::{
    Context,
    auth::{Authorized, ConsoleUse},
    console::{Section, Shell, cookie, page, sign_in::Attempt, to},
    form::Form,
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::{
    clock, display,
    ledger::operators::{self, Factor, SignedIn},
    password,
};

/// The secret of the page, and a code that the app made of it.
#[derive(Deserialize)]
pub(crate) struct SetUpForm {
    secret: SecretString,
    code: SecretString,
}

/// A code.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: SecretString,
}

/// Password and code.
#[derive(Deserialize)]
pub(crate) struct RemoveForm {
    password: SecretString,
    code: SecretString,
}

#[derive(Template)]
#[template(path = "console/second-factor.html")]
struct SetUpPage {
    shell: Shell,
    picture: SecretString,
    text: SecretString,
    secret: String,
    news: String,
}

#[derive(Template)]
#[template(path = "console/second-factor-on.html")]
struct OnPage {
    shell: Shell,
    since: String,
    left: i64,
    news: String,
}

#[derive(Template)]
#[template(path = "console/backup-codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<SecretString>,
}

/// The page: how to set it up, or what is set up.
pub(crate) async fn show(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    match person(&access)?.operator.second_factor_since {
        None => set_up_page(&access, &context, &request, Enrolment::new(), StatusCode::OK, ""),
        Some(since) => on_page(&access, &context, &request, since, StatusCode::OK, String::new()).await,
    }
}

fn set_up_page(
    access: &Authorized<ConsoleUse>,
    context: &Context,
    request: &HttpRequest,
    enrolment: Enrolment,
    status: StatusCode,
    news: &str,
) -> Result<HttpResponse, Problem> {
    let signed_in = person(access)?;
    let set_up = SetUpPage {
        shell: Shell::of(context, request, Section::Account),
        picture: enrolment.picture(&context.config.product, signed_in)?,
        text: enrolment.text()?,
        secret: enrolment.sealed(context, signed_in),
        news: news.to_owned(),
    };
    Ok(page(status, &set_up))
}

async fn on_page(
    access: &Authorized<ConsoleUse>,
    context: &Context,
    request: &HttpRequest,
    since: DateTime<Utc>,
    status: StatusCode,
    news: String,
) -> Result<HttpResponse, Problem> {
    let left = operators::left(&context.ledger, person(access)?.operator.id).await?;
    let shell = Shell::of(context, request, Section::Account);
    Ok(page(status, &OnPage { shell, since: display::moment(since), left, news }))
}

/// Sets it up, and shows the backup codes.
pub(crate) async fn set_up(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<SetUpForm>,
) -> Result<HttpResponse, Problem> {
    let (form, now) = (form.into_inner(), clock::now());
    let signed_in = person(&access)?;
    if signed_in.operator.second_factor_since.is_some() {
        return Ok(to(&request, "console/account/second-factor"));
    }
    let Some(enrolment) = Enrolment::opened(&context, signed_in, form.secret.expose_secret()) else {
        let news = "That page was too old. Here is a new code for your app; take the old one out of it.";
        return set_up_page(&access, &context, &request, Enrolment::new(), StatusCode::UNPROCESSABLE_ENTITY, news);
    };
    let Some(step) = enrolment.secret.step_of(&form.code, now) else {
        let news = "That is not the code that counts now. Take the newest one, and check the clock of your device.";
        return set_up_page(&access, &context, &request, enrolment, StatusCode::UNPROCESSABLE_ENTITY, news);
    };
    let SignedIn { operator, session } = signed_in;
    let sealed = factor::sealed(&context, operator.id, &enrolment.secret);
    let codes = operators::set_up(&context.ledger, operator, session.id, &sealed, step, access.actor(), now).await?;
    codes_page(&context, &request, codes)
}

fn codes_page(context: &Context, request: &HttpRequest, codes: Vec<SecretString>) -> Result<HttpResponse, Problem> {
    Ok(page(StatusCode::OK, &CodesPage { shell: Shell::of(context, request, Section::Account), codes }))
}

/// Makes new backup codes and shows them.
pub(crate) async fn renew_codes(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<CodeForm>,
) -> Result<HttpResponse, Problem> {
    let now = clock::now();
    let operator = &person(&access)?.operator;
    let Some(since) = operator.second_factor_since else {
        return Ok(to(&request, "console/account/second-factor"));
    };
    let made = match proved(&access, &context, &request, &form.into_inner().code, now).await? {
        Ok(proof) => operators::make_backup_codes(&context.ledger, operator.id, &proof, access.actor(), now).await?,
        Err(news) => return on_page(&access, &context, &request, since, StatusCode::UNPROCESSABLE_ENTITY, news).await,
    };
    match made {
        Some(codes) => codes_page(&context, &request, codes),
        None => on_page(&access, &context, &request, since, StatusCode::UNPROCESSABLE_ENTITY, used_before()).await,
    }
}

/// Switches it off, signs out everywhere, and leads to the sign-in.
pub(crate) async fn remove(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<RemoveForm>,
) -> Result<HttpResponse, Problem> {
    let (form, now) = (form.into_inner(), clock::now());
    let operator = &person(&access)?.operator;
    let Some(since) = operator.second_factor_since else {
        return Ok(to(&request, "console/account/second-factor"));
    };
    let refuse =
        async |news: String| on_page(&access, &context, &request, since, StatusCode::UNPROCESSABLE_ENTITY, news).await;
    let proof = match proved(&access, &context, &request, &form.code, now).await? {
        Ok(proof) => proof,
        Err(news) => return refuse(news).await,
    };
    let hash = operators::password_hash(&context.ledger, operator.id).await?;
    if !password::is_right(form.password, hash).await {
        return refuse("That is not your password.".into()).await;
    }
    if !operators::remove(&context.ledger, operator.id, Some(&proof), access.actor(), now).await? {
        return refuse(used_before()).await;
    }
    let mut response = to(&request, "console/sign-in?out=1");
    let (name, value) = cookie(&request).clear().map_err(Problem::internal)?;
    response.headers_mut().append(name, value);
    Ok(response)
}

/// What proves to be the second factor, or why nothing does; a session that somebody left open is no way to try codes.
async fn proved(
    access: &Authorized<ConsoleUse>,
    context: &Context,
    request: &HttpRequest,
    typed: &SecretString,
    now: DateTime<Utc>,
) -> Result<Result<Factor, String>, Problem> {
    let operator = &person(access)?.operator;
    let attempt = Attempt::of(context, request, &operator.email);
    if let Some(until) = attempt.take(context, now).await? {
        return Ok(Err(format!("There were too many tries. The next one is possible at {}.", display::moment(until))));
    }
    let proof = factor::factor(context, operator.id, typed, now).await?;
    Ok(proof.ok_or_else(|| "That is not a code that counts now.".to_owned()))
}

fn used_before() -> String {
    "This code was used before, and each counts once. Wait for the next one.".to_owned()
}
