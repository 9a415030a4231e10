//! `handover recipients` and `handover verify --identity`.

use super::pair::Pair;
use crate::support::{
    customertrackr::CustomerTrackr, embedded::Embedded, markers::marked, process::text, program::handover,
};
use examples::customertrackr;
use shared::ledger::audit::Actor;

#[tokio::test]
async fn recipients_are_kept_from_the_terminal() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let embedded = Embedded::serve(&product).await;
    let pair = Pair::ssh();
    let file = pair.private().with_extension("pub");
    std::fs::write(&file, &pair.public).unwrap();
    let add = ["recipients", "add", "--source", "customertrackr", "--tenant", "1", "--label", "Safe"];
    let with = |more: &[&str]| embedded.command(&[&add, more].concat());

    let added = with(&["--file", text(&file)]).run().await;
    assert!(added.status.success() && added.stderr.contains("SHA256:"), "{added:?}");
    let id = added.stdout.trim();
    let again = with(&[&pair.public]).run().await;
    assert!(again.status.code() == Some(1) && again.stdout.contains(id), "{again:?}");

    let private = std::fs::read_to_string(pair.private()).unwrap();
    let secret = private.lines().nth(1).unwrap();
    for refused in [with(&["--file", text(&pair.private())]).run().await, with(&["--", &private]).run().await] {
        assert!(refused.status.code() == Some(2) && refused.stderr.contains("private key"), "{refused:?}");
        assert!(!refused.stderr.contains(secret) && !refused.stdout.contains(secret));
    }
    let listed = embedded.command(&["recipients", "list", "--tenant", "1"]).run().await;
    assert!(listed.stdout.contains(id) && listed.stdout.contains("Safe"), "{listed:?}");
    let shown = embedded.command(&["recipients", "list", "--format", "json"]).run().await.stdout;
    let shown: serde_json::Value = serde_json::from_str(shown.trim()).unwrap();
    assert!(
        shown["id"] == id && shown["created_by"] == Actor::operator().name && shown["kind"] == "ssh-ed25519",
        "{shown}"
    );

    let removed = embedded.command(&["recipients", "remove", id]).run().await;
    assert!(removed.status.success(), "{removed:?}");
    assert_eq!(embedded.command(&["recipients", "list", "--format", "json"]).run().await.stdout, "");
    let nobody = embedded.command(&["recipients", "remove", "01890a5d-ac96-774b-bcce-b302099a8057"]).run().await;
    assert_eq!(nobody.status.code(), Some(1));
}

#[tokio::test]
async fn an_archive_that_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("export.zip.age");
    let pair = Pair::age();
    std::fs::write(&archive, b"age-encryption.org/v1\n-> X25519 abc\n").unwrap();
    for (arguments, code, says) in [
        (vec![], 2, "--identity"),
        (vec!["--identity", text(&pair.private())], 1, "damaged or was cut off"),
        (vec!["--identity", "/nowhere/key.txt"], 2, "cannot be read"),
        (vec!["--identity", text(&archive)], 2, "passphrase"),
    ] {
        let verified = handover(&[&["verify", text(&archive)], arguments.as_slice()].concat()).run().await;
        assert!(verified.status.code() == Some(code) && verified.stderr.contains(says), "{verified:?}");
    }
}
