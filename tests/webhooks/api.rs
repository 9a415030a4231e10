//! The routes of webhooks, without a worker.

use crate::support::api::Api;
use serde_json::{Value, json};
use shared::ledger::keys::KeyScope;

fn items(answer: &crate::support::client::Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn webhooks_are_made_listed_changed_and_removed() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::WebhooksWrite], None).await;
    let wish = json!({
        "url": "https://hooks.example.com/a#b", "description": "portal", "events": ["export.ready", "export.failed", "export.ready"], "source": "shop",
    });
    let made = writer.post("/v1/webhooks", wish).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("location"), format!("webhooks/{}", made.json()["webhook"]["id"].as_str().unwrap()));
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let shown = made.json()["webhook"].clone();
    assert_eq!((&shown["url"], &shown["enabled"]), (&json!("https://hooks.example.com/a"), &json!(true)));
    assert_eq!((&shown["events"], &shown["tenant"]), (&json!(["export.ready", "export.failed"]), &Value::Null));
    let path = format!("/v1/webhooks/{}", shown["id"].as_str().unwrap());
    assert_eq!(writer.get(&path).await.json(), shown);
    let other =
        writer.post("/v1/webhooks", json!({ "url": "https://hooks.example.com/" })).await.json()["webhook"].clone();
    assert_eq!(items(&writer.get("/v1/webhooks").await).len(), 2);
    assert_eq!(items(&writer.get("/v1/webhooks?source=shop").await), std::slice::from_ref(&shown));
    let page = writer.get("/v1/webhooks?limit=1").await.json();
    assert_eq!(page["items"][0]["id"], other["id"]);
    let next = writer.get(&format!("/v1/webhooks?cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(items(&next), std::slice::from_ref(&shown));

    let changed =
        writer.patch(&path, json!({ "events": null, "url": "https://b.example.com/", "enabled": false })).await;
    let changed = changed.json();
    assert_eq!((&changed["events"], &changed["url"]), (&json!([]), &json!("https://b.example.com/")));
    assert_eq!((&changed["description"], &changed["disabled_because"]), (&json!("portal"), &json!("request")));
    assert_eq!(writer.patch(&path, json!({})).await.json(), changed);
    let detail = api.events("webhook.changed").await.pop().unwrap().2;
    assert_eq!(detail["changed"], json!(["url", "events", "enabled"]));
    assert_eq!(writer.delete(&path).await.status, 204);
    assert_eq!(writer.delete(&path).await.refusal(), (404, "webhook_not_found".into()));
    assert_eq!(items(&writer.get("/v1/webhooks").await).len(), 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_its_place() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::WebhooksWrite], None).await;
    let wrong = [
        (json!({ "url": "http://example.com/" }), "/url"),
        (json!({ "url": "https://10.0.0.1/" }), "/url"),
        (json!({ "url": "http://127.0.0.1:3000/" }), "/url"),
        (json!({ "url": "https://metadata.localhost/" }), "/url"),
        (json!({ "url": "https://a:b@example.com/" }), "/url"),
        (json!({ "url": "https://example.com/", "events": ["handover.ping"] }), "/events"),
        (json!({ "url": "https://example.com/", "events": ["export.vanished"] }), "/events/0"),
        (json!({ "url": "https://example.com/", "tenant": "t1" }), "/tenant"),
        (json!({ "url": "https://example.com/", "description": "x".repeat(201) }), "/description"),
        (json!({ "url": "https://example.com/", "secret": "whsec_mine" }), "/secret"),
    ];
    for (wish, pointer) in wrong {
        let refused = writer.post("/v1/webhooks", wish.clone()).await;
        assert_eq!(refused.refusal(), (422, "invalid_request".into()), "{wish}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{wish}");
    }
    let unknown = writer.post("/v1/webhooks", json!({ "url": "https://example.com/", "source": "nowhere" })).await;
    assert_eq!(unknown.refusal(), (422, "source_not_found".into()));
    let made = writer.post("/v1/webhooks", json!({ "url": "https://example.com/" })).await.json();
    let path = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let patched = writer.patch(&path, json!({ "url": "https://192.168.0.1/" })).await;
    assert_eq!(patched.json()["errors"][0]["pointer"], "/url");
    for body in [
        json!({}),
        json!({ "message": "x" }),
        json!({ "message": "msg_01890a5dac967774bbceb302099a8057", "since": "2026-01-01T00:00:00Z" }),
    ] {
        let refused = writer.post(&format!("{path}/replay"), body).await;
        assert_eq!(refused.refusal(), (422, "invalid_request".into()));
    }
    let absent =
        writer.post(&format!("{path}/replay"), json!({ "message": "msg_01890a5dac967774bbceb302099a8057" })).await;
    assert_eq!(absent.refusal(), (404, "message_not_found".into()));
}

#[tokio::test]
async fn there_are_at_most_fifty_for_the_same_data() {
    let api = Api::start().await;
    let of_tenant = api.caller(&[KeyScope::WebhooksWrite], Some(("shop", "t1"))).await;
    for _ in 0..50 {
        assert_eq!(of_tenant.post("/v1/webhooks", json!({ "url": "https://example.com/" })).await.status, 201);
    }
    let one_more = of_tenant.post("/v1/webhooks", json!({ "url": "https://example.com/" })).await;
    assert_eq!(one_more.refusal(), (409, "too_many_webhooks".into()));
    let shown = items(&of_tenant.get("/v1/webhooks?limit=1").await);
    assert_eq!(
        (&shown[0]["source"], &shown[0]["tenant"]),
        (&json!("shop"), &json!("t1")),
        "bound to what the key is for"
    );
}

#[test]
fn the_document_tells_of_every_message() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let told = document["webhooks"].as_object().unwrap();
    let kinds: Vec<&String> = told.keys().collect();
    let mut known: Vec<&str> = shared::webhook::Event::ALL.iter().map(|event| event.as_str()).collect();
    known.sort_unstable();
    assert_eq!(kinds, known);
    for (kind, item) in told {
        let names: Vec<&str> =
            item["post"]["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["webhook-id", "webhook-timestamp", "webhook-signature"], "{kind}");
    }
}
