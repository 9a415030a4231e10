//! The life of a sealed archive on an installation: made, opened, wrapped anew, destroyed.

use crate::support::{
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    markers::marked,
    patience::{LONG, until},
    person::press_button,
    process::{run, text},
    tools,
};
use examples::customertrackr;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

struct Installed {
    embedded: Embedded,
    product: CustomerTrackr,
    export: String,
    link: Url,
}

impl Installed {
    async fn with_an_archive() -> Installed {
        let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
        let embedded = Embedded::serve_with(&product, &[("HANDOVER_WORKER__LEASE", "5s")]).await;
        let wish = json!({ "source": "customertrackr", "tenant": product.tenants[0].key });
        let (_, answer) = embedded.portal.ask(&wish).await;
        let export = answer["id"].as_str().unwrap().to_owned();
        embedded.portal.until_state(&export, "ready").await;
        let link = embedded.portal.link(&export).await;
        Installed { embedded, product, export, link }
    }

    fn object(&self) -> PathBuf {
        self.embedded.kept().into_iter().find(|path| path.extension().is_some_and(|kind| kind == "zip")).unwrap()
    }

    fn keyring(&self) -> PathBuf {
        self.embedded.data().join("encryption.key")
    }

    /// The standard output of a command that succeeds.
    async fn says(&self, arguments: &[&str]) -> String {
        let ended = self.embedded.command(arguments).run().await;
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
        ended.stdout
    }

    /// The standard error or output of a command that does not.
    async fn refuses(&self, arguments: &[&str]) -> String {
        let ended = self.embedded.command(arguments).run().await;
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {ended:?}");
        format!("{}{}", ended.stdout, ended.stderr)
    }
}

/// The example of the documentation, as it stands there.
fn example() -> String {
    let document = include_str!("../../docs/archive-format.md");
    let (_, rest) = document.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[tokio::test]
async fn an_archive_opens_with_tink_as_the_document_says() {
    let installed = Installed::with_an_archive().await;
    let download = press_button(&installed.link).await;
    let object = std::fs::read(installed.object()).unwrap();
    assert_eq!(usize::from(object[0]), 40);
    for marker in [&b"PK\x03\x04"[..], b"manifest.json", installed.product.tenants[0].key.as_bytes()] {
        assert!(memchr::memmem::find(&object, marker).is_none(), "{}", String::from_utf8_lossy(marker));
    }

    let folder = tempfile::tempdir().unwrap();
    let [script, record, opened] = ["open.py", "record.json", "opened.zip"].map(|name| folder.path().join(name));
    let export = ["key", "encryption", "export", "--export", &installed.export, "--out", text(&record)];
    installed.says(&export).await;
    std::fs::write(&script, example()).unwrap();
    let told: Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    let name = told["files"][0]["name"].as_str().unwrap();
    assert_eq!(name, download.file_name);
    let mut python = Command::new(tools::python("python"));
    python.args([&script, &installed.keyring(), &record, &installed.object()]).arg(name).arg(&opened);
    run(&mut python);
    assert!(std::fs::read(&opened).unwrap() == download.bytes);

    let verified = installed.says(&["verify", text(&installed.object())]).await;
    assert!(verified.starts_with("Sound:"), "{verified}");
    installed.says(&["decrypt", "--output", text(folder.path()), text(&installed.object())]).await;
    assert!(std::fs::read(folder.path().join(name)).unwrap() == download.bytes);
    let exported = "select count(*) from audit_events where action = 'data_key.exported'";
    assert_eq!(installed.embedded.ledger(exported).await, 1);
}

#[tokio::test]
async fn a_rotation_touches_no_object_and_stops_nobody() {
    let installed = Installed::with_an_archive().await;
    let before = press_button(&installed.link).await.bytes;
    let object = std::fs::read(installed.object()).unwrap();
    let old = std::fs::read_to_string(installed.keyring()).unwrap().split(':').next().unwrap().to_owned();
    let listed = installed.says(&["key", "encryption", "list"]).await;
    assert!(line(&listed, &format!("local:{old}")).ends_with("wraps    1         0"), "{listed}");

    installed.says(&["key", "encryption", "new", "--id", "next", "--add"]).await;
    let listed = installed.says(&["key", "encryption", "list"]).await;
    assert!(line(&listed, "local:next").ends_with("wraps    0         0"), "{listed}");
    let rotated = installed.says(&["key", "encryption", "rotate"]).await;
    assert!(rotated.starts_with("1 data keys are wrapped by local:next now; 0 were before."), "{rotated}");
    assert!(rotated.contains(&format!("local:{old} wraps nothing any more")), "{rotated}");
    let again = installed.says(&["key", "encryption", "rotate"]).await;
    assert!(again.starts_with("0 data keys are wrapped by local:next now; 1 were before."), "{again}");
    let rewrapped = "select count(*) from audit_events where action = 'data_key.rewrapped'";
    assert_eq!(installed.embedded.ledger(rewrapped).await, 1);

    assert!(std::fs::read(installed.object()).unwrap() == object);
    // The running process knows the new key although it started before it was made.
    assert!(press_button(&installed.link).await.bytes == before);
    let diagnosed = installed.embedded.command(&["doctor"]).run().await;
    assert!(diagnosed.stdout.contains("local:next opens 1 archives"), "{}", diagnosed.stdout);

    let without =
        format!("{}\n", std::fs::read_to_string(installed.keyring()).unwrap().split(',').nth(1).unwrap().trim());
    std::fs::write(installed.keyring(), without).unwrap();
    let lacking = installed.refuses(&["key", "encryption", "list"]).await;
    assert!(line(&lacking, "local:next").ends_with("MISSING  1         0"), "{lacking}");
    let lacking = installed.refuses(&["key", "encryption", "rotate"]).await;
    assert!(lacking.contains("does not hold local:next"), "{lacking}");
    let diagnosed = installed.embedded.command(&["doctor"]).run().await;
    assert!(diagnosed.stdout.contains("1 archives cannot be opened"), "{}", diagnosed.stdout);
}

fn line<'a>(text: &'a str, begins: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("{begins}: {text}")).trim()
}

#[tokio::test]
async fn after_its_key_was_destroyed_nothing_opens_an_archive() {
    let installed = Installed::with_an_archive().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    std::fs::copy(installed.object(), &copy).unwrap();
    let into = ["--output", text(folder.path()), text(&copy)];
    assert!(installed.says(&["verify", text(&copy)]).await.starts_with("Sound:"));

    let shred = ["key", "encryption", "shred", "--export", &installed.export];
    assert!(installed.says(&shred).await.starts_with("The key is destroyed"));
    assert!(installed.says(&shred).await.starts_with("The key was destroyed already"));
    let client = reqwest::Client::new();
    for answer in [client.get(installed.link.clone()), client.post(installed.link.clone())] {
        assert_eq!(answer.send().await.unwrap().status(), StatusCode::GONE);
    }
    for arguments in [&["verify", text(&copy)][..], &[&["decrypt"], &into[..]].concat()] {
        let refused = installed.refuses(arguments).await;
        assert!(refused.contains("was destroyed"), "{refused}");
    }
    let record = installed.refuses(&["key", "encryption", "export", "--export", &installed.export]).await;
    assert!(record.contains("was destroyed"), "{record}");
    let left = "select count(*) from data_keys where wrapped is not null";
    assert_eq!(installed.embedded.ledger(left).await, 0);
    let shredded = "select count(*) from audit_events where action = 'data_key.shredded' and actor = 'cli'";
    assert_eq!(installed.embedded.ledger(shredded).await, 1);
    until("the objects to be deleted", LONG, async || installed.embedded.kept().is_empty().then_some(())).await;
    assert_is_no_archive(&copy);
}

fn assert_is_no_archive(copy: &Path) {
    let unzipped = Command::new("unzip").args(["-t", text(copy)]).output().unwrap();
    assert!(!unzipped.status.success());
}
