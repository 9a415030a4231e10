//! `handover verify`: archives as files, folders and objects, restored on real servers, and signed.

mod desk;
mod large_objects;
mod restoring;
mod signing;

use crate::support::{
    bucket::Bucket,
    object_store::ObjectStore,
    process::text,
    program::{Invocation, handover},
};
use aws_sdk_s3::primitives::ByteStream;
use desk::Desk;
use serde_json::Value;
use std::fs;

#[tokio::test]
async fn an_unpacked_archive_is_checked_like_the_zip() {
    let desk = Desk::exported("csv,sql,jsonl").await;
    let folder = desk.unpacked();
    let sound = desk.verify(&[text(&folder)]).await;
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    assert_eq!(sound.stdout, desk.verify(&[text(&desk.zip())]).await.stdout);

    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let foreign = desk.verify(&[text(&folder)]).await;
    assert_eq!(foreign.status.code(), Some(1), "{foreign:?}");
    assert_eq!(foreign.stdout, "The member notes.txt is not part of the archive: nobody listed it.\n");
    fs::remove_file(folder.join("notes.txt")).unwrap();

    for member in ["csv/notes.csv", "sql/data/notes.sql", "jsonl/notes.jsonl"] {
        let content = fs::read(folder.join(member)).unwrap();
        let mut changed = content.clone();
        let middle = content.len() / 2;
        changed[middle] ^= 1;
        fs::write(folder.join(member), &changed).unwrap();
        let found = desk.verify(&[text(&folder)]).await;
        assert_eq!(found.status.code(), Some(1), "{found:?}");
        assert!(found.stdout.contains(&format!("The member {member} is not what was exported")), "{found:?}");
        fs::write(folder.join(member), &content).unwrap();
    }

    fs::rename(folder.join("csv/notes.csv"), desk.path("elsewhere.csv")).unwrap();
    std::os::unix::fs::symlink(desk.path("elsewhere.csv"), folder.join("csv/notes.csv")).unwrap();
    let linked = desk.verify(&[text(&folder)]).await;
    assert_eq!(linked.status.code(), Some(1), "{linked:?}");
    assert!(linked.stdout.contains("csv/notes.csv is not a file"), "{linked:?}");
}

#[tokio::test]
async fn an_object_in_a_bucket_is_checked_with_the_vaults_settings() {
    let desk = Desk::exported("csv").await;
    let bucket = Bucket::on(ObjectStore::garage().await, "verify").await;
    let store = bucket.store;
    let body = ByteStream::from(fs::read(desk.zip()).unwrap());
    store.client().put_object().bucket(&bucket.name).key("some/archive.zip").body(body).send().await.unwrap();
    let object = |key: &str| {
        handover(&["verify", &format!("s3://{}/{key}", bucket.name)])
            .set("HANDOVER_VAULT__BUCKET", "another")
            .set("HANDOVER_VAULT__ENDPOINT", &store.endpoint)
            .set("HANDOVER_VAULT__REGION", store.region)
            .set("HANDOVER_VAULT__PATH_STYLE", "true")
    };
    let keys = |invocation: Invocation, id: &str, secret: &str| {
        invocation.set(id, store.access_key_id).set(secret, store.secret_access_key)
    };
    let (id, secret) = ("HANDOVER_VAULT__ACCESS_KEY_ID", "HANDOVER_VAULT__SECRET_ACCESS_KEY");
    let sound = keys(object("some/archive.zip"), id, secret).run().await;
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    assert_eq!(sound.stdout, desk.verify(&[text(&desk.zip())]).await.stdout);

    // Without keys of its own, the AWS environment's.
    let sound = keys(object("some/archive.zip"), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY").run().await;
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");

    let missing = keys(object("some/other.zip"), id, secret).run().await;
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    assert!(missing.stderr.contains("no such object"), "{missing:?}");
    let unnamed = handover(&["verify", "s3://bucket"]).run().await;
    assert_eq!(unnamed.status.code(), Some(2), "{unnamed:?}");
}

#[tokio::test]
async fn programs_get_one_object_of_json() {
    let desk = Desk::exported("csv,jsonl").await;
    let zip = desk.zip();
    let sound = desk.verify(&[text(&zip), "--format", "json"]).await;
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    let report: Value = serde_json::from_str(&sound.stdout).unwrap();
    assert_eq!((&report["sound"], &report["problems"]), (&Value::Bool(true), &serde_json::json!([])));
    assert_eq!(report["export"]["tenant"], "acme");
    assert_eq!(report["source"]["schema_fingerprint"], report["source"]["schema_fingerprint_at_end"]);
    assert!(report["source"]["server"].as_str().unwrap().starts_with("SQLite 3."), "{report}");
    assert_eq!(report["signature"]["state"], "none");
    let rows: u64 = report["tables"].as_array().unwrap().iter().map(|table| table["rows"].as_u64().unwrap()).sum();
    assert_eq!(report["rows"], rows);

    let whole = fs::read(&zip).unwrap();
    fs::write(&zip, &whole[..whole.len() / 2]).unwrap();
    let cut = desk.verify(&[text(&zip), "--format", "json"]).await;
    assert_eq!(cut.status.code(), Some(1), "{cut:?}");
    let report: Value = serde_json::from_str(&cut.stdout).unwrap();
    assert_eq!(report["sound"], false);
    assert!(report["problems"][0].as_str().unwrap().contains("not a complete ZIP archive"), "{report}");
    assert!(report.get("export").is_none());
}

#[tokio::test]
async fn json_lines_hold_the_rows_of_the_csv() {
    let desk = Desk::exported("csv,jsonl").await;
    let folder = desk.unpacked();
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["jsonl_dialect"]["null"], "null");
    let mut compared = 0;
    for table in manifest["tables"].as_array().unwrap() {
        let file = |format: &str| folder.join(table["files"][format]["path"].as_str().unwrap());
        let mut sheet = csv::Reader::from_path(file("csv")).unwrap();
        let names: Vec<String> = sheet.headers().unwrap().iter().map(str::to_owned).collect();
        let lines = fs::read_to_string(file("jsonl")).unwrap();
        let mut lines = lines.lines();
        for record in sheet.records() {
            let object: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
            let object = object.as_object().unwrap();
            assert!(object.keys().eq(&names), "{:?}", table["table"]);
            for (value, field) in object.values().zip(record.unwrap().iter()) {
                let printed = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    Value::Number(number) if !number.is_f64() => number.to_string(),
                    Value::Number(number) => {
                        assert_eq!(number.as_f64(), field.parse().ok());
                        field.to_owned()
                    }
                    other => panic!("{other}"),
                };
                assert_eq!(unmarked(&printed), unmarked(field), "{:?}", table["table"]);
                compared += 1;
            }
        }
        assert_eq!(lines.next(), None);
    }
    assert!(compared > 100);
}

/// What stands behind the mark. The formats mark different texts: JSON can hold a NUL character, but not a text that looks like a large integer.
fn unmarked(text: &str) -> Vec<u8> {
    text.strip_prefix("handover-hex:").map_or_else(|| text.into(), |bytes| hex::decode(bytes).unwrap())
}
