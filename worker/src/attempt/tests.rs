use super::*;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use shared::{
    export::{Engine, State},
    ledger::sources::{self, Source},
    vault::ObjectKey,
};

#[test]
fn waits_double_and_end_at_an_hour() {
    let id = ExportId::nil();
    let waits: Vec<u64> =
        [1, 2, 3, 20].map(|attempt| wait_before(Duration::from_secs(10), attempt, id).as_secs()).to_vec();
    assert_eq!(waits, [10, 20, 40, 3600]);
}

#[tokio::test]
async fn an_export_of_a_source_that_this_worker_does_not_serve_is_left_to_one_that_does() {
    let folder = tempfile::tempdir().unwrap();
    let context = Arc::new(crate::context::tests::embedded(&folder).await);
    let export = crate::context::tests::queued(&context).await;
    let source = Source { name: export.source.clone(), engine: Engine::Sqlite, exports: 2, seen_at: clock::now() };
    sources::announce(&context.ledger, &[source]).await.unwrap();
    run(context.clone(), export.id).await;
    assert_eq!(exports::find(&context.ledger, export.id).await.unwrap(), Some(export));
}

#[tokio::test]
async fn an_export_of_a_source_that_no_worker_serves_is_tried_again_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let context = Arc::new(crate::context::tests::embedded(&folder).await);
    let export = crate::context::tests::queued(&context).await;
    run(context.clone(), export.id).await;
    let export = exports::find(&context.ledger, export.id).await.unwrap().unwrap();
    assert_eq!((export.state, export.attempt), (State::Queued, 1));
    assert_eq!(export.reason_code.as_deref(), Some("source_unavailable"));
    assert!(export.reason.unwrap().contains("elsewhere"));
}

#[tokio::test]
async fn a_worker_whose_clock_is_wrong_leaves_exports_alone() {
    let folder = tempfile::tempdir().unwrap();
    let context = Arc::new(crate::context::tests::embedded(&folder).await);
    let export = crate::context::tests::queued(&context).await;
    context.timekeeping.note(chrono::TimeDelta::hours(1), context.config.worker.lease);
    run(context.clone(), export.id).await;
    assert_eq!(exports::find(&context.ledger, export.id).await.unwrap(), Some(export));
}

#[tokio::test]
async fn an_archive_whose_commit_was_answered_by_nobody_is_not_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let context = crate::context::tests::embedded(&folder).await;
    let id = crate::context::tests::queued(&context).await.id;
    let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
    let (export, key) = (claimed.unwrap().unwrap(), ObjectKey::random("archives", 1));
    let mut upload = context.vault.upload(&key, "application/zip", "a.zip").await.unwrap();
    upload.write(Bytes::from_static(b"archive")).await.unwrap();
    let sha256: [u8; 32] = Sha256::digest(b"archive").into();
    upload.finish(sha256).await.unwrap();
    let file = NewFile {
        name: "a.zip".into(),
        object_key: key.as_str().into(),
        bytes: 7,
        sha256,
        content_type: "application/zip".into(),
        ..NewFile::default()
    };
    let made = Made { files: vec![file], contents: Contents::default(), left: Value::Null };
    for _ in 0..2 {
        complete(&context, &export, &made, clock::now()).await.unwrap();
    }
    assert_eq!(context.vault.head(&key).await.unwrap().bytes, 7);
    assert_eq!(exports::find(&context.ledger, id).await.unwrap().unwrap().state, State::Ready);
}

#[tokio::test]
async fn a_silent_ledger_at_the_end_of_an_attempt_does_not_hold_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let context = crate::context::tests::embedded(&folder).await;
    let id = crate::context::tests::queued(&context).await.id;
    let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
    let export = claimed.unwrap().unwrap();
    let _others = context.ledger.begin().await.unwrap();
    let ended = timeout(Duration::from_secs(5), conclude(&context, &export, Err(ExportError::SchemaChanged))).await;
    assert!(ended.is_ok(), "it waits for the ledger");
}
