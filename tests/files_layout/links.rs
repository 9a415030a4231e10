//! A request for files, and the page behind a link to them.

use crate::support::{
    api::{Api, id_of, now, wanted},
    client::Answer,
};
use bytes::Bytes;
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    ledger::{
        exports::{self, Export},
        files::NewFile,
    },
    vault::KeyFolder,
};
use std::time::Duration;

const NAMES: [&str; 4] = ["manifest.json", "csv/a_sales.csv.zst", "START-HERE.html", "CHECKSUMS.sha256"];

fn content(name: &str) -> Bytes {
    format!("the content of {name}").into()
}

/// A ready export whose archive is these files.
async fn ready(api: &Api) -> Export {
    let wish = json!({ "source": "shop", "tenant": "t1", "layout": "files" });
    let id = id_of(&api.admin().await.post("/v1/exports", wish).await);
    let export = exports::claim(&api.ledger, id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    let folder = KeyFolder::random("archives", export.attempt);
    let mut files = Vec::new();
    for name in NAMES {
        let (key, bytes) = (folder.key(name).unwrap(), content(name));
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        let mut upload = api.vault.upload(&key, "application/octet-stream", name).await.unwrap();
        upload.write(bytes.clone()).await.unwrap();
        upload.finish(sha256).await.unwrap();
        files.push(NewFile {
            name: name.to_owned(),
            object_key: key.as_str().to_owned(),
            bytes: bytes.len() as u64,
            sha256,
            content_type: "application/octet-stream".to_owned(),
            ..NewFile::default()
        });
    }
    let end = now() + TimeDelta::days(1);
    exports::complete(&api.ledger, id, export.attempt, &files, end, now()).await.unwrap();
    exports::find(&api.ledger, id).await.unwrap().unwrap()
}

fn form(file: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("file", file).finish()
}

async fn press(api: &Api, path: &str, file: &str) -> Answer {
    api.download(path, &form(file)).await
}

#[tokio::test]
async fn the_page_lists_every_file_and_each_button_gives_its_own() {
    let api = Api::start().await;
    let export = ready(&api).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let page = api.anyone.get(&path).await;
    assert_eq!(page.status, 200);
    let places = ["START-HERE.html", "CHECKSUMS.sha256", "manifest.json", "csv/a_sales.csv.zst"]
        .map(|name| page.text().find(&format!("name=\"file\" value=\"{name}\"")).unwrap());
    assert!(places.is_sorted(), "what explains the others stands above: {places:?}");
    assert!(page.text().contains("4 files") && !page.text().contains("ZIP") && !page.text().contains("//"));
    assert_eq!(api.downloads(&link).await, 0);
    for (number, name) in NAMES.iter().enumerate() {
        let answer = press(&api, &path, name).await;
        assert_eq!((answer.status, answer.body.clone()), (200, content(name)));
        let saved_as = name.rsplit('/').next().unwrap();
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{saved_as}\""));
        assert_eq!(api.downloads(&link).await, number as i64 + 1);
    }
    let audited: Vec<Value> =
        api.events("link.downloaded").await.into_iter().map(|(.., detail)| detail["file"].clone()).collect();
    assert_eq!(audited, NAMES.map(Value::from));
}

#[tokio::test]
async fn a_file_that_is_not_of_the_archive_is_refused_and_nothing_is_counted() {
    let api = Api::start().await;
    let export = ready(&api).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let without = api.anyone.send(Method::POST, &path, |request| request).await;
    assert_eq!(without.status, 400);
    for file in ["", "csv/other.csv.zst", "../ledger.db", "csv", "manifest.json/"] {
        let answer = press(&api, &path, file).await;
        assert!(answer.status == 400 && answer.text().contains("Which file"), "{file}: {}", answer.status);
    }
    assert_eq!(api.downloads(&link).await, 0);
    // A ZIP is the only file there is, whatever a form says about others.
    let zip = api.ready("t2", b"PK", now() + TimeDelta::days(1)).await;
    let (_, path) = api.link(&zip, now() + TimeDelta::hours(1)).await;
    assert_eq!(press(&api, &path, "manifest.json").await.status, 400);
    assert_eq!(api.download(&path, "").await.status, 200);
}

#[tokio::test]
async fn a_request_says_how_its_archive_is_laid_out() {
    let api = Api::start().await;
    let (admin, _worker) = (api.admin().await, api.answering("known").await);
    for (tenant, more, layout, compression) in [
        ("a", json!({}), "zip", Value::Null),
        ("b", json!({ "layout": "zip" }), "zip", Value::Null),
        ("c", json!({ "layout": "files" }), "files", json!("zstd")),
        ("d", json!({ "layout": "files", "compression": "gzip" }), "files", json!("gzip")),
    ] {
        let mut wish = wanted(tenant);
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = admin.post("/v1/exports", wish).await;
        assert_eq!(answer.status, 202, "{tenant}: {}", answer.text());
        assert_eq!((&answer.json()["layout"], &answer.json()["compression"]), (&json!(layout), &compression));
    }
    for more in [json!({ "compression": "gzip" }), json!({ "layout": "zip", "compression": "zstd" })] {
        let mut wish = wanted("e");
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = admin.post("/v1/exports", wish).await;
        assert_eq!(refused.refusal(), (422, "invalid_request".into()));
        assert_eq!(refused.json()["errors"][0]["pointer"], "/compression");
    }
}

#[tokio::test]
async fn hundreds_of_files_are_shown_by_the_api() {
    let api = Api::start().await;
    let id = id_of(
        &api.admin().await.post("/v1/exports", json!({ "source": "shop", "tenant": "t1", "layout": "files" })).await,
    );
    let export = exports::claim(&api.ledger, id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    let folder = KeyFolder::random("archives", export.attempt);
    let file = |number: u64| {
        let name = format!("csv/table{number:03}.csv.zst");
        let object_key = folder.key(&name).unwrap().as_str().to_owned();
        NewFile {
            name,
            object_key,
            bytes: number,
            sha256: [7; 32],
            content_type: "application/zstd".to_owned(),
            ..NewFile::default()
        }
    };
    let files: Vec<NewFile> = (0..700).map(file).collect();
    exports::complete(&api.ledger, id, 1, &files, now() + TimeDelta::days(1), now()).await.unwrap();
    let shown = api.admin().await.get(&format!("/v1/exports/{id}")).await.json();
    let shown = shown["files"].as_array().unwrap();
    assert_eq!(shown.len(), 700);
    assert_eq!(shown[699], json!({ "name": "csv/table699.csv.zst", "bytes": 699, "sha256": "07".repeat(32) }));
}
