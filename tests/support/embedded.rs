//! An embedded installation: one process of the real program and one folder.

use std::path::{Path, PathBuf};

use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::{
    customertrackr::CustomerTrackr,
    patience::{LONG, until},
    person::Letter,
    portal::Portal,
    program::{Ended, Invocation, Program, handover},
};

/// `handover serve` with CustomerTrackr as its source.
pub(crate) struct Embedded {
    pub(crate) portal: Portal,
    program: Program,
    folder: TempDir,
}

impl Embedded {
    pub(crate) async fn serve(product: &CustomerTrackr) -> Embedded {
        Embedded::serve_with(product, &[]).await
    }

    /// The same with more variables of its environment.
    pub(crate) async fn serve_with(product: &CustomerTrackr, more: &[(&str, &str)]) -> Embedded {
        let folder = tempfile::Builder::new().prefix("handover-embedded-").tempdir().unwrap();
        let catalog = folder.path().join("catalog.toml");
        std::fs::write(&catalog, examples::customertrackr::CATALOG).unwrap();
        let data = folder.path().join("data");
        let command = |arguments: &[&str]| -> Invocation {
            more.iter()
                .fold(handover(arguments), |invocation, (name, value)| invocation.set(name, value))
                .set("HANDOVER_LISTEN", "127.0.0.1:0")
                .set("HANDOVER_DATA_DIR", &data)
                .set("HANDOVER_PRODUCT", "CustomerTrackr")
                .set("HANDOVER_WORKER__RECONCILE_EVERY", "1s")
                // A test looks at its exports more often than a product does.
                .set("HANDOVER_LIMITS__REQUESTS_PER_MINUTE", "0")
                .set("HANDOVER_LIMITS__EXPORTS_PER_MINUTE", "0")
                .set("HANDOVER_LIMITS__DOWNLOADS_PER_MINUTE", "0")
                .set("HANDOVER_SOURCES__CUSTOMERTRACKR__URL", product.source_url())
                .set("HANDOVER_SOURCES__CUSTOMERTRACKR__CATALOG", &catalog)
        };
        let migrated = command(&["migrate"]).run().await;
        assert!(migrated.status.success(), "{migrated:?}");
        let created = command(&["key", "create", "--name", "tests", "--scope", "exports:write"]).run().await;
        assert!(created.status.success(), "{created:?}");

        let mut program = command(&["serve"]).start();
        let line = program.says("The API listens", LONG).await;
        let address: Url = format!("http://{}/", address_in(&line)).parse().unwrap();
        let portal = Portal::new(&address, created.stdout.trim());
        portal.until_ready().await;
        Embedded { portal, program, folder }
    }

    /// Waits for a letter in the mailbox to this address.
    pub(crate) async fn letter_to(&self, address: &str) -> Letter {
        until("a letter in the mailbox", LONG, async || self.letters_to(address).pop()).await
    }

    /// The letters in the mailbox to this address.
    pub(crate) fn letters_to(&self, address: &str) -> Vec<Letter> {
        let letters = files_below(&self.data().join("mailbox"));
        letters
            .iter()
            .filter(|path| path.extension().is_some_and(|kind| kind == "eml"))
            .map(|path| std::fs::read(path).unwrap())
            .filter(|letter| String::from_utf8_lossy(letter).contains(&format!("To: {address}\r\n")))
            .map(|letter| Letter::read(&letter))
            .collect()
    }

    /// Every file in the vault.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        files_below(&self.data().join("vault"))
    }

    /// One value from the ledger.
    pub(crate) async fn ledger(&self, query: &str) -> i64 {
        let options = SqliteConnectOptions::new().filename(self.data().join("ledger.sqlite")).read_only(true);
        let mut ledger = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&mut ledger).await.unwrap()
    }

    /// Another command of this installation's operator.
    pub(crate) fn command(&self, arguments: &[&str]) -> Invocation {
        handover(arguments).set("HANDOVER_DATA_DIR", self.data())
    }

    /// What a line of its log names as `address`.
    pub(crate) async fn address(&mut self, line: &str) -> String {
        address_in(&self.program.says(line, LONG).await)
    }

    /// Asks the process to stop, and waits until it has; returns how it ended.
    pub(crate) async fn stop(mut self) -> Ended {
        self.program.signal("TERM");
        self.program.wait(LONG).await
    }

    /// Everything that the process has logged.
    pub(crate) fn logs(&self) -> String {
        self.program.stderr()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// The address that a line of a log names, in either format.
pub(crate) fn address_in(line: &str) -> String {
    let rest = line.split_once("address").unwrap_or_else(|| panic!("no address in {line}")).1;
    rest.trim_start_matches(['"', ':', '=']).split(['"', ' ', ',', '}']).next().unwrap().to_owned()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    files.sort();
    files
}
