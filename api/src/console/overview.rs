//! The first page: the whole installation at a glance.

use super::{Section, Shell, page};
use crate::{
    Context,
    auth::{Authorized, ConsoleUse},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct Overview {
    shell: Shell,
}

/// The page.
pub(crate) async fn show(_: Authorized<ConsoleUse>, context: Data<Context>, request: HttpRequest) -> HttpResponse {
    page(StatusCode::OK, &Overview { shell: Shell::of(&context, &request, Section::Overview) })
}
