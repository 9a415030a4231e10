//! Runs after their end: what a retried export changes, and when a run is forgotten.

use super::*;
use shared::ledger::{audit, exports::Filter};

on_both_engines! {
    a_retried_export_that_is_ready_makes_its_run_a_success
    a_repaired_failure_counts_no_longer_as_one_in_a_row
    a_run_that_fails_again_is_told_once_and_counts_once
    an_export_that_is_retried_while_its_run_goes_on_changes_nothing_else
    a_retry_and_the_end_of_the_run_at_once_agree
    lists_are_narrowed_to_a_schedule_and_a_run
    a_run_is_forgotten_when_it_is_old_and_over
    a_run_with_an_archive_or_a_retry_and_the_newest_are_never_forgotten
}

/// A run at this time whose exports ended so.
async fn ended_run(ledger: &Ledger, schedule: &Schedule, end: State, now: DateTime<Utc>) -> Run {
    let run = running(ledger, schedule.id, now).await;
    end_all(ledger, end, now).await;
    settled(ledger, now).await;
    schedules::find_run(ledger, run.id).await.unwrap().unwrap()
}

async fn exports_of(ledger: &Ledger, run: Uuid) -> Vec<Export> {
    exports::list(ledger, &Filter { run: Some(run), limit: 100, ..Filter::default() }).await.unwrap()
}

async fn retried(ledger: &Ledger, run: &Run, now: DateTime<Utc>) {
    for export in exports_of(ledger, run.id).await {
        let retried = exports::retry(ledger, export.id, portal(), now).await.unwrap();
        assert!(matches!(retried, Some(exports::Retried::Queued(_))), "{retried:?}");
    }
}

fn hour(hours: i64) -> DateTime<Utc> {
    four_oclock() + TimeDelta::hours(hours)
}

async fn a_retried_export_that_is_ready_makes_its_run_a_success(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    let run = ended_run(&ledger, &schedule, State::Failed, hour(0)).await;
    assert_eq!((run.state, reread(&ledger, schedule.id).await.failures_in_row), (RunState::Failed, 1));
    retried(&ledger, &run, at(4000)).await;
    assert_eq!(schedules::ended(&ledger, 10).await.unwrap(), [], "its export is on its way");
    end_all(&ledger, State::Ready, at(4001)).await;
    assert_eq!(settled(&ledger, at(4002)).await, [RunState::Succeeded]);
    let after = schedules::find_run(&ledger, run.id).await.unwrap().unwrap();
    let expected = Run { state: RunState::Succeeded, finished_at: Some(at(4002)), reopened_at: None, ..run };
    assert_eq!(after, expected);
    assert_eq!(reread(&ledger, schedule.id).await.failures_in_row, 0);
    assert_eq!(settled(&ledger, at(4003)).await, [], "it is told once");
}

async fn a_repaired_failure_counts_no_longer_as_one_in_a_row(ledger: Ledger) {
    let schedule = made(&ledger, &Plan { pause_after: 9, ..plan(&["acme"]) }).await;
    let mut runs = Vec::new();
    for number in 0..4 {
        runs.push(ended_run(&ledger, &schedule, State::Failed, hour(number)).await);
    }
    let failures = async || reread(&ledger, schedule.id).await.failures_in_row;
    assert_eq!(failures().await, 4);
    retried(&ledger, &runs[3], hour(5)).await;
    end_all(&ledger, State::Cancelled, hour(5)).await;
    assert_eq!(settled(&ledger, hour(5)).await, [RunState::Cancelled]);
    assert_eq!(failures().await, 3, "neither a success nor a failure");
    retried(&ledger, &runs[1], hour(6)).await;
    end_all(&ledger, State::Ready, hour(6)).await;
    assert_eq!(settled(&ledger, hour(6)).await, [RunState::Succeeded]);
    assert_eq!(failures().await, 1, "the one after the success");
    retried(&ledger, &runs[0], hour(7)).await;
    end_all(&ledger, State::Ready, hour(7)).await;
    settled(&ledger, hour(7)).await;
    assert_eq!(failures().await, 1, "an old failure was in no row any more");
}

async fn a_run_that_fails_again_is_told_once_and_counts_once(ledger: Ledger) {
    let schedule = made(&ledger, &Plan { pause_after: 2, ..plan(&["acme"]) }).await;
    let run = ended_run(&ledger, &schedule, State::Failed, hour(0)).await;
    let mails = notifications::of_export(&ledger, run.id).await.unwrap();
    assert_eq!(mails.len(), 2);
    for round in 1..4 {
        retried(&ledger, &run, hour(round)).await;
        end_all(&ledger, State::Failed, hour(round)).await;
        assert_eq!(settled(&ledger, hour(round)).await, [RunState::Failed]);
    }
    assert_eq!(notifications::of_export(&ledger, run.id).await.unwrap(), mails);
    let after = reread(&ledger, schedule.id).await;
    assert_eq!((after.failures_in_row, after.paused_at), (1, None));
}

async fn an_export_that_is_retried_while_its_run_goes_on_changes_nothing_else(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme", "umbrella"])).await;
    let run = running(&ledger, schedule.id, hour(0)).await;
    let failed = queued_exports(&ledger).await.remove(0);
    let claimed = exports::claim(&ledger, failed.id, "w1", LEASE, hour(0)).await.unwrap().unwrap();
    exports::fail(&ledger, failed.id, claimed.attempt, "source_refused", "no", hour(0)).await.unwrap();
    exports::retry(&ledger, failed.id, portal(), hour(0)).await.unwrap();
    assert_eq!(schedules::find_run(&ledger, run.id).await.unwrap().unwrap().reopened_at, None);
    end_all(&ledger, State::Ready, hour(0)).await;
    assert_eq!(settled(&ledger, hour(0)).await, [RunState::Succeeded]);
    assert_eq!(settled(&ledger, hour(0)).await, []);
}

async fn a_retry_and_the_end_of_the_run_at_once_agree(ledger: Ledger) {
    let schedule = made(&ledger, &Plan { pause_after: 99, ..plan(&["acme"]) }).await;
    for number in 0..12 {
        let now = hour(number);
        let run = running(&ledger, schedule.id, now).await;
        end_all(&ledger, State::Failed, now).await;
        let export = exports_of(&ledger, run.id).await.remove(0);
        let (settling, retrying) = (ledger.clone(), ledger.clone());
        let (settled_first, retried) = tokio::join!(
            tokio::spawn(async move { schedules::settle(&settling, run.id, worker(), now).await.unwrap() }),
            tokio::spawn(async move { exports::retry(&retrying, export.id, portal(), now).await.unwrap() }),
        );
        assert!(matches!(retried.unwrap(), Some(exports::Retried::Queued(_))));
        let _either = settled_first.unwrap();
        end_all(&ledger, State::Ready, now).await;
        assert_eq!(settled(&ledger, now).await, [RunState::Succeeded], "round {number}");
        assert_eq!(reread(&ledger, schedule.id).await.failures_in_row, 0);
    }
}

async fn lists_are_narrowed_to_a_schedule_and_a_run(ledger: Ledger) {
    let (one, other) = (made(&ledger, &plan(&["acme", "umbrella"])).await, made(&ledger, &plan(&["acme"])).await);
    let first = ended_run(&ledger, &one, State::Ready, hour(0)).await;
    let second = ended_run(&ledger, &one, State::Ready, hour(1)).await;
    ended_run(&ledger, &other, State::Ready, hour(1)).await;
    queued(&ledger, "acme", hour(2)).await;
    let of_run = exports_of(&ledger, first.id).await;
    assert_eq!(of_run.len(), 2);
    let is_of = |export: &Export| (export.schedule_id, export.schedule_run_id) == (Some(one.id), Some(first.id));
    assert!(of_run.iter().all(is_of));
    let list = async |filter: Filter| exports::list(&ledger, &Filter { limit: 100, ..filter }).await.unwrap().len();
    assert_eq!(list(Filter { schedule: Some(one.id), ..Filter::default() }).await, 4);
    assert_eq!(list(Filter { schedule: Some(other.id), run: Some(second.id), ..Filter::default() }).await, 0);
    let one_tenant = Filter { run: Some(second.id), tenant: Some("umbrella".into()), ..Filter::default() };
    assert_eq!(list(one_tenant).await, 1);
    assert_eq!(list(Filter::default()).await, 6);
}

async fn forget(ledger: &Ledger, before: DateTime<Utc>) -> u64 {
    schedules::forget_runs(ledger, before, 100, worker(), before).await.unwrap()
}

async fn a_run_is_forgotten_when_it_is_old_and_over(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    let old = ended_run(&ledger, &schedule, State::Failed, hour(0)).await;
    let new = ended_run(&ledger, &schedule, State::Failed, hour(1)).await;
    let export = exports_of(&ledger, old.id).await.remove(0);
    assert_eq!(forget(&ledger, hour(0)).await, 0, "not older than that");
    assert_eq!(forget(&ledger, hour(9)).await, 1);
    assert_eq!(forget(&ledger, hour(9)).await, 0, "the newest stays");
    let left: Vec<Uuid> =
        schedules::recent_runs(&ledger, schedule.id, 9).await.unwrap().iter().map(|run| run.id).collect();
    assert_eq!(left, [new.id]);
    let export = found(&ledger, export.id).await;
    assert_eq!((export.schedule_id, export.schedule_run_id, export.state), (Some(schedule.id), None, State::Failed));
    assert_eq!(notifications::of_export(&ledger, old.id).await.unwrap(), []);
    // An export of a forgotten run is retried like any other.
    exports::retry(&ledger, export.id, portal(), hour(9)).await.unwrap();
    end_all(&ledger, State::Ready, hour(9)).await;
    assert_eq!(settled(&ledger, hour(9)).await, []);
    assert!(audit::of_export(&ledger, export.id).await.unwrap().len() > 3, "its history stays");
}

async fn a_run_with_an_archive_or_a_retry_and_the_newest_are_never_forgotten(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    ended_run(&ledger, &schedule, State::Ready, hour(0)).await;
    let retried_one = ended_run(&ledger, &schedule, State::Failed, hour(1)).await;
    retried(&ledger, &retried_one, hour(1)).await;
    assert_eq!(forget(&ledger, hour(99)).await, 0);
    end_all(&ledger, State::Ready, hour(2)).await;
    assert_eq!(forget(&ledger, hour(99)).await, 0, "its end is not told yet");
    settled(&ledger, hour(2)).await;
    ended_run(&ledger, &schedule, State::Failed, hour(3)).await;
    assert_eq!(forget(&ledger, hour(99)).await, 0, "both have archives, and the third is the newest");
}
