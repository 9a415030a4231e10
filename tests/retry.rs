//! `POST /v1/exports/{id}/retry`.

use reqwest::Method;
use shared::ledger::{
    exports::{self, Export},
    keys::KeyScope,
};
use std::time::Duration;
use uuid::Uuid;

use crate::support::{
    api::{Api, now},
    client::{Answer, Client},
};

async fn failed(api: &Api, tenant: &str) -> Export {
    let id = api.queued(tenant).await.id;
    let export = exports::claim(&api.ledger, id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    exports::fail(&api.ledger, id, export.attempt, "schema_changed", "it changed", now()).await.unwrap();
    exports::find(&api.ledger, id).await.unwrap().unwrap()
}

async fn retry(caller: &Client, id: Uuid) -> Answer {
    caller.send(Method::POST, &format!("/v1/exports/{id}/retry"), |request| request).await
}

#[tokio::test]
async fn a_failed_export_is_queued_again_under_its_own_number() {
    let api = Api::start().await;
    let caller = api.caller(&[KeyScope::ExportsWrite], None).await;
    let export = failed(&api, "acme").await;
    let answer = retry(&caller, export.id).await;
    assert_eq!(answer.status, 202);
    let shown = answer.json();
    assert_eq!((&shown["id"], &shown["state"]), (&export.id.to_string().into(), &"queued".into()));
    assert_eq!(shown["reason"]["code"], "schema_changed", "why it failed stays visible until it is ready");
    let again = exports::claim(&api.ledger, export.id, "w2", Duration::from_secs(60), now()).await.unwrap().unwrap();
    assert_eq!(again.attempt, 2);
    let [(actor, address, _)] = &api.events("export.retried").await[..] else { panic!("one event") };
    assert!(actor.starts_with("key:") && address.as_deref() == Some("127.0.0.1"), "{actor} {address:?}");
}

#[tokio::test]
async fn what_has_not_failed_or_is_on_its_way_is_refused_by_name() {
    let api = Api::start().await;
    let caller = api.caller(&[KeyScope::ExportsWrite], None).await;
    let (queued, failed) = (api.queued("queued").await, failed(&api, "acme").await);
    assert_eq!(retry(&caller, queued.id).await.refusal(), (409, "not_failed".into()));
    let twin = api.queued("acme").await;
    let refused = retry(&caller, failed.id).await;
    assert_eq!(refused.refusal(), (409, "already_wanted".into()));
    assert!(refused.json()["detail"].as_str().unwrap().contains(&twin.id.to_string()));
}

#[tokio::test]
async fn only_a_key_that_may_ask_for_the_export_may_retry_it() {
    let api = Api::start().await;
    let export = failed(&api, "acme").await;
    assert_eq!(retry(&api.anyone, export.id).await.refusal(), (401, "unauthorized".into()));
    let reader = api.caller(&[KeyScope::ExportsRead], None).await;
    assert_eq!(retry(&reader, export.id).await.refusal(), (403, "forbidden".into()));
    let foreign = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "other"))).await;
    assert_eq!(retry(&foreign, export.id).await.refusal(), (404, "export_not_found".into()));
    assert_eq!(retry(&foreign, Uuid::now_v7()).await.refusal(), (404, "export_not_found".into()));
    assert_eq!(exports::find(&api.ledger, export.id).await.unwrap(), Some(export));
}
