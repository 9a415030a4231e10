//! `handover webhooks`, as an operator uses it.

use crate::support::{program::handover, secrets};
use serde_json::Value;
use shared::ledger::Ledger;

#[tokio::test]
async fn an_operator_does_everything_at_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| {
        let invocation = handover(arguments).set("HANDOVER_DATA_DIR", folder.path());
        let ended = invocation.set("HANDOVER_WEBHOOKS__ALLOW_PRIVATE", "127.0.0.1").run().await;
        (ended.status.code().unwrap(), ended.stdout, ended.stderr)
    };
    let done = async |arguments: &[&str]| {
        let (code, stdout, stderr) = run(arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
        stdout
    };
    done(&["migrate"]).await;
    let (code, _, told) = run(&["webhooks", "add", "http://example.com/"]).await;
    assert!(code == 2 && told.contains("must begin with https://"), "{told}");
    assert_eq!(run(&["webhooks", "add", "https://example.com/", "--event", "handover.ping"]).await.0, 2);
    assert_eq!(run(&["webhooks", "add", "https://example.com/", "--tenant", "t1"]).await.0, 2);

    let added =
        done(&["webhooks", "add", "http://127.0.0.1:9/", "--description", "portal", "--event", "export.ready"]).await;
    let [id, secret] = added.lines().collect::<Vec<_>>()[..] else { panic!("{added}") };
    secrets::keep("a webhook's secret", secret);
    assert!(secret.starts_with("whsec_"));
    let table = done(&["webhooks", "list"]).await;
    assert!(table.contains(id) && table.contains("enabled") && !table.contains("whsec_"), "{table}");
    let listed: Value = serde_json::from_str(&done(&["webhooks", "list", "--format", "json"]).await).unwrap();
    assert_eq!((&listed["description"], &listed["events"]), (&"portal".into(), &serde_json::json!(["export.ready"])));

    let message = done(&["webhooks", "test", id]).await;
    let message = message.trim();
    let table = done(&["webhooks", "messages", id]).await;
    assert!(table.contains(message) && table.contains("pending"), "{table}");
    assert_eq!(done(&["webhooks", "replay", id, "--message", message]).await, "1 messages are sent again.\n");
    let (code, told, _) = run(&["webhooks", "replay", id, "--since", "2026-01-01T00:00:00Z"]).await;
    assert_eq!((code, told.as_str()), (1, "There is nothing to send again.\n"), "a ping is no event");
    let rotated = done(&["webhooks", "rotate", id, "--overlap", "1h"]).await;
    secrets::keep("a webhook's secret", rotated.trim());
    assert!(rotated.starts_with("whsec_") && rotated.trim() != secret);

    done(&["webhooks", "disable", id]).await;
    let (code, told, _) = run(&["webhooks", "test", id]).await;
    assert!(code == 1 && told.contains("Enable it first"), "{told}");
    assert!(done(&["webhooks", "messages", id, "--state", "missed"]).await.contains(message));
    done(&["webhooks", "enable", id]).await;
    done(&["webhooks", "remove", id]).await;
    assert_eq!(run(&["webhooks", "remove", id]).await.0, 1);
    assert_eq!(done(&["webhooks", "list", "--format", "json"]).await, "");

    let url = format!("sqlite://{}", folder.path().join("ledger.sqlite").display());
    let ledger = Ledger::open(&url.as_str().into()).await.unwrap();
    let Ledger::Sqlite(pool) = &ledger else { panic!("embedded") };
    let actors: Vec<String> =
        sqlx::query_scalar("select distinct actor from audit_events where action like 'webhook.%'")
            .fetch_all(pool)
            .await
            .unwrap();
    assert!(actors.len() == 1 && actors[0].starts_with("cli"), "{actors:?}");
}
