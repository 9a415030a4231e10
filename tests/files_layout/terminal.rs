//! `handover export --layout files` and what other people's programs do with the folder.

use crate::support::{
    archive::{Archive, archive_at},
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    markers::marked,
    postgres::Postgres,
    process::{run, text},
    proecommerce::ProEcommerce,
    program::{Ended, handover},
    tools,
};
use examples::{ceppro, customertrackr, proecommerce};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A folder with a catalog, in which archives are made of one source.
struct Desk {
    folder: tempfile::TempDir,
    url: String,
    tenant: String,
}

impl Desk {
    fn new(catalog: &str, url: String, tenant: &str) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("catalog.toml"), catalog).unwrap();
        Desk { folder, url, tenant: tenant.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn export(&self, output: &str, more: &[&str]) -> Ended {
        let (catalog, output) = (self.path("catalog.toml"), self.path(output));
        let arguments = [
            "export",
            "--source",
            &self.url,
            "--catalog",
            text(&catalog),
            "--tenant",
            &self.tenant,
            "--format",
            "csv,sql,jsonl",
            "--output",
            text(&output),
        ];
        handover(&[&arguments, more].concat()).run().await
    }

    async fn files(&self, name: &str, compression: &str) -> PathBuf {
        let made = self.export(name, &["--layout", "files", "--compression", compression]).await;
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        self.path(name)
    }

    async fn zip(&self) -> Archive {
        let made = self.export("archive.zip", &[]).await;
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        archive_at(&self.path("archive.zip"))
    }

    /// What lies in it besides the catalog, in order.
    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "catalog.toml").collect();
        names.sort();
        names
    }
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

async fn assert_sound(folder: &Path) {
    run(Command::new("sha256sum").args(["--check", "--strict", "--quiet", "CHECKSUMS.sha256"]).current_dir(folder));
    let verified = handover(&["verify", text(folder)]).run().await;
    assert!(verified.status.success() && verified.stdout.starts_with("Sound:"), "{verified:?}");
}

/// What `zstd` and `gunzip` make of every compressed file is what the ZIP of the same tenant holds.
fn assert_holds_what(folder: &Path, zip: &Archive) {
    let members: BTreeMap<String, Vec<u8>> =
        zip.members().into_iter().map(|member| (member.name, member.bytes)).collect();
    let manifest = manifest(folder);
    let mut seen = 0;
    for (path, expected) in members {
        let packed = ["zst", "gz"].map(|ending| folder.join(format!("{path}.{ending}")));
        let found = match (packed[0].exists(), packed[1].exists()) {
            (true, false) => Command::new("zstd").args(["-dqc", text(&packed[0])]).output().unwrap().stdout,
            (false, true) => Command::new("gunzip").args(["-c", text(&packed[1])]).output().unwrap().stdout,
            _ => fs::read(folder.join(&path)).unwrap(),
        };
        // These say how the archive is laid out, or when it was made.
        let of_layout = !path.contains('/');
        assert!(of_layout || found == expected, "{path}");
        seen += usize::from(!of_layout);
    }
    assert!(seen > 3 * manifest["tables"].as_array().unwrap().len());
}

/// Does what the manifest says, in the folder, in an empty database of PostgreSQL.
fn restore_as_told(folder: &Path, database: &str) {
    let told = manifest(folder)["sql"]["restore"].as_str().unwrap().replace("the_new_database", database);
    run(Command::new("sh").args(["-ec", &told]).current_dir(folder));
}

#[tokio::test]
async fn a_folder_of_postgresql_holds_what_the_zip_holds_and_restores_as_it_says() {
    let product = CepPro::create().await;
    let tenant = &product.tenants[0];
    let desk = Desk::new(ceppro::CATALOG, product.source_url().await, &tenant.key);
    let zip = desk.zip().await;
    for compression in ["zstd", "gzip"] {
        let folder = desk.files(compression, compression).await;
        assert_sound(&folder).await;
        assert_holds_what(&folder, &zip);
        let frictionless = || {
            let frictionless = tools::python("frictionless");
            Command::new(frictionless).args(["validate", "datapackage.json"]).current_dir(&folder).output().unwrap()
        };
        let validated = frictionless();
        // Validators read gzip; what they cannot read is described unpacked.
        assert_eq!(validated.status.success(), compression == "gzip", "{validated:?}");
        let database = Postgres::shared().await.create_database("files_restored").await;
        restore_as_told(&folder, &database.url);
        if compression == "zstd" {
            run(Command::new("sh").args(["-ec", "zstd -dqf csv/*.zst"]).current_dir(&folder));
            let validated = frictionless();
            assert!(validated.status.success(), "{}", String::from_utf8_lossy(&validated.stdout));
        }
        assert_sound(&folder).await;
        let empty = Postgres::shared().await.create_database("files_verified").await;
        let verified = handover(&["verify", text(&folder), "--restore", &empty.url]).run().await;
        assert!(verified.status.success() && verified.stdout.contains("Restored: "), "{verified:?}");
    }
    assert_eq!(desk.entries(), ["archive.zip", "gzip", "zstd"]);
}

#[tokio::test]
async fn a_folder_of_mariadb_holds_what_the_zip_holds() {
    let product = ProEcommerce::create().await;
    let desk = Desk::new(proecommerce::CATALOG, product.source_url().await, &product.tenants[0].key);
    let folder = desk.files("folder", "zstd").await;
    assert_sound(&folder).await;
    assert_holds_what(&folder, &desk.zip().await);
}

#[tokio::test]
async fn a_folder_of_sqlite_restores_and_whatever_is_wrong_with_it_is_found() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let desk = Desk::new(customertrackr::CATALOG, product.source_url(), &product.tenants[0].key);
    let folder = desk.files("folder", "zstd").await;
    assert_sound(&folder).await;
    assert_holds_what(&folder, &desk.zip().await);
    let restored = format!("sqlite://{}", desk.path("restored.db").display());
    let verified = handover(&["verify", text(&folder), "--restore", &restored]).run().await;
    assert!(verified.status.success() && verified.stdout.contains("Restored: "), "{verified:?}");

    let verify = async || handover(&["verify", text(&folder)]).run().await;
    let stored = manifest(&folder)["tables"][0]["files"]["csv"]["stored"]["path"].as_str().unwrap().to_owned();
    for (name, told) in [(stored.as_str(), "is missing"), ("manifest.json", "This is not a complete archive")] {
        fs::rename(folder.join(name), desk.path("aside")).unwrap();
        let verified = verify().await;
        assert!(verified.status.code() == Some(1) && verified.stdout.contains(told), "{verified:?}");
        fs::rename(desk.path("aside"), folder.join(name)).unwrap();
    }
    let bytes = fs::read(folder.join(&stored)).unwrap();
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    fs::write(folder.join(&stored), changed).unwrap();
    assert_eq!(verify().await.status.code(), Some(1));
    fs::write(folder.join(&stored), bytes).unwrap();
    fs::write(folder.join("csv/extra.csv.zst"), b"extra").unwrap();
    let verified = verify().await;
    assert!(verified.status.code() == Some(1) && verified.stdout.contains("csv/extra.csv.zst"), "{verified:?}");
    fs::remove_file(folder.join("csv/extra.csv.zst")).unwrap();
    assert_sound(&folder).await;
}

#[tokio::test]
async fn a_place_that_is_taken_is_refused_and_a_failed_export_leaves_nothing() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let mut desk = Desk::new(customertrackr::CATALOG, product.source_url(), &product.tenants[0].key);
    fs::create_dir(desk.path("taken")).unwrap();
    fs::write(desk.path("taken/mine.txt"), b"mine").unwrap();
    for force in [&[][..], &["--force"]] {
        let refused = desk.export("taken", &[&["--layout", "files"], force].concat()).await;
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
    let refused = desk.export("archive.zip", &["--compression", "gzip"]).await;
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert_eq!(fs::read(desk.path("taken/mine.txt")).unwrap(), b"mine");
    fs::create_dir(desk.path("empty")).unwrap();
    assert_sound(&desk.files("empty", "gzip").await).await;
    desk.tenant = "nobody".to_owned();
    let failed = desk.export("failed", &["--layout", "files"]).await;
    assert_ne!(failed.status.code(), Some(0), "{failed:?}");
    assert_eq!(desk.entries(), ["empty", "taken"]);
}
