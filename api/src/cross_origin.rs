//! Which pages of other origins may call the API from a browser (CORS, the Fetch standard).

use actix_cors::Cors;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};

/// How long a browser may remember a preflight, in seconds.
const REMEMBERED: usize = 3600;

/// What pages of these origins may do: call the API with a token in a header. Never with cookies, and no other address.
pub(crate) fn policy(origins: &[String]) -> Cors {
    let origins = origins.to_vec();
    let names = |names: &[&'static str]| names.iter().map(|name| HeaderName::from_static(name)).collect::<Vec<_>>();
    Cors::default()
        .allowed_origin_fn(move |origin, request| {
            let is_listed = origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes());
            is_listed && request.uri.path().starts_with("/v1/")
        })
        .allowed_methods(["GET", "POST"])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE])
        .allowed_headers(names(&["idempotency-key", "last-event-id"]))
        .expose_headers([LOCATION, RETRY_AFTER, WWW_AUTHENTICATE])
        .expose_headers(names(&["x-request-id", "ratelimit", "ratelimit-policy"]))
        .max_age(REMEMBERED)
}
