//! What kind of request it is, as far as limits are concerned.

use actix_web::http::Method;

/// Routes that have a limit in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Monitors ask as often as they like.
    Free,
    /// Starts work in a source.
    Start,
    /// Makes links.
    Links,
    /// The page behind a link, and the download.
    Download,
    /// Sends or checks a one-time code.
    Code,
    /// Everything else.
    Other,
}

impl Class {
    /// The class of a route by its method and pattern.
    pub(super) fn of(method: &Method, pattern: Option<&str>) -> Self {
        let Some(pattern) = pattern else { return Self::Other };
        let post = method == Method::POST;
        // A button of the console costs what its call of the API does.
        let pattern = if post { pattern.strip_prefix("/console").unwrap_or(pattern) } else { pattern };
        match pattern.strip_prefix("/v1").unwrap_or(pattern) {
            "/health/live" | "/health/ready" => Self::Free,
            "/exports" | "/exports/{id}/retry" | "/schedules/{id}/run" if post => Self::Start,
            "/exports/{id}/links" | "/exports/{id}/download" if post => Self::Links,
            "/d/{token}/code" | "/d/{token}/session" => Self::Code,
            "/sign-in" | "/sign-in/code" if post => Self::Code,
            pattern if ["/d/", "/f/", "/u/"].iter().any(|start| pattern.starts_with(start)) => Self::Download,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{Route, routes};

    #[test]
    fn every_route_has_the_class_that_its_cost_asks_for() {
        let class = |method: Method, path| Class::of(&method, Some(path));
        assert_eq!(class(Method::POST, "/v1/exports"), Class::Start);
        assert_eq!(class(Method::GET, "/v1/exports"), Class::Other);
        assert_eq!(class(Method::POST, "/d/{token}"), Class::Download);
        assert_eq!(class(Method::POST, "/d/{token}/code"), Class::Code);
        assert_eq!(class(Method::POST, "/d/{token}/session"), Class::Code);
        assert_eq!(class(Method::GET, "/f/{ticket}"), Class::Download);
        assert_eq!(Class::of(&Method::GET, None), Class::Other);
        // The patterns above are those of real routes.
        let all = routes();
        let is = |route: &Route, wanted| Class::of(&route.method, Some(route.path)) == wanted;
        let of = |wanted| all.iter().filter(move |route| is(route, wanted)).map(|route| route.path);
        assert_eq!(of(Class::Free).count(), 2);
        assert_eq!(
            of(Class::Links).collect::<Vec<_>>(),
            ["/v1/exports/{id}/links", "/v1/exports/{id}/download", "/console/exports/{id}/links"]
        );
        assert_eq!(
            of(Class::Start).collect::<Vec<_>>(),
            [
                "/v1/exports",
                "/v1/exports/{id}/retry",
                "/v1/schedules/{id}/run",
                "/console/exports",
                "/console/exports/{id}/retry",
                "/console/schedules/{id}/run"
            ]
        );
        assert_eq!(class(Method::POST, "/console/sign-in"), Class::Code);
        assert_eq!(class(Method::GET, "/console/sign-in"), Class::Other);
        assert!(of(Class::Download).count() >= 3);
    }
}
