//! The files that the pages load.

use crate::problem::Problem;
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Path,
};

const FILES: [(&str, &str, &str); 4] = [
    ("page.css", "text/css; charset=utf-8", include_str!("../../assets/page.css")),
    ("console.css", "text/css; charset=utf-8", include_str!("../../assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("../../assets/console.js")),
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
