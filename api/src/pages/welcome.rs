//! The page at the root: for whoever cut a link short, and for engineers who look for the documentation.

use super::frame::Frame;
use crate::Context;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    frame: &'a Frame,
}

/// What this server is
#[utoipa::path(get, path = "/", operation_id = "welcome", tag = "documentation", params(("lang" = Option<String>, Query, description = "The language of the page, as in `de`; default the best that the browser asks for")), responses((status = 200, body = String, content_type = "text/html", description = "A page")))]
pub(crate) async fn show(context: Data<Context>, request: HttpRequest) -> HttpResponse {
    let frame = Frame::own(&context, &request);
    frame.answer(StatusCode::OK, &Welcome { frame: &frame }, None)
}
