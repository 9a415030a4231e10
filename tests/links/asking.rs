//! Links for people who are signed in, and downloads that a caller of the API asks for.

use super::ARCHIVE;
use crate::support::{
    api::{Api, now},
    client::Client,
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::{
    ledger::{audit::Actor, keys::KeyScope, links},
    link::Protection,
};

#[tokio::test]
async fn a_link_for_the_signed_in_gives_nothing_by_itself() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link_like(&export, |link| link.protection = Protection::SignedIn).await;
    let stranger = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t2"))).await;
    let reader = api.caller(&[KeyScope::ExportsRead], Some(("shop", "t1"))).await;
    for caller in [&api.anyone, &stranger, &reader, &api.anyone.with_key("hk_forged")] {
        let page = caller.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.text().contains("Sign in to Phone &#38; Repair") && !page.text().contains("<form"),
            "{}",
            page.text()
        );
        assert!(!page.text().contains("phone-repair-export.zip"));
        assert_eq!(caller.send(Method::POST, &path, |request| request).await.status, 403);
    }
    assert_eq!(api.downloads(&link).await, 0);
    let refused = api.events("link.refused").await;
    assert_eq!(refused.iter().filter(|(.., detail)| detail["reason"] == "sign_in_needed").count(), 4);

    let own = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t1"))).await;
    let pressed = own.send(Method::POST, &path, |request| request).await;
    assert_eq!(&api.anyone.get(&api.ticket(&pressed)).await.body[..], ARCHIVE);
    assert_eq!(api.downloads(&link).await, 1);
    let told = api.events("link.downloaded").await;
    assert!(told.len() == 1 && told[0].0.starts_with("key:"), "{told:?}");
}

async fn address(api: &Api, caller: &Client, path: &str, wish: serde_json::Value) -> String {
    let answer = caller.post(path, wish).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let view = answer.json();
    assert_eq!((&view["bytes"], &view["file"]), (&json!(ARCHIVE.len()), &json!("phone-repair-export.zip")));
    assert_eq!(view["sha256"], hex::encode(Sha256::digest(ARCHIVE)));
    let url = view["url"].as_str().unwrap().to_owned();
    url.strip_prefix(api.anyone.base()).unwrap().to_owned()
}

#[tokio::test]
async fn a_caller_downloads_what_is_its_own_and_the_audit_names_it() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let path = format!("/v1/exports/{}/download", export.id);
    let own = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t1"))).await;
    for wish in [json!({}), json!({ "file": "phone-repair-export.zip" })] {
        let ticket = address(&api, &own, &path, wish).await;
        assert_eq!(&api.anyone.get(&ticket).await.body[..], ARCHIVE);
    }
    let refused = own.post(&path, json!({ "file": "../ledger.db" })).await;
    assert_eq!(refused.refusal(), (422, "invalid_request".into()));
    assert_eq!(refused.json()["errors"][0]["pointer"], "/file");
    let stranger = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t2"))).await;
    assert_eq!(stranger.post(&path, json!({})).await.refusal(), (404, "export_not_found".into()));
    let reader = api.caller(&[KeyScope::ExportsRead], None).await;
    assert_eq!(reader.post(&path, json!({})).await.refusal(), (403, "forbidden".into()));
    let queued = api.queued("t3").await;
    let early = api.admin().await.post(&format!("/v1/exports/{}/download", queued.id), json!({})).await;
    assert_eq!(early.refusal(), (409, "export_not_ready".into()));
    let told = api.events("link.downloaded").await;
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|(actor, ..)| actor.starts_with("key:")));
}

#[tokio::test]
async fn a_download_of_the_api_ends_when_the_links_of_its_export_are_revoked() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let admin = api.admin().await;
    let ticket = address(&api, &admin, &format!("/v1/exports/{}/download", export.id), json!({})).await;
    assert_eq!(api.anyone.send(Method::HEAD, &ticket, |request| request).await.status, 200);
    assert_eq!(links::revoke_of_export(&api.ledger, export.id, Actor::default(), now()).await.unwrap(), 1);
    assert_eq!(api.anyone.get(&ticket).await.status, 410);
}
