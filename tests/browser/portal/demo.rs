//! `handover demo` with its three products.

use crate::support::{
    archive::archive_at,
    browser::Browser,
    patience::{LONG, until},
    person::Letter,
    process::text,
    program::{Program, handover},
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(super) struct Demo {
    handover: String,
    products: String,
    program: Program,
    folder: TempDir,
}

impl Demo {
    /// Starts it and waits until it has shown its own journey.
    pub(super) async fn start() -> Demo {
        let folder = tempfile::Builder::new().prefix("handover-demo-").tempdir().unwrap();
        let program = handover(&["demo", "--dir", text(&folder.path().join("demo"))]).start();
        let (handover, products) = until("the demo's invitation", LONG, async || {
            let said = program.stdout();
            let address = |words: &str| {
                let line = said.lines().find(|line| line.trim_start().starts_with(words))?;
                line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
            };
            Some((address("the mailbox")?.strip_suffix("mailbox")?.to_owned(), address("the button")?))
        })
        .await;
        Demo { handover, products, program, folder }
    }

    /// Where Handover is, with a slash at its end.
    pub(super) fn handover(&self) -> &str {
        &self.handover
    }

    /// Where the products are, with a slash at its end.
    pub(super) fn products(&self) -> &str {
        &self.products
    }

    /// What was saved is an archive with this table.
    pub(super) async fn assert_opens(&self, file: &Path, table: &str) {
        let archive = archive_at(file);
        archive.assert_sound().await;
        assert!(!archive.sheet(table).rows.is_empty(), "{table}");
    }

    /// The newest mail that is about an archive of a product, and the name of its file.
    async fn newest_letter(&self, product: &str) -> (String, Letter) {
        until(&format!("a mail about {product}; {}", self.program.stdout()), LONG, async || {
            let letters = std::fs::read_dir(self.folder.path().join("demo/mailbox")).ok()?;
            let mut letters: Vec<PathBuf> = letters.map(|entry| entry.unwrap().path()).collect();
            letters.retain(|path| path.extension().is_some_and(|kind| kind == "eml"));
            letters.sort();
            letters.into_iter().rev().find_map(|path| {
                let letter = Letter::read(&std::fs::read(&path).unwrap());
                let is_it = letter.subject.to_lowercase().contains(product);
                is_it.then(|| (path.file_stem().unwrap().to_str().unwrap().to_owned(), letter))
            })
        })
        .await
    }

    /// Opens that mail in the mailbox.
    pub(super) async fn open_newest_letter(&self, browser: &Browser, product: &str) {
        let (name, _) = self.newest_letter(product).await;
        browser.open(&format!("{}mailbox", self.handover)).await;
        browser.click(&format!("a[href*='{name}']")).await;
    }

    /// The link in that mail.
    pub(super) async fn link_in_newest_letter(&self, product: &str) -> String {
        self.newest_letter(product).await.1.link().into()
    }
}
