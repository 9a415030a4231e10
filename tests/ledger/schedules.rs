//! Schedules and their runs: taken once, entered once, settled once.

mod endings;
mod repairs;

use super::*;
use shared::{
    export::State,
    ledger::{
        notifications,
        schedules::{self, Begun, Counts, Plan, Run, RunNow, Schedule, ScheduleFilter},
    },
    retention::Retention,
    schedule::{PauseReason, Recurrence, RunState, Tenants},
};

on_both_engines! {
    a_schedule_is_kept_with_everything_it_says
    workers_at_once_begin_a_run_once
    a_run_that_was_begun_is_not_due_again
    while_a_run_goes_on_the_next_is_left_out
    a_tenant_is_entered_once_in_a_run
    workers_at_once_enter_no_tenant_twice
    who_lost_a_run_enters_nothing_more
    what_a_schedule_asks_for_is_joined_to_nobody
    a_change_of_an_old_revision_changes_nothing
    a_deleted_schedule_runs_no_more_and_its_exports_go_on
    lists_hold_every_schedule_once
}

const TIMES: &str = "0 * * * *";

fn hourly() -> Recurrence {
    Recurrence::parse(TIMES, "UTC").unwrap()
}

fn plan(tenants: &[&str]) -> Plan {
    Plan {
        name: "nightly".into(),
        source: "shop".into(),
        cron: TIMES.into(),
        time_zone: "UTC".into(),
        tenants: Tenants::These(tenants.iter().map(|tenant| TenantId::new(*tenant).unwrap()).collect()),
        formats: vec![Format::Csv, Format::Sql],
        csv_profile: CsvProfile::Lossless,
        layout: Layout::Files,
        compression: Some(shared::export::Compression::Zstd),
        language: shared::language::Language::English,
        retention: Retention { max_age_days: Some(30), keep_daily: Some(7), ..Retention::default() },
        notify: vec!["ann@example.com".into(), "bob@example.com".into()],
        jitter: 0,
        pause_after: 3,
        paused: false,
    }
}

fn worker() -> Actor {
    Actor::worker("w1")
}

/// A schedule of these tenants; its first run is due at 04:00, 3355 seconds after the first moment.
async fn made(ledger: &Ledger, plan: &Plan) -> Schedule {
    schedules::create(ledger, plan, &hourly(), Some(Uuid::from_u128(7)), portal(), at(0)).await.unwrap()
}

/// The run that is due, begun.
async fn begun(ledger: &Ledger, id: Uuid, now: DateTime<Utc>) -> Run {
    let due = schedules::find(ledger, id).await.unwrap().unwrap();
    match schedules::begin(ledger, &due, hourly().next_after(now), worker(), now).await.unwrap() {
        Begun::Run(run) => *run,
        other => panic!("{other:?}"),
    }
}

/// The same with its exports entered.
async fn running(ledger: &Ledger, id: Uuid, now: DateTime<Utc>) -> Run {
    entered(ledger, begun(ledger, id, now).await, now).await
}

async fn entered(ledger: &Ledger, run: Run, now: DateTime<Utc>) -> Run {
    let run = schedules::claim_run(ledger, run.id, "w1", LEASE, now).await.unwrap().unwrap();
    let Tenants::These(tenants) = run.tenants.0.clone() else { panic!("a list") };
    schedules::enter(ledger, &run, &tenants, LEASE, now).await.unwrap();
    schedules::close_run(ledger, &run, None).await.unwrap();
    run
}

async fn queued_exports(ledger: &Ledger) -> Vec<Export> {
    let filter = exports::Filter { state: Some(State::Queued), limit: 1000, ..exports::Filter::default() };
    exports::list(ledger, &filter).await.unwrap()
}

/// Ends every queued export like this.
async fn end_all(ledger: &Ledger, state: State, now: DateTime<Utc>) {
    for export in queued_exports(ledger).await {
        if state == State::Cancelled {
            exports::request_cancel(ledger, export.id, portal(), now).await.unwrap();
            continue;
        }
        let claimed = exports::claim(ledger, export.id, "w1", LEASE, now).await.unwrap().unwrap();
        match state {
            State::Ready => {
                exports::complete(ledger, export.id, claimed.attempt, &[], now + TimeDelta::days(9), now).await.unwrap()
            }
            _ => exports::fail(ledger, export.id, claimed.attempt, "source_refused", "no", now).await.unwrap(),
        }
    }
}

/// Settles what has ended; returns the states.
async fn settled(ledger: &Ledger, now: DateTime<Utc>) -> Vec<RunState> {
    let mut states = Vec::new();
    for run in schedules::ended(ledger, 10).await.unwrap() {
        states.extend(schedules::settle(ledger, run.id, worker(), now).await.unwrap().map(|run| run.state));
    }
    states
}

async fn reread(ledger: &Ledger, id: Uuid) -> Schedule {
    schedules::find(ledger, id).await.unwrap().unwrap()
}

fn four_oclock() -> DateTime<Utc> {
    "2026-01-02T04:00:00Z".parse().unwrap()
}

async fn a_schedule_is_kept_with_everything_it_says(ledger: Ledger) {
    let plan = plan(&["acme", "' or 1=1 --"]);
    let schedule = made(&ledger, &plan).await;
    assert_eq!(reread(&ledger, schedule.id).await, schedule);
    assert_eq!((schedule.next_run_at, schedule.revision), (Some(four_oclock()), 1));
    assert_eq!((&schedule.tenants.0, &schedule.retention.0), (&plan.tenants, &plan.retention));
    assert_eq!(schedules::due(&ledger, 10, at(3354)).await.unwrap(), []);
    assert_eq!(schedules::due(&ledger, 10, at(3355)).await.unwrap(), [schedule]);
}

async fn workers_at_once_begin_a_run_once(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (ledger, due) = (ledger.clone(), schedule.clone());
            tokio::spawn(async move {
                schedules::begin(&ledger, &due, hourly().next_after(at(3400)), worker(), at(3400)).await.unwrap()
            })
        })
        .collect();
    let mut runs = 0;
    for worker in workers {
        match worker.await.unwrap() {
            Begun::Run(run) => {
                runs += 1;
                assert_eq!((run.due_at, run.started_at), (four_oclock(), at(3400)));
            }
            Begun::Taken => {}
            Begun::Skipped => panic!("a worker takes the others' run for the one before"),
        }
    }
    assert_eq!((runs, schedules::recent_runs(&ledger, schedule.id, 10).await.unwrap().len()), (1, 1));
}

async fn a_run_that_was_begun_is_not_due_again(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    begun(&ledger, schedule.id, at(3400)).await;
    let after = reread(&ledger, schedule.id).await;
    assert_eq!(after.next_run_at, Some(four_oclock() + TimeDelta::hours(1)));
    assert_eq!(after.last_run_at, Some(at(3400)));
    assert_eq!(schedules::due(&ledger, 10, at(3400)).await.unwrap(), []);
    // Who read it before is too late.
    let late = schedules::begin(&ledger, &schedule, None, worker(), at(3401)).await.unwrap();
    assert_eq!(late, Begun::Taken);
    assert_eq!(reread(&ledger, schedule.id).await, after);
}

async fn while_a_run_goes_on_the_next_is_left_out(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    running(&ledger, schedule.id, at(3400)).await;
    let due = reread(&ledger, schedule.id).await;
    let five = four_oclock() + TimeDelta::hours(1);
    let skipped = schedules::begin(&ledger, &due, hourly().next_after(five), worker(), five).await.unwrap();
    assert_eq!(skipped, Begun::Skipped);
    assert_eq!(schedules::run_now(&ledger, schedule.id, portal(), five).await.unwrap(), RunNow::Running);
    let after = reread(&ledger, schedule.id).await;
    assert_eq!((after.skipped_runs, after.last_skipped_at), (1, Some(five)));
    assert_eq!(after.next_run_at, Some(five + TimeDelta::hours(1)));
    assert_eq!(queued_exports(&ledger).await.len(), 1);
}

async fn a_tenant_is_entered_once_in_a_run(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme", "umbrella"])).await;
    let run = begun(&ledger, schedule.id, at(3400)).await;
    let run = schedules::claim_run(&ledger, run.id, "w1", LEASE, at(3400)).await.unwrap().unwrap();
    let tenants = ["acme", "umbrella"].map(|tenant| TenantId::new(tenant).unwrap());
    let new = async |tenants: &[TenantId]| schedules::enter(&ledger, &run, tenants, LEASE, at(3401)).await.unwrap().new;
    assert_eq!(new(&tenants[..1]).await, 1);
    assert_eq!(new(&tenants).await, 1);
    assert_eq!(new(&tenants).await, 0);
    end_all(&ledger, State::Ready, at(3402)).await;
    assert_eq!(new(&tenants).await, 0, "also when its export has ended");
    let run = schedules::find_run(&ledger, run.id).await.unwrap().unwrap();
    assert_eq!((run.entered, run.tries), (2, 0));
    let counts = schedules::counts(&ledger, run.id).await.unwrap();
    assert_eq!(counts, Counts { ready: 2, ..Counts::default() });
    let export = &exports::list(&ledger, &exports::Filter { limit: 1, ..exports::Filter::default() }).await.unwrap()[0];
    assert_eq!((export.origin, export.schedule_id), (Origin::Schedule, Some(schedule.id)));
    assert_eq!((export.layout, export.notify.0.len()), (Layout::Files, 0));
    assert_eq!(actions(&ledger, export.id).await, ["export.requested", "export.claimed", "export.ready"]);
}

async fn workers_at_once_enter_no_tenant_twice(ledger: Ledger) {
    let names: Vec<String> = (0..40).map(|number| format!("t{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let schedule = made(&ledger, &plan(&names)).await;
    let run = begun(&ledger, schedule.id, at(3400)).await;
    let Tenants::These(tenants) = run.tenants.0.clone() else { panic!("a list") };
    // The first one's lease has ended each time: it goes on all the same until it is told.
    let workers: Vec<_> = (0..6_i64)
        .map(|number| {
            let (ledger, tenants, id) = (ledger.clone(), tenants.clone(), run.id);
            tokio::spawn(async move {
                let now = at(3400 + 61 * number);
                let Some(run) = schedules::claim_run(&ledger, id, "w", LEASE, now).await.unwrap() else { return };
                for tenant in tenants.chunks(3) {
                    if schedules::enter(&ledger, &run, tenant, LEASE, now).await.is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let run = schedules::claim_run(&ledger, run.id, "w", LEASE, at(9999)).await.unwrap().unwrap();
    schedules::enter(&ledger, &run, &tenants, LEASE, at(9999)).await.unwrap();
    let mut entered: Vec<String> =
        queued_exports(&ledger).await.into_iter().map(|export| export.tenant.into()).collect();
    entered.sort();
    let mut expected = names.clone();
    expected.sort_unstable();
    assert_eq!(entered, expected);
    assert_eq!(schedules::find_run(&ledger, run.id).await.unwrap().unwrap().entered, 40);
}

async fn who_lost_a_run_enters_nothing_more(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme"])).await;
    let run = begun(&ledger, schedule.id, at(3400)).await;
    let first = schedules::claim_run(&ledger, run.id, "w1", LEASE, at(3400)).await.unwrap().unwrap();
    assert_eq!(schedules::claim_run(&ledger, run.id, "w2", LEASE, at(3459)).await.unwrap(), None, "it is held");
    let second = schedules::claim_run(&ledger, run.id, "w2", LEASE, at(3460)).await.unwrap().unwrap();
    let tenants = [TenantId::new("acme").unwrap()];
    assert!(is_fenced(schedules::enter(&ledger, &first, &tenants, LEASE, at(3461)).await, 1));
    assert!(is_fenced(schedules::close_run(&ledger, &first, None).await, 1));
    assert!(is_fenced(schedules::postpone_run(&ledger, &first, "c", "r", at(4000)).await, 1));
    assert_eq!(queued_exports(&ledger).await, []);
    schedules::postpone_run(&ledger, &second, "source_unavailable", "later", at(4000)).await.unwrap();
    assert_eq!(schedules::entering(&ledger, 10, at(3999)).await.unwrap(), []);
    assert_eq!(schedules::entering(&ledger, 10, at(4000)).await.unwrap()[0].tries, 2);
}

async fn what_a_schedule_asks_for_is_joined_to_nobody(ledger: Ledger) {
    let theirs = NewExport { layout: Layout::Zip, csv_profile: CsvProfile::Lossless, ..wish("acme") };
    let own = Plan { layout: Layout::Zip, compression: None, ..plan(&["acme"]) };
    let Requested::New(first) = exports::request(&ledger, theirs.clone(), portal(), at(0)).await.unwrap() else {
        panic!()
    };
    let schedule = made(&ledger, &own).await;
    running(&ledger, schedule.id, at(3400)).await;
    assert_eq!(queued_exports(&ledger).await.len(), 2);
    let again = NewExport { id: Uuid::now_v7(), ..theirs };
    let joined = exports::request(&ledger, again, portal(), at(3401)).await.unwrap();
    assert!(matches!(joined, Requested::Joined(export) if export.id == first.id));
}

async fn a_change_of_an_old_revision_changes_nothing(ledger: Ledger) {
    let first = made(&ledger, &plan(&["acme"])).await;
    let renamed = Plan { name: "hourly".into(), ..plan(&["acme"]) };
    let second = schedules::change(&ledger, &first, &renamed, &hourly(), portal(), at(1)).await.unwrap().unwrap();
    assert_eq!((second.name.as_str(), second.revision, second.next_run_at), ("hourly", 2, first.next_run_at));
    assert_eq!(schedules::change(&ledger, &first, &plan(&["acme"]), &hourly(), portal(), at(2)).await.unwrap(), None);
    assert_eq!(reread(&ledger, first.id).await, second);
    let late = schedules::begin(&ledger, &first, None, worker(), at(9999)).await.unwrap();
    assert_eq!(late, Begun::Taken, "a worker runs nothing by what it read before a change");
}

async fn a_deleted_schedule_runs_no_more_and_its_exports_go_on(ledger: Ledger) {
    let schedule = made(&ledger, &plan(&["acme", "umbrella"])).await;
    let run = begun(&ledger, schedule.id, at(3400)).await;
    let run = schedules::claim_run(&ledger, run.id, "w1", LEASE, at(3400)).await.unwrap().unwrap();
    let acme = [TenantId::new("acme").unwrap()];
    schedules::enter(&ledger, &run, &acme, LEASE, at(3400)).await.unwrap();
    assert!(schedules::delete(&ledger, schedule.id, portal(), at(3401)).await.unwrap());
    assert!(!schedules::delete(&ledger, schedule.id, portal(), at(3402)).await.unwrap());
    let umbrella = [TenantId::new("umbrella").unwrap()];
    assert!(is_fenced(schedules::enter(&ledger, &run, &umbrella, LEASE, at(3402)).await, 1));
    assert_eq!(queued_exports(&ledger).await.len(), 1);
    assert_eq!(schedules::find(&ledger, schedule.id).await.unwrap(), None);
    assert!(schedules::find_even_deleted(&ledger, schedule.id).await.unwrap().is_some());
    assert_eq!(schedules::due(&ledger, 10, at(999_999)).await.unwrap(), []);
    assert_eq!(schedules::find_run(&ledger, run.id).await.unwrap().unwrap().state, RunState::Cancelled);
}

async fn lists_hold_every_schedule_once(ledger: Ledger) {
    let one = made(&ledger, &plan(&["acme"])).await;
    let two = made(&ledger, &plan(&["acme", "umbrella"])).await;
    let other = made(&ledger, &Plan { source: "other".into(), tenants: Tenants::Every, ..plan(&[]) }).await;
    let list = async |filter: ScheduleFilter| -> Vec<Uuid> {
        let found = schedules::list(&ledger, &ScheduleFilter { limit: 2, ..filter }).await.unwrap();
        found.into_iter().map(|schedule| schedule.id).collect()
    };
    assert_eq!(list(ScheduleFilter::default()).await, [other.id, two.id]);
    assert_eq!(list(ScheduleFilter { before: Some(two.id), ..ScheduleFilter::default() }).await, [one.id]);
    let of_tenant =
        ScheduleFilter { source: Some("shop".into()), tenant: Some("acme".into()), ..ScheduleFilter::default() };
    assert_eq!(list(of_tenant).await, [one.id]);
    schedules::delete(&ledger, other.id, portal(), at(1)).await.unwrap();
    assert_eq!(list(ScheduleFilter::default()).await, [two.id, one.id]);
}
