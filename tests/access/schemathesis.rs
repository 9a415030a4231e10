//! schemathesis against the running API: made-up requests, valid and broken, for every operation of the document, with all its checks.

use crate::support::{
    api::{Api, now},
    tools,
};
use shared::{
    export::State,
    ledger::{
        Ledger,
        audit::Actor,
        exports::{self, Filter},
        keys::KeyScope,
    },
};
use std::{process::Stdio, time::Duration};
use tokio::process::Command;

#[tokio::test]
async fn nothing_made_up_breaks_the_api_for_an_admin() {
    let api = Api::start().await;
    let key = api.key(&[KeyScope::Admin], None, None).await;
    holds_up(&api, &key, "1").await;
}

#[tokio::test]
async fn nothing_made_up_breaks_the_api_for_a_reader_of_one_tenant() {
    let api = Api::start().await;
    let key = api.key(&[KeyScope::ExportsRead], Some(("shop", "t1")), None).await;
    holds_up(&api, &key, "2").await;
}

async fn holds_up(api: &Api, key: &str, seed: &str) {
    let keeper = tokio::spawn(keep_going(api.ledger.clone()));
    let output = Command::new(tools::python("schemathesis"))
        .arg("--config-file")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", api.anyone.base()), "--seed", seed])
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .current_dir(api.folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    keeper.abort();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("Fuzzing"), "{told}");
}

/// Cancels each export that was asked for, so that whoever follows one is told of an end; and gives back the key that the caller took from itself.
async fn keep_going(ledger: Ledger) {
    let Ledger::Sqlite(pool) = &ledger else { panic!("embedded") };
    loop {
        let given_back = "update api_keys set revoked_at = null where revoked_at is not null and name = 'test'";
        sqlx::query(given_back).execute(pool).await.unwrap();
        let queued = Filter { state: Some(State::Queued), limit: 100, ..Filter::default() };
        for export in exports::list(&ledger, &queued).await.unwrap() {
            exports::request_cancel(&ledger, export.id, Actor::default(), now()).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
