//! The files that the pages load.

use crate::{Context, problem::Problem};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};

const FILES: [(&str, &str, &str); 6] = [
    ("page.css", "text/css; charset=utf-8", include_str!("../../assets/page.css")),
    ("console.css", "text/css; charset=utf-8", include_str!("../../assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("../../assets/console.js")),
    ("operations.css", "text/css; charset=utf-8", include_str!("../../assets/operations.css")),
    ("live.js", "text/javascript; charset=utf-8", include_str!("../../assets/live.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
];

pub(crate) async fn show(name: Path<String>) -> Result<HttpResponse, Problem> {
    let (_, content_type, content) = FILES
        .iter()
        .find(|(file, ..)| *file == name.as_str())
        .ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND))?;
    Ok(HttpResponse::Ok()
        .content_type(*content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(*content))
}

/// The colours of a source's product; of one that has none of its own, or does not exist, the installation's.
pub(crate) async fn brand(context: Data<Context>, source: Path<String>) -> HttpResponse {
    stylesheet(context.config.brand(&source).css())
}

/// The installation's colours.
pub(crate) async fn own_brand(context: Data<Context>) -> HttpResponse {
    stylesheet(context.config.own_brand().css())
}

fn stylesheet(content: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(content)
}
