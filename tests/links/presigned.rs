//! Presigned addresses on a server that checks signatures: each is for one key, one method and its minutes.

use super::ARCHIVE;
use crate::support::{
    api::{Api, now},
    bucket::Bucket,
    object_store::ObjectStore,
    patience::{LONG, until},
};
use bytes::Bytes;
use chrono::TimeDelta;
use reqwest::{Method, Url};
use sha2::{Digest, Sha256};
use shared::{
    config::ServerSideEncryption,
    ledger::{
        exports,
        files::{NewFile, Sealing},
    },
    vault::ObjectKey,
};
use std::time::Duration;

/// A hostile name, which no header may be broken by.
const NAME: &str = "Müller \"& Söhne\"\r\nset-cookie: a=b/../export.zip";

/// An API whose vault is a bucket, with the archives of two tenants in it.
async fn two_tenants(lifetime: Duration) -> (Api, Bucket, Vec<(Url, String)>) {
    let bucket = Bucket::on(ObjectStore::garage().await, "presigned").await;
    let api = Api::start_with(|config| {
        bucket.configure(config);
        config.vault.encryption = ServerSideEncryption::None;
        config.links.presigned_lifetime = lifetime;
    })
    .await;
    let mut addresses = Vec::new();
    for tenant in ["t1", "t2"] {
        let id = api.queued(tenant).await.id;
        let export = exports::claim(&api.ledger, id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
        let key = ObjectKey::random("archives", export.attempt);
        let mut upload = api.vault.upload(&key, "application/zip", NAME).await.unwrap();
        upload.write(Bytes::from_static(ARCHIVE)).await.unwrap();
        upload.finish(Sha256::digest(ARCHIVE).into()).await.unwrap();
        let file = NewFile {
            name: NAME.into(),
            object_key: key.as_str().into(),
            bytes: ARCHIVE.len() as u64,
            sha256: Sha256::digest(ARCHIVE).into(),
            content_type: "application/zip".into(),
            sealing: Sealing::None,
            stored: None,
        };
        exports::complete(&api.ledger, id, export.attempt, &[file], now() + TimeDelta::days(1), now()).await.unwrap();
        let export = exports::find(&api.ledger, id).await.unwrap().unwrap();
        let (_, path) = api.link_like(&export, |link| link.download_limit = Some(2)).await;
        let pressed = api.anyone.send(Method::POST, &path, |request| request).await;
        assert_eq!((pressed.status, pressed.header("cache-control")), (303, "no-store"));
        addresses.push((pressed.header("location").parse().unwrap(), key.as_str().to_owned()));
    }
    (api, bucket, addresses)
}

async fn ask(method: Method, address: &Url) -> (u16, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.request(method, address.clone()).body("").send().await.unwrap();
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn an_address_is_for_its_own_key_and_for_reading_only() {
    let (api, bucket, addresses) = two_tenants(Duration::from_secs(300)).await;
    let [(one, own_key), (_, other_key)] = addresses.as_slice() else { panic!() };
    assert_eq!(ask(Method::GET, one).await, (200, ARCHIVE.to_vec()));

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(one.clone()).header("range", "bytes=4-9").send().await.unwrap();
    assert_eq!(answer.status(), 206, "the vault has ranges of its own");
    assert_eq!(answer.bytes().await.unwrap(), &ARCHIVE[4..10]);
    // What the vault is told to answer with is signed along; not every server heeds it in an answer to a range.
    let told = |name: &str| one.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    assert_eq!(told("response-cache-control").as_deref(), Some("no-store"));
    assert_eq!(told("response-content-disposition").as_deref(), Some("attachment; filename=\"export.zip\""));
    assert!(!client.get(one.clone()).send().await.unwrap().headers().contains_key("set-cookie"));

    for method in [Method::PUT, Method::POST, Method::DELETE, Method::HEAD] {
        let (status, _) = ask(method.clone(), one).await;
        assert_eq!(status / 100, 4, "{method}: {status}");
    }
    let with = |shape: &dyn Fn(&mut Url)| {
        let mut address = one.clone();
        shape(&mut address);
        assert_ne!(address, *one);
        address
    };
    let changed = |name: &str, value: &str| {
        with(&|address| {
            let pairs: Vec<(String, String)> = one.query_pairs().into_owned().collect();
            assert!(pairs.iter().any(|(own, _)| own == name), "{name}");
            let pairs =
                pairs.into_iter().map(|(own, old)| if own == name { (own, value.to_owned()) } else { (own, old) });
            address.query_pairs_mut().clear().extend_pairs(pairs);
        })
    };
    for forged in [
        with(&|address| address.set_path(&one.path().replace(own_key, other_key))),
        with(&|address| address.set_path(&format!("/{}", bucket.name))),
        with(&|address| address.set_query(None)),
        with(&|address| {
            address.query_pairs_mut().append_pair("versionId", "null");
        }),
        changed("X-Amz-Expires", "86400"),
        changed("response-content-disposition", "inline"),
        changed("response-content-type", "text/html"),
        changed("X-Amz-Date", "20300101T000000Z"),
    ] {
        let (status, body) = ask(Method::GET, &forged).await;
        assert!(status / 100 == 4 && !body.windows(8).any(|part| part == &ARCHIVE[..8]), "{forged}: {status}");
    }
    // What the vault sends, it does not tell: the audit says so.
    let told = api.events("link.downloaded").await;
    assert!(told.iter().all(|(.., detail)| detail["from"] == "vault" && detail["bytes"] == "unknown"), "{told:?}");
    assert_eq!(ask(Method::GET, one).await.0, 200, "nothing of it did any harm");
}

#[tokio::test]
async fn an_address_ends_with_its_time() {
    let (_api, _bucket, addresses) = two_tenants(Duration::from_secs(1)).await;
    let (address, _) = &addresses[0];
    assert!(address.query_pairs().any(|(name, value)| name == "X-Amz-Expires" && value == "1"));
    until("the address to end", LONG, async || (ask(Method::GET, address).await.0 / 100 == 4).then_some(())).await;
}
