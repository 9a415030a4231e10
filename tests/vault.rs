//! The vault against two S3 servers: moto tells encryption, Garage checks signatures and checksums.

use crate::support::object_store::ObjectStore;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use bytes::Bytes;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use shared::{
    config::{Config, ServerSideEncryption},
    vault::{Object, ObjectKey, Vault, VaultError},
};
use std::{net::Ipv4Addr, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

const ZIP: &str = "application/zip";
const MEBIBYTE: usize = 1024 * 1024;

/// Two whole parts of 5 MiB and a short one.
fn three_parts() -> Bytes {
    (0..12 * MEBIBYTE).map(|n| (n % 251) as u8).collect()
}

fn settings(store: &ObjectStore, bucket: &str, encryption: ServerSideEncryption) -> Config {
    let mut config = Config::default();
    let vault = &mut config.vault;
    vault.bucket = Some(bucket.into());
    vault.region = store.region.into();
    vault.endpoint = Some(store.endpoint.parse().unwrap());
    vault.path_style = true;
    vault.access_key_id = Some(store.access_key_id.into());
    vault.secret_access_key = Some(store.secret_access_key.into());
    vault.encryption = encryption;
    vault.part_mebibytes = 5;
    config
}

async fn moto(bucket: &str) -> Vault {
    let store = ObjectStore::moto().await;
    let config = settings(store, bucket, ServerSideEncryption::Aes256);
    Vault::open(&config).await.unwrap()
}

async fn garage(bucket: &str) -> Vault {
    let store = ObjectStore::garage().await;
    let config = settings(store, bucket, ServerSideEncryption::None);
    Vault::open(&config).await.unwrap()
}

async fn store(vault: &Vault, key: &ObjectKey, bytes: &Bytes) -> Result<Object, VaultError> {
    let mut upload = vault.upload(key, ZIP, "export.zip").await?;
    let mut rest = bytes.clone();
    while !rest.is_empty() {
        let chunk = rest.split_to(rest.len().min(700_000));
        upload.write(chunk).await?;
    }
    upload.finish(Sha256::digest(bytes).into()).await
}

async fn read(vault: &Vault, key: &ObjectKey, range: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let chunks = vault.read(key, range).await.unwrap();
    let chunks: Vec<Bytes> = chunks.try_collect().await.unwrap();
    chunks.concat()
}

/// Head and body of the answer to a GET over plain HTTP.
async fn get(url: &Url) -> (String, Vec<u8>) {
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = tokio::net::TcpStream::connect((host, port)).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    (head.to_lowercase(), answer[end + 4..].to_vec())
}

#[tokio::test]
async fn an_archive_of_one_part_is_confirmed_and_read_back() {
    let bucket = ObjectStore::garage().await.create_bucket("one-part").await;
    let vault = garage(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    let bytes = Bytes::from_static(b"a small archive");
    let object = store(&vault, &key, &bytes).await.unwrap();
    let sha256 = hex::encode(Sha256::digest(&bytes));
    assert_eq!(object.bytes, 15);
    assert_eq!(object.checksum, Some(format!("sha256:{sha256}")));
    assert_eq!(vault.head(&key).await.unwrap(), object);
    assert_eq!(read(&vault, &key, None).await, bytes);
}

#[tokio::test]
async fn an_archive_of_many_parts_is_confirmed_by_its_composite_checksum() {
    let bucket = ObjectStore::garage().await.create_bucket("many-parts").await;
    let vault = garage(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    let bytes = three_parts();
    let object = store(&vault, &key, &bytes).await.unwrap();
    assert_eq!(object.bytes, bytes.len() as u64);
    let checksum = object.checksum.as_deref().unwrap();
    assert!(checksum.starts_with("crc32:"), "{checksum}");
    assert_eq!(vault.head(&key).await.unwrap(), object);
    assert!(read(&vault, &key, None).await == bytes);
    let (from, to) = (5 * MEBIBYTE - 3, 5 * MEBIBYTE + 4);
    let range = read(&vault, &key, Some(from as u64..to as u64)).await;
    assert_eq!(range, bytes[from..to]);
    assert!(read(&vault, &key, Some(9..9)).await.is_empty());
}

#[tokio::test]
async fn an_archive_that_ends_with_its_part_is_whole() {
    let bucket = ObjectStore::garage().await.create_bucket("even").await;
    let vault = garage(&bucket).await;
    for parts in [1, 2] {
        let key = ObjectKey::random("archives", 1);
        let bytes = three_parts().slice(..parts * 5 * MEBIBYTE);
        store(&vault, &key, &bytes).await.unwrap();
        assert!(read(&vault, &key, None).await == bytes);
    }
}

#[tokio::test]
async fn the_encryption_that_was_asked_for_is_asserted() {
    let bucket = ObjectStore::moto().await.create_bucket("encrypted").await;
    let vault = moto(&bucket).await;
    for bytes in [Bytes::from_static(b"small"), three_parts()] {
        let key = ObjectKey::random("archives", 1);
        let object = store(&vault, &key, &bytes).await.unwrap();
        assert_eq!(vault.head(&key).await.unwrap(), object);
        assert!(read(&vault, &key, None).await == bytes);
        let client = ObjectStore::moto().await.client();
        let head = client.head_object().bucket(&bucket).key(key.as_str());
        let head = head.send().await.unwrap();
        assert_eq!(head.server_side_encryption().unwrap().as_str(), "AES256");
        assert_eq!(head.content_type(), Some(ZIP));
        let disposition = "attachment; filename=\"export.zip\"";
        assert_eq!(head.content_disposition(), Some(disposition));
    }
}

#[tokio::test]
async fn an_object_of_another_kms_key_is_refused() {
    let server = ObjectStore::moto().await;
    let bucket = server.create_bucket("kms").await;
    let mut config = settings(server, &bucket, ServerSideEncryption::AwsKms);
    let arn = |key| Some(format!("arn:aws:kms:us-east-1:111122223333:key/{key}"));
    config.vault.kms_key_id = arn("own");
    let vault = Vault::open(&config).await.unwrap();
    let key = ObjectKey::random("archives", 1);
    store(&vault, &key, &three_parts()).await.unwrap();
    config.vault.kms_key_id = arn("other");
    let other = Vault::open(&config).await.unwrap();
    let found = other.head(&key).await;
    assert!(matches!(found, Err(VaultError::Mismatch(_))), "{found:?}");
}

#[tokio::test]
async fn an_archive_the_server_did_not_encrypt_is_refused_and_removed() {
    let server = ObjectStore::garage().await;
    let bucket = server.create_bucket("plain").await;
    let config = settings(server, &bucket, ServerSideEncryption::Aes256);
    let vault = Vault::open(&config).await.unwrap();
    for bytes in [Bytes::from_static(b"small"), three_parts()] {
        let key = ObjectKey::random("archives", 1);
        let stored = store(&vault, &key, &bytes).await;
        assert!(matches!(stored, Err(VaultError::Mismatch(_))), "{stored:?}");
        let found = garage(&bucket).await.head(&key).await;
        assert!(matches!(found, Err(VaultError::NotFound)), "{found:?}");
    }
}

#[tokio::test]
async fn an_archive_with_another_checksum_is_refused() {
    let bucket = ObjectStore::garage().await.create_bucket("digest").await;
    let vault = garage(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    let mut upload = vault.upload(&key, ZIP, "export.zip").await.unwrap();
    upload.write(Bytes::from_static(b"archive")).await.unwrap();
    assert!(upload.finish([0; 32]).await.is_err());
    assert!(matches!(vault.head(&key).await, Err(VaultError::NotFound)));
}

#[tokio::test]
async fn giving_up_leaves_nothing() {
    let bucket = ObjectStore::garage().await.create_bucket("aborted").await;
    let vault = garage(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    let mut upload = vault.upload(&key, ZIP, "export.zip").await.unwrap();
    assert_eq!(upload.upload_id(), None);
    upload.write(three_parts()).await.unwrap();
    assert!(upload.upload_id().is_some());
    upload.abort().await.unwrap();
    assert_eq!(uploads(&bucket).await, 0);
    assert!(matches!(vault.head(&key).await, Err(VaultError::NotFound)));
}

#[tokio::test]
async fn an_upload_nobody_ended_is_discarded_with_or_without_its_id() {
    let bucket = ObjectStore::garage().await.create_bucket("dropped").await;
    let vault = garage(&bucket).await;
    let (key, other) = (ObjectKey::random("a", 1), ObjectKey::random("a", 1));
    let mut upload = vault.upload(&key, ZIP, "export.zip").await.unwrap();
    upload.write(three_parts()).await.unwrap();
    drop(upload);
    let mut kept = vault.upload(&other, ZIP, "export.zip").await.unwrap();
    kept.write(three_parts()).await.unwrap();
    assert_eq!(uploads(&bucket).await, 2);
    vault.discard(&key, None).await.unwrap();
    assert_eq!(uploads(&bucket).await, 1);
    let id = kept.upload_id().unwrap().to_owned();
    drop(kept);
    vault.discard(&other, Some(&id)).await.unwrap();
    assert_eq!(uploads(&bucket).await, 0);
    vault.discard(&other, Some(&id)).await.unwrap();
}

async fn uploads(bucket: &str) -> usize {
    let client = ObjectStore::garage().await.client();
    let list = client.list_multipart_uploads().bucket(bucket).send().await;
    list.unwrap().uploads().len()
}

#[tokio::test]
async fn deleting_may_be_repeated() {
    let bucket = ObjectStore::garage().await.create_bucket("deleted").await;
    let vault = garage(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    store(&vault, &key, &Bytes::from_static(b"a")).await.unwrap();
    vault.delete(&key).await.unwrap();
    vault.delete(&key).await.unwrap();
    assert!(matches!(vault.head(&key).await, Err(VaultError::NotFound)));
    let read = vault.read(&key, None).await;
    assert!(matches!(read, Err(VaultError::NotFound)));
}

#[tokio::test]
async fn no_version_of_a_deleted_archive_is_kept() {
    let server = ObjectStore::moto().await;
    let bucket = server.create_bucket("versions").await;
    let client = server.client();
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request = client.put_bucket_versioning().bucket(&bucket);
    let request = request.versioning_configuration(versioning);
    request.send().await.unwrap();
    let vault = moto(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    store(&vault, &key, &Bytes::from_static(b"a")).await.unwrap();
    vault.delete(&key).await.unwrap();
    let left = client.list_object_versions().bucket(&bucket).send().await;
    let left = left.unwrap();
    assert!(left.versions().is_empty() && left.delete_markers().is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_presigned_address_gives_one_archive_under_its_name() {
    let bucket = ObjectStore::garage().await.create_bucket("presigned").await;
    let vault = garage(&bucket).await;
    let key = ObjectKey::random("archives", 1);
    store(&vault, &key, &Bytes::from_static(b"archive")).await.unwrap();
    let minute = Duration::from_secs(60);
    let signed = vault.presign(&key, "Müller.zip", ZIP, minute).await;
    let mut url = signed.unwrap().unwrap();
    assert!(url.query().unwrap().contains("X-Amz-Expires=60"));
    let (head, body) = get(&url).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("filename*=utf-8''m%c3%bcller.zip"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("archive"));
    url.set_path(&url.path().replace("-1.zip", "-2.zip"));
    let (head, _) = get(&url).await;
    assert!(head.starts_with("http/1.1 403"), "{head}");
}

#[tokio::test]
async fn a_presigned_address_leads_to_the_public_endpoint() {
    let server = ObjectStore::moto().await;
    let mut config = settings(server, "archives", ServerSideEncryption::None);
    config.vault.public_endpoint = Some("https://files.example.com".parse().unwrap());
    let vault = Vault::open(&config).await.unwrap();
    let key = ObjectKey::random("archives", 1);
    let minute = Duration::from_secs(60);
    let url = vault.presign(&key, "export.zip", ZIP, minute).await;
    let url = url.unwrap().unwrap();
    assert_eq!(url.host_str(), Some("files.example.com"));
    assert_eq!(url.path(), format!("/archives/{}", key.as_str()));
}

#[tokio::test]
async fn wrong_credentials_and_a_missing_bucket_are_refused_by_their_code() {
    let server = ObjectStore::garage().await;
    let bucket = server.create_bucket("refused").await;
    garage(&bucket).await.ping().await.unwrap();
    let gone = garage("no-such-bucket").await.ping().await;
    assert!(matches!(&gone, Err(VaultError::Refused(_))), "{gone:?}");
    let mut config = settings(server, &bucket, ServerSideEncryption::None);
    config.vault.secret_access_key = Some("0".repeat(64).into());
    let vault = Vault::open(&config).await.unwrap();
    let ping = vault.ping().await;
    assert!(matches!(&ping, Err(VaultError::Refused(_))), "{ping:?}");
    let key = ObjectKey::random("archives", 1);
    let stored = store(&vault, &key, &Bytes::from_static(b"a")).await;
    assert!(matches!(&stored, Err(VaultError::Refused(_))), "{stored:?}");
    let text = stored.unwrap_err().to_string();
    assert!(!text.contains(key.as_str()) && !text.contains("127.0.0.1"), "{text}");
}

#[tokio::test]
async fn a_server_that_is_away_may_come_back() {
    // A port that was just given back answers nobody.
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let port = listener.await.unwrap().local_addr().unwrap().port();
    let server = ObjectStore::moto().await;
    let mut config = settings(server, "archives", ServerSideEncryption::None);
    config.vault.endpoint = Some(format!("http://127.0.0.1:{port}").parse().unwrap());
    let ping = Vault::open(&config).await.unwrap().ping().await;
    assert!(ping.unwrap_err().is_transient());
}
