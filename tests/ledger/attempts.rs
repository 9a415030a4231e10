//! What a worker writes: claims, leases, fences and endings.

use super::*;
use shared::export::{Engine, Phase, State};
use shared::ledger::exports::{Claimer, Progress, Renewed};
use shared::ledger::sources::{self, Source};
use std::collections::HashSet;

on_both_engines! {
    eight_claimers_take_three_hundred_exports_once_each
    claimers_of_one_export_at_once_have_one_winner
    a_claim_begins_from_nothing
    a_live_lease_is_not_taken_over
    an_ended_lease_is_taken_over_as_the_next_attempt
    a_renewed_lease_lasts_longer_and_shows_the_progress
    every_write_of_an_old_attempt_is_fenced
    nothing_is_written_to_an_export_that_has_ended
    a_postponed_export_waits_for_its_time
    a_failed_export_says_why
    a_ready_export_has_its_files_and_no_reason
    a_reason_with_a_nul_character_is_stored
    what_a_doorbell_is_rung_for
}

/// The source of every request may be read by as many exports as there are.
async fn open_wide(ledger: &Ledger) {
    let source = Source { name: "shop".into(), engine: Engine::Sqlite, exports: 1000, seen_at: at(0) };
    sources::announce(ledger, &[source]).await.unwrap();
}

async fn eight_claimers_take_three_hundred_exports_once_each(ledger: Ledger) {
    open_wide(&ledger).await;
    for number in 0..300 {
        queued(&ledger, &format!("t{number}"), at(number)).await;
    }
    let claimers: Vec<_> = (0..8)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let worker = format!("w{number}");
                let claimer = Claimer { worker: &worker, lease: LEASE, serves: vec!["shop"], announced_since: at(0) };
                let mut mine = Vec::new();
                while let Some(export) = exports::claim_next(&ledger, &claimer, at(400)).await.unwrap() {
                    assert_eq!((export.attempt, export.worker.as_deref()), (1, Some(worker.as_str())));
                    mine.push(export.id);
                }
                mine
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    assert_eq!(claimed.len(), 300);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 300);
}

async fn claimers_of_one_export_at_once_have_one_winner(ledger: Ledger) {
    for round in 0..20 {
        let id = queued(&ledger, &format!("t{round}"), at(0)).await.id;
        let claims: Vec<_> = (0..8)
            .map(|number| {
                let ledger = ledger.clone();
                tokio::spawn(async move {
                    exports::claim(&ledger, id, &format!("w{number}"), LEASE, at(1)).await.unwrap().is_some()
                })
            })
            .collect();
        let mut wins = 0;
        for claim in claims {
            wins += u32::from(claim.await.unwrap());
        }
        assert_eq!(wins, 1);
        assert_eq!(actions(&ledger, id).await, ["export.requested", "export.claimed"]);
    }
}

async fn a_claim_begins_from_nothing(ledger: Ledger) {
    let before = queued(&ledger, "acme", at(0)).await;
    let claimed = exports::claim(&ledger, before.id, "w1", LEASE, at(5)).await.unwrap().unwrap();
    let expected = Export {
        state: State::Running,
        phase: Some(Phase::Planning),
        attempt: 1,
        worker: Some("w1".into()),
        lease_until: Some(at(65)),
        started_at: Some(at(5)),
        ..before
    };
    assert_eq!(claimed, expected);
    assert_eq!(found(&ledger, claimed.id).await, expected);
    assert_eq!(exports::claim(&ledger, Uuid::now_v7(), "w1", LEASE, at(5)).await.unwrap(), None);
}

async fn a_live_lease_is_not_taken_over(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    for now in [at(0), at(59), at(60)] {
        assert_eq!(exports::claim(&ledger, export.id, "w2", LEASE, now).await.unwrap(), None);
    }
    assert_eq!(found(&ledger, export.id).await, export);
}

const READING: Progress = Progress {
    phase: Phase::Reading,
    tables_done: 1,
    tables_total: 3,
    rows_done: 40_000_000_000,
    bytes_done: 5,
    table: None,
};

async fn an_ended_lease_is_taken_over_as_the_next_attempt(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::renew(&ledger, export.id, 1, READING, LEASE, at(0)).await.unwrap();
    let taken = exports::claim(&ledger, export.id, "w2", LEASE, at(61)).await.unwrap().unwrap();
    let expected = Export {
        attempt: 2,
        crashes: 1,
        lost_worker: Some("w1".into()),
        worker: Some("w2".into()),
        lease_until: Some(at(121)),
        ..export
    };
    assert_eq!(taken, expected, "the progress is reset, and the first attempt's beginning stays");
    assert!(is_fenced(exports::renew(&ledger, expected.id, 1, READING, LEASE, at(62)).await, 1));
    assert_eq!(found(&ledger, expected.id).await, expected);
}

async fn a_renewed_lease_lasts_longer_and_shows_the_progress(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    assert_eq!(exports::renew(&ledger, export.id, 1, READING, LEASE, at(30)).await.unwrap(), Renewed::Held);
    let expected = Export {
        phase: Some(Phase::Reading),
        tables_done: 1,
        tables_total: 3,
        rows_done: 40_000_000_000,
        bytes_done: 5,
        lease_until: Some(at(90)),
        ..export
    };
    assert_eq!(found(&ledger, expected.id).await, expected);
    assert_eq!(exports::claim(&ledger, expected.id, "w2", LEASE, at(80)).await.unwrap(), None);
}

async fn every_write_is_fenced(ledger: &Ledger, id: ExportId, attempt: i64) {
    let before = found(ledger, id).await;
    let told = actions(ledger, id).await;
    assert!(is_fenced(exports::renew(ledger, id, attempt, READING, LEASE, at(70)).await, attempt));
    assert!(is_fenced(exports::complete(ledger, id, attempt, &[archive("late")], at(99), at(70)).await, attempt));
    assert!(is_fenced(exports::postpone(ledger, id, attempt, "c", "r", at(80), at(70)).await, attempt));
    assert!(is_fenced(exports::fail(ledger, id, attempt, "c", "r", at(70)).await, attempt));
    assert!(is_fenced(exports::cancelled(ledger, id, attempt, at(70)).await, attempt));
    assert_eq!(found(ledger, id).await, before);
    assert_eq!(actions(ledger, id).await, told);
    let files = shared::ledger::files::of_export(ledger, id).await.unwrap();
    assert!(files.iter().all(|file| file.name != "late.zip"));
}

async fn every_write_of_an_old_attempt_is_fenced(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::claim(&ledger, export.id, "w2", LEASE, at(61)).await.unwrap().unwrap();
    every_write_is_fenced(&ledger, export.id, 1).await;
    every_write_is_fenced(&ledger, export.id, 3).await;
    exports::complete(&ledger, export.id, 2, &[archive("acme")], at(99), at(70)).await.unwrap();
}

async fn nothing_is_written_to_an_export_that_has_ended(ledger: Ledger) {
    let export = ready(&ledger, "ready").await;
    every_write_is_fenced(&ledger, export.id, 1).await;
    let export = running(&ledger, "failed").await;
    exports::fail(&ledger, export.id, 1, "c", "r", at(1)).await.unwrap();
    every_write_is_fenced(&ledger, export.id, 1).await;
    let export = running(&ledger, "cancelled").await;
    exports::cancelled(&ledger, export.id, 1, at(1)).await.unwrap();
    every_write_is_fenced(&ledger, export.id, 1).await;
    let export = running(&ledger, "postponed").await;
    exports::postpone(&ledger, export.id, 1, "c", "r", at(900), at(1)).await.unwrap();
    every_write_is_fenced(&ledger, export.id, 1).await;
    let export = queued(&ledger, "queued", at(0)).await;
    every_write_is_fenced(&ledger, export.id, 0).await;
    for name in ["ready", "failed", "cancelled"] {
        let filter = exports::Filter { tenant: Some(name.into()), limit: 1, ..Default::default() };
        let id = exports::list(&ledger, &filter).await.unwrap()[0].id;
        assert_eq!(exports::claim(&ledger, id, "w2", LEASE, at(5000)).await.unwrap(), None);
    }
}

async fn a_postponed_export_waits_for_its_time(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::postpone(&ledger, export.id, 1, "source.unreachable", "The source did not answer.", at(100), at(10))
        .await
        .unwrap();
    let expected = Export {
        state: State::Queued,
        phase: None,
        lease_until: None,
        next_attempt_at: Some(at(100)),
        reason_code: Some("source.unreachable".into()),
        reason: Some("The source did not answer.".into()),
        retries: 1,
        ..export
    };
    assert_eq!(found(&ledger, expected.id).await, expected);
    assert_eq!(exports::claim(&ledger, expected.id, "w2", LEASE, at(99)).await.unwrap(), None);
    let second = exports::claim(&ledger, expected.id, "w2", LEASE, at(100)).await.unwrap().unwrap();
    assert_eq!((second.attempt, second.next_attempt_at, second.started_at), (2, None, Some(at(0))));
    assert_eq!(second.reason_code.as_deref(), Some("source.unreachable"));
    assert_eq!(
        actions(&ledger, expected.id).await,
        ["export.requested", "export.claimed", "export.postponed", "export.claimed"]
    );
}

async fn a_failed_export_says_why(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::fail(&ledger, export.id, 1, "catalog.drift", "The table orders is new.", at(10)).await.unwrap();
    let expected = Export {
        state: State::Failed,
        phase: None,
        lease_until: None,
        finished_at: Some(at(10)),
        reason_code: Some("catalog.drift".into()),
        reason: Some("The table orders is new.".into()),
        ..export
    };
    assert_eq!(found(&ledger, expected.id).await, expected);
    let events = shared::ledger::audit::of_export(&ledger, expected.id).await.unwrap();
    assert_eq!((events[2].action.as_str(), events[2].actor.as_str()), ("export.failed", "worker:w1"));
    assert_eq!(events[2].detail.0, serde_json::json!({ "code": "catalog.drift", "attempt": 1 }));
}

async fn a_ready_export_has_its_files_and_no_reason(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::postpone(&ledger, export.id, 1, "c", "r", at(20), at(10)).await.unwrap();
    let second = exports::claim(&ledger, export.id, "w2", LEASE, at(20)).await.unwrap().unwrap();
    exports::complete(&ledger, export.id, 2, &[archive("acme")], at(1000), at(30)).await.unwrap();
    let expected = Export {
        state: State::Ready,
        phase: None,
        lease_until: None,
        reason_code: None,
        reason: None,
        finished_at: Some(at(30)),
        expires_at: Some(at(1000)),
        ..second
    };
    assert_eq!(found(&ledger, export.id).await, expected);
    let events = shared::ledger::audit::of_export(&ledger, export.id).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!((last.action.as_str(), last.actor.as_str(), last.at), ("export.ready", "worker:w2", at(30)));
}

async fn a_reason_with_a_nul_character_is_stored(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    exports::fail(&ledger, export.id, 1, "c", "byte \0 here", at(10)).await.unwrap();
    assert_eq!(found(&ledger, export.id).await.reason.as_deref(), Some("byte \u{fffd} here"));
}

async fn what_a_doorbell_is_rung_for(ledger: Ledger) {
    open_wide(&ledger).await;
    let new = queued(&ledger, "new", at(3)).await.id;
    let held = queued(&ledger, "held", at(0)).await.id;
    exports::claim(&ledger, held, "w1", LEASE, at(100)).await.unwrap().unwrap();
    let lost = queued(&ledger, "lost", at(2)).await.id;
    exports::claim(&ledger, lost, "w1", LEASE, at(10)).await.unwrap().unwrap();
    let waiting = queued(&ledger, "waiting", at(1)).await.id;
    exports::claim(&ledger, waiting, "w1", LEASE, at(10)).await.unwrap().unwrap();
    exports::postpone(&ledger, waiting, 1, "c", "r", at(150), at(11)).await.unwrap();
    ready(&ledger, "ready").await;

    assert_eq!(due(&ledger, 10, at(100)).await, [lost, new]);
    assert_eq!(due(&ledger, 1, at(100)).await, [lost]);
    assert_eq!(due(&ledger, 10, at(150)).await, [lost, waiting, new]);
    assert_eq!(due(&ledger, 10, at(161)).await, [held, lost, waiting, new]);
}
