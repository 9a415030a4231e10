//! Accounts of operators: who may sign in at the console, and as what.

mod view;

use self::view::{NewOperatorView, OperatorList, OperatorView};
use super::parse_id;
use crate::{
    Context,
    auth::{Authorized, OperatorsManage},
    body::Body,
    problem::{Finding, Problem},
    words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::{
    clock,
    ledger::{
        keys::Role,
        operators::{self, Change, Changed, Email, NewOperator, Operator},
    },
    password::Password,
};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most characters of a name.
pub(crate) const LONGEST_NAME: usize = 100;

/// A request for an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorRequest {
    /// The address to sign in with; capitals do not matter.
    #[schema(max_length = 254, example = "ann@example.com")]
    pub(crate) email: String,
    /// What people call this person: one line of at most 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "Ann Lee")]
    pub(crate) name: String,
    /// What this person may do.
    #[schema(schema_with = words::role)]
    pub(crate) role: Role,
}

/// A change of an account; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorChange {
    /// Another name.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) name: Option<String>,
    /// Another role, from the next request on.
    #[schema(schema_with = words::role_or_null, required = false)]
    pub(crate) role: Option<Role>,
    /// Whether the account cannot sign in; then it is signed out everywhere.
    pub(crate) disabled: Option<bool>,
}

/// Make an account
///
/// For somebody who signs in at the console. The password is made here and shown this once; it is to be changed at the first sign-in.
#[utoipa::path(post, path = "/v1/operators", operation_id = "create_operator", tag = "operators", request_body = OperatorRequest,
    responses(
        (status = 201, body = NewOperatorView, description = "The account and its first password"),
        (status = 400, description = "`invalid_json`"),
        (status = 409, description = "`operator_exists`: the address has an account"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn create(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let wish = Body::<OperatorRequest>::read(&request, payload).await?.value;
    let (operator, password) = make(&access, &context, wish, clock::now()).await?;
    Ok(HttpResponse::Created().json(NewOperatorView { operator: operator.into(), password: password.expose() }))
}

/// Makes an account, and gives its first password away this once.
pub(crate) async fn make(
    access: &Authorized<OperatorsManage>,
    context: &Context,
    wish: OperatorRequest,
    now: DateTime<Utc>,
) -> Result<(Operator, Password), Problem> {
    of_whole(access)?;
    let email = wish.email.parse::<Email>();
    let mut findings: Vec<Finding> = wrong_name(&wish.name).into_iter().collect();
    if let Err(why) = &email {
        findings.push(Finding { pointer: "/email".into(), detail: why.to_string() });
    }
    let Ok(email) = email else { return Err(Problem::invalid_request(findings)) };
    if !findings.is_empty() {
        return Err(Problem::invalid_request(findings));
    }
    let password = Password::random();
    let new = NewOperator {
        email,
        name: wish.name,
        role: wish.role,
        password_hash: password.clone().hash().await.map_err(Problem::internal)?,
        must_change_password: true,
    };
    let made = operators::create(&context.ledger, new, access.actor(), now).await?;
    Ok((made.ok_or_else(operator_exists)?, password))
}

fn wrong_name(name: &str) -> Option<Finding> {
    let fits = !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    let detail = format!("must be one line of 1 to {LONGEST_NAME} characters");
    (!fits).then(|| Finding { pointer: "/name".into(), detail })
}

/// List accounts, by name
///
/// Also those that are disabled.
#[utoipa::path(get, path = "/v1/operators", operation_id = "list_operators", tag = "operators",
    responses((status = 200, body = OperatorList, description = "All of them")))]
pub(crate) async fn list(access: Authorized<OperatorsManage>, context: Data<Context>) -> Result<HttpResponse, Problem> {
    of_whole(&access)?;
    let items = operators::list(&context.ledger).await?.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(OperatorList { items }))
}

/// Change an account
///
/// Its name, its role, or whether it can sign in. Nothing takes the last administrator away.
#[utoipa::path(patch, path = "/v1/operators/{id}", operation_id = "change_operator", tag = "operators", params(("id" = Uuid, Path, description = "The operator's number")), request_body = OperatorChange,
    responses(
        (status = 200, body = OperatorView, description = "As it is now"),
        (status = 400, description = "`invalid_id`, `invalid_json`"),
        (status = 404, description = "`operator_not_found`"),
        (status = 409, description = "`last_administrator`: nobody would be left who may do everything"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn change(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    let wish = Body::<OperatorChange>::read(&request, payload).await?.value;
    let operator = alter(&access, &context, id, wish, clock::now()).await?;
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Changes an account; returns it as it is then.
pub(crate) async fn alter(
    access: &Authorized<OperatorsManage>,
    context: &Context,
    id: Uuid,
    wish: OperatorChange,
    now: DateTime<Utc>,
) -> Result<Operator, Problem> {
    of_whole(access)?;
    if let Some(finding) = wish.name.as_deref().and_then(wrong_name) {
        return Err(Problem::invalid_request(vec![finding]));
    }
    let change = Change { name: wish.name, role: wish.role, disabled: wish.disabled };
    match operators::change(&context.ledger, id, &change, access.actor(), now).await? {
        Changed::Done => find(context, id).await,
        Changed::Unknown => Err(operator_not_found()),
        Changed::LastAdministrator => Err(last_administrator()),
    }
}

/// Give an account another password
///
/// It is made here and shown this once, and is to be changed at the next sign-in. The account is signed out everywhere.
#[utoipa::path(post, path = "/v1/operators/{id}/password", operation_id = "reset_operator_password", tag = "operators", params(("id" = Uuid, Path, description = "The operator's number")),
    responses(
        (status = 200, body = NewOperatorView, description = "The account and its new password"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`operator_not_found`"),
        (status = 409, description = "`own_account`: the console's page of the account does it, and asks for the password"),
    ))]
pub(crate) async fn reset_password(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (operator, password) = renew_password(&access, &context, parse_id(&id)?, clock::now()).await?;
    Ok(HttpResponse::Ok().json(NewOperatorView { operator: operator.into(), password: password.expose() }))
}

/// Gives an account another password, and gives that away this once.
pub(crate) async fn renew_password(
    access: &Authorized<OperatorsManage>,
    context: &Context,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Operator, Password), Problem> {
    of_whole(access)?;
    of_another(access, id)?;
    let password = Password::random();
    let hash = password.clone().hash().await.map_err(Problem::internal)?;
    if !operators::reset_password(&context.ledger, id, &hash, access.actor(), now).await? {
        return Err(operator_not_found());
    }
    Ok((find(context, id).await?, password))
}

/// Switch off two-step sign-in of an account
///
/// For somebody who has lost the device and the backup codes. The account is signed out everywhere.
#[utoipa::path(delete, path = "/v1/operators/{id}/second-factor", operation_id = "remove_operator_second_factor", tag = "operators", params(("id" = Uuid, Path, description = "The operator's number")),
    responses(
        (status = 204, description = "It is off"),
        (status = 400, description = "`invalid_id`"),
        (status = 404, description = "`operator_not_found`"),
        (status = 409, description = "`own_account`: the console's page of the account does it, and asks for the password"),
    ))]
pub(crate) async fn remove_second_factor(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    drop_second_factor(&access, &context, parse_id(&id)?, clock::now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks an account for no second factor until its owner sets one up again.
pub(crate) async fn drop_second_factor(
    access: &Authorized<OperatorsManage>,
    context: &Context,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    of_whole(access)?;
    of_another(access, id)?;
    match operators::remove(&context.ledger, id, None, access.actor(), now).await? {
        true => Ok(()),
        false => Err(operator_not_found()),
    }
}

/// Refuses an operator's own account: its own page asks for the password first, which whoever only found an open session does not have.
fn of_another(access: &Authorized<OperatorsManage>, id: Uuid) -> Result<(), Problem> {
    if access.signed_in().is_none_or(|signed_in| signed_in.operator.id != id) {
        return Ok(());
    }
    let detail =
        "This is your own account. Change it at the console's page of your account, which asks for your password.";
    Err(Problem::new(StatusCode::CONFLICT, "own_account", "This is your own account", detail))
}

/// Refuses a key that is bound to a source or a tenant: operators are for all of them.
fn of_whole(access: &Authorized<OperatorsManage>) -> Result<(), Problem> {
    if access.bounds().is_whole() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_tenant",
        "The key is for a part only",
        "Operators are for the whole installation, and this key is bound to a part of it.",
    ))
}

async fn find(context: &Context, id: Uuid) -> Result<Operator, Problem> {
    operators::find(&context.ledger, id).await?.ok_or_else(operator_not_found)
}

fn operator_not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "operator_not_found", "No such operator", "There is no operator with this id.")
}

fn operator_exists() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "operator_exists",
        "The address has an account",
        "There is an operator with this address; it may be disabled.",
    )
}

fn last_administrator() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "last_administrator",
        "The last administrator stays",
        "Nobody would be left who may do everything. Make another administrator first.",
    )
}
