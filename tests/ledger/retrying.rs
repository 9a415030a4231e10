//! Retrying a failed export.

use super::*;
use shared::export::State;
use shared::ledger::exports::Retried;
use shared::ledger::notifications::{self, Delivery, Kind};

on_both_engines! {
    a_failed_export_is_queued_again_and_due_at_once
    the_number_of_an_attempt_is_never_used_again
    only_a_failed_export_is_retried
    an_identical_export_on_its_way_is_named
    retries_at_once_queue_it_once
    a_cancel_that_came_too_late_does_not_follow_a_retry
    people_are_told_how_it_ends_the_second_time
}

async fn failed(ledger: &Ledger, tenant: &str) -> Export {
    let export = running(ledger, tenant).await;
    exports::fail(ledger, export.id, 1, "catalog_refused", "somebody must act", at(10)).await.unwrap();
    found(ledger, export.id).await
}

async fn retry(ledger: &Ledger, id: ExportId, seconds: i64) -> Option<Retried> {
    exports::retry(ledger, id, portal(), at(seconds)).await.unwrap()
}

async fn a_failed_export_is_queued_again_and_due_at_once(ledger: Ledger) {
    let export = failed(&ledger, "acme").await;
    let expected = Export {
        state: State::Queued,
        started_at: None,
        finished_at: None,
        attempts_before: 1,
        retried_at: Some(at(20)),
        ..export
    };
    assert_eq!(retry(&ledger, expected.id, 20).await, Some(Retried::Queued(Box::new(expected.clone()))));
    assert_eq!(found(&ledger, expected.id).await, expected);
    assert_eq!(due(&ledger, 10, at(20)).await, [expected.id]);
    let events = shared::ledger::audit::of_export(&ledger, expected.id).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!((last.action.as_str(), last.actor.as_str(), last.at), ("export.retried", "key:hk_portal22", at(20)));
    assert_eq!(last.detail.0, serde_json::json!({ "attempt": 1, "code": "catalog_refused" }));
    assert_eq!(retry(&ledger, Uuid::now_v7(), 20).await, None);
}

async fn the_number_of_an_attempt_is_never_used_again(ledger: Ledger) {
    let export = failed(&ledger, "acme").await;
    retry(&ledger, export.id, 20).await;
    let again = exports::claim(&ledger, export.id, "w2", LEASE, at(21)).await.unwrap().unwrap();
    assert_eq!((again.attempt, again.is_first_try(), again.started_at), (2, true, Some(at(21))));
    let late = exports::complete(&ledger, export.id, 1, &[archive("acme")], at(99), at(22)).await;
    assert!(is_fenced(late, 1));
    exports::complete(&ledger, export.id, 2, &[archive("acme")], at(99), at(23)).await.unwrap();
    assert_eq!(found(&ledger, export.id).await.state, State::Ready);
}

async fn only_a_failed_export_is_retried(ledger: Ledger) {
    let (queued, ready) = (queued(&ledger, "queued", at(0)).await, ready(&ledger, "ready").await);
    let running = running(&ledger, "running").await;
    let stopped = exports::request_cancel(&ledger, super::queued(&ledger, "stopped", at(0)).await.id, portal(), at(1));
    let stopped = stopped.await.unwrap().unwrap();
    for export in [queued, ready, running, stopped] {
        assert_eq!(retry(&ledger, export.id, 20).await, Some(Retried::NotFailed(export.state)));
        assert_eq!(found(&ledger, export.id).await, export);
        assert!(!actions(&ledger, export.id).await.contains(&"export.retried".to_owned()));
    }
}

async fn an_identical_export_on_its_way_is_named(ledger: Ledger) {
    let export = failed(&ledger, "acme").await;
    let other = queued(&ledger, "acme", at(15)).await;
    assert_eq!(retry(&ledger, export.id, 20).await, Some(Retried::Wanted(other.id)));
    assert_eq!(found(&ledger, export.id).await, export);
    // One that is about to be cancelled is in nobody's way.
    exports::claim(&ledger, other.id, "w1", LEASE, at(21)).await.unwrap().unwrap();
    exports::request_cancel(&ledger, other.id, portal(), at(22)).await.unwrap();
    assert!(matches!(retry(&ledger, export.id, 23).await, Some(Retried::Queued(_))));
}

async fn retries_at_once_queue_it_once(ledger: Ledger) {
    let export = failed(&ledger, "acme").await;
    let answers = futures::future::join_all((0..8).map(|_| retry(&ledger, export.id, 20))).await;
    let queued = answers.iter().filter(|answer| matches!(answer, Some(Retried::Queued(_)))).count();
    let refused = answers.iter().filter(|answer| **answer == Some(Retried::NotFailed(State::Queued))).count();
    assert_eq!((queued, refused), (1, 7), "{answers:?}");
    let retried = actions(&ledger, export.id).await.into_iter().filter(|action| action == "export.retried").count();
    assert_eq!(retried, 1);
}

async fn a_cancel_that_came_too_late_does_not_follow_a_retry(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap();
    exports::fail(&ledger, export.id, 1, "c", "r", at(2)).await.unwrap();
    retry(&ledger, export.id, 3).await;
    let again = exports::claim(&ledger, export.id, "w2", LEASE, at(4)).await.unwrap().unwrap();
    assert!(!again.cancel_requested);
}

async fn people_are_told_how_it_ends_the_second_time(ledger: Ledger) {
    let export = failed(&ledger, "acme").await;
    let first = notifications::claim(&ledger, export.id, LEASE, at(10)).await.unwrap();
    notifications::sent(&ledger, first[0].id, 1, at(11)).await.unwrap();
    retry(&ledger, export.id, 20).await;
    assert_eq!(notifications::of_export(&ledger, export.id).await.unwrap(), []);
    assert!(is_fenced(notifications::sent(&ledger, first[1].id, 1, at(21)).await, 1));
    exports::claim(&ledger, export.id, "w2", LEASE, at(22)).await.unwrap().unwrap();
    exports::fail(&ledger, export.id, 2, "c", "r", at(23)).await.unwrap();
    let second = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!(second.len(), 2);
    assert!(second.iter().all(|mail| (mail.kind, mail.delivery) == (Kind::Failed, Delivery::Pending)));
}
