//! The command line, as operators and scripts use it.

mod exports;
mod screen;

use std::{fs, os::unix::ffi::OsStrExt, path::PathBuf};

use examples::{ceppro, customertrackr};
use tempfile::TempDir;
use zip::ZipArchive;

use crate::support::{
    archive::archive_at,
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    grown::Blueprint,
    markers::{assert_only, marked},
    patience::LONG,
    port,
    postgres::PASSWORD,
    process::text,
    program::{Ended, Invocation, handover},
};

/// A folder to work in, with a catalog.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn with_catalog(catalog: &str) -> Desk {
        let desk = Desk { folder: tempfile::Builder::new().prefix("handover-desk-").tempdir().unwrap() };
        fs::write(desk.path("catalog.toml"), catalog).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `handover export` of a tenant to `archive.zip`.
    async fn export(&self, url: &str, tenant: &str, more: &[&str]) -> Ended {
        self.exporting(url, tenant, more).run().await
    }

    fn exporting(&self, url: &str, tenant: &str, more: &[&str]) -> Invocation {
        let (catalog, output) = (self.path("catalog.toml"), self.path("archive.zip"));
        let arguments =
            ["export", "--source", url, "--catalog", text(&catalog), "--tenant", tenant, "--output", text(&output)];
        handover(&[&arguments, more].concat())
    }

    /// What lies in it besides the catalog.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "catalog.toml").collect()
    }

    async fn verify(&self) -> Ended {
        handover(&["verify", text(&self.path("archive.zip"))]).run().await
    }
}

#[tokio::test]
async fn an_export_from_postgres_lands_in_a_file_that_verifies_and_restores() {
    let product = CepPro::create().await;
    let desk = Desk::with_catalog(ceppro::CATALOG);
    let exported = desk.export(&product.source_url().await, &product.tenants[1].key, &[]).await;
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    assert_eq!(exported.stdout, format!("{}\n", desk.path("archive.zip").display()));
    assert!(!exported.stderr.contains(PASSWORD), "{exported:?}");
    let archive = archive_at(&desk.path("archive.zip"));
    archive.assert_sound().await;
    assert_eq!(archive.manifest()["export"]["origin"], "cli");
    assert_only(&archive, &product.tenants[1], &[&product.tenants[0], &product.tenants[2]]);
    product.assert_restores(&archive, &product.tenants[1]).await;
}

#[tokio::test]
async fn an_export_from_sqlite_in_one_format_has_no_file_of_another() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let desk = Desk::with_catalog(customertrackr::CATALOG);
    let exported = desk.export(&product.source_url(), "acme", &["--format", "csv"]).await;
    assert_eq!(exported.status.code(), Some(0), "{exported:?}");
    let archive = archive_at(&desk.path("archive.zip"));
    archive.assert_sound().await;
    let names: Vec<String> = archive.members().into_iter().map(|member| member.name).collect();
    assert!(names.iter().any(|name| name.starts_with("csv/")) && !names.iter().any(|name| name.starts_with("sql/")));

    let again = desk.export(&product.source_url(), "acme", &["--format", "sql"]).await;
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(again.stderr.contains("--force"), "{again:?}");
    let forced = desk.export(&product.source_url(), "acme", &["--format", "sql", "--force"]).await;
    assert_eq!(forced.status.code(), Some(0), "{forced:?}");
    let archive = archive_at(&desk.path("archive.zip"));
    assert!(!archive.members().iter().any(|member| member.name.starts_with("csv/")));
    assert_eq!(desk.files(), ["archive.zip"]);
}

#[tokio::test]
async fn nothing_is_left_of_an_export_that_fails() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let url = product.source_url();
    let desk = Desk::with_catalog(customertrackr::CATALOG);
    let unknown = desk.export(&url, "nobody", &[]).await;
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    assert!(unknown.stderr.contains("no such tenant") && unknown.stdout.is_empty(), "{unknown:?}");
    assert_eq!(desk.files(), Vec::<String>::new());

    product.run("create table leads (id integer primary key)").await;
    let drifted = desk.export(&url, "acme", &[]).await;
    assert_eq!(drifted.status.code(), Some(1), "{drifted:?}");
    assert!(drifted.stderr.contains("leads"), "{drifted:?}");
    assert_eq!(desk.files(), Vec::<String>::new());

    let misspelt = desk.export(&url, "acme", &["--format", "xml"]).await;
    assert_eq!(misspelt.status.code(), Some(2), "{misspelt:?}");
    let unnamed = desk.export("ceppro", "acme", &[]).await;
    assert_eq!(unnamed.status.code(), Some(2), "{unnamed:?}");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[tokio::test]
async fn an_interrupted_export_leaves_nothing_behind() {
    let product = CepPro::create().await;
    let desk = Desk::with_catalog(ceppro::CATALOG);
    let mut hold = product.hold("security_events").await;
    let mut export = desk.exporting(&product.source_url().await, &product.tenants[0].key, &[]).start();
    hold.until_waiting(1).await;
    assert_eq!(desk.files().len(), 1, "the unfinished file");
    export.signal("INT");
    let ended = export.wait(LONG).await;
    assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(130), ""), "{ended:?}");
    assert_eq!(desk.files(), Vec::<String>::new());
    // Nor does a query in the product's database.
    hold.until_waiting(0).await;
}

#[tokio::test]
async fn an_archive_that_was_changed_or_cut_does_not_verify() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let desk = Desk::with_catalog(customertrackr::CATALOG);
    let exported = desk.export(&product.source_url(), "acme", &[]).await;
    assert!(exported.status.success(), "{exported:?}");
    let whole = fs::read(desk.path("archive.zip")).unwrap();
    assert_eq!(desk.verify().await.status.code(), Some(0));

    let mut zip = ZipArchive::new(std::io::Cursor::new(&whole)).unwrap();
    let notes = zip.by_name("csv/notes.csv").unwrap();
    let middle = usize::try_from(notes.data_start().unwrap() + notes.compressed_size() / 2).unwrap();
    drop(notes);
    let mut flipped = whole.clone();
    flipped[middle] ^= 1;
    fs::write(desk.path("archive.zip"), &flipped).unwrap();
    let verified = desk.verify().await;
    assert_eq!(verified.status.code(), Some(1), "{verified:?}");
    assert!(verified.stdout.contains("csv/notes.csv"), "{verified:?}");

    fs::write(desk.path("archive.zip"), &whole[..whole.len() * 2 / 3]).unwrap();
    let verified = desk.verify().await;
    assert_eq!((verified.status.code(), verified.stdout.is_empty()), (Some(1), false), "{verified:?}");

    fs::write(desk.path("archive.zip"), &whole).unwrap();
    assert_eq!(desk.verify().await.status.code(), Some(0));
}

#[tokio::test]
async fn a_reviewed_catalog_has_no_findings() {
    let (trackr, ceppro) = (CustomerTrackr::create(marked(customertrackr::tenants(1))).await, CepPro::create().await);
    for (url, catalog) in [(trackr.source_url(), customertrackr::CATALOG), (ceppro.source_url().await, ceppro::CATALOG)]
    {
        let desk = Desk::with_catalog(catalog);
        let file = desk.path("catalog.toml");
        let checked = handover(&["catalog", "check", "--source", &url, "--catalog", text(&file)]).run().await;
        assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");
    }
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_and_is_named() {
    let misspelt = handover(&["serve"]).set("HANDOVER_VAULT__ENCRYPTON", "AES256").run().await;
    assert_eq!(misspelt.status.code(), Some(2), "{misspelt:?}");
    assert!(misspelt.stderr.contains("HANDOVER_VAULT__ENCRYPTON"), "{misspelt:?}");
    assert!(misspelt.stderr.contains("HANDOVER_VAULT__ENCRYPTION"), "{misspelt:?}");

    let contradiction = handover(&["api"])
        .set("HANDOVER_SOURCES__SHOP__URL", "sqlite:///shop.db")
        .set("HANDOVER_SOURCES__SHOP__CATALOG", "/shop.toml");
    let contradiction = contradiction.set("HANDOVER_MAIL__URL", "smtp://u:hunter2@mail").run().await;
    assert!(!contradiction.stderr.contains("hunter2"), "{contradiction:?}");
    assert_eq!(contradiction.status.code(), Some(2), "{contradiction:?}");
    for named in [
        "HANDOVER_SOURCES",
        "HANDOVER_LEDGER__URL",
        "HANDOVER_QUEUE__URL",
        "HANDOVER_LINKS__KEYS",
        "HANDOVER_MAIL__URL",
    ] {
        assert!(contradiction.stderr.contains(named), "{named}: {contradiction:?}");
    }
}

#[tokio::test]
async fn a_variable_that_is_no_text_is_named_if_it_is_ours_and_ignored_if_not() {
    let bytes = std::ffi::OsStr::from_bytes(b"\xff");
    let ours = handover(&["serve"]).set("HANDOVER_PRODUCT", bytes).run().await;
    assert_eq!(ours.status.code(), Some(2), "{ours:?}");
    assert!(ours.stderr.contains("HANDOVER_PRODUCT"), "{ours:?}");

    let desk = Desk::with_catalog("");
    let data = desk.path("data");
    let other = handover(&["migrate"]).set("HANDOVER_DATA_DIR", data).set("PS1", bytes).run().await;
    assert!(other.status.success(), "{other:?}");
}

#[tokio::test]
async fn a_key_that_would_outlive_the_calendar_is_refused() {
    let desk = Desk::with_catalog("");
    let data = desk.path("data");
    let migrated = handover(&["migrate"]).set("HANDOVER_DATA_DIR", &data).run().await;
    assert!(migrated.status.success(), "{migrated:?}");
    let create = ["key", "create", "--name", "tests", "--scope", "admin", "--expires", "1000000years"];
    let created = handover(&create).set("HANDOVER_DATA_DIR", &data).run().await;
    assert_eq!(created.status.code(), Some(2), "{created:?}");
    assert!(created.stderr.contains("--expires"), "{created:?}");
}

#[tokio::test]
async fn keys_are_listed_and_revoked_migrations_run_once_and_health_is_an_exit_code() {
    let grown = Blueprint::new("operator").await.build().await;
    let again = grown.command(&["migrate"]).await;
    assert_eq!((again.status.code(), again.stdout.as_str()), (Some(0), "The ledger is up to date.\n"));
    for question in [&["healthcheck"][..], &["healthcheck", "--ready"], &["healthcheck", "--worker"]] {
        let answer = grown.command(question).await;
        assert_eq!(answer.status.code(), Some(0), "{question:?} {answer:?}");
    }
    let nobody = format!("127.0.0.1:{}", port::free());
    let answer = handover(&["healthcheck"]).set("HANDOVER_LISTEN", nobody).run().await;
    assert_eq!(answer.status.code(), Some(1), "{answer:?}");

    let listed = grown.command(&["key", "list"]).await.stdout;
    let [_head, line] = listed.lines().collect::<Vec<_>>()[..] else { panic!("{listed}") };
    assert!(line.contains("valid") && line.contains("exports:write"), "{line}");
    let prefix = line.split_whitespace().next().unwrap();
    assert!(grown.apis[0].is_let_in().await);
    assert_eq!(grown.command(&["key", "revoke", prefix]).await.status.code(), Some(0));
    assert!(!grown.apis[0].is_let_in().await);
    assert!(grown.command(&["key", "list"]).await.stdout.contains("revoked"));
    assert_eq!(grown.command(&["key", "revoke", "hk_unknown"]).await.status.code(), Some(1));
}

#[tokio::test]
async fn the_demo_ends_with_the_path_of_a_verified_archive() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let shown = handover(&["demo", "--once", "--dir", text(&dir)]).run().await;
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    let path = shown.stdout.lines().last().and_then(|line| line.strip_prefix("archive: ")).unwrap();
    let archive = archive_at(path.as_ref());
    archive.assert_sound().await;
    assert_eq!(archive.manifest()["export"]["csv_profile"], "spreadsheet");

    let again = handover(&["demo", "--once", "--dir", text(&dir)]).run().await;
    assert_eq!(again.status.code(), Some(2), "{again:?}");
}

#[tokio::test]
async fn the_documented_settings_are_those_of_the_program() {
    let root = env!("CARGO_MANIFEST_DIR");
    let example = fs::read_to_string(format!("{root}/.env.example")).unwrap();
    assert_eq!(example, handover(&["settings"]).run().await.stdout);
    let readme = fs::read_to_string(format!("{root}/README.md")).unwrap();
    let table = handover(&["settings", "--markdown"]).run().await.stdout;
    assert!(!table.is_empty() && readme.contains(&table), "README.md does not have this table:\n{table}");
}
