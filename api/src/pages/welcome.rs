//! The page at the root: for whoever cut a link short, and for engineers who look for the documentation.

use super::html;
use crate::Context;
use actix_web::{HttpResponse, http::StatusCode, web::Data};
use askama::Template;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    product: &'a str,
}

/// What this server is
#[utoipa::path(get, path = "/", operation_id = "welcome", tag = "documentation", responses((status = 200, body = String, content_type = "text/html", description = "A page")))]
pub(crate) async fn show(context: Data<Context>) -> HttpResponse {
    let page = Welcome { product: &context.config.product };
    html(StatusCode::OK, &page, None)
}
