//! The account of whoever is signed in: password, second factor, and where else this person is signed in.

mod enrolment;
pub(super) mod factor;
pub(crate) mod password;
pub(crate) mod second_factor;

use super::{Section, Shell, page, to};
use crate::{
    Context,
    auth::{Authorized, ConsoleUse},
    form::{Button, Form},
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use shared::{
    clock, display,
    ledger::operators::{self, Operator, Session, SignedIn},
};
use uuid::Uuid;

const PASSWORD_FIRST: &str = "password_change_needed";
const FACTOR_FIRST: &str = "two_steps_needed";

/// What must be done before anything else, with where.
const FIRST: [(&str, &str); 2] =
    [(PASSWORD_FIRST, "console/account/password"), (FACTOR_FIRST, "console/account/second-factor")];

#[derive(Template)]
#[template(path = "console/account.html")]
struct Account {
    shell: Shell,
    operator: Operator,
    /// How many backup codes are left.
    codes: i64,
    /// Since when there is a second factor.
    since: Option<String>,
    sessions: Vec<Place>,
}

/// Where somebody is signed in.
struct Place {
    address: String,
    /// Whether it is the session that the page is shown in.
    is_here: bool,
    began: String,
    seen: String,
    ends: String,
}

impl Place {
    fn of(session: Session, here: Uuid) -> Self {
        Self {
            is_here: session.id == here,
            address: session.address.unwrap_or_else(|| "an unknown address".into()),
            began: display::moment(session.began_at),
            seen: display::moment(session.seen_at),
            ends: display::moment(session.ends_at),
        }
    }
}

/// The page.
pub(crate) async fn show(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let SignedIn { operator, session } = person(&access)?.clone();
    let codes = operators::left(&context.ledger, operator.id).await?;
    let sessions = operators::of_operator(&context.ledger, operator.id, clock::now()).await?;
    let sessions = sessions.into_iter().map(|one| Place::of(one, session.id)).collect();
    let shell = Shell::of(&context, &request, Section::Account);
    let since = operator.second_factor_since.map(display::moment);
    Ok(page(StatusCode::OK, &Account { shell, operator, codes, since, sessions }))
}

/// Ends every other session.
pub(crate) async fn sign_out_elsewhere(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    operators::end_others(&context.ledger, person(&access)?, access.actor(), clock::now()).await?;
    Ok(to(&request, "console/account?done=signed-out-elsewhere"))
}

/// Who is signed in: pages of the console take no other credential.
fn person<P>(access: &Authorized<P>) -> Result<&SignedIn, Problem> {
    access.signed_in().ok_or_else(|| Problem::internal("a page of the console was asked for without a session"))
}

/// Refuses an operator who has to do something about the account before anything else, everywhere but where that is done.
pub(crate) fn require_settled(request: &HttpRequest, context: &Context, operator: &Operator) -> Result<(), Problem> {
    let is_at = |page: &str| request.path() == page;
    if is_at("/console/sign-out") || is_at("/console/account/password") {
        return Ok(());
    }
    if operator.must_change_password {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            PASSWORD_FIRST,
            "The password must be changed first",
            "Somebody else chose this account's password. Sign in at the console and choose another one.",
        ));
    }
    let needs_factor = context.config.console.require_two_steps && operator.second_factor_since.is_none();
    if needs_factor && !is_at("/console/account/second-factor") {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            FACTOR_FIRST,
            "Two-step sign-in must be set up first",
            "This installation asks for two-step sign-in. Sign in at the console and set it up.",
        ));
    }
    Ok(())
}

/// The page where what this problem asks for is done, if it is one of those.
pub(super) fn comes_first(problem: &Problem) -> Option<&'static str> {
    FIRST.iter().find(|(code, _)| *code == problem.code()).map(|(_, page)| *page)
}
