//! Scheduled exports from the API to the bucket, with real processes.

use super::desk::{catalog, tenants_of};
use crate::{
    slicing::desk,
    support::{
        bucket::Bucket,
        ceppro::CepPro,
        client::Client,
        grown::{Blueprint, Grown},
        object_store::ObjectStore,
        patience::{LONG, until},
        postgres::Postgres,
    },
};
use examples::ceppro;
use reqwest::Method;
use serde_json::{Value, json};

/// What only the reconciler finds is found by nobody in these tests.
const NEVER: &str = "1h";
const TENANTS: [&str; 3] = ["acme", "umbrella", "zenith"];

/// A caller who may make schedules.
async fn operator(grown: &Grown) -> Client {
    let scopes = ["schedules:write", "schedules:read", "exports:read", "exports:write"];
    let create = ["key", "create", "--name", "operator"]
        .into_iter()
        .chain(scopes.into_iter().flat_map(|scope| ["--scope", scope]));
    let created = grown.command(&create.collect::<Vec<_>>()).await;
    assert!(created.status.success(), "{created:?}");
    Client::new(grown.apis[0].base()).with_key(created.stdout.trim())
}

async fn schedule(operator: &Client, source: &str, tenants: Value, paused: bool) -> String {
    let wish = json!({
        "name": "nightly", "source": source, "cron": "0 3 1 1 *", "time_zone": "UTC", "tenants": tenants, "paused": paused,
    });
    let made = operator.post("/v1/schedules", wish).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// The schedule's newest run, once it is as wanted.
async fn until_run(operator: &Client, schedule: &str, state: &str) -> Value {
    until(&format!("a run that has {state}"), LONG, async || {
        let run = operator.get(&format!("/v1/schedules/{schedule}")).await.json()["runs"][0].clone();
        (run["state"] == state).then_some(run)
    })
    .await
}

/// A product of which every tenant can be listed.
async fn shop() -> String {
    let database = Postgres::shared().await.create_database("shop").await;
    desk::run_postgres(&database.url, &tenants_of(&TENANTS)).await;
    database.url
}

async fn run_now(operator: &Client, schedule: &str) {
    let begun = operator.send(Method::POST, &format!("/v1/schedules/{schedule}/run"), |request| request).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
}

#[tokio::test]
async fn a_schedule_that_is_due_becomes_sound_files_in_the_bucket() {
    let product = CepPro::create().await;
    let bucket = Bucket::on(ObjectStore::garage().await, "scheduled").await;
    let blueprint = Blueprint::storing_in(bucket, "none").await;
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let operator = operator(&grown).await;
    let keys: Vec<&str> = product.tenants.iter().map(|tenant| tenant.key.as_str()).collect();
    let schedule = schedule(&operator, "ceppro", json!(keys), false).await;
    grown.change_ledger("update schedules set next_run_at = now() - interval '1 second'").await;

    let run = until_run(&operator, &schedule, "succeeded").await;
    let tenants = product.tenants.len();
    assert_eq!(run["kind"], "scheduled");
    assert_eq!(run["exports"], json!({ "entered": tenants, "open": 0, "ready": tenants, "failed": 0, "cancelled": 0 }));
    let id = run["id"].as_str().unwrap();
    let listed = operator.get(&format!("/v1/exports?run={id}")).await.json();
    let exports = listed["items"].as_array().unwrap();
    assert_eq!(exports.len(), tenants);
    let mut objects = 0;
    for export in exports {
        let told = (&export["state"], &export["layout"], &export["compression"], &export["schedule"], &export["run"]);
        let expected = (&json!("ready"), &json!("files"), &json!("zstd"), &json!(schedule), &json!(id));
        assert_eq!(told, expected);
        let number = export["id"].as_str().unwrap();
        let of_export = format!("from files where export_id = '{number}'");
        let last = format!("select name {of_export} order by created_at desc, name = 'manifest.json' desc limit 1");
        assert_eq!(grown.ledger::<String>(&last).await, "manifest.json");
        let manifest: String = grown.ledger(&format!("select object_key {of_export} and name = 'manifest.json'")).await;
        let prefix = manifest.strip_suffix("manifest.json").unwrap();
        let verified = grown.command(&["verify", &format!("s3://{}/{prefix}", grown.bucket.name)]).await;
        assert!(verified.status.success() && verified.stdout.starts_with("Sound:"), "{verified:?}");
        objects += export["files"].as_array().unwrap().len();
    }
    assert_eq!(grown.bucket.keys().await.len(), objects);

    let tenant = exports[0]["tenant"].as_str().unwrap();
    grown.apis[0].export("ceppro", tenant, "owner@example.com").await;
    let of_schedule = operator.get(&format!("/v1/exports?schedule={schedule}")).await.json();
    assert_eq!(of_schedule["items"].as_array().unwrap().len(), tenants, "not the one that somebody asked for");
    let lines = grown.command(&["exports", "list", "--schedule", &schedule, "--format", "json"]).await.stdout;
    assert!(lines.lines().count() == tenants && lines.lines().all(|line| line.contains(id)), "{lines}");
    assert_eq!(operator.get("/v1/exports?run=nightly").await.refusal(), (400, "invalid_query".into()));
}

#[tokio::test]
async fn a_run_that_is_asked_for_begins_and_ends_without_the_reconciler() {
    let shop = shop().await;
    let blueprint = Blueprint::new("run-now").await.set("HANDOVER_WORKER__RECONCILE_EVERY", NEVER);
    let grown = blueprint.source("shop", &shop, &catalog("postgres")).build().await;
    let operator = operator(&grown).await;
    let schedule = schedule(&operator, "shop", json!("all"), true).await;
    for _ in 0..2 {
        run_now(&operator, &schedule).await;
        let run = until_run(&operator, &schedule, "succeeded").await;
        assert_eq!(run["kind"], "manual");
    }
    let runs = operator.get(&format!("/v1/schedules/{schedule}")).await.json()["runs"].clone();
    assert_eq!(runs.as_array().unwrap().len(), 2);

    desk::run_postgres(&shop, "create table leads (id bigint primary key)").await;
    run_now(&operator, &schedule).await;
    let failed = until_run(&operator, &schedule, "failed").await;
    desk::run_postgres(&shop, "drop table leads").await;
    let of_run = format!("/v1/exports?run={}", failed["id"].as_str().unwrap());
    for export in operator.get(&of_run).await.json()["items"].as_array().unwrap() {
        let retry = format!("/v1/exports/{}/retry", export["id"].as_str().unwrap());
        assert_eq!(operator.send(Method::POST, &retry, |request| request).await.status, 202);
    }
    let repaired = until_run(&operator, &schedule, "succeeded").await;
    assert_eq!(repaired["id"], failed["id"]);
}

#[tokio::test]
async fn workers_that_do_not_serve_a_source_keep_none_of_its_exports_waiting() {
    let blueprint = Blueprint::new("passed-on").await.set("HANDOVER_WORKER__RECONCILE_EVERY", NEVER);
    let blueprint = blueprint.source("shop", &shop().await, &catalog("postgres")).strangers(3);
    let grown = blueprint.build().await;
    let operator = operator(&grown).await;
    let schedule = schedule(&operator, "shop", json!("all"), true).await;
    for _ in 0..3 {
        run_now(&operator, &schedule).await;
        until_run(&operator, &schedule, "succeeded").await;
    }
    for tenant in TENANTS {
        let export = grown.apis[0].export("shop", tenant, "owner@example.com").await;
        let ready = grown.apis[0].until_state(&export, "ready").await;
        assert_eq!(ready["attempt"], 1);
    }
}
