//! The secrets of webhooks: shown once, kept wrapped, exchanged without losing a message.

use super::{desk::Desk, receiver::Receiver};
use crate::support::secrets;
use serde_json::{Value, json};
use shared::ledger::Ledger;

async fn rotate(desk: &Desk, id: &str, body: Value) -> String {
    let answer = desk.admin.post(&format!("/v1/webhooks/{id}/rotate"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let secret = answer.json()["secret"].as_str().unwrap().to_owned();
    secrets::keep("a webhook's secret", &secret);
    secret
}

#[tokio::test]
async fn old_and_new_secret_both_sign_until_the_old_one_ends() {
    let (desk, receiver) = (Desk::sending().await, Receiver::start(&[]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let new = rotate(&desk, &hook.id, json!({})).await;
    desk.ping(&hook).await;
    desk.until_received(&receiver, 1).await;
    let message = &receiver.received()[0];
    assert!(message.is_signed_with(&hook.secret) && message.is_signed_with(&new));
    assert_eq!(message.header("webhook-signature").split(' ').count(), 2);
    let newest = rotate(&desk, &hook.id, json!({ "overlap_seconds": 0 })).await;
    desk.ping(&hook).await;
    desk.until_received(&receiver, 2).await;
    let message = &receiver.received()[1];
    assert!(message.is_signed_with(&newest) && !message.is_signed_with(&hook.secret) && !message.is_signed_with(&new));
    for _ in 0..4 {
        rotate(&desk, &hook.id, json!({ "overlap_seconds": 3600 })).await;
    }
    let full = desk.admin.post(&format!("/v1/webhooks/{}/rotate", hook.id), json!({})).await;
    assert_eq!(full.refusal(), (409, "too_many_secrets".into()));
    let wrong = desk.admin.post(&format!("/v1/webhooks/{}/rotate", hook.id), json!({ "overlap_seconds": -1 })).await;
    assert_eq!(wrong.refusal(), (422, "invalid_request".into()));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_wrapped() {
    let (desk, receiver) = (Desk::of("").await, Receiver::start(&[]).await);
    let hook = desk.add(&receiver, json!({ "description": "tells the portal" })).await;
    for path in
        ["/v1/webhooks".to_owned(), format!("/v1/webhooks/{}", hook.id), format!("/v1/webhooks/{}/messages", hook.id)]
    {
        assert!(!desk.admin.get(&path).await.text().contains("whsec_"), "{path}");
    }
    let plain = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &hook.secret[6..]).unwrap();
    assert_eq!(plain.len(), 32);
    let Ledger::Sqlite(pool) = &desk.api.ledger else { panic!("embedded") };
    let (provider, kept): (Option<String>, Vec<u8>) =
        sqlx::query_as("select provider, secret from webhook_secrets").fetch_one(pool).await.unwrap();
    assert_eq!(provider.as_deref(), Some("local"));
    assert!(!kept.windows(8).any(|part| plain.windows(8).any(|one| one == part)));
    for action in ["webhook.created", "webhook.rotated"] {
        rotate(&desk, &hook.id, json!({ "overlap_seconds": 0 })).await;
        let told = desk.api.events(action).await;
        assert!(!told.is_empty() && !format!("{told:?}").contains("whsec_"), "{told:?}");
    }
}
