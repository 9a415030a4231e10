//! Whose word counts about where a request comes from.

use crate::support::api::{Api, now};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use shared::config::ForwardedHeader;

/// The address that the audit has for a request with these headers from `peer`.
async fn audited(api: &Api, peer: [u8; 4], headers: &[(&str, &str)]) -> String {
    let caller = api.anyone.calling_from(peer);
    let answer = caller
        .send(Method::GET, "/d/forged", |request| {
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        })
        .await;
    assert_eq!(answer.status, 404);
    api.events("link.refused").await.pop().unwrap().1.unwrap()
}

#[tokio::test]
async fn only_trusted_proxies_are_believed() {
    let api = Api::start_with(|config| config.trusted_proxies = "127.0.0.2, 127.0.0.3/32".parse().unwrap()).await;
    let spoofed =
        [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7"), ("x-real-ip", "198.51.100.7")];
    assert_eq!(audited(&api, [127, 0, 0, 1], &spoofed).await, "127.0.0.1");
    assert_eq!(audited(&api, [127, 0, 0, 2], &[("x-forwarded-for", "198.51.100.7")]).await, "198.51.100.7");
    let two = [("x-forwarded-for", "203.0.113.9, 198.51.100.7, 127.0.0.3")];
    assert_eq!(audited(&api, [127, 0, 0, 2], &two).await, "198.51.100.7");
    assert_eq!(audited(&api, [127, 0, 0, 2], &[("forwarded", "for=198.51.100.7")]).await, "127.0.0.2");
    assert_eq!(audited(&api, [127, 0, 0, 2], &[("x-forwarded-for", "garbage")]).await, "127.0.0.2");
}

#[tokio::test]
async fn limits_count_the_client_behind_a_proxy() {
    let api = Api::start_with(|config| {
        config.trusted_proxies = "127.0.0.2".parse().unwrap();
        config.forwarded_header = ForwardedHeader::Forwarded;
        config.limits.requests_per_minute = 2;
    })
    .await;
    let proxy = api.anyone.calling_from([127, 0, 0, 2]);
    let status = async |client: &str| {
        let header = format!("for={client}");
        proxy.send(Method::GET, "/", |request| request.header("forwarded", header)).await.status
    };
    assert_eq!((status("198.51.100.7").await, status("198.51.100.7").await), (200, 200));
    assert_eq!(status("198.51.100.7").await, 429);
    assert_eq!(status("198.51.100.8").await, 200);
    // From elsewhere the header is no way around.
    let spoof = async |client: &str| {
        let header = format!("for={client}");
        api.anyone.send(Method::GET, "/", |request| request.header("forwarded", header)).await.status
    };
    assert_eq!((spoof("1.2.3.4").await, spoof("1.2.3.5").await, spoof("1.2.3.6").await), (200, 200, 429));
}

#[tokio::test]
async fn no_header_says_where_links_lead() {
    let public = "https://exports.example.com/data";
    let api = Api::start_with(|config| {
        config.public_url = Some(public.parse().unwrap());
        config.trusted_proxies = "127.0.0.1".parse().unwrap();
    })
    .await;
    let export = api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let admin = api.admin().await;
    let link = admin
        .send(Method::POST, &format!("/v1/exports/{}/links", export.id), |request| {
            request
                .header("host", "evil.example")
                .header("x-forwarded-host", "evil.example")
                .header("x-forwarded-proto", "http")
                .header("forwarded", "host=evil.example;proto=http")
                .json(&json!({}))
        })
        .await;
    assert_eq!(link.status, 201);
    let url = link.json()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("{public}/d/")), "{url}");
    assert!(!link.text().contains("evil"));
}
