//! Archives as files in a bucket: from the request to the check, and what is left when an attempt ends early.

use crate::support::{
    bucket::Bucket,
    ceppro::CepPro,
    grown::{Blueprint, Grown},
    object_store::ObjectStore,
    patience::{LONG, until},
    process::run,
};
use examples::ceppro;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::process::Command;

/// A table that is read late, since it hangs on others.
const TABLE: &str = "security_events";

async fn ask(grown: &Grown, product: &CepPro, more: Value) -> String {
    let mut wish = json!({ "source": "ceppro", "tenant": product.tenants[0].key, "layout": "files" });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, answer) = grown.apis[0].ask(&wish).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

/// The objects in the bucket are those of the ready export and no others.
async fn assert_keeps(grown: &Grown, export: &Value) {
    until("the remains of attempts to be cleared away", LONG, async || {
        (grown.ledger::<i64>("select count(*) from uploads").await == 0).then_some(())
    })
    .await;
    let mut kept = grown.bucket.keys().await;
    kept.sort();
    let known = "select coalesce(array_agg(object_key order by object_key collate \"C\"), '{}') from files where deleted_at is null";
    assert_eq!(kept, grown.ledger::<Vec<String>>(known).await);
    assert_eq!(kept.len(), export["files"].as_array().map_or(0, Vec::len));
    assert_eq!(grown.bucket.unfinished().await, 0);
}

async fn until_some_are_stored(grown: &Grown) {
    until("the first objects of the attempt", LONG, async || (grown.bucket.keys().await.len() > 3).then_some(())).await;
}

#[tokio::test]
async fn a_request_becomes_verified_files_where_every_signature_is_checked() {
    let product = CepPro::create().await;
    let bucket = Bucket::on(ObjectStore::garage().await, "files").await;
    let blueprint = Blueprint::storing_in(bucket, "none").await;
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let export = ask(&grown, &product, json!({ "compression": "gzip" })).await;
    let ready = grown.apis[0].until_state(&export, "ready").await;
    assert_eq!((&ready["layout"], &ready["compression"]), (&json!("files"), &json!("gzip")));
    assert_keeps(&grown, &ready).await;

    let manifest: String = grown.ledger("select object_key from files where name = 'manifest.json'").await;
    let prefix = manifest.strip_suffix("manifest.json").unwrap();
    assert!(!prefix.contains(&product.tenants[0].key) && prefix.ends_with("-1/"), "{prefix}");
    let last = "select name from files order by created_at desc, name = 'manifest.json' desc limit 1";
    assert_eq!(grown.ledger::<String>(last).await, "manifest.json");
    let address = format!("s3://{}/{prefix}", grown.bucket.name);
    let verified = grown.command(&["verify", &address]).await;
    assert!(verified.status.success() && verified.stdout.starts_with("Sound:"), "{verified:?}");

    let link = grown.apis[0].link(&export).await;
    let folder = tempfile::tempdir().unwrap();
    let page = reqwest::get(link.clone()).await.unwrap().text().await.unwrap();
    // As the page itself says.
    let lines = page.split("<code>LINK=").nth(1).unwrap().split("</code>").next().unwrap();
    let script = format!("LINK={lines}")
        .replace("&#34;", "\"")
        .replace("&#38;", "&")
        .replace("the address of this page", link.as_str());
    run(Command::new("bash").args(["-euo", "pipefail", "-c", &script]).current_dir(folder.path()));
    for file in ready["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert_eq!(file["sha256"], hex::encode(Sha256::digest(&bytes)), "{name}");
        assert!(page.contains(&format!("value=\"{name}\"")), "{name}");
    }
    let files = ready["files"].as_array().unwrap().len() as i64;
    // The checksums are fetched first, to know what there is.
    assert_eq!(grown.ledger::<i64>("select sum(downloads)::bigint from links").await, files);
    let audited = "select count(distinct detail->>'file') from audit_events where action = 'link.downloaded'";
    assert_eq!(grown.ledger::<i64>(audited).await, files);

    let one = grown.bucket.keys().await.into_iter().find(|key| key.ends_with(".csv.gz")).unwrap();
    grown.bucket.store.client().delete_object().bucket(&grown.bucket.name).key(&one).send().await.unwrap();
    let verified = grown.command(&["verify", &address]).await;
    assert!(verified.status.code() == Some(1) && verified.stdout.contains("is missing"), "{verified:?}");
}

#[tokio::test]
async fn a_killed_workers_files_are_cleared_away_and_the_export_is_made_anew() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("files-killed").await.processes(1, 2);
    let mut grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let mut hold = product.hold(TABLE).await;
    let export = ask(&grown, &product, json!({})).await;
    hold.until_waiting(1).await;
    until_some_are_stored(&grown).await;
    grown.take_worker_of(&export).await.program.kill().await;
    hold.until_waiting(2).await;
    hold.release().await;
    let ready = grown.apis[0].until_state(&export, "ready").await;
    assert_eq!((&ready["attempt"], &ready["compression"]), (&json!(2), &json!("zstd")));
    assert_keeps(&grown, &ready).await;
}

#[tokio::test]
async fn a_cancel_in_the_middle_leaves_nothing() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("files-cancelled").await;
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let mut hold = product.hold(TABLE).await;
    let export = ask(&grown, &product, json!({})).await;
    hold.until_waiting(1).await;
    until_some_are_stored(&grown).await;
    grown.apis[0].cancel(&export).await;
    let cancelled = grown.apis[0].until_state(&export, "cancelled").await;
    hold.release().await;
    assert_keeps(&grown, &cancelled).await;
}
