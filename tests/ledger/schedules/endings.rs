//! How runs end, and what failures do to a schedule.

use super::*;

on_both_engines! {
    a_run_is_settled_once_when_its_last_export_has_ended
    failures_in_a_row_pause_a_schedule_with_one_mail_to_each
    a_success_ends_the_row_of_failures
    going_on_forgets_the_failures
    a_cancelled_export_is_neither_success_nor_failure
    a_run_that_somebody_asks_for_counts_for_nothing
}

async fn a_run_is_settled_once_when_its_last_export_has_ended(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme", "umbrella"])).await;
    let run = running(&ledger, schedule.id, at(3400)).await;
    let first = queued_exports(&ledger).await.remove(0);
    let claimed = exports::claim(&ledger, first.id, "w1", LEASE, at(3401)).await.unwrap().unwrap();
    exports::complete(&ledger, first.id, claimed.attempt, &[], at(9999), at(3402)).await.unwrap();
    assert_eq!(schedules::ended(&ledger, 10).await.unwrap(), []);
    assert_eq!(schedules::settle(&ledger, run.id, worker(), at(3403)).await.unwrap(), None, "one is queued");
    end_all(&ledger, State::Ready, at(3404)).await;
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let (ledger, id) = (ledger.clone(), run.id);
            tokio::spawn(async move { schedules::settle(&ledger, id, worker(), at(3405)).await.unwrap() })
        })
        .collect();
    let mut settlers = 0;
    for worker in workers {
        settlers += usize::from(worker.await.unwrap().is_some_and(|run| run.state == RunState::Succeeded));
    }
    assert_eq!(settlers, 1);
    let run = schedules::find_run(&ledger, run.id).await.unwrap().unwrap();
    assert_eq!((run.state, run.finished_at), (RunState::Succeeded, Some(at(3405))));
    assert_eq!(notifications::of_export(&ledger, run.id).await.unwrap(), [], "nobody is told of a success");
}

async fn failures_in_a_row_pause_a_schedule_with_one_mail_to_each(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme", "umbrella"])).await;
    let mut kinds = Vec::new();
    for hour in 0..3 {
        let now = four_oclock() + TimeDelta::hours(hour);
        let run = running(&ledger, schedule.id, now).await;
        end_all(&ledger, State::Failed, now).await;
        assert_eq!(settled(&ledger, now).await, [RunState::Failed]);
        assert_eq!(reread(&ledger, schedule.id).await.failures_in_row, hour + 1);
        let mails = notifications::of_export(&ledger, run.id).await.unwrap();
        assert!(mails.iter().all(|mail| mail.schedule_run_id == Some(run.id) && mail.export_id.is_none()));
        assert_eq!(notifications::claim(&ledger, run.id, LEASE, now).await.unwrap().len(), 2);
        kinds.push(mails.iter().map(|mail| (mail.kind, mail.recipient.clone())).collect::<Vec<_>>());
    }
    use notifications::Kind::{RunFailed, SchedulePaused};
    let both = |kind| vec![(kind, "ann@example.com".to_owned()), (kind, "bob@example.com".to_owned())];
    assert_eq!(kinds, [both(RunFailed), both(RunFailed), both(SchedulePaused)]);
    let paused = reread(&ledger, schedule.id).await;
    assert_eq!((paused.pause_reason, paused.next_run_at), (Some(PauseReason::Failures), None));
    assert_eq!(schedules::due(&ledger, 10, at(999_999)).await.unwrap(), []);
}

async fn a_success_ends_the_row_of_failures(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    for (hour, (end, failures)) in
        [(State::Failed, 1), (State::Failed, 2), (State::Ready, 0), (State::Failed, 1)].into_iter().enumerate()
    {
        let now = four_oclock() + TimeDelta::hours(i64::try_from(hour).unwrap());
        running(&ledger, schedule.id, now).await;
        end_all(&ledger, end, now).await;
        settled(&ledger, now).await;
        assert_eq!(reread(&ledger, schedule.id).await.failures_in_row, failures, "hour {hour}");
    }
    assert_eq!(reread(&ledger, schedule.id).await.paused_at, None);
}

async fn going_on_forgets_the_failures(ledger: Ledger) {
    let often = Plan { pause_after: 1, ..plan(&["acme"]) };
    let schedule = made(&ledger, &often).await;
    running(&ledger, schedule.id, at(3400)).await;
    end_all(&ledger, State::Failed, at(3400)).await;
    settled(&ledger, at(3401)).await;
    let paused = reread(&ledger, schedule.id).await;
    assert!(paused.paused_at.is_some());
    let later = four_oclock() + TimeDelta::days(7);
    let on = schedules::change(&ledger, &paused, &often, &hourly(), portal(), later).await.unwrap().unwrap();
    assert_eq!((on.failures_in_row, on.paused_at, on.pause_reason), (0, None, None));
    assert_eq!(on.next_run_at, Some(later + TimeDelta::hours(1)), "what was paused is not caught up");
}

async fn a_cancelled_export_is_neither_success_nor_failure(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    for (hour, end, state) in [(0, State::Failed, RunState::Failed), (1, State::Cancelled, RunState::Cancelled)] {
        let now = four_oclock() + TimeDelta::hours(hour);
        running(&ledger, schedule.id, now).await;
        end_all(&ledger, end, now).await;
        assert_eq!(settled(&ledger, now).await, [state]);
    }
    assert_eq!(reread(&ledger, schedule.id).await.failures_in_row, 1);
}

async fn a_run_that_somebody_asks_for_counts_for_nothing(ledger: Ledger) {
    let schedule = made(&ledger, &Plan { paused: true, jitter: 9999, ..plan(&["acme"]) }).await;
    assert_eq!((schedule.next_run_at, schedule.pause_reason), (None, Some(PauseReason::Requested)));
    let RunNow::Run(run) = schedules::run_now(&ledger, schedule.id, portal(), at(5)).await.unwrap() else { panic!() };
    entered(&ledger, *run, at(5)).await;
    assert_eq!(queued_exports(&ledger).await[0].next_attempt_at, Some(at(5)), "now is now");
    end_all(&ledger, State::Failed, at(6)).await;
    assert_eq!(settled(&ledger, at(7)).await, [RunState::Failed]);
    assert_eq!(reread(&ledger, schedule.id).await.failures_in_row, 0);
    assert_eq!(schedules::run_now(&ledger, Uuid::now_v7(), portal(), at(8)).await.unwrap(), RunNow::NoSchedule);
}
