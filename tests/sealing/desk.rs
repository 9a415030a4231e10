//! A sealed archive of two files in the vault of an API.

use crate::support::api::{Api, now};
use bytes::Bytes;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use shared::{
    config::{Config, Role},
    envelope::{AssociatedData, DataKey, Sealer},
    keyring::{ArchiveId, Keyring},
    ledger::{
        data_keys,
        exports::{self, Export},
        files::{self, NewFile, Sealing, Stored},
    },
    vault::KeyFolder,
};
use std::{path::PathBuf, time::Duration};

pub(super) const NAMES: [&str; 2] = ["csv/one.csv.zst", "csv/two.csv.zst"];

/// Seals `plaintext`, handed over in pieces.
pub(super) fn seal(key: &DataKey, words: &AssociatedData, plaintext: &[u8]) -> Vec<u8> {
    let (mut sealer, mut sealed, mut rest) = (Sealer::new(key, words).unwrap(), Vec::new(), plaintext);
    while !rest.is_empty() {
        if let Some(segment) = sealer.seal(&mut rest).unwrap() {
            sealed.extend_from_slice(&segment);
        }
    }
    sealed.extend_from_slice(&sealer.finish().unwrap());
    sealed
}

/// Bytes that are nowhere alike.
pub(super) fn content(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

pub(super) fn keyring(api: &Api) -> Keyring {
    let data = ("HANDOVER_DATA_DIR".to_owned(), api.folder.path().display().to_string());
    Keyring::existing(&Config::read(None, [data], Role::Ledger).unwrap()).unwrap()
}

/// An export of two files, each of these bytes, sealed as a worker does it.
pub(super) async fn ready(api: &Api, contents: [&[u8]; 2]) -> Export {
    let id = api.queued("t1").await.id;
    let export = exports::claim(&api.ledger, id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    let archive = ArchiveId { export: id, attempt: export.attempt };
    let (key, wrapped) = keyring(api).make(archive).await.unwrap();
    data_keys::keep(&api.ledger, archive, &wrapped, now()).await.unwrap();
    let folder = KeyFolder::random("archives", export.attempt);
    let mut files = Vec::new();
    for (name, content) in NAMES.into_iter().zip(contents) {
        let object = folder.key(name).unwrap();
        let sealed = seal(&key, &AssociatedData::of_file(id, export.attempt, name), content);
        let sha256: [u8; 32] = Sha256::digest(&sealed).into();
        let mut upload = api.vault.upload(&object, "application/octet-stream", name).await.unwrap();
        upload.write(Bytes::from(sealed.clone())).await.unwrap();
        upload.finish(sha256).await.unwrap();
        files.push(NewFile {
            name: name.to_owned(),
            object_key: object.as_str().to_owned(),
            bytes: content.len() as u64,
            sha256: Sha256::digest(content).into(),
            content_type: "application/zstd".to_owned(),
            sealing: Sealing::Envelope,
            stored: Some(Stored { bytes: sealed.len() as u64, sha256 }),
        });
    }
    let end = now() + TimeDelta::days(1);
    exports::complete(&api.ledger, id, export.attempt, &files, end, now()).await.unwrap();
    exports::find(&api.ledger, id).await.unwrap().unwrap()
}

/// Where the objects lie on the disk, in the order of their names.
pub(super) async fn objects(api: &Api, export: &Export) -> Vec<PathBuf> {
    let files = files::of_export(&api.ledger, export.id).await.unwrap();
    files.iter().map(|file| api.folder.path().join("vault").join(&file.object_key)).collect()
}
