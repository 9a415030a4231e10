//! Keys over the API: none makes one that may more than itself.

use crate::support::{
    api::{Api, now},
    client::Client,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::ledger::keys::{
    self,
    KeyScope::{self, Admin, ExportsRead, ExportsWrite, KeysWrite},
};

fn path(key: &Value) -> String {
    format!("/v1/keys/{}", key["key"]["id"].as_str().unwrap())
}

/// `key` and `secret`.
async fn made(caller: &Client, wish: Value) -> Value {
    let answer = caller.post("/v1/keys", wish).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn a_new_key_works_until_it_is_revoked_and_its_text_is_shown_once() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let key = made(&admin, json!({ "name": "desk", "role": "operator", "source": "shop" })).await;
    let text = key["secret"].as_str().unwrap();
    let desk = api.anyone.with_key(text);
    assert_eq!(desk.get("/v1/exports").await.status, 200);
    assert_eq!(desk.get("/v1/keys").await.refusal(), (403, "forbidden".into()));

    let listed = admin.get("/v1/keys").await;
    assert!(!listed.text().contains(text) && listed.text().contains(key["key"]["prefix"].as_str().unwrap()));
    let mut without = key["key"].clone();
    without["last_used_at"] = listed.json()["items"][0]["last_used_at"].clone();
    assert_eq!(listed.json()["items"][0], without);

    for _ in 0..2 {
        assert_eq!(admin.delete(&path(&key)).await.status, 204);
    }
    assert_eq!(desk.get("/v1/exports").await.refusal(), (401, "unauthorized".into()));
    let (created, revoked) = (api.events("key.created").await, api.events("key.revoked").await);
    assert_eq!(revoked.len(), 1);
    let of_the_api: Vec<_> =
        created.iter().chain(&revoked).filter(|(actor, ..)| actor.starts_with("key:hk_")).collect();
    assert_eq!(of_the_api.len(), 2, "{created:?}");
    assert!(of_the_api.iter().all(|(_, address, detail)| address.is_some() && detail["role"] == "operator"));
}

#[tokio::test]
async fn no_key_makes_one_that_may_more_than_itself() {
    let api = Api::start().await;
    let both = [KeysWrite, ExportsWrite];
    let bound = api.caller(&both, Some(("shop", "t1"))).await;
    for (wish, code) in [
        (json!({ "scopes": ["admin"] }), "forbidden_scope"),
        (json!({ "scopes": ["exports:read", "schedules:read"] }), "forbidden_scope"),
        (json!({ "role": "viewer" }), "forbidden_scope"),
        (json!({ "role": "admin", "scopes": ["exports:read"] }), "forbidden_scope"),
        (json!({ "scopes": ["exports:read"], "source": "other" }), "forbidden_tenant"),
        (json!({ "scopes": ["exports:read"], "source": "shop", "tenant": "t2" }), "forbidden_tenant"),
    ] {
        let mut wish = wish;
        wish["name"] = json!("more");
        assert_eq!(bound.post("/v1/keys", wish.clone()).await.refusal(), (403, code.into()), "{wish}");
    }
    assert_eq!(api.events("access.refused").await.len(), 6);
    let less = made(&bound, json!({ "name": "less", "scopes": ["exports:read", "keys:read"] })).await;
    assert_eq!(
        (&less["key"]["source"], &less["key"]["tenant"]),
        (&json!("shop"), &json!("t1")),
        "bound as its maker is"
    );
    let reader = api.anyone.with_key(less["secret"].as_str().unwrap());
    assert_eq!(reader.post("/v1/keys", json!({ "name": "x", "scopes": ["exports:read"] })).await.status, 403);
}

#[tokio::test]
async fn no_key_outlives_the_one_that_makes_it() {
    let api = Api::start().await;
    let end = now() + TimeDelta::hours(1);
    let maker = api.anyone.with_key(&api.key(&[Admin], None, Some(end)).await);
    let wish = |seconds: Value| json!({ "name": "x", "role": "viewer", "expires_in": seconds });
    assert_eq!(maker.post("/v1/keys", wish(json!(7200))).await.refusal(), (422, "invalid_request".into()));
    let key = made(&maker, wish(Value::Null)).await;
    let ends = key["key"]["expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(ends, end);
    assert!(!made(&maker, wish(json!(60))).await["key"]["expires_at"].is_null());
}

#[tokio::test]
async fn a_key_revokes_what_may_no_more_than_itself_also_itself() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let strong = made(&admin, json!({ "name": "strong", "role": "admin" })).await;
    let weak = made(&admin, json!({ "name": "weak", "scopes": ["keys:write"] })).await;
    let caller = api.anyone.with_key(weak["secret"].as_str().unwrap());
    assert_eq!(caller.delete(&path(&strong)).await.refusal(), (403, "forbidden_scope".into()));
    assert_eq!(caller.delete(&path(&weak)).await.status, 204);
    assert_eq!(caller.delete(&path(&weak)).await.status, 401);
    assert_eq!(api.anyone.with_key(strong["secret"].as_str().unwrap()).delete(&path(&strong)).await.status, 204);
}

#[tokio::test]
async fn a_bound_key_sees_only_keys_within_its_bounds() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for (source, tenant) in [(Value::Null, Value::Null), (json!("shop"), Value::Null), (json!("shop"), json!("t2"))] {
        made(&admin, json!({ "name": "other", "role": "viewer", "source": source, "tenant": tenant })).await;
    }
    let bound = api.caller(&[KeysWrite], Some(("shop", "t1"))).await;
    let items = bound.get("/v1/keys").await.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 1, "itself: {items:?}");
    let pages = |caller: Client| async move {
        let (mut seen, mut cursor) = (0, String::new());
        loop {
            let page = caller.get(&format!("/v1/keys?limit=2{cursor}")).await.json();
            seen += page["items"].as_array().unwrap().len();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return seen,
            }
        }
    };
    assert_eq!(pages(admin).await, keys::list(&api.ledger).await.unwrap().len());
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_refused_with_its_place() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for (wish, pointer) in [
        (json!({ "name": "", "role": "viewer" }), "/name"),
        (json!({ "name": "a\nb", "role": "viewer" }), "/name"),
        (json!({ "name": "x".repeat(101), "role": "viewer" }), "/name"),
        (json!({ "name": "x" }), "/scopes"),
        (json!({ "name": "x", "scopes": [] }), "/scopes"),
        (json!({ "name": "x", "scopes": ["everything"] }), "/scopes/0"),
        (json!({ "name": "x", "role": "root" }), "/role"),
        (json!({ "name": "x", "role": "viewer", "tenant": "t1" }), "/tenant"),
        (json!({ "name": "x", "role": "viewer", "source": "" }), "/source"),
        (json!({ "name": "x", "role": "viewer", "expires_in": 59 }), "/expires_in"),
        (json!({ "name": "x", "role": "viewer", "key": "mine" }), "/key"),
    ] {
        let answer = admin.post("/v1/keys", wish.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{wish}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{wish}");
    }
    let many: Vec<&str> = KeyScope::ALL.iter().map(|scope| scope.as_str()).collect();
    made(&admin, json!({ "name": "all of them", "scopes": many })).await;
    let reader = api.caller(&[ExportsRead], None).await;
    assert_eq!(reader.get("/v1/keys").await.refusal(), (403, "forbidden".into()));
}
