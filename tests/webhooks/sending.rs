//! What the worker sends, when it sends it again, and where it does not send to.

use super::{
    desk::Desk,
    receiver::{Receiver, Reply},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashSet;

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_message_is_signed_and_its_number_is_its_own() {
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[]).await);
    let hook = desk.add(&receiver, json!({ "events": ["export.failed"] })).await;
    let numbers = [desk.ping(&hook).await, desk.ping(&hook).await];
    for number in &numbers {
        let told = desk.until(&hook, number, |message| message["state"] == "delivered").await;
        assert_eq!((&told["tries"], &told["response_status"]), (&json!(1), &json!(204)));
        assert_eq!(
            (&told["next_attempt_at"], &told["error"], &told["type"]),
            (&Value::Null, &Value::Null, &json!("handover.ping"))
        );
    }
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    let came: HashSet<&str> = received.iter().map(|message| message.header("webhook-id")).collect();
    assert_eq!(came, numbers.iter().map(String::as_str).collect());
    for message in &received {
        assert!(message.is_signed_with(&hook.secret));
        assert!(!message.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert_eq!(message.header("content-type"), "application/json");
        assert!(message.header("user-agent").starts_with("Handover/"));
        let mut changed = message.clone();
        changed.body = changed.body.replace("handover.ping", "export.ready");
        assert!(!changed.is_signed_with(&hook.secret));
        let payload: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!((&payload["type"], &payload["data"]["webhook_id"]), (&json!("handover.ping"), &json!(hook.id)));
    }
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_under_the_same_number() {
    let busy = Reply::With(503, "retry-after: 6\r\n", "busy\nright   now\u{1b}[2J");
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[busy]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let number = desk.ping(&hook).await;
    let refused = desk.until(&hook, &number, |message| message["response_status"] == 503).await;
    assert_eq!((&refused["state"], &refused["tries"]), (&json!("pending"), &json!(1)));
    assert_eq!(
        (&refused["error"], &refused["response_excerpt"]),
        (&json!("it answered 503"), &json!("busy right now [2J"))
    );
    let wait = time(&refused["next_attempt_at"]) - time(&refused["last_attempt_at"]);
    assert!((6..8).contains(&wait.num_seconds()), "{wait}");
    assert!(desk.webhook(&hook).await["failing_since"].is_string());
    desk.change("update webhook_deliveries set next_attempt_at = created_at").await;
    let taken = desk.until(&hook, &number, |message| message["state"] == "delivered").await;
    assert_eq!((&taken["tries"], &taken["response_excerpt"]), (&json!(2), &Value::Null));
    assert_eq!(desk.webhook(&hook).await["failing_since"], Value::Null);
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert!(
        received.iter().all(|message| message.header("webhook-id") == number && message.is_signed_with(&hook.secret))
    );
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test]
async fn the_first_wait_is_some_five_seconds() {
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[Reply::With(500, "", "")]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let number = desk.ping(&hook).await;
    let taken = desk.until(&hook, &number, |message| message["state"] == "delivered").await;
    let wait = time(&taken["last_attempt_at"]) - time(&taken["created_at"]);
    assert!((4..30).contains(&wait.num_seconds()), "{wait}");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_until_somebody_enables_it() {
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[Reply::With(410, "", "")]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let number = desk.ping(&hook).await;
    desk.until(&hook, &number, |message| message["state"] == "failed").await;
    let webhook = desk.webhook(&hook).await;
    assert_eq!((&webhook["enabled"], &webhook["disabled_because"]), (&json!(false), &json!("gone")));
    let told = desk.api.events("webhook.disabled").await;
    let [(actor, _, detail)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((actor.as_str(), &detail["because"], &detail["host"]), ("system", &json!("gone"), &json!("127.0.0.1")));
    let path = format!("/v1/webhooks/{}", hook.id);
    for (what, body) in [("test", json!({})), ("replay", json!({ "since": "2026-01-01T00:00:00Z" }))] {
        let refused = desk.admin.post(&format!("{path}/{what}"), body).await;
        assert_eq!(refused.refusal(), (409, "webhook_disabled".into()));
    }
    let enabled = desk.admin.patch(&path, json!({ "enabled": true })).await.json();
    assert_eq!((&enabled["enabled"], &enabled["disabled_because"]), (&json!(true), &Value::Null));
    let replayed = desk.admin.post(&format!("{path}/replay"), json!({ "message": number })).await;
    assert_eq!((replayed.status, replayed.json()["messages"].clone()), (202, json!(1)));
    desk.until(&hook, &number, |message| message["state"] == "delivered").await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn one_that_takes_nothing_for_five_days_is_disabled_when_a_message_is_given_up() {
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[Reply::With(500, "", ""); 3]).await);
    let hook = desk.add(&receiver, json!({})).await;
    desk.change("update webhooks set failing_since = '2026-01-01 00:00:00.000000+00:00'").await;
    let number = desk.ping(&hook).await;
    let first = desk.until(&hook, &number, |message| message["response_status"] == 500).await;
    assert_eq!((&first["state"], &desk.webhook(&hook).await["enabled"]), (&json!("pending"), &json!(true)));
    // The next try is the last one.
    desk.change("update webhook_deliveries set tries = 9, next_attempt_at = created_at").await;
    let last = desk.until(&hook, &number, |message| message["state"] == "failed").await;
    assert_eq!((&last["response_status"], &last["tries"]), (&json!(500), &json!(10)));
    assert_eq!(desk.webhook(&hook).await["disabled_because"], "failing");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let desk = Desk::sending().await;
    let elsewhere = Receiver::start(&[]).await;
    let location: &'static str = Box::leak(format!("location: {}\r\n", elsewhere.url()).into_boxed_str());
    let receiver = Receiver::start(&[Reply::With(307, location, "")]).await;
    let hook = desk.add(&receiver, json!({})).await;
    let number = desk.ping(&hook).await;
    let refused = desk.until(&hook, &number, |message| message["response_status"] == 307).await;
    assert!(refused["error"].as_str().unwrap().contains("redirects are not followed"), "{refused}");
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_nobody_else() {
    let (desk, slow, quick) =
        (Desk::sending().await, Receiver::start(&[Reply::Never; 20]).await, Receiver::start(&[]).await);
    let (to_slow, to_quick) = (desk.add(&slow, json!({})).await, desk.add(&quick, json!({})).await);
    for _ in 0..10 {
        desk.ping(&to_slow).await;
    }
    desk.until_received(&slow, 8).await;
    let number = desk.ping(&to_quick).await;
    desk.until(&to_quick, &number, |message| message["state"] == "delivered").await;
    let unanswered = desk.messages(&to_slow).await;
    assert!(unanswered.iter().all(|message| message["state"] == "pending"), "the slow one had not answered by then");
}

#[tokio::test]
async fn a_message_that_a_dead_worker_was_sending_is_sent_by_the_next_under_the_same_number() {
    let (mut desk, receiver) = (Desk::sending().await, Receiver::start(&[Reply::Never]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let number = desk.ping(&hook).await;
    desk.until_received(&receiver, 1).await;
    desk.die().await;
    let held = desk.messages(&hook).await;
    assert_eq!((held.len(), &held[0]["state"]), (1, &json!("pending")));
    // Its hold ends.
    desk.change("update webhook_deliveries set next_attempt_at = created_at").await;
    desk.begin().await;
    desk.until(&hook, &number, |message| message["state"] == "delivered").await;
    let numbers: Vec<String> =
        receiver.received().iter().map(|message| message.header("webhook-id").to_owned()).collect();
    assert_eq!(numbers, [number.clone(), number]);
    assert_eq!(desk.messages(&hook).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_into_a_private_network_that_nobody_allowed() {
    let (mut desk, receiver) = (Desk::of("10.0.0.0/8").await, Receiver::start(&[]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let number = desk.ping(&hook).await;
    desk.begin().await;
    let refused = desk.until(&hook, &number, |message| message["error"].is_string()).await;
    assert!(refused["error"].as_str().unwrap().contains("private network"), "{refused}");
    assert_eq!((&refused["state"], &refused["response_status"]), (&json!("pending"), &Value::Null));
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn everything_since_a_time_is_sent_again() {
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let end = crate::support::api::now() + chrono::TimeDelta::days(1);
    let made = |tenant: &'static str| desk.api.ready(tenant, b"archive", end);
    let (first, second) = (made("t1").await, made("t2").await);
    desk.until_received(&receiver, 2).await;
    for message in desk.messages(&hook).await {
        desk.until(&hook, message["id"].as_str().unwrap(), |one| one["state"] == "delivered").await;
    }
    let path = format!("/v1/webhooks/{}/replay", hook.id);
    let since = desk.messages(&hook).await[1]["created_at"].clone();
    let nothing = desk.admin.post(&path, json!({ "since": since, "undelivered_only": true })).await;
    assert_eq!(nothing.json(), json!({ "messages": 0 }));
    assert_eq!(desk.admin.post(&path, json!({ "since": since })).await.json(), json!({ "messages": 1 }));
    desk.until_received(&receiver, 3).await;
    let told: Vec<String> = receiver
        .received()
        .iter()
        .map(|message| serde_json::from_str::<Value>(&message.body).unwrap()["data"]["export_id"].to_string())
        .collect();
    let quoted = |id: uuid::Uuid| json!(id).to_string();
    assert!(told.contains(&quoted(first.id)));
    assert_eq!(told.iter().filter(|id| **id == quoted(second.id)).count(), 2);
    assert_eq!(desk.api.events("webhook.replayed").await.len(), 1);
}
