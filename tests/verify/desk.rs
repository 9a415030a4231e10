//! A folder with an archive to look at.

use crate::support::{
    customertrackr::CustomerTrackr,
    markers::marked,
    process::{run, text},
    program::{Ended, Invocation, handover},
};
use examples::customertrackr;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A folder to work in, with `archive.zip` once something was exported.
pub(super) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(super) fn new() -> Desk {
        Desk { folder: tempfile::Builder::new().prefix("handover-verify-").tempdir().unwrap() }
    }

    /// With an account of CustomerTrackr in these formats.
    pub(super) async fn exported(formats: &str) -> Desk {
        let desk = Desk::new();
        let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
        let export = desk.export(&product.source_url(), customertrackr::CATALOG, "acme", formats).run().await;
        assert!(export.status.success(), "{export:?}");
        desk
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn zip(&self) -> PathBuf {
        self.path("archive.zip")
    }

    pub(super) fn export(&self, url: &str, catalog: &str, tenant: &str, formats: &str) -> Invocation {
        let (file, zip) = (self.path("catalog.toml"), self.zip());
        fs::write(&file, catalog).unwrap();
        let from = ["export", "--source", url, "--catalog", text(&file), "--tenant", tenant];
        handover(&[&from[..], &["--format", formats, "--output", text(&zip), "--force"]].concat())
    }

    /// The archive, unpacked by a program that is not ours.
    pub(super) fn unpacked(&self) -> PathBuf {
        let folder = self.path("unpacked");
        run(Command::new("unzip").args(["-q", text(&self.zip()), "-d", text(&folder)]));
        folder
    }

    pub(super) async fn verify(&self, arguments: &[&str]) -> Ended {
        handover(&[&["verify"], arguments].concat()).run().await
    }
}

/// Appends to a member of an unpacked archive, and makes manifest and checksums agree with it, as a forger would.
pub(super) fn forge(folder: &Path, member: &str, more: &str) {
    let mut content = fs::read_to_string(folder.join(member)).unwrap();
    content.push_str(more);
    fs::write(folder.join(member), &content).unwrap();
    let mut manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    for file in manifest["sql"]["files"].as_array_mut().unwrap() {
        if file["path"] == member {
            file["bytes"] = content.len().into();
            file["sha256"] = hex::encode(Sha256::digest(&content)).into();
        }
    }
    fs::write(folder.join("manifest.json"), serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
    seal(folder);
}

/// Writes the checksums of the members as they are now.
pub(super) fn seal(folder: &Path) {
    let sums = fs::read_to_string(folder.join("CHECKSUMS.sha256")).unwrap();
    let sums: String = sums
        .lines()
        .map(|line| {
            let (_, name) = line.split_once("  ").unwrap();
            format!("{}  {name}\n", hex::encode(Sha256::digest(fs::read(folder.join(name)).unwrap())))
        })
        .collect();
    fs::write(folder.join("CHECKSUMS.sha256"), sums).unwrap();
}
