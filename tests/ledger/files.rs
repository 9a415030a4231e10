//! Files of archives, the end of their time, and uploads that nobody will finish.

use super::*;
use shared::export::State;
use shared::ledger::files::{self, File, Lost, Sealing, Upload};

on_both_engines! {
    a_file_reads_back_as_it_was_written
    files_are_listed_by_name_on_every_engine_alike
    an_archive_ends_with_its_time
    only_a_ready_export_expires
    an_upload_is_lost_when_its_attempt_can_never_complete
    an_upload_that_became_a_file_is_never_lost
    the_remains_of_an_upload_are_looked_for_twice
}

async fn a_file_reads_back_as_it_was_written(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let expected = File {
        export_id: export.id,
        attempt: 1,
        name: "acme.zip".into(),
        object_key: "archives/acme".into(),
        bytes: 5_000_000_000,
        sha256: vec![0xab; 32],
        content_type: "application/zip".into(),
        created_at: at(10),
        deleted_at: None,
        sealing: Sealing::None,
        stored_bytes: None,
        stored_sha256: None,
    };
    assert_eq!(files::of_export(&ledger, export.id).await.unwrap(), std::slice::from_ref(&expected));
    assert!(expired(&ledger, export.id, at(20)).await);
    assert!(!expired(&ledger, export.id, at(30)).await);
    let expected = File { deleted_at: Some(at(20)), ..expected };
    assert_eq!(files::of_export(&ledger, export.id).await.unwrap(), [expected]);
}

async fn files_are_listed_by_name_on_every_engine_alike(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    let names = ["b", "a", "B", "ä", "_"];
    exports::complete(&ledger, export.id, 1, &names.map(archive), at(99), at(10)).await.unwrap();
    let listed = files::of_export(&ledger, export.id).await.unwrap();
    let listed: Vec<&str> = listed.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(listed, ["B.zip", "_.zip", "a.zip", "b.zip", "ä.zip"]);
}

async fn an_archive_ends_with_its_time(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    assert_eq!(exports::outdated(&ledger, 10, at(999)).await.unwrap(), []);
    assert_eq!(exports::outdated(&ledger, 10, at(1000)).await.unwrap(), std::slice::from_ref(&export));
    assert!(!exports::expire(&ledger, export.id, at(1000)).await.unwrap(), "its deletion was never begun");
    assert!(exports::begin_deletion(&ledger, export.id, at(1000)).await.unwrap().is_some());
    assert!(exports::expire(&ledger, export.id, at(1000)).await.unwrap());
    assert!(!exports::expire(&ledger, export.id, at(1001)).await.unwrap());
    let expired = found(&ledger, export.id).await;
    let deletion = Deletion { began_at: Some(at(1000)), attempts: 1, next_at: None, error: None };
    assert_eq!(expired, Export { state: State::Expired, deletion, ..export });
    assert_eq!(exports::outdated(&ledger, 10, at(2000)).await.unwrap(), []);
    assert_eq!(
        actions(&ledger, expired.id).await,
        ["export.requested", "export.claimed", "export.ready", "export.expired"]
    );
}

async fn only_a_ready_export_expires(ledger: Ledger) {
    let queued = queued(&ledger, "queued", at(0)).await;
    let running = running(&ledger, "running").await;
    for export in [queued, running] {
        assert!(!exports::expire(&ledger, export.id, at(5000)).await.unwrap());
        assert_eq!(found(&ledger, export.id).await, export);
    }
}

fn upload(export: &Export, key: &str, second: i64) -> Upload {
    Upload {
        export_id: export.id,
        attempt: export.attempt,
        object_key: key.into(),
        upload_id: None,
        swept_at: None,
        created_at: at(second),
    }
}

async fn begin(ledger: &Ledger, export: &Export, key: &str, second: i64) {
    files::upload_begins(ledger, &upload(export, key, second)).await.unwrap();
}

async fn an_upload_is_lost_when_its_attempt_can_never_complete(ledger: Ledger) {
    let held = running(&ledger, "held").await;
    begin(&ledger, &held, "held", 1).await;
    let failed = running(&ledger, "failed").await;
    begin(&ledger, &failed, "failed", 2).await;
    let waiting = running(&ledger, "waiting").await;
    begin(&ledger, &waiting, "waiting", 3).await;
    let taken = running(&ledger, "taken").await;
    begin(&ledger, &taken, "taken", 4).await;
    assert_eq!(lost_uploads(&ledger, 10).await, []);

    exports::fail(&ledger, failed.id, 1, "c", "r", at(5)).await.unwrap();
    exports::postpone(&ledger, waiting.id, 1, "c", "r", at(100), at(5)).await.unwrap();
    let second = exports::claim(&ledger, taken.id, "w2", LEASE, at(61)).await.unwrap().unwrap();
    begin(&ledger, &second, "second", 62).await;
    // The worker of `held` is late, yet nobody took over: it may still renew and complete.
    let lost = [upload(&failed, "failed", 2), upload(&waiting, "waiting", 3), upload(&taken, "taken", 4)];
    assert_eq!(lost_uploads(&ledger, 10).await, lost);
    assert_eq!(lost_uploads(&ledger, 1).await, lost[..1]);

    let known = Upload { upload_id: Some("multipart-7".into()), ..upload(&failed, "failed", 2) };
    files::upload_begins(&ledger, &known).await.unwrap();
    assert_eq!(lost_uploads(&ledger, 1).await, [known]);
    files::upload_ended(&ledger, "failed").await.unwrap();
    assert_eq!(lost_uploads(&ledger, 10).await, lost[1..]);
}

async fn lost_uploads(ledger: &Ledger, limit: i64) -> Vec<Upload> {
    files::lost_uploads(ledger, Lost { swept_before: at(70), offset: 0, limit }).await.unwrap()
}

async fn the_remains_of_an_upload_are_looked_for_twice(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    begin(&ledger, &export, "acme", 1).await;
    begin(&ledger, &export, "other", 2).await;
    exports::fail(&ledger, export.id, 1, "c", "r", at(5)).await.unwrap();
    let listed = async |swept_before, offset| {
        let lost = files::lost_uploads(&ledger, Lost { swept_before, offset, limit: 10 }).await.unwrap();
        lost.into_iter().map(|upload| upload.object_key).collect::<Vec<_>>()
    };
    assert_eq!(listed(at(0), 1).await, ["other"]);
    files::upload_swept(&ledger, "acme", at(10)).await.unwrap();
    assert_eq!(listed(at(10), 0).await, ["other"]);
    assert_eq!(listed(at(11), 0).await, ["acme", "other"]);
    assert!(files::is_known(&ledger, "acme").await.unwrap());
    files::upload_ended(&ledger, "acme").await.unwrap();
    assert!(!files::is_known(&ledger, "acme").await.unwrap());
}

async fn an_upload_that_became_a_file_is_never_lost(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    begin(&ledger, &export, "archives/acme", 1).await;
    begin(&ledger, &export, "archives/given-up", 2).await;
    exports::complete(&ledger, export.id, 1, &[archive("acme")], at(1000), at(10)).await.unwrap();
    assert_eq!(lost_uploads(&ledger, 10).await, [upload(&export, "archives/given-up", 2)]);
    // A write that arrives late does not put the archive up for deletion.
    begin(&ledger, &export, "archives/acme", 1).await;
    assert_eq!(lost_uploads(&ledger, 10).await, [upload(&export, "archives/given-up", 2)]);
}
