//! Stopping an export.

use super::*;
use shared::export::{Phase, State};
use shared::ledger::exports::{Progress, Renewed};

on_both_engines! {
    a_queued_export_is_cancelled_at_once
    a_running_export_is_marked_and_its_worker_learns_it
    a_cancel_that_came_first_wins_over_completion
    an_export_that_has_ended_is_left_alone
    a_dead_workers_export_ends_as_cancelled_at_the_next_claim
    a_postponed_export_that_was_to_be_cancelled_does_not_wait
    cancelling_twice_is_told_once
}

async fn a_queued_export_is_cancelled_at_once(ledger: Ledger) {
    let export = queued(&ledger, "acme", at(0)).await;
    let cancelled = exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap().unwrap();
    let expected = Export { state: State::Cancelled, cancel_requested: true, finished_at: Some(at(1)), ..export };
    assert_eq!(cancelled, expected);
    assert_eq!(found(&ledger, expected.id).await, expected);
    assert_eq!(actions(&ledger, expected.id).await, ["export.requested", "export.cancelled"]);
    assert_eq!(exports::claim(&ledger, expected.id, "w1", LEASE, at(2)).await.unwrap(), None);
    assert_eq!(exports::request_cancel(&ledger, Uuid::now_v7(), portal(), at(1)).await.unwrap(), None);
}

const READING: Progress =
    Progress { phase: Phase::Reading, tables_done: 0, tables_total: 0, rows_done: 0, bytes_done: 0, table: None };

async fn a_running_export_is_marked_and_its_worker_learns_it(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    let marked = exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap().unwrap();
    assert_eq!(marked, Export { cancel_requested: true, ..export });
    let renewed = exports::renew(&ledger, marked.id, 1, READING, LEASE, at(2)).await.unwrap();
    assert_eq!(renewed, Renewed::CancelRequested);
    exports::cancelled(&ledger, marked.id, 1, at(3)).await.unwrap();
    let expected =
        Export { state: State::Cancelled, phase: None, lease_until: None, finished_at: Some(at(3)), ..marked };
    assert_eq!(found(&ledger, expected.id).await, expected);
    assert_eq!(
        actions(&ledger, expected.id).await,
        ["export.requested", "export.claimed", "export.cancel_requested", "export.cancelled"]
    );
}

async fn a_cancel_that_came_first_wins_over_completion(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap().unwrap();
    assert!(is_fenced(exports::complete(&ledger, export.id, 1, &[archive("acme")], at(99), at(2)).await, 1));
    assert_eq!(found(&ledger, export.id).await.state, State::Running);
    exports::cancelled(&ledger, export.id, 1, at(3)).await.unwrap();
}

async fn an_export_that_has_ended_is_left_alone(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let before = actions(&ledger, export.id).await;
    let answer = exports::request_cancel(&ledger, export.id, portal(), at(20)).await.unwrap();
    assert_eq!(answer, Some(export.clone()));
    assert_eq!(found(&ledger, export.id).await, export);
    assert_eq!(actions(&ledger, export.id).await, before);
}

async fn a_dead_workers_export_ends_as_cancelled_at_the_next_claim(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap().unwrap();
    assert_eq!(exports::claim(&ledger, export.id, "w2", LEASE, at(60)).await.unwrap(), None);
    assert_eq!(found(&ledger, export.id).await.state, State::Running, "its lease has not ended");
    assert_eq!(due(&ledger, 10, at(61)).await, [export.id]);
    assert_eq!(exports::claim(&ledger, export.id, "w2", LEASE, at(61)).await.unwrap(), None);
    let row = found(&ledger, export.id).await;
    assert_eq!((row.state, row.attempt, row.finished_at, row.lease_until), (State::Cancelled, 1, Some(at(61)), None));
    assert!(is_fenced(exports::renew(&ledger, export.id, 1, READING, LEASE, at(62)).await, 1));
    let events = shared::ledger::audit::of_export(&ledger, export.id).await.unwrap();
    assert_eq!((events[3].action.as_str(), events[3].actor.as_str()), ("export.cancelled", "worker:w2"));
}

async fn a_postponed_export_that_was_to_be_cancelled_does_not_wait(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap().unwrap();
    exports::postpone(&ledger, export.id, 1, "c", "r", at(5000), at(2)).await.unwrap();
    assert_eq!(due(&ledger, 10, at(3)).await, [export.id]);
    assert_eq!(exports::claim(&ledger, export.id, "w2", LEASE, at(3)).await.unwrap(), None);
    assert_eq!(found(&ledger, export.id).await.state, State::Cancelled);
}

async fn cancelling_twice_is_told_once(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    let first = exports::request_cancel(&ledger, export.id, portal(), at(1)).await.unwrap();
    assert_eq!(exports::request_cancel(&ledger, export.id, portal(), at(2)).await.unwrap(), first);
    assert_eq!(actions(&ledger, export.id).await, ["export.requested", "export.claimed", "export.cancel_requested"]);
}
