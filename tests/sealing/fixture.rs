//! An archive that was sealed 364 days ago, by Tink, with a key that was rotated since.

use crate::support::{process::text, program::handover};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use shared::{
    config::{Config, Role},
    keyring::{ArchiveId, KeyName, Keyring, KeyringError, Provider, WrappedKey},
};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sealed").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(fixture(name)).unwrap()
}

fn key(id: &str, byte: u8) -> String {
    format!("{id}:{}", STANDARD.encode([byte; 32]))
}

fn keyring(entries: &[&str]) -> Keyring {
    let keys = ("HANDOVER_ENCRYPTION__KEYS".to_owned(), entries.join(","));
    Keyring::open(&Config::read(None, [keys], Role::Ledger).unwrap()).unwrap()
}

/// The record as it is after other keys have wrapped its data key, two rotations on.
async fn rotated_twice() -> (Value, String) {
    let mut record: Value = serde_json::from_str(&read("record.json")).unwrap();
    let archive = ArchiveId {
        export: record["export"].as_str().unwrap().parse().unwrap(),
        attempt: record["attempt"].as_i64().unwrap(),
    };
    let mut wrapped = WrappedKey {
        by: KeyName { provider: Provider::Local, id: record["key"].as_str().unwrap().to_owned() },
        bytes: STANDARD.decode(record["wrapped"].as_str().unwrap()).unwrap(),
    };
    let (first, second, third) = (read("keyring").trim().to_owned(), key("2026a", 2), key("2026b", 3));
    let lost = keyring(&[&second]).unwrap(&wrapped, archive).await;
    assert!(matches!(lost, Err(KeyringError::Unknown(_))));
    let impostor = keyring(&[&key("2025a", 9)]).unwrap(&wrapped, archive).await;
    assert!(matches!(impostor, Err(KeyringError::Refused(_))));
    for entries in [[&second, &first], [&third, &second]] {
        let keyring = keyring(&entries.map(String::as_str));
        wrapped = keyring.rewrap(&wrapped, archive).await.unwrap().unwrap();
        assert_eq!(keyring.rewrap(&wrapped, archive).await.unwrap(), None);
    }
    assert_eq!(wrapped.by.id, "2026b");
    let elsewhere = ArchiveId { attempt: archive.attempt + 1, ..archive };
    let foreign = keyring(&[&third]).unwrap(&wrapped, elsewhere).await;
    assert!(matches!(foreign, Err(KeyringError::Refused(_))));
    record["key"] = wrapped.by.id.into();
    record["wrapped"] = STANDARD.encode(wrapped.bytes).into();
    (record, third)
}

#[tokio::test]
async fn an_archive_of_last_year_opens_offline_also_after_two_rotations() {
    let folder = tempfile::tempdir().unwrap();
    let [keys, record, first, second] =
        ["keyring", "record.json", "first", "second"].map(|name| folder.path().join(name));
    std::fs::create_dir(&first).unwrap();
    std::fs::create_dir(&second).unwrap();
    let (rotated, newest) = rotated_twice().await;
    std::fs::write(&keys, &newest).unwrap();
    std::fs::write(&record, rotated.to_string()).unwrap();
    let name = rotated["files"][0]["name"].as_str().unwrap();
    for (keys, record, into) in [(&fixture("keyring"), &fixture("record.json"), &first), (&keys, &record, &second)] {
        let from = ["--keyring-file", text(keys), "--record", text(record), "--output", text(into)];
        let command = handover(&[&["decrypt"], &from[..], &[text(&fixture("object"))]].concat());
        let opened = command.run().await;
        assert!(opened.status.success(), "{opened:?}");
        assert_eq!(opened.stdout.trim(), text(&into.join(name)));
        assert_eq!(std::fs::read(into.join(name)).unwrap(), std::fs::read(fixture("plaintext")).unwrap());
    }
}

#[tokio::test]
async fn what_does_not_fit_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let [keys, object, into] = ["keyring", "object", "into"].map(|name| folder.path().join(name));
    std::fs::create_dir(&into).unwrap();
    std::fs::write(&keys, key("2025a", 9)).unwrap();
    let mut bytes = std::fs::read(fixture("object")).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&object, &bytes).unwrap();
    let other = folder.path().join("longer");
    bytes.push(0);
    std::fs::write(&other, &bytes).unwrap();
    for (keys, object) in
        [(&keys, &fixture("object")), (&fixture("keyring"), &object), (&fixture("keyring"), &other), (&keys, &other)]
    {
        let record = fixture("record.json");
        let from = ["--keyring-file", text(keys), "--record", text(&record), "--output", text(&into)];
        let refused = handover(&[&["decrypt"], &from[..], &[text(object)]].concat()).run().await;
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(into.read_dir().unwrap().next().is_none(), "{refused:?}");
    }
}
