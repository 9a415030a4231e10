//! Signed archives, checked by Handover and by openssl.

use super::desk::{Desk, seal};
use crate::support::{
    customertrackr::CustomerTrackr,
    markers::marked,
    process::text,
    program::{Ended, handover},
};
use examples::customertrackr;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A private key and its public half.
struct Keys {
    private: PathBuf,
    public: PathBuf,
}

async fn keys(desk: &Desk, name: &str) -> Keys {
    let keys = Keys { private: desk.path(&format!("{name}.pem")), public: desk.path(&format!("{name}-public.pem")) };
    let made = handover(&["key", "signing", "new", "--out", text(&keys.private)]).run().await;
    assert!(made.status.success(), "{made:?}");
    fs::write(&keys.public, &made.stdout).unwrap();
    keys
}

/// An archive signed with the key.
async fn sign(desk: &Desk, keys: &Keys) {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let export = desk.export(&product.source_url(), customertrackr::CATALOG, "acme", "csv");
    let export = export.set("HANDOVER_SIGNING__KEY_FILE", &keys.private).run().await;
    assert!(export.status.success(), "{export:?}");
}

fn openssl(folder: &Path, keys: &Keys) -> bool {
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-pubin", "-inkey", text(&keys.public), "-rawin"]);
    let files = ["-in", "manifest.json", "-sigfile", "manifest.json.sig"];
    openssl.args(files).current_dir(folder).output().unwrap().status.success()
}

async fn with_key(desk: &Desk, archive: &Path, keys: &Keys) -> Ended {
    desk.verify(&[text(archive), "--key", text(&keys.public)]).await
}

#[tokio::test]
async fn a_signature_is_good_to_handover_and_to_openssl() {
    let desk = Desk::new();
    let (own, other) = (keys(&desk, "own").await, keys(&desk, "other").await);
    sign(&desk, &own).await;
    let folder = desk.unpacked();
    for archive in [desk.zip(), folder.clone()] {
        let good = with_key(&desk, &archive, &own).await;
        assert_eq!(good.status.code(), Some(0), "{good:?}");
        assert!(good.stdout.contains("the signature is good"), "{good:?}");
        let wrong = with_key(&desk, &archive, &other).await;
        assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
        assert!(wrong.stdout.contains("its signature is wrong"), "{wrong:?}");
    }
    assert!(openssl(&folder, &own) && !openssl(&folder, &other));

    // Without a key the signature is only told, and the configured key is known.
    let told = desk.verify(&[text(&folder)]).await;
    assert!(told.status.success() && told.stdout.contains("give its public half with --key"), "{told:?}");
    let known = handover(&["verify", text(&folder)]).set("HANDOVER_SIGNING__KEY_FILE", &own.private).run().await;
    assert!(known.status.success() && known.stdout.contains("the signature is good"), "{known:?}");
    let index = fs::read_to_string(folder.join("START-HERE.html")).unwrap();
    assert!(index.contains("openssl pkeyutl"));
}

#[tokio::test]
async fn a_forged_or_missing_signature_is_found() {
    let desk = Desk::new();
    let own = keys(&desk, "own").await;
    sign(&desk, &own).await;
    let folder = desk.unpacked();
    let path = folder.join("manifest.json");
    let forged = fs::read_to_string(&path).unwrap().replace("\"tenant\": \"acme\"", "\"tenant\": \"evil\"");
    fs::write(&path, forged).unwrap();
    seal(&folder);
    assert!(desk.verify(&[text(&folder)]).await.status.success(), "the forger has sealed it");
    let found = with_key(&desk, &folder, &own).await;
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    assert!(found.stdout.contains("its signature is wrong") && !openssl(&folder, &own), "{found:?}");

    fs::remove_file(folder.join("manifest.json.sig")).unwrap();
    let missing = desk.verify(&[text(&folder)]).await;
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    assert!(missing.stdout.contains("The member manifest.json.sig is missing"), "{missing:?}");

    let unsigned = Desk::exported("csv").await;
    let found = with_key(&unsigned, &unsigned.zip(), &own).await;
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    assert!(found.stdout.contains("The archive is not signed"), "{found:?}");
}

#[tokio::test]
async fn keys_of_openssl_sign_and_keys_are_shown_but_never_overwritten() {
    let desk = Desk::new();
    let own = Keys { private: desk.path("own.pem"), public: desk.path("own-public.pem") };
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out", text(&own.private)]).output();
    assert!(made.unwrap().status.success());
    let shown = handover(&["key", "signing", "public"]).set("HANDOVER_SIGNING__KEY_FILE", &own.private).run().await;
    assert!(shown.status.success(), "{shown:?}");
    let theirs = Command::new("openssl").args(["pkey", "-in", text(&own.private), "-pubout"]).output().unwrap();
    assert_eq!(shown.stdout.as_bytes(), theirs.stdout);
    fs::write(&own.public, &shown.stdout).unwrap();
    sign(&desk, &own).await;
    assert!(with_key(&desk, &desk.zip(), &own).await.status.success());

    let again = handover(&["key", "signing", "new", "--out", text(&own.private)]).run().await;
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let unknown = handover(&["key", "signing", "public"]).run().await;
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
    let private = with_key(&desk, &desk.zip(), &Keys { public: own.private.clone(), private: own.private }).await;
    assert_eq!(private.status.code(), Some(1), "{private:?}");
    assert!(private.stderr.contains("does not hold an Ed25519 PUBLIC KEY"), "{private:?}");
}
