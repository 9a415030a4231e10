//! The mail about an archive that goes soon, from the sweep to the mailbox.

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use shared::{
    config::Config,
    export::ExportId,
    language::Language,
    ledger::{
        audit::Actor,
        downloads::{self, NewDownload},
        exports::{self, Export, NewExport, Requested},
        files::NewFile,
        links,
        notifications::{self, Delivery, Kind},
    },
    queue::Queue,
    vault::ObjectKey,
};
use uuid::Uuid;
use worker::{context::Context, notify, sweep::sweep};

use crate::support::{
    api::{Api, now},
    person::Letter,
};

/// A worker beside an API in this process.
async fn worker(api: &Api) -> Arc<Context> {
    let mut config =
        Config { data_dir: api.folder.path().to_owned(), product: "Phone & Repair".into(), ..Config::default() };
    config.public_url = Some(api.anyone.base().parse().unwrap());
    let queue = Queue::open(&config.queue).await.unwrap();
    Context::new(config, api.ledger.clone(), queue, api.vault.clone(), api.signer.clone()).unwrap().into()
}

/// An archive that was made `ready` days ago and lives a week.
async fn made(api: &Api, ready: i64) -> Export {
    let asked = now() - TimeDelta::days(ready);
    let new = NewExport {
        id: Uuid::now_v7(),
        source: "shop".into(),
        tenant: shared::export::TenantId::new("t1").unwrap(),
        subject: Default::default(),
        origin: shared::export::Origin::Portal,
        formats: vec![shared::export::Format::Csv],
        csv_profile: shared::export::CsvProfile::Spreadsheet,
        layout: shared::export::Layout::Zip,
        compression: None,
        language: Language::French,
        notify: vec!["owner@shop.example".into()],
        requested_by: None,
        schedule_id: None,
        idempotency: None,
    };
    let Requested::New(export) = exports::request(&api.ledger, new, Actor::default(), asked).await.unwrap() else {
        panic!("joined")
    };
    let lease = std::time::Duration::from_secs(60);
    let export = exports::claim(&api.ledger, export.id, "w1", lease, asked).await.unwrap().unwrap();
    let key = ObjectKey::random("archives", export.attempt);
    let sha256: [u8; 32] = Sha256::digest(b"archive").into();
    let mut upload = api.vault.upload(&key, "application/zip", "export.zip").await.unwrap();
    upload.write(Bytes::from_static(b"archive")).await.unwrap();
    upload.finish(sha256).await.unwrap();
    let file = NewFile {
        name: "export.zip".into(),
        object_key: key.as_str().into(),
        bytes: 7,
        sha256,
        content_type: "application/zip".into(),
        ..NewFile::default()
    };
    let end = asked + TimeDelta::days(7);
    exports::complete(&api.ledger, export.id, export.attempt, &[file], end, asked).await.unwrap();
    exports::find(&api.ledger, export.id).await.unwrap().unwrap()
}

/// Sends what is owed about an export; returns the letters that came of it.
async fn sent(api: &Api, worker: &Arc<Context>, id: ExportId) -> Vec<Letter> {
    let mailbox = api.folder.path().join("mailbox");
    let _none_yet = std::fs::remove_dir_all(&mailbox);
    std::fs::create_dir_all(&mailbox).unwrap();
    notify::run(worker.clone(), id).await;
    let letters = std::fs::read_dir(mailbox).unwrap().map(|entry| entry.unwrap().path());
    let letters = letters.filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    letters.map(|path| Letter::read(&std::fs::read(path).unwrap())).collect()
}

async fn reminder(api: &Api, id: ExportId) -> Option<Delivery> {
    let mails = notifications::of_export(&api.ledger, id).await.unwrap();
    mails.iter().find(|mail| mail.kind == Kind::Expiring).map(|mail| mail.delivery)
}

#[tokio::test]
async fn who_has_not_downloaded_an_archive_is_reminded_once_with_a_link_that_works() {
    let api = Api::start().await;
    let worker = worker(&api).await;
    let export = made(&api, 5).await;
    assert_eq!(sent(&api, &worker, export.id).await.len(), 1, "the mail that it is ready");
    sweep(&worker, now() - TimeDelta::minutes(1)).await.unwrap();
    assert_eq!(reminder(&api, export.id).await, None, "two days before, and not earlier");
    for _again in 0..2 {
        sweep(&worker, now()).await.unwrap();
    }
    let [letter] = &sent(&api, &worker, export.id).await[..] else { panic!("one mail") };
    assert!(
        letter.subject.starts_with("Phone & Repair : l’export de vos données sera supprimé le "),
        "{}",
        letter.subject
    );
    letter.assert_discreet("Phone & Repair", &["t1"]);
    assert!(letter.text.contains(&format!("{}/u/reminders.", api.anyone.base())), "{}", letter.text);
    let path = letter.link().path().to_owned();
    assert_eq!(api.anyone.get(&path).await.status, 200);
    assert_eq!(links::of_export(&api.ledger, export.id).await.unwrap().len(), 2, "a link of its own");
    sweep(&worker, now() + TimeDelta::days(1)).await.unwrap();
    assert_eq!(sent(&api, &worker, export.id).await.len(), 0);
    assert_eq!(reminder(&api, export.id).await, Some(Delivery::Sent));
}

#[tokio::test]
async fn a_reminder_that_has_lost_its_point_is_not_sent() {
    let api = Api::start().await;
    let worker = worker(&api).await;
    let (downloaded, refused) = (made(&api, 6).await, made(&api, 6).await);
    for export in [&downloaded, &refused] {
        assert_eq!(sent(&api, &worker, export.id).await.len(), 1);
    }
    sweep(&worker, now()).await.unwrap();
    for export in [&downloaded, &refused] {
        assert_eq!(reminder(&api, export.id).await, Some(Delivery::Pending));
    }
    let link = links::of_export(&api.ledger, downloaded.id).await.unwrap().remove(0).id;
    let (begin_before, ends_at) = (now() + TimeDelta::minutes(1), now() + TimeDelta::hours(1));
    let click = NewDownload { link, file: "export.zip", ticket_hash: None, begin_before, ends_at };
    downloads::count(&api.ledger, click, Actor::default(), now()).await.unwrap();
    assert_eq!(sent(&api, &worker, downloaded.id).await.len(), 0, "somebody downloaded it meanwhile");
    let reader = shared::reader::Reader::of_reminders("shop", "owner@shop.example");
    shared::ledger::mail_refusals::refuse(&api.ledger, reader, Actor::named("reader:1"), now()).await.unwrap();
    assert_eq!(sent(&api, &worker, refused.id).await.len(), 0, "and here nobody wants it any more");
    for export in [&downloaded, &refused] {
        assert_eq!(reminder(&api, export.id).await, Some(Delivery::Dead));
    }
}
