//! `GET /v1/audit`.

use crate::support::api::{Api, now};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::ledger::keys::KeyScope;

/// Two tenants of `shop`, and one of another source.
async fn filled() -> Api {
    let api = Api::start().await;
    for tenant in ["acme", "acme", "globex"] {
        api.ready(tenant, b"archive", now() + TimeDelta::days(1)).await;
    }
    api
}

fn actions(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_audit_is_read_page_by_page_newest_first() {
    let api = filled().await;
    let reader = api.caller(&[KeyScope::AuditRead], None).await;
    let whole = reader.get("/v1/audit?limit=100").await.json();
    let all: Vec<i64> = whole["items"].as_array().unwrap().iter().map(|item| item["seq"].as_i64().unwrap()).collect();
    // Nine of the exports, a key made, and its first use.
    assert_eq!(all, (1..=11).rev().collect::<Vec<_>>());
    assert!(whole.get("next_cursor").is_none());
    let (mut seen, mut path) = (Vec::new(), "/v1/audit?limit=4".to_owned());
    loop {
        let page = reader.get(&path).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["seq"].as_i64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/audit?limit=4&cursor={cursor}");
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn the_audit_is_filtered() {
    let api = filled().await;
    let reader = api.caller(&[KeyScope::AuditRead], None).await;
    let found = async |query: &str| actions(&reader.get(&format!("/v1/audit?limit=100&{query}")).await.json()).len();
    assert_eq!(found("tenant=acme").await, 6);
    assert_eq!(found("tenant=acme&action=export.ready").await, 2);
    assert_eq!(found("action=export").await, 9);
    assert_eq!(found("outcome=refused").await, 0);
    assert_eq!(found("actor=worker:w1&source=shop").await, 6);
    assert_eq!(found("source=elsewhere").await, 0);
    let export = api.exports().await[0].id;
    assert_eq!(found(&format!("export={export}")).await, 3);
    assert_eq!(found("until=2026-01-01T00:00:00Z").await, 0);
    for query in
        ["limit=0", "limit=101", "cursor=x", "cursor=-1", "outcome=fine", "since=yesterday", "who=me", "format=xml"]
    {
        let answer = reader.get(&format!("/v1/audit?{query}")).await;
        assert_eq!(answer.refusal(), (400, "invalid_query".into()), "{query}");
    }
}

#[tokio::test]
async fn only_the_scope_for_it_gives_the_audit_and_a_bound_key_sees_its_own_tenant_only() {
    let api = filled().await;
    for scope in KeyScope::ALL {
        let answer = api.caller(&[*scope], None).await.get("/v1/audit").await;
        let may = matches!(scope, KeyScope::AuditRead | KeyScope::Admin);
        assert_eq!(answer.status, if may { 200 } else { 403 }, "{scope}");
    }
    let bound = api.caller(&[KeyScope::AuditRead], Some(("shop", "globex"))).await;
    let page = bound.get("/v1/audit?limit=100").await.json();
    let seen = page["items"].as_array().unwrap();
    assert!(
        !seen.is_empty() && seen.iter().all(|item| item["tenant"] == "globex" && item["source"] == "shop"),
        "{page}"
    );
    for query in ["tenant=acme", "source=elsewhere"] {
        assert_eq!(bound.get(&format!("/v1/audit?{query}")).await.json(), json!({ "items": [] }));
        for (format, lines) in [("jsonl", 0), ("csv", 1)] {
            let answer = bound.get(&format!("/v1/audit?{query}&format={format}")).await;
            assert_eq!(answer.text().lines().count(), lines, "{query} {format}");
        }
    }
    let whole = bound.get("/v1/audit?format=jsonl").await;
    assert!(whole.text().lines().count() > 3 && !whole.text().contains("acme"), "{}", whole.text());
}

#[tokio::test]
async fn the_whole_audit_comes_as_lines_that_anybody_can_check() {
    let api = filled().await;
    let reader = api.admin().await;
    let accept =
        |media_type: &'static str| move |request: reqwest::RequestBuilder| request.header("accept", media_type);
    let answer = reader.send(Method::GET, "/v1/audit", accept("application/jsonl")).await;
    assert_eq!(answer.header("content-type"), "application/jsonl");
    let mut before = "00".repeat(32);
    for line in answer.text().lines() {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["previous_hash"], json!(before));
        let hash = entry.as_object_mut().unwrap().remove("hash").unwrap();
        entry.sort_all_objects();
        assert_eq!(json!(hex::encode(Sha256::digest(entry.to_string()))), hash);
        before = hash.as_str().unwrap().to_owned();
    }
    let last: Value = serde_json::from_str(answer.text().lines().last().unwrap()).unwrap();
    assert_eq!(last["action"], "audit.exported", "that it was taken is in it");

    let answer = reader.send(Method::GET, "/v1/audit?tenant=acme", accept("text/csv")).await;
    let mut rows = csv::Reader::from_reader(answer.text().as_bytes());
    assert_eq!(rows.headers().unwrap().iter().take(4).collect::<Vec<_>>(), ["seq", "at", "actor", "action"]);
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert!(rows.iter().all(|row| &row[7] == "acme"));
    assert_eq!(rows.len(), 7, "six of the exports, and that it was taken");
}

#[tokio::test]
async fn a_key_used_from_an_address_for_the_first_time_leaves_one_entry() {
    let api = Api::start().await;
    let caller = api.caller(&[KeyScope::ExportsRead], None).await;
    for _ in 0..3 {
        assert_eq!(caller.get("/v1/exports").await.status, 200);
    }
    let used = api.events("key.used").await;
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].1.as_deref(), Some("127.0.0.1"));
    assert_eq!(caller.get("/v1/audit").await.status, 403);
    assert_eq!(api.events("access.refused").await.len(), 1);
}
