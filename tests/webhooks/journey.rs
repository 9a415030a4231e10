//! The whole way: an installation, a product with a back end in Python and one in JavaScript, and what both are told of an export.

use crate::support::{
    client::Client,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    patience::{LONG, until},
    person::press_button,
    port,
    program::{Invocation, Program},
    secrets, tools,
};
use examples::Tenant;
use serde_json::{Value, json};
use std::{collections::HashSet, path::Path};
use tempfile::TempDir;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/webhooks");

/// A back end that verifies what it is told with the public library of its language.
struct BackEnd {
    program: Program,
    _folder: TempDir,
}

impl BackEnd {
    async fn start(webhooks: &Embedded, program: &Path, file: &str) -> BackEnd {
        let folder = tempfile::tempdir().unwrap();
        let copied = folder.path().join(file);
        std::fs::copy(Path::new(EXAMPLES).join(file), &copied).unwrap();
        std::os::unix::fs::symlink(
            tools::node("standardwebhooks").parent().unwrap(),
            folder.path().join("node_modules"),
        )
        .unwrap();
        let port = port::free();
        let url = format!("http://127.0.0.1:{port}/");
        let add = webhooks.command(&["webhooks", "add", &url, "--source", "customertrackr"]);
        let added = add.set("HANDOVER_WEBHOOKS__ALLOW_PRIVATE", "127.0.0.1").run().await;
        assert!(added.status.success(), "{added:?}");
        let secret = added.stdout.lines().nth(1).unwrap();
        secrets::keep("a webhook's secret", secret);
        let program = Invocation::of(program.to_str().unwrap(), &[copied.to_str().unwrap(), &port.to_string()]);
        let mut program = program.set("HANDOVER_WEBHOOK_SECRET", secret).start();
        program.says("Listening", LONG).await;
        BackEnd { program, _folder: folder }
    }

    /// What it has handled, as `(type, export)`.
    fn handled(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let events = self.program.stdout();
        let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.map(|event| (text(&event["type"]), text(&event["data"]["export_id"]))).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_ends_in_two_languages_verify_what_they_are_told_of_an_export_from_its_end_to_its_deletion() {
    let product = CustomerTrackr::create(vec![Tenant {
        key: "acme".into(),
        label: "Acme".into(),
        marker: "ACME-MARKER-4711".into(),
    }])
    .await;
    let tenant = product.tenants[0].key.clone();
    let installation = Embedded::serve_with(&product, &[("HANDOVER_WEBHOOKS__ALLOW_PRIVATE", "127.0.0.1")]).await;
    let back_ends = [
        BackEnd::start(&installation, &tools::python("python"), "receive.py").await,
        BackEnd::start(&installation, Path::new("node"), "receive.mjs").await,
    ];
    let portal = &installation.portal;
    let export = portal.export("customertrackr", &tenant, "anna@example.com").await;
    portal.until_state(&export, "ready").await;
    press_button(&portal.link(&export).await).await;
    let caller = Client::new(portal.base()).with_key(portal.key());
    assert!(caller.delete(&format!("/v1/exports/{export}/archive")).await.status < 300);
    portal.until_state(&export, "expired").await;
    product.run("create table nobody_classified (id integer primary key)").await;
    let (_, failing) = portal.ask(&json!({ "source": "customertrackr", "tenant": tenant })).await;
    let failing = failing["id"].as_str().unwrap().to_owned();
    portal.until_state(&failing, "failed").await;

    let told = |kind: &str, export: &String| (kind.to_owned(), export.clone());
    let expected = HashSet::from([
        told("export.ready", &export),
        told("export.downloaded", &export),
        told("export.expired", &export),
        told("export.failed", &failing),
    ]);
    for back_end in &back_ends {
        until("a back end to be told of everything", LONG, async || (back_end.handled().len() >= 4).then_some(()))
            .await;
        let handled = back_end.handled();
        assert_eq!(handled.len(), 4, "{handled:?}");
        assert_eq!(handled.into_iter().collect::<HashSet<_>>(), expected);
    }
    let messages: i64 = installation.ledger("select count(*) from webhook_messages").await;
    assert_eq!(messages, 4, "one message a change, for both back ends");
    let telling = "select count(*) from webhook_messages where payload like '%anna%' or payload like '%@%' or payload like '%http%' or payload like '%MARKER%'";
    assert_eq!(installation.ledger(telling).await, 0);
    assert!(!installation.logs().contains("whsec_"));
}
