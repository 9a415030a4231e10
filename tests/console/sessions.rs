//! What ends a session ends it everywhere, and at once.

use super::desk::{Browser, PASSWORD, named};
use crate::support::api::{Api, now};
use reqwest::Method;
use shared::ledger::{
    audit::Actor,
    keys::Role,
    operators::{self, Change},
};
use std::time::Duration;

#[tokio::test]
async fn a_disabled_account_is_signed_out_everywhere_also_in_the_middle_of_a_stream() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    named(&api, "boss", Role::Admin).await;
    let export = api.queued("acme").await;
    let (mut one, mut other) = (Browser::signed_in(&api, &ann).await, Browser::signed_in(&api, &ann).await);
    let cookie = format!("handover-console={}", one.session());
    let url = format!("{}/v1/exports/{}/events", api.anyone.base(), export.id);
    let mut stream =
        reqwest::Client::builder().no_proxy().build().unwrap().get(url).header("cookie", cookie).send().await.unwrap();
    assert_eq!(stream.status(), 200);
    assert!(stream.chunk().await.unwrap().is_some());
    let change = |disabled| Change { disabled: Some(disabled), ..Change::default() };
    operators::change(&api.ledger, ann.id, &change(true), Actor::named("cli"), now()).await.unwrap();
    let ended =
        tokio::time::timeout(Duration::from_secs(20), async { while stream.chunk().await.unwrap().is_some() {} });
    assert!(ended.await.is_ok(), "the stream goes on");
    for browser in [&mut one, &mut other] {
        assert_eq!(browser.open("/console").await.heading(), "Sign in");
        assert_eq!(browser.send(Method::GET, "/v1/exports", |request| request).await.status, 401);
    }
    operators::change(&api.ledger, ann.id, &change(false), Actor::named("cli"), now()).await.unwrap();
    assert_eq!(one.open("/console").await.heading(), "Sign in", "an ended session stays ended");
    assert_eq!(one.sign_in("ann@example.com", PASSWORD).await.heading(), "Overview");
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_with_the_next_request() {
    let api = Api::start().await;
    named(&api, "boss", Role::Admin).await;
    let ann = named(&api, "ann", Role::Admin).await;
    let mut browser = Browser::signed_in(&api, &ann).await;
    assert_eq!(browser.open("/console/keys").await.heading(), "Keys");
    let change = Change { role: Some(Role::Viewer), ..Change::default() };
    operators::change(&api.ledger, ann.id, &change, Actor::named("cli"), now()).await.unwrap();
    assert_eq!(browser.open("/console/keys").await.heading(), "Not with your role");
    assert!(!browser.page.text.contains("console/keys\""), "it is not offered any more");
}
