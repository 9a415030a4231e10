//! Wrapped data keys: whose they are, who may replace them, and when they are destroyed.

use super::*;
use shared::keyring::{ArchiveId, KeyName, Provider, WrappedKey};
use shared::ledger::{audit, data_keys};

on_both_engines! {
    a_key_is_kept_for_the_running_attempt_only
    a_lost_attempt_leaves_no_key
    a_key_is_destroyed_before_the_first_object_is_touched
    an_archive_that_is_ended_is_destroyed_at_once_and_cannot_be_held
    what_is_held_is_not_destroyed
    a_key_that_was_destroyed_is_not_wrapped_again
    keys_in_use_are_counted_and_listed_once
}

fn wrapped(id: &str, byte: u8) -> WrappedKey {
    WrappedKey { by: KeyName { provider: Provider::Local, id: id.into() }, bytes: vec![byte; 60] }
}

fn first(export: ExportId) -> ArchiveId {
    ArchiveId { export, attempt: 1 }
}

/// A ready export with a data key.
async fn sealed(ledger: &Ledger, tenant: &str) -> Export {
    let export = running(ledger, tenant).await;
    data_keys::keep(ledger, first(export.id), &wrapped("a", 1), at(1)).await.unwrap();
    exports::complete(ledger, export.id, 1, &[archive(tenant)], at(1000), at(10)).await.unwrap();
    found(ledger, export.id).await
}

async fn bytes(ledger: &Ledger, export: ExportId) -> Option<Vec<u8>> {
    data_keys::find(ledger, first(export)).await.unwrap().unwrap().wrapped
}

async fn shredded(ledger: &Ledger, export: ExportId) -> Vec<String> {
    let events = audit::of_export(ledger, export).await.unwrap();
    events.into_iter().filter(|event| event.action == "data_key.shredded").map(|event| event.actor).collect()
}

async fn a_key_is_kept_for_the_running_attempt_only(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    let second = ArchiveId { attempt: 2, ..first(export.id) };
    assert!(is_fenced(data_keys::keep(&ledger, second, &wrapped("a", 1), at(1)).await, 2));
    data_keys::keep(&ledger, first(export.id), &wrapped("a", 1), at(1)).await.unwrap();
    let kept = data_keys::find(&ledger, first(export.id)).await.unwrap().unwrap();
    assert_eq!((kept.wrapped(), kept.created_at, kept.shredded_at), (Some(wrapped("a", 1)), at(1), None));
    assert_eq!(data_keys::of_export(&ledger, export.id).await.unwrap(), Some(kept));
    exports::complete(&ledger, export.id, 1, &[archive("acme")], at(1000), at(10)).await.unwrap();
    assert!(is_fenced(data_keys::keep(&ledger, first(export.id), &wrapped("a", 2), at(11)).await, 1));
    assert_eq!(bytes(&ledger, export.id).await, Some(vec![1; 60]));
}

async fn a_lost_attempt_leaves_no_key(ledger: Ledger) {
    let kept = async |export: &Export| data_keys::of_export(&ledger, export.id).await.unwrap().is_some();
    let keep = async |export: &Export| {
        let archive = ArchiveId { export: export.id, attempt: export.attempt };
        data_keys::keep(&ledger, archive, &wrapped("a", 1), at(1)).await.unwrap();
    };
    let export = running(&ledger, "died").await;
    keep(&export).await;
    let second = exports::claim(&ledger, export.id, "w2", LEASE, at(61)).await.unwrap().unwrap();
    assert!(!kept(&export).await, "of a worker that died");
    keep(&second).await;
    exports::hand_over(&ledger, export.id, 2, at(70)).await.unwrap();
    assert!(!kept(&export).await, "handed over");

    let postponed = running(&ledger, "postponed").await;
    keep(&postponed).await;
    exports::postpone(&ledger, postponed.id, 1, "c", "r", at(20), at(5)).await.unwrap();
    assert!(!kept(&postponed).await, "postponed");
    let failed = running(&ledger, "failed").await;
    keep(&failed).await;
    exports::fail(&ledger, failed.id, 1, "c", "r", at(5)).await.unwrap();
    assert!(!kept(&failed).await, "failed");
    let cancelled = running(&ledger, "cancelled").await;
    keep(&cancelled).await;
    exports::cancelled(&ledger, cancelled.id, 1, at(5)).await.unwrap();
    assert!(!kept(&cancelled).await, "cancelled");
    let dead = running(&ledger, "dead").await;
    keep(&dead).await;
    exports::request_cancel(&ledger, dead.id, portal(), at(5)).await.unwrap();
    exports::claim(&ledger, dead.id, "w2", LEASE, at(100)).await.unwrap();
    assert!(!kept(&dead).await, "cancelled, and its worker died");
}

async fn a_key_is_destroyed_before_the_first_object_is_touched(ledger: Ledger) {
    let export = sealed(&ledger, "acme").await;
    assert_eq!(bytes(&ledger, export.id).await, Some(vec![1; 60]));
    assert!(exports::begin_deletion(&ledger, export.id, at(999)).await.unwrap().is_none());
    assert!(bytes(&ledger, export.id).await.is_some(), "its time is not over");
    exports::begin_deletion(&ledger, export.id, at(1000)).await.unwrap().unwrap();
    let key = data_keys::find(&ledger, first(export.id)).await.unwrap().unwrap();
    assert_eq!((key.wrapped, key.shredded_at), (None, Some(at(1000))));
    assert!(exports::expire(&ledger, export.id, at(1001)).await.unwrap());
    assert_eq!(shredded(&ledger, export.id).await, ["system"], "once");
}

async fn an_archive_that_is_ended_is_destroyed_at_once_and_cannot_be_held(ledger: Ledger) {
    let export = sealed(&ledger, "acme").await;
    exports::end_now(&ledger, export.id, portal(), at(20)).await.unwrap();
    assert_eq!(bytes(&ledger, export.id).await, None);
    assert_eq!(shredded(&ledger, export.id).await, ["key:hk_portal22"]);
    let held = exports::hold(&ledger, export.id, "a dispute", portal(), at(21)).await.unwrap();
    assert!(matches!(held, Some(exports::Held::TooLate(_))), "{held:?}");
    exports::end_now(&ledger, export.id, portal(), at(22)).await.unwrap();
    assert_eq!(shredded(&ledger, export.id).await.len(), 1);
    assert!(exports::begin_deletion(&ledger, export.id, at(23)).await.unwrap().is_some());
    assert!(exports::expire(&ledger, export.id, at(24)).await.unwrap());
}

async fn what_is_held_is_not_destroyed(ledger: Ledger) {
    let export = sealed(&ledger, "acme").await;
    exports::hold(&ledger, export.id, "a dispute", portal(), at(20)).await.unwrap();
    exports::end_now(&ledger, export.id, portal(), at(21)).await.unwrap();
    exports::begin_deletion(&ledger, export.id, at(2000)).await.unwrap();
    assert_eq!(bytes(&ledger, export.id).await, Some(vec![1; 60]));
}

async fn a_key_that_was_destroyed_is_not_wrapped_again(ledger: Ledger) {
    let export = sealed(&ledger, "acme").await;
    let old = data_keys::find(&ledger, first(export.id)).await.unwrap().unwrap();
    let by = Actor::named("cli");
    assert!(data_keys::rewrapped(&ledger, &old, &wrapped("b", 2), by.clone(), at(20)).await.unwrap());
    assert!(!data_keys::rewrapped(&ledger, &old, &wrapped("c", 3), by.clone(), at(21)).await.unwrap(), "b was faster");
    let now = data_keys::find(&ledger, first(export.id)).await.unwrap().unwrap();
    assert_eq!((now.wrapped(), now.rewrapped_at), (Some(wrapped("b", 2)), Some(at(20))));
    exports::end_now(&ledger, export.id, portal(), at(22)).await.unwrap();
    assert!(!data_keys::rewrapped(&ledger, &now, &wrapped("c", 3), by, at(23)).await.unwrap());
    assert_eq!(bytes(&ledger, export.id).await, None);
    let events = audit::of_export(&ledger, export.id).await.unwrap();
    let rewrapped: Vec<_> = events.iter().filter(|event| event.action == "data_key.rewrapped").collect();
    assert_eq!(rewrapped.len(), 1);
    assert_eq!(rewrapped[0].detail.0, serde_json::json!({ "attempt": 1, "from": "local:a", "to": "local:b" }));
}

async fn keys_in_use_are_counted_and_listed_once(ledger: Ledger) {
    let mut exports = Vec::new();
    for tenant in ["t1", "t2", "t3", "t4"] {
        exports.push(sealed(&ledger, tenant).await.id);
    }
    exports::end_now(&ledger, exports[3], portal(), at(20)).await.unwrap();
    let [in_use] = &data_keys::in_use(&ledger).await.unwrap()[..] else { panic!() };
    assert_eq!((in_use.name().to_string().as_str(), in_use.data_keys), ("local:a", 3));
    let mut listed = Vec::new();
    let mut after = None;
    while let Some(key) = data_keys::live(&ledger, after, 1).await.unwrap().pop() {
        after = Some(key.archive());
        listed.push(key.export_id);
    }
    exports.truncate(3);
    exports.sort_unstable();
    assert_eq!(listed, exports);
    assert!(data_keys::one_by(&ledger, &in_use.name()).await.unwrap().is_some());
}
