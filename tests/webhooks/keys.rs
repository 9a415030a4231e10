//! The keys that wrap the secrets of webhooks can be exchanged like those of archives.

use super::{desk::Desk, receiver::Receiver};
use crate::support::program::handover;
use serde_json::json;

#[tokio::test]
async fn a_rotation_wraps_the_secrets_of_webhooks_anew_and_they_sign_as_before() {
    let (mut desk, receiver) = (Desk::of("127.0.0.0/8").await, Receiver::start(&[]).await);
    let hook = desk.add(&receiver, json!({})).await;
    let folder = desk.api.folder.path().to_owned();
    let run = async |arguments: &[&str]| {
        let ended = handover(arguments).set("HANDOVER_DATA_DIR", &folder).run().await;
        assert!(ended.status.success(), "{ended:?}");
        ended.stdout
    };
    let before = run(&["key", "encryption", "list"]).await;
    assert!(before.lines().any(|line| line.split_whitespace().skip(1).eq(["wraps", "0", "1"])), "{before}");
    run(&["key", "encryption", "new", "--add", "--id", "next"]).await;
    let told = run(&["key", "encryption", "rotate"]).await;
    assert!(told.contains("1 secrets of webhooks are wrapped by it now; 0 were before."), "{told}");
    let again = run(&["key", "encryption", "rotate"]).await;
    assert!(again.contains("0 secrets of webhooks are wrapped by it now; 1 were before."), "{again}");
    assert!(again.contains("wraps nothing any more"), "{again}");
    let after = run(&["key", "encryption", "list"]).await;
    assert!(after.lines().any(|line| line.split_whitespace().eq(["local:next", "wraps", "0", "1"])), "{after}");
    desk.begin().await;
    desk.ping(&hook).await;
    desk.until_received(&receiver, 1).await;
    assert!(receiver.received()[0].is_signed_with(&hook.secret));
}
