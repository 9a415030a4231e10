//! All data of a tenant need a token of the last five minutes.

use super::desk::{Desk, changed, claims};
use crate::support::{api::now, client::Client};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use shared::link::Protection;

/// A caller whose token was issued so many seconds ago.
fn aged(desk: &Desk, role: &str, jti: &str, seconds: i64) -> Client {
    let issued_at = now().timestamp() - seconds;
    desk.caller(&changed(claims(role, "7"), &json!({ "iat": issued_at, "exp": issued_at + 900, "jti": jti })))
}

#[tokio::test]
async fn a_tenants_export_needs_a_token_of_the_last_five_minutes() {
    let desk = Desk::open().await;
    let stale = aged(&desk, "admin", "a", 300);
    let answer = stale.post("/v1/exports", json!({})).await;
    assert_eq!(answer.refusal(), (403, "token_not_fresh".into()));
    let challenge = answer.header("www-authenticate");
    for part in ["Bearer ", "error=\"insufficient_user_authentication\"", "max_age=\"300\""] {
        assert!(challenge.contains(part), "{challenge}");
    }
    assert!(answer.json()["detail"].as_str().unwrap().contains("Sign in again"));
    assert!(desk.api.exports().await.is_empty());
    assert_eq!(desk.api.events("access.refused").await[0].2["code"], "token_not_fresh");

    // One person's data, and looking, need no more than a token that counts.
    let body = json!({ "subject": { "kind": "customer", "key": "9" } });
    assert_eq!(stale.post("/v1/exports", body).await.status, 202);
    assert_eq!(stale.get("/v1/exports").await.status, 200);
    assert_eq!(aged(&desk, "member", "b", 800).post("/v1/exports", json!({})).await.status, 202);
    assert_eq!(aged(&desk, "admin", "c", 280).post("/v1/exports", json!({})).await.status, 202);
}

#[tokio::test]
async fn a_link_to_a_tenants_archive_needs_one_too() {
    let desk = Desk::open().await;
    let ready = desk.api.ready("t1", b"all of it", now() + TimeDelta::days(1)).await.id;
    let path = format!("/v1/exports/{ready}/links");
    let answer = aged(&desk, "admin", "a", 300).post(&path, json!({})).await;
    assert_eq!(answer.refusal(), (403, "token_not_fresh".into()));
    assert_eq!(aged(&desk, "admin", "b", 280).post(&path, json!({})).await.status, 201);
    let path = format!("/v1/exports/{ready}/download");
    let answer = aged(&desk, "admin", "c", 300).post(&path, json!({})).await;
    assert_eq!(answer.refusal(), (403, "token_not_fresh".into()));
    assert_eq!(aged(&desk, "admin", "d", 280).post(&path, json!({})).await.status, 201);
}

#[tokio::test]
async fn deleting_a_tenants_archive_and_choosing_who_opens_it_need_one_too() {
    let desk = Desk::open().await;
    let ready = desk.api.ready("t1", b"all of it", now() + TimeDelta::days(1)).await.id;
    let path = format!("/v1/exports/{ready}/archive");
    let key = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
    let recipient = json!({ "source": "shop", "tenant": "t1", "public_key": key, "label": "safe" });
    let (stale, fresh) = (aged(&desk, "admin", "a", 300), aged(&desk, "admin", "b", 280));
    assert_eq!(stale.delete(&path).await.refusal(), (403, "token_not_fresh".into()));
    assert_eq!(stale.post("/v1/recipients", recipient.clone()).await.refusal(), (403, "token_not_fresh".into()));
    let added = fresh.post("/v1/recipients", recipient).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let one = format!("/v1/recipients/{}", added.json()["id"].as_str().unwrap());
    assert_eq!(stale.delete(&one).await.refusal(), (403, "token_not_fresh".into()));
    assert_eq!(fresh.delete(&one).await.status, 204);
    assert_eq!(fresh.delete(&path).await.status, 202);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_when_the_token_is_no_longer_fresh() {
    let desk = Desk::open().await;
    let first = aged(&desk, "admin", "a", 0).post("/v1/exports", json!({})).await;
    assert_eq!(first.status, 202);
    let again = aged(&desk, "admin", "a", 400).post("/v1/exports", json!({})).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &first.json()["id"]));
}

#[tokio::test]
async fn a_link_for_the_signed_in_needs_one_too() {
    let desk = Desk::open().await;
    let ready = desk.api.ready("t1", b"all of it", now() + TimeDelta::days(1)).await;
    let (link, path) = desk.api.link_like(&ready, |link| link.protection = Protection::SignedIn).await;
    let press = async |caller: Client| caller.send(Method::POST, &path, |request| request).await.status;
    assert_eq!(press(aged(&desk, "admin", "a", 300)).await, 403);
    assert_eq!(desk.api.downloads(&link).await, 0);
    assert_eq!(press(aged(&desk, "admin", "b", 280)).await, 303);
}
