//! Clients that take their time: they lose their connection, and nobody else theirs.

use super::wire::Wire;
use crate::support::{
    api::{Api, now},
    patience::{LONG, until},
};
use chrono::TimeDelta;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// An API with little patience.
async fn impatient() -> Api {
    Api::start_with(|config| {
        config.limits.request_timeout = SECOND;
        config.limits.keep_alive = SECOND;
        config.limits.stall_timeout = SECOND;
    })
    .await
}

#[tokio::test]
async fn a_head_that_trickles_in_is_not_waited_for() {
    let api = impatient().await;
    let mut wire = Wire::open(&api).await;
    wire.send("GET /health/live HTTP/1.1\r\nx-slow: ").await;
    let said = wire.trickle("a").await;
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    assert_eq!(api.anyone.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn neither_is_the_head_of_a_later_request() {
    let api = impatient().await;
    let mut wire = Wire::open(&api).await;
    wire.send("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    wire.read_until("{\"status\":\"live\"}").await;
    wire.send("GET /health/live HTTP/1.1\r\nx-slow: ").await;
    let said = wire.trickle("a").await;
    assert!(!said.contains("200 OK"), "{said}");
}

#[tokio::test]
async fn a_body_that_trickles_in_is_refused() {
    let api = impatient().await;
    let key = api.key(&[shared::ledger::keys::KeyScope::Admin], None, None).await;
    let mut wire = Wire::open(&api).await;
    let head = format!(
        "POST /v1/exports HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
    );
    wire.send(&head).await;
    let said = wire.trickle(" ").await;
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    assert!(said.contains("application/problem+json") && said.contains("\"too_slow\""), "{said}");
    assert!(api.exports().await.is_empty());
}

#[tokio::test]
async fn a_body_that_nobody_reads_holds_no_connection() {
    let api = impatient().await;
    let mut wire = Wire::open(&api).await;
    wire.send("POST /v1/exports HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n").await;
    let said = wire.trickle(" ").await;
    assert!(said.starts_with("HTTP/1.1 401"), "{said}");
}

/// Where the button of the link at this path leads.
async fn ticket(api: &Api, path: &str) -> String {
    // From elsewhere, since an address may hold few connections.
    let mut wire = Wire::open_from(api, [127, 0, 0, 2]).await;
    wire.send(&format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")).await;
    let said = String::from_utf8(wire.read_to_end().await).unwrap();
    let place = said.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    place[place.find("/f/").unwrap()..].to_owned()
}

#[tokio::test]
async fn a_download_that_is_not_taken_gives_its_place_to_others() {
    let api = Api::start_with(|config| {
        config.limits.stall_timeout = SECOND;
        config.limits.connections_per_address = 1;
    })
    .await;
    let size = 48 << 20;
    let export = api.ready("t1", Box::leak(vec![b'a'; size].into_boxed_slice()), now() + TimeDelta::days(1)).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let path = ticket(&api, &path).await;
    let mut wire = Wire::open_narrow(&api).await;
    wire.send(&format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
    let head = wire.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains(&format!("content-length: {size}")), "{head}");
    // Nothing more is read, until somebody else is let in: this address may hold one connection.
    let answered = until("the connection to be closed", LONG, async || {
        let mut other = Wire::open(&api).await;
        other.send("GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        let said = other.read_to_end().await;
        (!said.is_empty()).then_some(said)
    })
    .await;
    assert!(answered.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answered));
    assert!(wire.read_to_end().await.len() < size);
}

#[tokio::test]
async fn a_download_that_is_taken_slowly_is_delivered_whole() {
    let api = Api::start_with(|config| config.limits.stall_timeout = SECOND * 2).await;
    let size = 24 << 20;
    let export = api.ready("t1", Box::leak(vec![b'a'; size].into_boxed_slice()), now() + TimeDelta::days(1)).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let path = ticket(&api, &path).await;
    let mut wire = Wire::open(&api).await;
    wire.send(&format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
    let head = wire.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    // Longer in all than a piece may lie, and each piece is taken in time.
    let (started, mut taken) = (std::time::Instant::now(), 0);
    loop {
        match wire.read_some(256 << 10).await {
            0 => break,
            read => taken += read,
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    assert!(taken >= size - 4096, "closed after {taken} bytes and {:?}", started.elapsed());
    assert!(started.elapsed() > SECOND * 2, "too fast to show anything: {:?}", started.elapsed());
}

#[tokio::test]
async fn one_address_holds_so_many_connections_and_others_are_let_in() {
    let api = Api::start_with(|config| config.limits.connections_per_address = 3).await;
    let live = "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::open(&api).await;
        wire.send(live).await;
        wire.read_until("{\"status\":\"live\"}").await;
        held.push(wire);
    }
    let mut fourth = Wire::open(&api).await;
    fourth.send(live).await;
    assert_eq!(fourth.read_to_end().await, b"");
    let mut other = Wire::open_from(&api, [127, 0, 0, 2]).await;
    other.send(live).await;
    other.read_until("{\"status\":\"live\"}").await;
    held.pop();
    until("the place of a closed connection", LONG, async || {
        let mut next = Wire::open(&api).await;
        next.send("GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        (!next.read_to_end().await.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let api = Api::start().await;
    let value = "a".repeat(20 << 10);
    let large = api.anyone.send(reqwest::Method::GET, "/v1/exports", |request| request.header("x-large", &value)).await;
    assert_eq!(large.refusal(), (431, "head_too_large".into()));
    let many = (0..80).fold(String::new(), |fields, field| format!("{fields}x-{field}: a\r\n"));
    let mut wire = Wire::open(&api).await;
    wire.send(&format!("GET /health/live HTTP/1.1\r\nhost: a\r\n{many}\r\n")).await;
    let said = String::from_utf8(wire.read_to_end().await).unwrap();
    assert!(said.starts_with("HTTP/1.1 431") && said.contains("head_too_large"), "{said}");
    let long = api.anyone.get(&format!("/v1/exports?limit={}", "1".repeat(9000))).await;
    assert_eq!(long.refusal(), (414, "address_too_long".into()));
}
