//! From a registered key to an archive that its owner opens and nobody else.

use super::pair::Pair;
use crate::support::{
    archive::Archive,
    ceppro::CepPro,
    client::Client,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    grown::{Blueprint, Grown},
    markers::{holds, marked},
    patience::{LONG, until},
    person::{open_page, press_button},
    process::text,
    program::handover,
};
use examples::{ceppro, customertrackr};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};

/// How every file of age begins.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// A caller who may decide whom archives are encrypted to.
async fn decider(embedded: &Embedded) -> Client {
    let made = embedded.command(&["key", "create", "--name", "recipients", "--scope", "recipients:write"]).run().await;
    assert!(made.status.success(), "{made:?}");
    Client::new(embedded.portal.base()).with_key(made.stdout.trim())
}

async fn add(decider: &Client, tenant: &str, label: &str, pair: &Pair) -> Value {
    let wish = json!({ "source": "customertrackr", "tenant": tenant, "public_key": pair.public, "label": label });
    let added = decider.post("/v1/recipients", wish).await;
    assert_eq!(added.status, 201, "{}", added.text());
    added.json()
}

async fn remove(decider: &Client, recipient: &Value) {
    assert_eq!(decider.delete(&format!("/v1/recipients/{}", recipient["id"].as_str().unwrap())).await.status, 204);
}

/// The export when it is ready, and what its link's button gives.
async fn delivered(embedded: &Embedded, wish: Value) -> (Value, Vec<u8>) {
    let (status, answer) = embedded.portal.ask(&wish).await;
    assert_eq!(status.as_u16(), 202, "{answer}");
    let export = answer["id"].as_str().unwrap();
    let ready = embedded.portal.until_state(export, "ready").await;
    (ready, press_button(&embedded.portal.link(export).await).await.bytes)
}

fn whole(tenant: &str) -> Value {
    json!({ "source": "customertrackr", "tenant": tenant })
}

fn labels(export: &Value) -> Vec<&str> {
    export["recipients"].as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_archive_for_a_key_of_age_is_opened_by_its_owner_and_by_nobody_else() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let embedded = Embedded::serve(&product).await;
    let (tenant, owner) = (&product.tenants[0], "owner@example.com");
    let (pair, stranger) = (Pair::age(), Pair::age());
    let recipient = add(&decider(&embedded).await, &tenant.key, "Key in the <safe>", &pair).await;

    let export = embedded.portal.export("customertrackr", &tenant.key, owner).await;
    let ready = embedded.portal.until_state(&export, "ready").await;
    assert_eq!((labels(&ready), &ready["recipients"][0]["id"]), (vec!["Key in the <safe>"], &recipient["id"]));
    let fingerprint = recipient["fingerprint"].as_str().unwrap();
    let letter = embedded.letter_to(owner).await;
    for part in [&letter.text, &letter.html] {
        assert!(part.contains("age --decrypt -i key.txt") && part.contains(fingerprint), "{part}");
    }
    assert!(letter.text.contains("Key in the <safe>") && !letter.html.contains("<safe>"));
    letter.assert_discreet("CustomerTrackr", &[&tenant.key, &tenant.label, &tenant.marker]);

    let link = letter.link();
    let page = open_page(&link).await;
    let file = ready["files"][0]["name"].as_str().unwrap();
    let opened_name = file.strip_suffix(".age").unwrap();
    assert!(opened_name.ends_with(".zip"));
    for says in [&format!("age --decrypt -i key.txt -o {opened_name} {file}"), fingerprint, "We can’t open it either"]
    {
        assert!(page.contains(says), "{says} in {page}");
    }
    let download = press_button(&link).await;
    assert_eq!(download.file_name, file);
    assert_eq!(ready["files"][0]["bytes"], download.bytes.len());
    assert_eq!(ready["files"][0]["sha256"], hex::encode(Sha256::digest(&download.bytes)));

    assert_eq!(stranger.open(&download.bytes), None);
    let archive = Archive::keep(&pair.open(&download.bytes).unwrap());
    archive.assert_sound().await;
    product.assert_restores(&archive, tenant).await;

    // What lies in the vault is the file itself, and the installation holds nothing that opens it.
    let kept: Vec<Vec<u8>> = embedded.kept().iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(kept.contains(&download.bytes));
    for bytes in &kept {
        assert!(!holds(bytes, &tenant.marker) && !holds(bytes, "START-HERE.html") && !holds(bytes, "manifest.json"));
    }
    assert!(download.bytes.starts_with(MAGIC));
    let keys = "select count(*) from data_keys where export_id in (select id from exports where state = 'ready')";
    assert_eq!(embedded.ledger(keys).await, 0);
    let private = std::fs::read_to_string(pair.private()).unwrap();
    for hidden in [private.trim(), "Key in the <safe>", pair.public.as_str()] {
        assert!(!embedded.logs().contains(hidden), "{hidden} in the log");
    }

    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join(file);
    std::fs::write(&saved, &download.bytes).unwrap();
    for (key, code, says) in
        [(Some(&pair), 0, "Sound:"), (Some(&stranger), 1, "encrypted to others"), (None, 2, "--identity")]
    {
        let key = key.map(Pair::private);
        let mut arguments = vec!["verify", text(&saved)];
        if let Some(key) = &key {
            arguments.extend(["--identity", text(key)]);
        }
        let verified = handover(&arguments).run().await;
        assert_eq!(verified.status.code(), Some(code), "{verified:?}");
        assert!(format!("{}{}", verified.stdout, verified.stderr).contains(says), "{verified:?}");
    }
}

#[tokio::test]
async fn an_archive_is_opened_by_handover_too() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let embedded = Embedded::serve(&product).await;
    let (pair, stranger) = (Pair::ssh(), Pair::age());
    add(&decider(&embedded).await, &product.tenants[0].key, "laptop", &pair).await;
    let (ready, locked) = delivered(&embedded, whole(&product.tenants[0].key)).await;
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join(ready["files"][0]["name"].as_str().unwrap());
    std::fs::write(&saved, &locked).unwrap();
    let decrypt = async |key: &Pair| {
        let private = key.private();
        handover(&["decrypt", text(&saved), "--identity", text(&private), "--output", text(folder.path())]).run().await
    };
    let refused = decrypt(&stranger).await;
    assert!(refused.status.code() == Some(1) && refused.stderr.contains("encrypted to others"), "{refused:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    let opened = decrypt(&pair).await;
    assert!(opened.status.success(), "{opened:?}");
    let archive = std::path::PathBuf::from(opened.stdout.trim());
    assert_eq!(archive, saved.with_extension(""));
    assert_eq!(std::fs::read(&archive).unwrap(), pair.open(&locked).unwrap());
    let again = decrypt(&pair).await;
    assert!(again.status.code() == Some(2) && again.stderr.contains("exists"), "{again:?}");
    let sealed = embedded.command(&["decrypt", text(&saved), "--output", text(folder.path())]).run().await;
    assert!(!sealed.status.success(), "no keyring opens it: {sealed:?}");
    let shown = embedded.command(&["exports", "show", ready["id"].as_str().unwrap()]).run().await;
    assert!(shown.stdout.contains("opened by   laptop (SHA256:"), "{shown:?}");
}

#[tokio::test]
async fn a_removed_key_opens_no_archive_that_is_made_after_it() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let embedded = Embedded::serve(&product).await;
    let (own, other) = (&product.tenants[0].key, &product.tenants[1].key);
    let decider = decider(&embedded).await;
    let (stays, goes) = (Pair::age(), Pair::ssh());
    let first = add(&decider, own, "stays", &stays).await;
    let second = add(&decider, own, "goes", &goes).await;

    let (ready, before) = delivered(&embedded, whole(own)).await;
    assert_eq!(labels(&ready), ["stays", "goes"]);
    let content = stays.open(&before).unwrap();
    assert!(goes.open(&before).unwrap() == content && content.starts_with(b"PK"));
    let (ready, of_the_other) = delivered(&embedded, whole(other)).await;
    assert!(labels(&ready).is_empty() && of_the_other.starts_with(b"PK"), "another tenant's keys lock nothing here");

    remove(&decider, &second).await;
    let (ready, after) = delivered(&embedded, whole(own)).await;
    assert_eq!((labels(&ready), goes.open(&after)), (vec!["stays"], None));
    assert!(stays.open(&after).unwrap().starts_with(b"PK"));
    let shown = embedded.portal.show(ready["id"].as_str().unwrap()).await;
    assert_eq!(labels(&shown), ["stays"]);

    remove(&decider, &first).await;
    let (ready, readable) = delivered(&embedded, whole(own)).await;
    assert!(labels(&ready).is_empty() && readable.starts_with(b"PK"));
    assert!(ready["files"][0]["name"].as_str().unwrap().ends_with(".zip"));
}

#[tokio::test]
async fn a_tenants_keys_do_not_lock_a_persons_own_export() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let embedded = Embedded::serve(&product).await;
    let tenant = &product.tenants[0].key;
    let mut source = SqliteConnection::connect(&product.source_url()).await.unwrap();
    let query = "select cast(min(id) as text) from contacts where account_id = ?";
    let person: String = sqlx::query_scalar(query).bind(tenant).fetch_one(&mut source).await.unwrap();
    let decider = decider(&embedded).await;
    let (tenants, persons) = (Pair::age(), Pair::age());
    add(&decider, tenant, "the tenant's", &tenants).await;

    let subject = json!({ "kind": "contact", "key": person });
    let wish = json!({ "source": "customertrackr", "tenant": tenant, "subject": subject });
    let (ready, readable) = delivered(&embedded, wish.clone()).await;
    assert!(labels(&ready).is_empty() && readable.starts_with(b"PK"));

    let key = json!({ "source": "customertrackr", "tenant": tenant, "subject": subject, "public_key": persons.public, "label": "my own" });
    assert_eq!(decider.post("/v1/recipients", key).await.status, 201);
    let (ready, locked) = delivered(&embedded, wish).await;
    assert_eq!((labels(&ready), tenants.open(&locked)), (vec!["my own"], None));
    assert!(persons.open(&locked).unwrap().starts_with(b"PK"));
    let (ready, _) = delivered(&embedded, whole(tenant)).await;
    assert_eq!(labels(&ready), ["the tenant's"]);
}

/// A grown installation, and the key of its operator for everything.
async fn grown(product: &CepPro) -> (Grown, Client) {
    let blueprint = Blueprint::new("recipients").await.set("HANDOVER_WORKER__RETRY_AFTER", "1s");
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let made = grown.command(&["key", "create", "--name", "all", "--scope", "admin"]).await;
    assert!(made.status.success(), "{made:?}");
    let admin = Client::new(grown.apis[0].base()).with_key(made.stdout.trim());
    (grown, admin)
}

#[tokio::test]
async fn an_archive_for_a_key_of_ssh_lies_locked_in_the_bucket() {
    let product = CepPro::create().await;
    let (grown, admin) = grown(&product).await;
    let tenant = &product.tenants[0];
    let pair = Pair::ssh();
    let wish = json!({ "source": "ceppro", "tenant": tenant.key, "public_key": pair.public, "label": "laptop" });
    assert_eq!(admin.post("/v1/recipients", wish).await.status, 201);
    let (_, asked) = grown.apis[0].ask(&json!({ "source": "ceppro", "tenant": tenant.key })).await;
    let export = asked["id"].as_str().unwrap();
    let ready = grown.apis[0].until_state(export, "ready").await;
    let link = grown.apis[0].link(export).await;
    assert!(open_page(&link).await.contains("age --decrypt -i ~/.ssh/id_ed25519"));
    let download = press_button(&link).await;
    let address = download.redirected_to.as_ref().unwrap().as_str();
    assert!(address.starts_with(&grown.bucket.store.endpoint), "{address}");
    assert_eq!(download.file_name, ready["files"][0]["name"].as_str().unwrap());

    let keys = grown.bucket.keys().await;
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    let object = grown.bucket.read(key).await;
    assert!(object == download.bytes && object.starts_with(MAGIC) && !holds(&object, &tenant.marker));
    let archive = Archive::keep(&pair.open(&object).unwrap());
    archive.assert_sound().await;
    product.assert_restores(&archive, tenant).await;
    let object = format!("s3://{}/{key}", grown.bucket.name);
    let private = pair.private();
    let verified = grown.command(&["verify", &object, "--identity", text(&private)]).await;
    assert!(verified.status.success() && verified.stdout.contains("Sound:"), "{verified:?}");
}

#[tokio::test]
async fn each_file_of_a_scheduled_archive_is_locked_by_itself() {
    let product = CepPro::create().await;
    let (grown, admin) = grown(&product).await;
    let tenant = &product.tenants[0];
    let pair = Pair::age();
    let wish = json!({ "source": "ceppro", "tenant": tenant.key, "public_key": pair.public, "label": "backups" });
    assert_eq!(admin.post("/v1/recipients", wish).await.status, 201);
    let schedule = json!({
        "name": "nightly", "source": "ceppro", "cron": "0 0 1 1 *", "time_zone": "UTC", "tenants": [tenant.key], "formats": ["csv"],
    });
    let schedule = admin.post("/v1/schedules", schedule).await.json();
    let run = format!("/v1/schedules/{}/run", schedule["id"].as_str().unwrap());
    assert_eq!(admin.post(&run, json!({})).await.status, 202);
    let export = until("the scheduled export", LONG, async || {
        let items = admin.get("/v1/exports").await.json();
        items["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    let ready = grown.apis[0].until_state(&export, "ready").await;
    assert_eq!((&ready["origin"], labels(&ready)), (&json!("schedule"), vec!["backups"]));

    let keys = grown.bucket.keys().await;
    assert!(keys.len() > 5 && keys.iter().all(|key| key.ends_with(".age")), "{keys:?}");
    let marker = keys.iter().find(|key| key.ends_with("/manifest.json.age")).unwrap();
    let prefix = marker.strip_suffix("manifest.json.age").unwrap();
    let (locked, opened) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for key in &keys {
        let object = grown.bucket.read(key).await;
        assert!(object.starts_with(MAGIC) && !holds(&object, &tenant.marker), "{key}");
        let to = locked.path().join(key.strip_prefix(prefix).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, object).unwrap();
    }
    let (private, below) = (pair.private(), format!("s3://{}/{prefix}", grown.bucket.name));
    for archive in [text(locked.path()), &below] {
        let verified = grown.command(&["verify", archive, "--identity", text(&private)]).await;
        assert!(verified.status.success() && verified.stdout.contains("Sound:"), "{verified:?}");
    }
    pair.open_all(locked.path(), opened.path());
    let verified = handover(&["verify", text(opened.path())]).run().await;
    assert!(verified.status.success(), "{verified:?}");

    let page = open_page(&grown.apis[0].link(&export).await).await;
    assert!(page.contains("START-HERE.html.age") && page.contains("age --decrypt -i $KEY"), "{page}");
    let first = page.find("name=\"file\" value=\"").map(|place| &page[place + 19..]).unwrap();
    assert!(first.starts_with("START-HERE.html.age"), "what explains the others stands above");
}
