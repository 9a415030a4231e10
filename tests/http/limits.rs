//! Limits under load: what is let through, and who goes on as if nothing were.

use crate::support::{
    api::{Api, now, wanted},
    client::{Answer, Client},
};
use chrono::TimeDelta;
use futures::future::join_all;
use reqwest::Method;
use shared::ledger::keys::KeyScope;
use std::time::Instant;

const FLOOD: usize = 400;

/// Sends so many requests at once.
async fn flood(caller: &Client, path: &str, requests: usize) -> Vec<Answer> {
    join_all((0..requests).map(|_| caller.get(path))).await
}

/// What a program can go by when it is refused.
fn assert_says_when(answer: &Answer, policy: &str) {
    assert_eq!(answer.refusal(), (429, "rate_limited".into()));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(answer.json()["next_allowed_at"].is_string());
    assert!(answer.header("ratelimit-policy").contains(&format!("\"{policy}\";q=")), "{:?}", answer.headers);
    assert!(answer.header("ratelimit").contains(&format!("\"{policy}\";r=0;t=")), "{:?}", answer.headers);
}

#[tokio::test]
async fn a_flood_from_one_address_is_bounded_and_others_are_served() {
    const A_MINUTE: usize = 60;
    let api = Api::start_with(|config| config.limits.requests_per_minute = A_MINUTE as u32).await;
    let flooding = api.caller(&[KeyScope::ExportsRead], None).await;
    let other = api.caller(&[KeyScope::ExportsRead], None).await.calling_from([127, 0, 0, 2]);
    let started = Instant::now();
    let (flooded, served) = tokio::join!(flood(&flooding, "/v1/exports", FLOOD), async {
        let mut served = Vec::new();
        for _ in 0..30 {
            served.push(other.get("/v1/exports").await);
        }
        served
    });
    let refilled = started.elapsed().as_secs() as usize + 1;
    let let_through = flooded.iter().filter(|answer| answer.status == 200).count();
    assert!((A_MINUTE..=A_MINUTE + refilled).contains(&let_through), "{let_through} of {FLOOD}");
    for refused in flooded.iter().filter(|answer| answer.status != 200) {
        assert_says_when(refused, "address");
    }
    assert!(served.iter().all(|answer| answer.status == 200));
    let left = served[0].header("ratelimit");
    assert!(left.starts_with("\"address\";r=59;t=") && left.contains("\"key\";r=59;t="), "{left}");
    assert_eq!(served[0].header("ratelimit-policy"), "\"address\";q=60;w=60, \"key\";q=60;w=60");
    // Monitors are never refused.
    assert!(flood(&flooding, "/health/live", 100).await.iter().all(|answer| answer.status == 200));
}

#[tokio::test]
async fn a_key_is_limited_from_wherever_it_comes_and_another_key_is_not() {
    let api = Api::start_with(|config| config.limits.requests_per_minute = 20).await;
    let key = api.caller(&[KeyScope::ExportsRead], None).await;
    let callers: Vec<Client> = (2..12).map(|last| key.calling_from([127, 0, 0, last])).collect();
    let started = Instant::now();
    let answers = join_all(callers.iter().map(|caller| flood(caller, "/v1/exports", 10))).await.concat();
    let refilled = started.elapsed().as_secs() as usize / 3 + 1;
    let let_through = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((20..=20 + refilled).contains(&let_through), "{let_through}");
    assert_says_when(answers.iter().find(|answer| answer.status != 200).unwrap(), "key");
    let other = api.caller(&[KeyScope::ExportsRead], None).await.calling_from([127, 0, 0, 2]);
    assert_eq!(other.get("/v1/exports").await.status, 200);
}

#[tokio::test]
async fn exports_of_one_tenant_are_limited_across_keys_and_what_others_ask_is_not() {
    let api = Api::start_with(|config| config.limits.exports_per_minute = 2).await;
    let worker = api.answering("known").await;
    let started = async |tenant: &str| {
        let admin = api.admin().await;
        admin.post("/v1/exports", wanted(tenant)).await
    };
    for _ in 0..2 {
        assert!(matches!(started("t1").await.status, 200 | 202));
    }
    assert_says_when(&started("t1").await, "tenant-exports");
    assert_eq!(started("t2").await.status, 202);
    let admin = api.admin().await;
    for tenant in ["t3", "t4"] {
        assert_eq!(admin.post("/v1/exports", wanted(tenant)).await.status, 202);
    }
    assert_says_when(&admin.post("/v1/exports", wanted("t5")).await, "exports");
    assert_eq!(admin.get("/v1/exports").await.status, 200, "looking is no starting");
    worker.abort();
}

#[tokio::test]
async fn who_tries_keys_is_answered_later_and_then_not_at_all() {
    let api = Api::start_with(|config| config.limits.failures_per_minute = 4).await;
    let valid = api.caller(&[KeyScope::ExportsRead], None).await;
    let guessing = api.anyone.with_key("hk_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let mut took = Vec::new();
    for _ in 0..4 {
        let started = Instant::now();
        assert_eq!(guessing.get("/v1/exports").await.refusal(), (401, "unauthorized".into()));
        took.push(started.elapsed());
    }
    assert!(took[3].as_millis() >= 2000 && took[0].as_millis() < 2000, "{took:?}");
    let kept_out = api.anyone.calling_from([127, 0, 0, 3]).with_key("hk_wrong");
    assert_eq!(kept_out.get("/v1/exports").await.status, 401, "another address is counted apart");
    // The tries above took their time; a few more at once, and none is looked up.
    let answers = flood(&guessing, "/v1/exports", 20).await;
    assert!(answers.iter().filter(|answer| answer.status == 401).count() <= 4);
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_says_when(refused, "failures");
    assert_eq!(valid.calling_from([127, 0, 0, 2]).get("/v1/exports").await.status, 200);
    // Without a key there is nothing to guess.
    assert_eq!(api.anyone.get("/v1/exports").await.status, 401);
}

#[tokio::test]
async fn forged_links_are_not_written_down_one_by_one_and_refused_ones_are() {
    let api = Api::start_with(|config| config.limits.failures_per_minute = 20).await;
    let export = api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let (_, expired) = api.link(&export, now() - TimeDelta::seconds(1)).await;
    let forged = flood(&api.anyone, "/d/forged", 50).await;
    assert!(forged.iter().all(|answer| answer.status == 404));
    for _ in 0..3 {
        assert_eq!(api.anyone.get(&expired).await.status, 410);
    }
    let from_elsewhere = api.anyone.calling_from([127, 0, 0, 2]);
    assert_eq!(from_elsewhere.get("/d/forged").await.status, 404);
    let events = api.events("link.refused").await;
    let count = |reason: &str| events.iter().filter(|(_, _, detail)| detail["reason"] == reason).count();
    assert!((6..=12).contains(&count("forged")), "{}", count("forged"));
    assert_eq!(count("expired"), 3);
    let told: u64 = events.iter().filter_map(|(_, _, detail)| detail["unwritten"].as_u64()).sum();
    assert_eq!(told as usize + count("forged"), 51, "each forged link is written or counted");
}

#[tokio::test]
async fn pages_of_links_are_limited_with_a_page() {
    let api = Api::start_with(|config| config.limits.downloads_per_minute = 3).await;
    let pages = flood(&api.anyone, "/d/forged", 6).await;
    assert_eq!(pages.iter().filter(|page| page.status == 404).count(), 3);
    let refused = pages.iter().find(|page| page.status == 429).unwrap();
    assert!(refused.header("content-type").starts_with("text/html"));
    assert!(refused.text().contains("Try again in") && !refused.header("retry-after").is_empty());
    assert_eq!(api.anyone.get("/").await.status, 200);
}

#[tokio::test]
async fn a_key_holds_so_many_event_streams() {
    let api = Api::start_with(|config| config.limits.streams_per_key = 1).await;
    let (one, other) = (api.admin().await, api.admin().await);
    let export = api.queued("t1").await;
    let path = format!("/v1/exports/{}/events", export.id);
    let ending = async |_: &str| {
        assert_eq!(one.get(&path).await.refusal(), (429, "too_many_streams".into()));
        let cancelled = other.send(Method::POST, &format!("/v1/exports/{}/cancel", export.id), |request| request).await;
        assert!((200..300).contains(&cancelled.status));
    };
    let mut asked = false;
    let stream = one
        .stream(
            &path,
            |request| request,
            async |seen| {
                if !asked {
                    asked = true;
                    ending(seen).await;
                }
            },
        )
        .await;
    assert_eq!(stream.status, 200);
    // Its place is free again, and another key has its own.
    assert_eq!(one.get(&path).await.status, 200);
    assert_eq!(other.get(&path).await.status, 200);
}
