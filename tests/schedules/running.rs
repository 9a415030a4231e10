//! Runs that come due while workers come, go and die.

use super::desk::{Desk, LEASE, hourly, hours, noon, tenants_of};
use crate::{
    slicing::desk as slices,
    support::{
        patience::{LONG, until},
        postgres::Postgres,
    },
};
use chrono::TimeDelta;
use shared::{
    export::TenantId,
    ledger::schedules::{self, Plan, Schedule},
    schedule::{PauseReason, RunKind, RunState, Tenants},
};
use sqlx::Connection;
use std::collections::BTreeSet;
use worker::schedule;

fn these(tenants: &[&str]) -> Tenants {
    Tenants::These(tenants.iter().map(|tenant| TenantId::new(*tenant).unwrap()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_at_once_on_one_ledger_do_nothing_twice() {
    let names: Vec<String> = (0..60).map(|number| format!("t{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_folder, url) = slices::sqlite(&tenants_of(&names)).await;
    let ledger = Postgres::shared().await.create_database("schedules").await.url;
    let desk = Desk::of(url, "sqlite", Some(ledger)).await;
    let one = desk.schedule(hourly()).await;
    let other = desk.schedule(Plan { tenants: these(&["t1", "t2"]), ..hourly() }).await;
    let mut workers = vec![desk.context.clone()];
    for _ in 0..3 {
        workers.push(desk.colleague(true).await);
    }
    for hour in 1..=3 {
        for _ in 0..2 {
            let turns: Vec<_> = workers
                .iter()
                .map(|worker| {
                    let worker = worker.clone();
                    tokio::spawn(async move { schedule::once(&worker, hours(hour)).await.unwrap() })
                })
                .collect();
            for turn in turns {
                turn.await.unwrap();
            }
        }
        let run = &desk.runs(one.id).await[0];
        assert_eq!((run.due_at, run.entered), (hours(hour), 60));
        desk.end_all(true, hours(hour)).await;
    }
    desk.turn(hours(3)).await;
    assert_eq!(desk.exports().await.len(), 3 * 62);
    for schedule in [one, other] {
        let runs = desk.runs(schedule.id).await;
        assert_eq!(runs.len(), 3);
        assert!(runs.iter().all(|run| run.state == RunState::Succeeded), "{runs:?}");
        assert_eq!(desk.reread(schedule.id).await.skipped_runs, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_while_it_enters_exports_is_followed_by_another() {
    let names: Vec<String> = (0..3000).map(|number| format!("t{number:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (desk, _source) = Desk::sqlite(&names).await;
    let schedule = desk.schedule(hourly()).await;
    let dying = tokio::spawn({
        let worker = desk.colleague(true).await;
        async move { schedule::once(&worker, hours(1)).await }
    });
    let entered = async || desk.runs(schedule.id).await.first().map_or(0, |run| run.entered);
    until("the first exports", LONG, async || (entered().await > 0).then_some(())).await;
    dying.abort();
    let _ = dying.await;
    let before = entered().await;
    assert!((1..3000).contains(&before), "{before} were entered before it died");

    desk.turn(hours(1)).await;
    assert_eq!(entered().await, before, "its lease has not ended");
    desk.turn(hours(1) + LEASE * 2).await;
    assert_eq!(desk.exported().await, names, "each tenant once");
    let run = &desk.runs(schedule.id).await[0];
    assert_eq!((run.state, run.entered, run.attempt), (RunState::Running, 3000, 2));
}

#[tokio::test]
async fn what_was_missed_is_caught_up_with_one_run() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(hourly()).await;
    let a_week_later = hours(24 * 7) + TimeDelta::minutes(20);
    desk.turn(a_week_later).await;
    desk.end_all(true, a_week_later).await;
    desk.turn(a_week_later).await;
    let runs = desk.runs(schedule.id).await;
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].due_at, runs[0].started_at), (hours(1), a_week_later));
    let after = desk.reread(schedule.id).await;
    assert_eq!((after.next_run_at, after.skipped_runs), (Some(hours(24 * 7 + 1)), 0));
    desk.turn(hours(24 * 7 + 1)).await;
    assert_eq!(desk.exported().await, ["acme", "acme"]);
}

#[tokio::test]
async fn what_is_due_while_a_run_goes_on_is_left_out_and_noted() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(hourly()).await;
    for hour in 1..=4 {
        desk.turn(hours(hour)).await;
    }
    let after = desk.reread(schedule.id).await;
    assert_eq!((after.skipped_runs, after.last_skipped_at, after.next_run_at), (3, Some(hours(4)), Some(hours(5))));
    assert_eq!(desk.exported().await, ["acme"]);
    desk.end_all(true, hours(4)).await;
    desk.turn(hours(5)).await;
    assert_eq!(desk.exported().await, ["acme", "acme"], "nothing has piled up");
}

#[tokio::test]
async fn tenants_that_come_and_go_count_from_the_next_run_on() {
    let (desk, source) = Desk::sqlite(&["acme", "umbrella"]).await;
    desk.schedule(hourly()).await;
    desk.turn(hours(1)).await;
    let url = format!("sqlite://{}", source.path().join("source.db").display());
    let mut product = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("delete from shops where id = 'acme'; insert into shops values ('zenith')")
        .execute(&mut product)
        .await
        .unwrap();
    desk.turn(hours(1)).await;
    assert_eq!(desk.exported().await, ["acme", "umbrella"]);
    desk.end_all(true, hours(1)).await;
    desk.turn(hours(2)).await;
    assert_eq!(desk.exported().await, ["acme", "umbrella", "umbrella", "zenith"]);
}

#[tokio::test]
async fn a_source_without_tenants_is_done_at_once() {
    let (desk, _source) = Desk::sqlite(&[]).await;
    let schedule = desk.schedule(hourly()).await;
    desk.turn(hours(1)).await;
    let run = &desk.runs(schedule.id).await[0];
    assert_eq!((run.state, run.entered), (RunState::Succeeded, 0));
}

#[tokio::test]
async fn a_worker_that_does_not_serve_the_source_leaves_every_tenant_to_one_that_does() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let all = desk.schedule(hourly()).await;
    let list = desk.schedule(Plan { tenants: these(&["acme", "unknown"]), ..hourly() }).await;
    let stranger = desk.colleague(false).await;
    schedule::once(&stranger, hours(1)).await.unwrap();
    let run = desk.runs(all.id).await.remove(0);
    assert_eq!((run.state, run.attempt), (RunState::Entering, 0));
    // A list needs no look into the source; whether they exist each export finds out.
    assert_eq!(desk.runs(list.id).await[0].state, RunState::Running);
    desk.turn(hours(1)).await;
    assert_eq!(desk.exported().await, ["acme", "acme", "unknown"]);
}

#[tokio::test]
async fn a_run_of_a_source_that_nobody_serves_any_more_fails_after_a_day() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(hourly()).await;
    let stranger = desk.colleague(false).await;
    schedule::once(&stranger, hours(1)).await.unwrap();
    let mut now = hours(25) + TimeDelta::minutes(30);
    for _ in 0..10 {
        schedule::once(&stranger, now).await.unwrap();
        now += TimeDelta::minutes(1);
    }
    let run = desk.runs(schedule.id).await.pop().unwrap();
    assert_eq!((run.state, run.reason_code.as_deref()), (RunState::Failed, Some("source_unavailable")));
}

#[tokio::test]
async fn a_catalog_that_cannot_be_read_fails_the_run_by_its_reason() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(hourly()).await;
    std::fs::write(desk.catalog(), "version = 1\nengine = ").unwrap();
    let mut now = hours(1);
    for _ in 0..10 {
        desk.turn(now).await;
        now += TimeDelta::minutes(5);
    }
    let run = desk.runs(schedule.id).await.pop().unwrap();
    assert_eq!((run.state, run.entered), (RunState::Failed, 0));
    assert!(run.reason_code.is_some());
    assert_eq!(desk.reread(schedule.id).await.failures_in_row, 1);
}

#[tokio::test]
async fn starts_are_spread_over_the_jitter() {
    let names: Vec<String> = (0..50).map(|number| format!("t{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (desk, _source) = Desk::sqlite(&names).await;
    desk.schedule(Plan { jitter: 600, ..hourly() }).await;
    desk.turn(hours(1)).await;
    let starts: BTreeSet<_> = desk.exports().await.iter().map(|export| export.next_attempt_at.unwrap()).collect();
    assert!(starts.len() > 25, "{} different starts", starts.len());
    assert!(starts.iter().all(|start| (hours(1)..=hours(1) + TimeDelta::minutes(10)).contains(start)));
}

#[tokio::test]
async fn a_change_counts_from_the_next_run_on() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(hourly()).await;
    let stranger = desk.colleague(false).await;
    schedule::once(&stranger, hours(1)).await.unwrap();
    let begun = desk.reread(schedule.id).await;
    let other = Plan { formats: vec![shared::export::Format::Jsonl], ..hourly() };
    let recurrence = shared::schedule::Recurrence::parse("0 * * * *", "UTC").unwrap();
    schedules::change(desk.ledger(), &begun, &other, &recurrence, Default::default(), hours(1)).await.unwrap().unwrap();
    desk.turn(hours(1)).await;
    let export = desk.exports().await.remove(0);
    assert_eq!(export.formats.0, shared::export::Format::USUAL);
}

#[tokio::test]
async fn a_schedule_whose_times_cannot_be_read_is_paused_and_says_so() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule: Schedule = desk.schedule(hourly()).await;
    let shared::ledger::Ledger::Sqlite(pool) = desk.ledger() else { panic!("embedded") };
    sqlx::query("update schedules set time_zone = 'Europe/Atlantis'").execute(pool).await.unwrap();
    desk.turn(hours(1)).await;
    let after = desk.reread(schedule.id).await;
    assert_eq!((after.pause_reason, after.next_run_at), (Some(PauseReason::Unreadable), None));
    assert!(desk.exports().await.is_empty());
}

#[tokio::test]
async fn a_run_can_be_asked_for_beside_its_times() {
    let (desk, _source) = Desk::sqlite(&["acme"]).await;
    let schedule = desk.schedule(Plan { paused: true, ..hourly() }).await;
    desk.turn(hours(9)).await;
    assert!(desk.runs(schedule.id).await.is_empty(), "a paused schedule runs");
    schedules::run_now(desk.ledger(), schedule.id, Default::default(), noon()).await.unwrap();
    desk.turn(noon()).await;
    assert_eq!(desk.exported().await, ["acme"]);
    assert_eq!(desk.runs(schedule.id).await[0].kind, RunKind::Manual);
}
