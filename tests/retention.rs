//! The end of archives: by age, by rules, by wish, and never while held. The clock is moved by argument.

use crate::support::{
    api::{Api, now, wanted},
    bucket::Bucket,
    object_store::ObjectStore,
    schedule,
};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    config::{Config, ServerSideEncryption},
    export::{ExportId, Origin, State},
    ledger::{
        audit::Actor,
        downloads::{self, Counted, NewDownload},
        exports::{self, Export, NewExport, Requested},
        files::{self, NewFile},
        keys::KeyScope,
        notifications,
    },
    queue::Queue,
    vault::{ObjectKey, Vault, VaultError},
};
use std::{path::PathBuf, time::Duration};
use uuid::Uuid;
use worker::{context::Context, lifetime, strays, sweep::sweep};

const LEASE: Duration = Duration::from_secs(60);

/// A worker beside an API in this process.
async fn worker(api: &Api) -> Context {
    let config = Config { data_dir: api.folder.path().to_owned(), ..Config::default() };
    let queue = Queue::open(&config.queue).await.unwrap();
    Context::new(config, api.ledger.clone(), queue, api.vault.clone(), api.signer.clone()).unwrap()
}

async fn state(api: &Api, id: ExportId) -> State {
    exports::find(&api.ledger, id).await.unwrap().unwrap().state
}

/// Whether every object of an export is in the vault; some but not all is neither.
async fn is_kept(api: &Api, id: ExportId) -> bool {
    let mut kept = Vec::new();
    for file in files::of_export(&api.ledger, id).await.unwrap() {
        kept.push(match api.vault.head(&ObjectKey::from_ledger(file.object_key)).await {
            Ok(_) => true,
            Err(VaultError::NotFound) => false,
            Err(error) => panic!("{error}"),
        });
    }
    assert!(!kept.is_empty() && kept.iter().all(|one| *one == kept[0]), "{kept:?}");
    kept[0]
}

/// The object is there exactly as long as the row says so.
async fn assert_agree(api: &Api) {
    for export in api.exports().await {
        if matches!(export.state, State::Ready | State::Expired) {
            assert_eq!(is_kept(api, export.id).await, export.state == State::Ready, "{}", export.state);
        }
    }
}

fn path(export: &Export, rest: &str) -> String {
    format!("/v1/exports/{}{rest}", export.id)
}

/// Makes an archive ready that was asked for at `asked`, and stores its object.
async fn made(api: &Api, worker: &Context, wish: NewExport, asked: DateTime<Utc>) -> Export {
    let Requested::New(export) = exports::request(&api.ledger, wish, Actor::default(), asked).await.unwrap() else {
        panic!("joined")
    };
    let export = exports::claim(&api.ledger, export.id, "w1", LEASE, asked).await.unwrap().unwrap();
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
    let end = lifetime::end_of(worker, &export, asked).await.unwrap();
    exports::complete(&api.ledger, export.id, export.attempt, &[file], end, asked).await.unwrap();
    exports::find(&api.ledger, export.id).await.unwrap().unwrap()
}

fn wish(origin: Origin, schedule_id: Option<Uuid>) -> NewExport {
    NewExport {
        id: Uuid::now_v7(),
        source: "shop".into(),
        tenant: shared::export::TenantId::new("t1").unwrap(),
        subject: Default::default(),
        origin,
        formats: vec![shared::export::Format::Csv],
        csv_profile: shared::export::CsvProfile::Lossless,
        layout: shared::export::Layout::Zip,
        compression: None,
        language: shared::language::Language::English,
        notify: vec!["owner@shop.example".into()],
        requested_by: None,
        schedule_id,
        idempotency: None,
    }
}

#[tokio::test]
async fn an_archive_lives_as_long_as_its_origin_says_to_the_second() {
    let api = Api::start().await;
    let worker = worker(&api).await;
    let made_at = now() - TimeDelta::days(1);
    for (origin, days) in [(Origin::Portal, 7), (Origin::Operator, 7), (Origin::Schedule, 365)] {
        let export = made(&api, &worker, wish(origin, None), made_at).await;
        let end = made_at + TimeDelta::days(days);
        assert_eq!(export.expires_at, Some(end), "{origin}");
        sweep(&worker, end - TimeDelta::seconds(1)).await.unwrap();
        assert_eq!(state(&api, export.id).await, State::Ready, "{origin}");
        assert!(is_kept(&api, export.id).await);
        sweep(&worker, end).await.unwrap();
        assert_eq!(state(&api, export.id).await, State::Expired, "{origin}");
        assert_agree(&api).await;
    }
    let told = api.events("export.expired").await;
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].2, json!({ "links_revoked": 0, "attempts": 1 }));
}

#[tokio::test]
async fn a_schedules_own_rules_come_before_the_configured_days() {
    let api = Api::start().await;
    let worker = worker(&api).await;
    let made_at = now();
    for (rules, days) in [
        (json!({}), Some(365)),
        (json!({ "max_age_days": 90 }), Some(90)),
        (json!({ "max_age_days": 4000, "keep_yearly": 10 }), Some(4000)),
        (json!({ "keep_yearly": 10 }), None),
    ] {
        let schedule = schedule::with_rules(&api.ledger, rules.clone()).await;
        let export = made(&api, &worker, wish(Origin::Schedule, Some(schedule)), made_at).await;
        assert_eq!(export.expires_at, days.map(|days| made_at + TimeDelta::days(days)), "{rules}");
        // The link in a mail ends long before such an archive.
        assert_eq!(lifetime::end_of_link(&worker, &export, made_at), made_at + TimeDelta::days(7));
        let view = api.admin().await.get(&path(&export, "")).await.json();
        assert_eq!(view["expires_at"].is_null(), days.is_none());
    }
}

#[tokio::test]
async fn nightly_archives_are_thinned_out_by_their_schedules_rules() {
    let api = Api::start().await;
    let worker = worker(&api).await;
    let rules = json!({ "max_age_days": 400, "keep_last": 1, "keep_daily": 3, "keep_weekly": 2, "keep_monthly": 2 });
    let schedule = schedule::with_rules(&api.ledger, rules).await;
    let first: DateTime<Utc> = "2026-10-28T02:00:00Z".parse().unwrap();
    for night in 0..26 {
        let asked = first + TimeDelta::days(night);
        made(&api, &worker, wish(Origin::Schedule, Some(schedule)), asked).await;
        sweep(&worker, asked + TimeDelta::minutes(1)).await.unwrap();
        assert_agree(&api).await;
    }
    let mut left: Vec<String> = api
        .exports()
        .await
        .into_iter()
        .filter(|export| export.state == State::Ready)
        .map(|export| export.created_at.format("%m-%d").to_string())
        .collect();
    left.sort();
    // The last three days, of them the week of 16 November, the week before, and October. 22 November 2026 is a Sunday.
    assert_eq!(left, ["10-31", "11-15", "11-20", "11-21", "11-22"]);
    assert_eq!(api.exports().await.len(), 26, "the rows stay");
}

#[tokio::test]
async fn a_held_archive_outlives_age_rules_and_wishes_and_goes_when_it_is_released() {
    let api = Api::start().await;
    let (worker, admin) = (worker(&api).await, api.admin().await);
    let export = api.ready("t1", b"archive", now() + TimeDelta::hours(1)).await;
    let (link, address) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let held = admin.put(&path(&export, "/hold"), json!({ "reason": " case 2026-114 " })).await;
    assert_eq!((held.status, &held.json()["hold"]["reason"]), (200, &json!("case 2026-114")));
    assert_eq!(admin.get(&path(&export, "")).await.json(), held.json());
    assert_eq!(admin.delete(&path(&export, "/archive")).await.refusal(), (409, "export_held".into()));
    assert_eq!(api.anyone.get(&address).await.status, 200, "a hold is no end");

    for days in [1, 30, 4000] {
        sweep(&worker, now() + TimeDelta::days(days)).await.unwrap();
        assert!(is_kept(&api, export.id).await);
        assert_eq!(state(&api, export.id).await, State::Ready);
    }
    let late = now() + TimeDelta::hours(2);
    let click = NewDownload { link: link.id, file: "export.zip", ticket_hash: None, begin_before: late, ends_at: late };
    let counted = downloads::count(&api.ledger, click, Actor::default(), late).await.unwrap();
    assert_eq!(counted, Counted::Over, "its links end");
    let released = admin.delete(&path(&export, "/hold")).await;
    assert_eq!((released.status, &released.json()["hold"]), (200, &Value::Null));
    assert_eq!(admin.delete(&path(&export, "/hold")).await.status, 200);
    sweep(&worker, now() + TimeDelta::days(1)).await.unwrap();
    assert_eq!(state(&api, export.id).await, State::Expired);
    assert_agree(&api).await;
    assert_eq!(
        admin.put(&path(&export, "/hold"), json!({ "reason": "late" })).await.refusal(),
        (409, "archive_gone".into())
    );
    let told: Vec<Value> = api.events("export.held").await.into_iter().map(|(_, _, detail)| detail).collect();
    assert_eq!(told, [json!({ "reason": "case 2026-114" })]);
    assert_eq!(api.events("export.released").await.len(), 1);
}

#[tokio::test]
async fn a_hold_needs_a_reason_and_a_key_that_may_write() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let export = api.ready("t1", b"archive", now() + TimeDelta::hours(1)).await;
    for reason in [json!(""), json!("  "), json!("a\nb"), json!("x".repeat(501)), json!(null)] {
        let refused = admin.put(&path(&export, "/hold"), json!({ "reason": reason })).await;
        assert_eq!(refused.refusal(), (422, "invalid_request".into()), "{reason}");
    }
    let reason = json!({ "reason": "ä".repeat(500) });
    let reader = api.caller(&[KeyScope::ExportsRead], None).await;
    let foreign = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t2"))).await;
    assert_eq!(reader.put(&path(&export, "/hold"), reason.clone()).await.status, 403);
    assert_eq!(reader.delete(&path(&export, "/hold")).await.status, 403);
    assert_eq!(reader.delete(&path(&export, "/archive")).await.status, 403);
    let unknown = (404, "export_not_found".to_owned());
    assert_eq!(foreign.put(&path(&export, "/hold"), reason.clone()).await.refusal(), unknown);
    assert_eq!(foreign.delete(&path(&export, "/hold")).await.refusal(), unknown);
    assert_eq!(foreign.delete(&path(&export, "/archive")).await.refusal(), unknown);
    assert_eq!(admin.put(&path(&export, "/hold"), reason).await.status, 200);
}

#[tokio::test]
async fn an_archive_is_deleted_at_once_when_a_person_says_so() {
    let api = Api::start().await;
    let (worker, admin) = (worker(&api).await, api.admin().await);
    let export = api.ready("t1", b"archive", now() + TimeDelta::days(7)).await;
    let (_, address) = api.link(&export, now() + TimeDelta::days(7)).await;
    let ended = admin.delete(&path(&export, "/archive")).await;
    assert_eq!((ended.status, &ended.json()["state"]), (202, &json!("ready")));
    for method in [reqwest::Method::GET, reqwest::Method::POST] {
        assert_eq!(api.anyone.send(method, &address, |request| request).await.status, 410, "its links die at once");
    }
    assert_eq!(admin.post(&path(&export, "/links"), json!({})).await.refusal(), (409, "export_not_ready".into()));
    sweep(&worker, now()).await.unwrap();
    assert_agree(&api).await;
    let again = admin.delete(&path(&export, "/archive")).await;
    assert_eq!((again.status, &again.json()["state"]), (202, &json!("expired")));
    assert_eq!(api.anyone.get(&address).await.status, 410);

    let queued = admin.post("/v1/exports", wanted("t2")).await.json();
    let refused = admin.delete(&format!("/v1/exports/{}/archive", queued["id"].as_str().unwrap())).await;
    assert_eq!(refused.refusal(), (409, "export_not_ready".into()));
}

/// Where an export's object is.
async fn file(api: &Api, export: &Export) -> PathBuf {
    let key = files::of_export(&api.ledger, export.id).await.unwrap().remove(0).object_key;
    api.folder.path().join("vault").join(key)
}

#[tokio::test]
async fn a_delete_that_fails_stays_queued_shows_why_and_holds_up_no_other() {
    let api = Api::start().await;
    let (worker, admin) = (worker(&api).await, api.admin().await);
    let mut stuck = Vec::new();
    for number in 0..5 {
        let export = api.ready(&format!("stuck{number}"), b"archive", now() - TimeDelta::hours(2)).await;
        // Nobody deletes a folder as if it were a file.
        let file = file(&api, &export).await;
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        stuck.push((export, file));
    }
    let fine = api.ready("fine", b"archive", now() - TimeDelta::hours(1)).await;
    let begun = now();
    sweep(&worker, begun).await.unwrap();
    sweep(&worker, begun + TimeDelta::seconds(10)).await.unwrap();
    assert_eq!(state(&api, fine.id).await, State::Expired, "those before it cannot be deleted");
    for (export, _) in &stuck {
        let view = admin.get(&path(export, "")).await.json();
        assert_eq!((&view["state"], &view["deletion"]["attempts"]), (&json!("ready"), &json!(1)), "{view}");
        assert_eq!(view["deletion"]["error"], "the vault's folder failed");
        assert!(view["deletion"]["next_attempt_at"].is_string());
        assert_eq!(admin.put(&path(export, "/hold"), json!({ "reason": "late" })).await.code(), "archive_gone");
    }
    for (_, file) in &stuck {
        std::fs::remove_dir(file).unwrap();
        std::fs::write(file, b"archive").unwrap();
    }
    sweep(&worker, begun + TimeDelta::seconds(30)).await.unwrap();
    assert_eq!(state(&api, stuck[0].0.id).await, State::Ready, "its next try is not due");
    sweep(&worker, begun + TimeDelta::seconds(75)).await.unwrap();
    for (export, _) in &stuck {
        assert_eq!(state(&api, export.id).await, State::Expired);
        assert_eq!(admin.get(&path(export, "")).await.json()["deletion"], Value::Null);
    }
    assert_agree(&api).await;
    assert_eq!(api.events("export.deletion_failed").await.len(), 5);
}

#[tokio::test]
async fn in_a_bucket_that_keeps_versions_no_version_is_left_when_the_row_says_expired() {
    let bucket = Bucket::on(ObjectStore::moto().await, "retention").await;
    let client = bucket.store.client();
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket(&bucket.name).versioning_configuration(enabled).send().await.unwrap();
    let mut api = Api::start_with(|config| bucket.configure(config)).await;
    let mut config = Config { data_dir: api.folder.path().to_owned(), ..Config::default() };
    bucket.configure(&mut config);
    api.vault = Vault::open(&config).await.unwrap();
    let worker = worker(&api).await;
    let made_at = now() - TimeDelta::days(8);
    let over = made(&api, &worker, wish(Origin::Portal, None), made_at).await;
    let held = made(&api, &worker, wish(Origin::Portal, None), made_at).await;
    let young = made(&api, &worker, wish(Origin::Portal, None), now()).await;
    exports::hold(&api.ledger, held.id, "case", Actor::default(), now()).await.unwrap();
    sweep(&worker, now()).await.unwrap();
    assert_eq!(state(&api, over.id).await, State::Expired);
    assert_agree(&api).await;
    let versions = client.list_object_versions().bucket(&bucket.name).send().await.unwrap();
    assert_eq!((versions.versions().len(), versions.delete_markers().len()), (2, 0));
    assert_eq!((state(&api, held.id).await, state(&api, young.id).await), (State::Ready, State::Ready));
}

#[tokio::test]
async fn addresses_are_known_for_thirty_days_after_the_end() {
    let api = Api::start().await;
    let worker = worker(&api).await;
    let export = made(&api, &worker, wish(Origin::Portal, None), now() - TimeDelta::days(1)).await;
    for mail in notifications::claim(&api.ledger, export.id, LEASE, now()).await.unwrap() {
        notifications::sent(&api.ledger, mail.id, mail.attempt, now()).await.unwrap();
    }
    let end = export.expires_at.unwrap();
    let notify = async || exports::find(&api.ledger, export.id).await.unwrap().unwrap().notify.0;
    sweep(&worker, end).await.unwrap();
    sweep(&worker, end + TimeDelta::days(30)).await.unwrap();
    assert_eq!(notify().await, ["owner@shop.example"]);
    sweep(&worker, end + TimeDelta::days(30) + TimeDelta::seconds(1)).await.unwrap();
    assert!(notify().await.is_empty());
    let mails = notifications::of_export(&api.ledger, export.id).await.unwrap();
    assert!(mails.len() == 1 && !mails[0].recipient.contains('@'), "{mails:?}");
}

#[tokio::test]
async fn an_object_that_the_ledger_does_not_know_is_found_and_left_alone() {
    let bucket = Bucket::on(ObjectStore::garage().await, "strays").await;
    let configure = |config: &mut Config| {
        bucket.configure(config);
        config.vault.encryption = ServerSideEncryption::None;
    };
    let mut api = Api::start_with(configure).await;
    let mut config = Config { data_dir: api.folder.path().to_owned(), ..Config::default() };
    configure(&mut config);
    api.vault = Vault::open(&config).await.unwrap();
    let Vault::S3(vault) = &api.vault else { panic!("a folder") };
    let worker = worker(&api).await;
    let known = made(&api, &worker, wish(Origin::Portal, None), now() - TimeDelta::days(1)).await;
    let begun = files::Upload {
        export_id: known.id,
        attempt: 2,
        object_key: "archives/begun".into(),
        upload_id: None,
        created_at: now(),
        swept_at: None,
    };
    files::upload_begins(&api.ledger, &begun).await.unwrap();
    let client = bucket.store.client();
    for key in ["archives/begun/csv/sales.csv.zst", "archives/stray.zip", "archives-of-others/a.zip", "other.zip"] {
        client.put_object().bucket(&bucket.name).key(key).body(b"x".to_vec().into()).send().await.unwrap();
    }
    let found = strays::find(vault, "archives/", &api.ledger, now()).await.unwrap();
    assert_eq!((found.looked_at, found.keys), (3, Vec::new()), "what is young may become known");
    let found = strays::find(vault, "archives/", &api.ledger, now() + TimeDelta::hours(2)).await.unwrap();
    assert_eq!((found.looked_at, found.keys), (3, vec!["archives/stray.zip".to_owned()]));
    sweep(&worker, now() + TimeDelta::days(1)).await.unwrap();
    assert_eq!(bucket.keys().await.len(), 5);
}
