//! Signing out.

use super::{cookie, to};
use crate::{
    Context,
    auth::{Authorized, ConsoleUse},
    form::{Button, Form},
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use shared::{clock, ledger::operators};

/// Ends the session.
pub(crate) async fn sign_out(
    access: Authorized<ConsoleUse>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    if let Some(signed_in) = access.signed_in() {
        operators::sign_out(&context.ledger, signed_in, access.actor(), clock::now()).await?;
    }
    let mut response = to(&request, "console/sign-in?out=1");
    let (name, value) = cookie(&request).clear().map_err(Problem::internal)?;
    response.headers_mut().append(name, value);
    Ok(response)
}
