//! Pages of other origins: those that are configured may call, and no others (CORS).

use super::desk::{Desk, claims};
use crate::support::portal::client;
use reqwest::{Method, Response, header::HeaderMap};
use std::collections::HashSet;

const APP: &str = "https://app.example.com";

async fn desk() -> Desk {
    Desk::open_with(|config| config.portal.origins = Some(format!("{APP}, http://localhost:3000"))).await
}

/// What a browser asks before it sends a request to another origin.
async fn preflight(desk: &Desk, path: &str, origin: &str, method: &str, headers: &str) -> Response {
    let url = format!("{}{path}", desk.api.anyone.base());
    let request = client().request(Method::OPTIONS, url).header("origin", origin);
    let request = request.header("access-control-request-method", method);
    request.header("access-control-request-headers", headers).send().await.unwrap()
}

/// The names in a header, in small letters.
fn names(headers: &HeaderMap, name: &str) -> HashSet<String> {
    let value = headers.get(name).map_or("", |value| value.to_str().unwrap());
    value.split(',').map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect()
}

fn set(names: &[&str]) -> HashSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The headers of CORS that say yes.
fn allowed(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control-allow-")).collect()
}

#[tokio::test]
async fn a_page_of_a_configured_origin_may_ask() {
    let desk = desk().await;
    for origin in [APP, "http://localhost:3000"] {
        let answer =
            preflight(&desk, "/v1/exports", origin, "POST", "authorization,content-type,idempotency-key").await;
        assert_eq!(answer.status(), 200);
        let headers = answer.headers();
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(names(headers, "access-control-allow-methods"), set(&["get", "post"]));
        let sent = ["authorization", "content-type", "idempotency-key", "last-event-id"];
        assert_eq!(names(headers, "access-control-allow-headers"), set(&sent));
        assert_eq!(headers["access-control-max-age"], "3600");
        assert!(names(headers, "vary").contains("origin"));
        assert!(!headers.contains_key("access-control-allow-credentials"));
        assert!(headers.contains_key("x-request-id"));

        let token = desk.signer.sign(&claims("member", "7"));
        let url = format!("{}/v1/exports", desk.api.anyone.base());
        for (sent, status) in [(client().get(&url).bearer_auth(&token), 200), (client().get(&url), 401)] {
            let answer = sent.header("origin", origin).send().await.unwrap();
            assert_eq!(answer.status(), status, "a page also learns why it was refused");
            assert_eq!(answer.headers()["access-control-allow-origin"], origin);
            assert!(names(answer.headers(), "vary").contains("origin"));
            assert!(
                names(answer.headers(), "access-control-expose-headers")
                    .is_superset(&set(&["location", "retry-after"]))
            );
            assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let desk = desk().await;
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://APP.example.com",
        "null",
        "*",
        "",
    ] {
        let answer = preflight(&desk, "/v1/exports", origin, "POST", "authorization").await;
        assert_eq!((answer.status().as_u16(), allowed(answer.headers())), (400, vec![]), "{origin}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let token = desk.signer.sign(&claims("member", "7"));
        let url = format!("{}/v1/exports", desk.api.anyone.base());
        let answer = client().get(url).bearer_auth(token).header("origin", origin).send().await.unwrap();
        assert_eq!(allowed(answer.headers()), Vec::<&str>::new(), "{origin}");
        assert!(names(answer.headers(), "vary").contains("origin"));
    }
}

#[tokio::test]
async fn a_page_may_do_no_more_than_it_needs() {
    let desk = desk().await;
    for (path, method, headers) in [
        ("/v1/exports", "DELETE", "authorization"),
        ("/v1/exports", "PUT", "authorization"),
        ("/v1/exports", "POST", "authorization,x-forwarded-for"),
        ("/v1/exports", "GET", "cookie"),
        ("/d/x", "POST", "content-type"),
        ("/", "GET", "authorization"),
        ("/health/ready", "GET", "authorization"),
    ] {
        let answer = preflight(&desk, path, APP, method, headers).await;
        assert_eq!((answer.status().as_u16(), allowed(answer.headers())), (400, vec![]), "{method} {path} {headers}");
    }
}

#[tokio::test]
async fn without_origins_nothing_is_said_about_them() {
    let desk = Desk::open().await;
    let answer = preflight(&desk, "/v1/exports", APP, "POST", "authorization").await;
    assert_eq!(answer.status(), 405);
    let url = format!("{}/v1/exports", desk.api.anyone.base());
    let token = desk.signer.sign(&claims("member", "7"));
    let listed = client().get(url).bearer_auth(token).header("origin", APP).send().await.unwrap();
    assert_eq!(listed.status(), 200);
    for headers in [answer.headers(), listed.headers()] {
        assert!(headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{headers:?}");
        assert!(!headers.contains_key("vary"), "{headers:?}");
    }
}
