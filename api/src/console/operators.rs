//! The page of those who may sign in here.

use super::{ApiCall, Section, Shell, page, to};
use crate::{
    Context,
    auth::{Authorized, OperatorsManage},
    form::{Button, Form},
    problem::Problem,
    routes::{
        operators::{self as api, LONGEST_NAME, OperatorChange, OperatorRequest},
        parse_id,
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use serde::Deserialize;
use serde_json::json;
use shared::{
    clock, display,
    ledger::{
        keys::Role,
        operators::{self, Operator},
    },
    password::Password,
};

/// A new account.
#[derive(Debug, Deserialize)]
pub(crate) struct NewForm {
    email: String,
    name: String,
    role: Role,
}

/// What is changed of an account; a field that a form does not have stays as it is.
#[derive(Debug, Deserialize)]
pub(crate) struct ChangeForm {
    name: Option<String>,
    role: Option<Role>,
    disabled: Option<bool>,
}

/// An account as a line of the list.
struct Line {
    operator: Operator,
    is_self: bool,
    state: &'static str,
    last: String,
    change: ApiCall,
    disable: ApiCall,
    reset: ApiCall,
    unlock: ApiCall,
}

impl Line {
    fn of(operator: Operator, own: Option<uuid::Uuid>, request: &HttpRequest) -> Self {
        let address = format!("v1/operators/{}", operator.id);
        let is_disabled = operator.disabled_at.is_some();
        Self {
            is_self: Some(operator.id) == own,
            state: match (operator.disabled_at, operator.must_change_password) {
                (Some(_), _) => "disabled",
                (None, true) => "new password",
                (None, false) => "active",
            },
            last: operator.signed_in_at.map_or_else(|| "never".into(), display::moment),
            change: ApiCall::new(request, "PATCH", &address, Some(&json!({ "role": "viewer" }))),
            disable: ApiCall::new(request, "PATCH", &address, Some(&json!({ "disabled": !is_disabled }))),
            reset: ApiCall::new(request, "POST", &format!("{address}/password"), None),
            unlock: ApiCall::new(request, "DELETE", &format!("{address}/second-factor"), None),
            operator,
        }
    }
}

#[derive(Template)]
#[template(path = "console/operators.html")]
struct OperatorPage {
    shell: Shell,
    lines: Vec<Line>,
    list: ApiCall,
    create: ApiCall,
}

#[derive(Template)]
#[template(path = "console/new-operator.html")]
struct PasswordPage {
    shell: Shell,
    operator: Operator,
    password: Password,
}

/// The page.
pub(crate) async fn show(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let own = access.signed_in().map(|signed_in| signed_in.operator.id);
    let operators = operators::list(&context.ledger).await?;
    let body = json!({ "email": "ann@example.com", "name": "Ann Lee", "role": "operator" });
    let shown = OperatorPage {
        shell: Shell::of(&context, &request, Section::Operators),
        lines: operators.into_iter().map(|operator| Line::of(operator, own, &request)).collect(),
        list: ApiCall::new(&request, "GET", "v1/operators", None),
        create: ApiCall::new(&request, "POST", "v1/operators", Some(&body)),
    };
    Ok(page(StatusCode::OK, &shown))
}

/// Makes an account and shows its first password this once.
pub(crate) async fn create(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<NewForm>,
) -> Result<HttpResponse, Problem> {
    let NewForm { email, name, role } = form.into_inner();
    let wish = OperatorRequest { email, name: name.trim().to_owned(), role };
    let (operator, password) = api::make(&access, &context, wish, clock::now()).await?;
    let shell = Shell::of(&context, &request, Section::Operators);
    Ok(page(StatusCode::CREATED, &PasswordPage { shell, operator, password }))
}

/// Changes an account.
pub(crate) async fn change(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<ChangeForm>,
) -> Result<HttpResponse, Problem> {
    let ChangeForm { name, role, disabled } = form.into_inner();
    let wish = OperatorChange { name: name.map(|name| name.trim().to_owned()), role, disabled };
    api::alter(&access, &context, parse_id(&id)?, wish, clock::now()).await?;
    let done = match disabled {
        Some(true) => "operator-disabled",
        Some(false) => "operator-enabled",
        None => "operator-changed",
    };
    Ok(to(&request, &format!("console/operators?done={done}")))
}

/// Gives an account another password and shows it this once.
pub(crate) async fn reset_password(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let (operator, password) = api::renew_password(&access, &context, parse_id(&id)?, clock::now()).await?;
    let shell = Shell::of(&context, &request, Section::Operators);
    Ok(page(StatusCode::OK, &PasswordPage { shell, operator, password }))
}

/// Switches off two-step sign-in of an account.
pub(crate) async fn remove_second_factor(
    access: Authorized<OperatorsManage>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    api::drop_second_factor(&access, &context, parse_id(&id)?, clock::now()).await?;
    Ok(to(&request, "console/operators?done=operator-reset"))
}
