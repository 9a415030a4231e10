//! The main job: from the request to a verified file on the person's disk, and from there into an empty database.

use examples::{Tenant, ceppro, customertrackr};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{
    archive::Archive,
    bucket::Bucket,
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    grown::Blueprint,
    mail_server::MailServer,
    markers::marked,
    object_store::ObjectStore,
    patience::LONG,
    person::{Download, Letter, open_page, press_button},
    portal::Event,
    postgres,
};

#[tokio::test]
async fn a_request_becomes_a_verified_file_on_a_grown_installation() {
    let blueprint = Blueprint::new("journey").await;
    go_the_whole_way(blueprint, Some("AES256")).await;
}

#[tokio::test]
async fn a_request_becomes_a_verified_file_where_every_signature_is_checked() {
    let bucket = Bucket::on(ObjectStore::garage().await, "journey").await;
    let blueprint = Blueprint::storing_in(bucket, "none").await;
    // What is not sealed is handed out by the vault itself.
    go_the_whole_way(blueprint.set("HANDOVER_ENCRYPTION__MODE", "none"), None).await;
}

/// Asks one API process, watches through another, with two workers behind them.
async fn go_the_whole_way(blueprint: Blueprint, encryption: Option<&str>) {
    let product = CepPro::create().await;
    let blueprint = blueprint.processes(2, 2).source("ceppro", &product.source_url().await, ceppro::CATALOG);
    let grown = blueprint.build().await;
    let mail = MailServer::shared().await;
    let (tenant, owner) = (&product.tenants[0], mail.address("owner"));

    let hold = product.hold("security_events").await;
    let export = grown.apis[0].export("ceppro", &tenant.key, &owner).await;
    let mut events = grown.apis[1].follow(&export).await;
    let mut seen = Vec::new();
    // Let go only when the other process has shown how far the export is.
    while !seen.last().is_some_and(is_half_done) {
        seen.push(events.next().await.unwrap());
    }
    hold.release().await;
    while let Some(event) = events.next().await {
        seen.push(event);
    }
    let ready = assert_progress(&seen);

    let letter = Letter::read(mail.first(&owner, LONG).await.unwrap().as_bytes());
    assert_letter(&letter, "CepPro", tenant);
    let link = letter.link();
    for _scanner_or_person in 0..2 {
        let page = open_page(&link).await;
        assert!(!page.contains(&tenant.marker));
    }
    assert_eq!(grown.ledger::<i64>("select sum(downloads)::bigint from links").await, 0);
    let download = press_button(&link).await;
    assert_eq!(grown.ledger::<i64>("select sum(downloads)::bigint from links").await, 1);
    let sealing: String = grown.ledger("select sealing from files").await;
    let address = download.redirected_to.as_ref().unwrap();
    match sealing.as_str() {
        "envelope" => assert!(address.path().starts_with("/f/") && address.origin() == link.origin(), "{address}"),
        _ => assert!(address.as_str().starts_with(&grown.bucket.store.endpoint), "{address}"),
    }
    assert_delivered(&download, &ready);

    let archive = Archive::keep(&download.bytes);
    archive.assert_sound().await;
    archive.assert_index_harmless();
    assert_manifest(&archive, &ready, "ceppro", tenant);
    product.assert_restores(&archive, tenant).await;

    assert_eq!(mail.received(&owner).len(), 1);
    grown.assert_keeps_only(&[&export]).await;
    let key: String = grown.ledger("select object_key from files").await;
    assert!(!key.contains(&tenant.key));
    let lies_there = grown.bucket.read(&key).await;
    assert_eq!(lies_there == download.bytes, sealing == "none", "{sealing}");
    assert_eq!(memchr::memmem::find(&lies_there, b"manifest.json").is_some(), sealing == "none", "{sealing}");
    assert_eq!(grown.bucket.encryption(&key).await.map(|kind| kind.as_str().to_owned()).as_deref(), encryption);
    let data = [&tenant.key, &tenant.label, &tenant.marker, &owner, link.path(), grown.apis[0].key()];
    let servers = [postgres::PASSWORD, MailServer::PASSWORD, grown.bucket.store.secret_access_key, "X-Amz-Signature"];
    assert_logs_are_discreet(&grown.logs(), &[&data[..], &servers[..]].concat());
}

#[tokio::test]
async fn a_request_becomes_a_verified_file_on_embedded_defaults() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(3))).await;
    let embedded = Embedded::serve(&product).await;
    let (tenant, owner) = (&product.tenants[0], "owner@example.com");

    let export = embedded.portal.export("customertrackr", &tenant.key, owner).await;
    let mut events = embedded.portal.follow(&export).await;
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(event);
    }
    let ready = assert_progress(&seen);

    let letter = embedded.letter_to(owner).await;
    assert_letter(&letter, "CustomerTrackr", tenant);
    let link = letter.link();
    open_page(&link).await;
    assert_eq!(embedded.ledger("select sum(downloads) from links").await, 0);
    let download = press_button(&link).await;
    assert_eq!(embedded.ledger("select sum(downloads) from links").await, 1);
    let ticket = download.redirected_to.as_ref().unwrap();
    assert!(ticket.path().starts_with("/f/") && ticket.origin() == link.origin(), "{ticket}");
    assert_delivered(&download, &ready);

    let archive = Archive::keep(&download.bytes);
    archive.assert_sound().await;
    archive.assert_index_harmless();
    assert_manifest(&archive, &ready, "customertrackr", tenant);
    product.assert_restores(&archive, tenant).await;

    assert_eq!(embedded.letters_to(owner).len(), 1);
    let kept = embedded.kept();
    let zips: Vec<_> = kept.iter().filter(|file| file.extension().is_some_and(|kind| kind == "zip")).collect();
    assert_eq!(zips.len(), 1, "{kept:?}");
    // Beside the archive lies nothing but its checksum.
    assert!(kept.len() <= 2 && kept.iter().all(|file| file.starts_with(zips[0].parent().unwrap())), "{kept:?}");
    assert_eq!(embedded.ledger("select count(*) from uploads").await, 0);
    let data = [&tenant.key, &tenant.label, &tenant.marker, owner, link.path(), embedded.portal.key()];
    assert_logs_are_discreet(&embedded.logs(), &data);
}

fn is_half_done(event: &Event) -> bool {
    let progress = &event.export["progress"];
    let count = |name: &str| progress[name].as_i64().unwrap();
    event.export["phase"] == "reading" && 0 < count("tables_done") && count("tables_done") < count("tables_total")
}

/// Progress only grows, and what the last event says is final. Returns the export as it then is.
fn assert_progress(events: &[Event]) -> Value {
    let (last, before) = events.split_last().unwrap();
    assert!(before.iter().all(|event| event.name == "progress"), "{events:?}");
    assert_eq!((last.name.as_str(), &last.export["state"]), ("done", &Value::from("ready")), "{events:?}");
    for counter in ["tables_done", "tables_total", "rows", "bytes"] {
        let counts: Vec<i64> = before.iter().map(|event| event.export["progress"][counter].as_i64().unwrap()).collect();
        assert!(counts.is_sorted(), "{counter}: {counts:?}");
    }
    assert_eq!(last.export["attempt"], 1);
    last.export.clone()
}

fn assert_letter(letter: &Letter, product: &str, tenant: &Tenant) {
    letter.assert_discreet(product, &[&tenant.key, &tenant.label, &tenant.marker]);
}

/// The file is what the API promised, byte by byte.
fn assert_delivered(download: &Download, ready: &Value) {
    let [file] = ready["files"].as_array().unwrap().as_slice() else { panic!("{ready}") };
    assert_eq!(download.file_name, file["name"].as_str().unwrap());
    assert_eq!(download.bytes.len() as u64, file["bytes"].as_u64().unwrap());
    assert_eq!(hex::encode(Sha256::digest(&download.bytes)), file["sha256"].as_str().unwrap());
}

/// The manifest says what was asked for, and the ready export counts what the manifest counts.
fn assert_manifest(archive: &Archive, ready: &Value, source: &str, tenant: &Tenant) {
    let manifest = archive.manifest();
    assert_eq!(manifest["handover"], 1);
    assert_eq!(manifest["export"]["id"], ready["id"]);
    let tables = manifest["tables"].as_array().unwrap();
    let rows: u64 = tables.iter().map(|table| table["rows"].as_u64().unwrap()).sum();
    let progress = &ready["progress"];
    assert_eq!(
        (&progress["tables_done"], &progress["tables_total"], &progress["rows"]),
        (&Value::from(tables.len()), &Value::from(tables.len()), &Value::from(rows))
    );
    assert_eq!(manifest["export"]["tenant"], tenant.key.as_str());
    assert_eq!(manifest["source"]["name"], source);
    let excluded: Vec<&Value> = manifest["excluded"].as_array().unwrap().iter().map(|table| &table["table"]).collect();
    assert_eq!(excluded, ["schema_migrations"]);
}

fn assert_logs_are_discreet(logs: &str, secrets: &[&str]) {
    assert!(logs.contains("The archive is ready"), "{logs}");
    for secret in secrets {
        assert!(!logs.contains(secret), "{secret} in the log");
    }
}
