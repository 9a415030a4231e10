//! Workers that die, stop, and share a duty.

use super::*;
use shared::export::State;
use shared::ledger::{audit, duties};

on_both_engines! {
    a_lease_that_ended_counts_as_a_crash_and_names_its_worker
    a_retry_is_no_crash
    an_export_that_is_handed_over_waits_for_nobody_and_counts_for_nothing
    an_export_that_is_handed_over_after_a_cancel_ends
    a_duty_has_one_holder_until_it_is_given_up_or_runs_out
    the_ledgers_clock_is_near_ours
}

async fn a_lease_that_ended_counts_as_a_crash_and_names_its_worker(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    assert_eq!((export.crashes, export.lost_worker.as_deref()), (0, None));
    let second = exports::claim(&ledger, export.id, "w2", LEASE, at(61)).await.unwrap().unwrap();
    assert_eq!((second.attempt, second.crashes, second.lost_worker.as_deref()), (2, 1, Some("w1")));
    let third = exports::claim(&ledger, export.id, "w3", LEASE, at(200)).await.unwrap().unwrap();
    assert_eq!((third.attempt, third.crashes, third.lost_worker.as_deref()), (3, 2, Some("w2")));
    let events = audit::of_export(&ledger, export.id).await.unwrap();
    let lost: Vec<_> = events.iter().filter(|event| event.action == "export.worker_lost").collect();
    assert_eq!(lost[1].detail.0, serde_json::json!({ "attempt": 2, "worker": "w2", "crashes": 2 }));
    let claimed = ["export.claimed", "export.worker_lost", "export.claimed", "export.worker_lost", "export.claimed"];
    assert_eq!(actions(&ledger, export.id).await[1..], claimed);
}

async fn a_retry_is_no_crash(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::postpone(&ledger, export.id, 1, "c", "r", at(10), at(5)).await.unwrap();
    let second = exports::claim(&ledger, export.id, "w2", LEASE, at(11)).await.unwrap().unwrap();
    assert_eq!((second.attempt, second.retries, second.crashes, second.lost_worker), (2, 1, 0, None));
}

async fn an_export_that_is_handed_over_waits_for_nobody_and_counts_for_nothing(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    assert!(is_fenced(exports::hand_over(&ledger, export.id, 2, at(5)).await, 2));
    exports::hand_over(&ledger, export.id, 1, at(5)).await.unwrap();
    assert!(is_fenced(exports::hand_over(&ledger, export.id, 1, at(5)).await, 1));
    assert_eq!(due(&ledger, 10, at(5)).await, [export.id]);
    let second = exports::claim(&ledger, export.id, "w2", LEASE, at(5)).await.unwrap().unwrap();
    assert_eq!((second.attempt, second.retries, second.crashes, second.lost_worker), (2, 0, 0, None));
    let expected = ["export.requested", "export.claimed", "export.handed_over", "export.claimed"];
    assert_eq!(actions(&ledger, export.id).await, expected);
}

async fn an_export_that_is_handed_over_after_a_cancel_ends(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::request_cancel(&ledger, export.id, portal(), at(4)).await.unwrap();
    exports::hand_over(&ledger, export.id, 1, at(5)).await.unwrap();
    let ended = found(&ledger, export.id).await;
    assert_eq!((ended.state, ended.finished_at), (State::Cancelled, Some(at(5))));
    assert_eq!(actions(&ledger, export.id).await.last().unwrap(), "export.cancelled");
}

async fn a_duty_has_one_holder_until_it_is_given_up_or_runs_out(ledger: Ledger) {
    let take = async |holder, now| duties::take(&ledger, duties::RECONCILER, holder, LEASE, at(now)).await.unwrap();
    assert!(take("w1", 0).await);
    assert!(!take("w2", 60).await);
    assert!(take("w1", 60).await);
    assert!(!take("w2", 120).await);
    assert!(take("w2", 121).await);
    assert!(!take("w1", 122).await);
    duties::leave(&ledger, "w1").await.unwrap();
    assert!(!take("w1", 122).await);
    duties::leave(&ledger, "w2").await.unwrap();
    assert!(take("w1", 122).await);
    let takers: Vec<_> = (0..8)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(
                async move { duties::take(&ledger, "other", &format!("w{number}"), LEASE, at(0)).await.unwrap() },
            )
        })
        .collect();
    let mut holders = 0;
    for taker in takers {
        holders += u32::from(taker.await.unwrap());
    }
    assert_eq!(holders, 1);
}

async fn the_ledgers_clock_is_near_ours(ledger: Ledger) {
    let distance = ledger.clock().await.unwrap() - shared::clock::now();
    assert!(distance.abs() < TimeDelta::seconds(30), "{distance}");
}
