//! Changing one's own password.

use super::person;
use crate::{
    Context,
    auth::{Authorized, ConsoleUse},
    console::{Section, Shell, page, sign_in, to},
    form::Form,
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::{
    clock, display,
    ledger::operators,
    password::{self, Password, SHORTEST},
};

/// The password that counts now, and the one that shall.
#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    current: SecretString,
    new: SecretString,
    again: SecretString,
}

#[derive(Template)]
#[template(path = "console/password.html")]
struct PasswordPage {
    shell: Shell,
    email: String,
    /// Whether there is nothing else to do before.
    first: bool,
    news: String,
}

/// The page.
pub(crate) async fn show(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    answer(&access, &context, &request, StatusCode::OK, String::new())
}

fn answer(
    access: &Authorized<ConsoleUse>,
    context: &Context,
    request: &HttpRequest,
    status: StatusCode,
    news: String,
) -> Result<HttpResponse, Problem> {
    let operator = &person(access)?.operator;
    let shell = Shell::of(context, request, Section::Account);
    let (email, first) = (operator.email.clone(), operator.must_change_password);
    Ok(page(status, &PasswordPage { shell, email, first, news }))
}

/// Changes it.
pub(crate) async fn change(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<PasswordForm>,
) -> Result<HttpResponse, Problem> {
    let (form, now) = (form.into_inner(), clock::now());
    let signed_in = person(&access)?;
    let operator = &signed_in.operator;
    let refuse = |status, news: String| answer(&access, &context, &request, status, news);
    // A session that somebody left open is no way to try passwords.
    let attempt = sign_in::Attempt::of(&context, &request, &operator.email);
    if let Some(until) = attempt.take(&context, now).await? {
        let news = format!("There were too many tries. The next one is possible at {}.", display::moment(until));
        return refuse(StatusCode::TOO_MANY_REQUESTS, news);
    }
    let hash = operators::password_hash(&context.ledger, operator.id).await?;
    if !password::is_right(form.current.clone(), hash.clone()).await {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "That is not your password of now.".into());
    }
    if form.new.expose_secret() != form.again.expose_secret() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "The new password was not typed the same twice.".into());
    }
    if form.new.expose_secret() == form.current.expose_secret() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "That is the password of now: choose another one.".into());
    }
    let new = match Password::new(&form.new, &operator.email, &operator.name) {
        Ok(password) => password.hash().await.map_err(Problem::internal)?,
        Err(why) => {
            let why = why.to_string();
            let (first, rest) = why.split_at(why.chars().next().map_or(0, char::len_utf8));
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, format!("{}{rest}.", first.to_uppercase()));
        }
    };
    let before = hash.unwrap_or_default();
    let changed = operators::change_password(&context.ledger, signed_in, &before, &new, access.actor(), now).await?;
    let Some(token) = changed else {
        return refuse(
            StatusCode::CONFLICT,
            "Somebody else changed this account meanwhile. Nothing was changed.".into(),
        );
    };
    attempt.forget(&context).await?;
    sign_in::carrying(&request, to(&request, "console/account?done=password-changed"), &token)
}
