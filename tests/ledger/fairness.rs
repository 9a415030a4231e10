//! Whose turn it is: limits, order, and the place in the queue.

mod model;

use super::*;
use model::{Model, Step};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use shared::export::{Engine, State, SubjectId};
use shared::ledger::exports::{Claimer, handicap};
use shared::ledger::sources::{self, Source};
use std::collections::HashMap;

on_both_engines! {
    eight_claimers_at_once_never_exceed_a_limit
    the_ledger_takes_turns_as_the_rule_says
    a_tenant_with_many_exports_keeps_nobody_waiting_for_more_than_one
    a_person_goes_before_the_operator_and_the_operator_before_a_schedule
    a_schedule_goes_before_people_who_ask_a_day_later
    exports_of_other_lines_of_the_same_tenant_are_not_forgotten
    tenants_of_two_sources_with_one_id_are_two
    a_running_export_holds_its_place_until_somebody_takes_it_over
    a_worker_leaves_exports_to_those_who_serve_their_source
    a_claim_ends_what_was_cancelled_and_nobody_holds
    a_person_who_joins_a_waiting_export_brings_it_forward
    places_in_the_queue_are_the_order_in_which_exports_begin
}

async fn announce(ledger: &Ledger, name: &str, exports: i64) {
    let source = Source { name: name.into(), engine: Engine::Sqlite, exports, seen_at: at(1_000_000) };
    sources::announce(ledger, &[source]).await.unwrap();
}

fn claimer(worker: &str) -> Claimer<'_> {
    Claimer { worker, lease: LEASE, serves: vec!["shop", "bank"], announced_since: at(0) }
}

async fn next(ledger: &Ledger, second: i64) -> Option<Export> {
    exports::claim_next(ledger, &claimer("w1"), at(second)).await.unwrap()
}

async fn end(ledger: &Ledger, export: &Export, second: i64) {
    exports::fail(ledger, export.id, export.attempt, "c", "r", at(second)).await.unwrap();
}

/// One of many different exports of a tenant.
async fn asked(ledger: &Ledger, source: &str, tenant: &str, origin: Origin, second: i64) -> ExportId {
    let id = Uuid::now_v7();
    let subject = Person(Some(SubjectId::new("customer", id.to_string()).unwrap()));
    let new = NewExport { id, source: source.into(), origin, subject, ..wish(tenant) };
    assert!(matches!(exports::request(ledger, new, portal(), at(second)).await.unwrap(), Requested::New(_)));
    id
}

async fn eight_claimers_at_once_never_exceed_a_limit(ledger: Ledger) {
    announce(&ledger, "shop", 3).await;
    for number in 0..60 {
        asked(&ledger, "shop", &format!("t{}", number % 6), Origin::Operator, number).await;
    }
    let claimers: Vec<_> = (0..8)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let worker = format!("w{number}");
                let mut mine = 0;
                let mut idle = 0;
                while idle < 20 {
                    let Some(export) = exports::claim_next(&ledger, &claimer(&worker), at(100)).await.unwrap() else {
                        idle += 1;
                        tokio::task::yield_now().await;
                        continue;
                    };
                    idle = 0;
                    mine += 1;
                    let filter = exports::Filter { state: Some(State::Running), limit: 100, ..Default::default() };
                    let running = exports::list(&ledger, &filter).await.unwrap();
                    let mut tenants: HashMap<&str, usize> = HashMap::new();
                    running.iter().for_each(|export| *tenants.entry(export.tenant.as_str()).or_default() += 1);
                    assert!(running.len() <= 3, "{} at once", running.len());
                    assert!(tenants.values().all(|number| *number == 1), "{tenants:?}");
                    end(&ledger, &export, 100).await;
                }
                mine
            })
        })
        .collect();
    let mut claimed = 0;
    for claimer in claimers {
        claimed += claimer.await.unwrap();
    }
    // Whoever gave up early left the rest to the others.
    while let Some(export) = next(&ledger, 100).await {
        end(&ledger, &export, 100).await;
        claimed += 1;
    }
    assert_eq!(claimed, 60, "each export began once");
}

async fn the_ledger_takes_turns_as_the_rule_says(ledger: Ledger) {
    let mut runner = TestRunner::deterministic();
    let steps = prop::collection::vec(model::step(), 90);
    announce(&ledger, "shop", 2).await;
    announce(&ledger, "bank", 1).await;
    let mut model = Model::new([("shop", 2), ("bank", 1)]);
    let mut running: Vec<Export> = Vec::new();
    let mut second = 0;
    for step in (0..3).flat_map(|_| steps.new_tree(&mut runner).unwrap().current()) {
        second += 1;
        match step {
            Step::Pass(seconds) => second += seconds,
            Step::Ask(source, tenant, origin) => {
                let id = asked(&ledger, source, tenant, origin, second).await;
                model.ask(id, source, tenant, origin, at(second));
            }
            Step::Begin => {
                let due = due(&ledger, 1, at(second)).await;
                let expected = model.begin(at(second));
                assert_eq!(due.first().copied(), expected, "what a doorbell is rung for");
                let export = next(&ledger, second).await;
                assert_eq!(export.as_ref().map(|export| export.id), expected);
                running.extend(export);
                // Its worker lives.
                for export in &mut running {
                    let progress = exports::Progress {
                        table: None,
                        phase: shared::export::Phase::Reading,
                        tables_done: 0,
                        tables_total: 0,
                        rows_done: 0,
                        bytes_done: 0,
                    };
                    let length = Duration::from_secs(1_000_000);
                    exports::renew(&ledger, export.id, 1, progress, length, at(second)).await.unwrap();
                }
            }
            Step::End(number) => {
                if !running.is_empty() {
                    let export = running.remove(number % running.len());
                    end(&ledger, &export, second).await;
                    model.end(export.id);
                }
            }
        }
    }
    assert!(model.begun() > 20, "the steps are of no use");
}

async fn a_tenant_with_many_exports_keeps_nobody_waiting_for_more_than_one(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    for number in 0..50 {
        asked(&ledger, "shop", "busy", Origin::Operator, number).await;
    }
    let first = next(&ledger, 60).await.unwrap();
    let other = asked(&ledger, "shop", "other", Origin::Operator, 100).await;
    assert_eq!(next(&ledger, 101).await, None, "the source has one place");
    end(&ledger, &first, 102).await;
    // The busy tenant waits since its last export began, which is longer.
    let second = next(&ledger, 103).await.unwrap();
    assert_eq!(second.tenant.as_str(), "busy");
    end(&ledger, &second, 104).await;
    assert_eq!(next(&ledger, 105).await.unwrap().id, other);
}

async fn a_person_goes_before_the_operator_and_the_operator_before_a_schedule(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let schedule = asked(&ledger, "shop", "a", Origin::Schedule, 0).await;
    let operator = asked(&ledger, "shop", "b", Origin::Operator, 1).await;
    let person = asked(&ledger, "shop", "c", Origin::Portal, 2).await;
    for expected in [person, operator, schedule] {
        let export = next(&ledger, 10).await.unwrap();
        assert_eq!(export.id, expected);
        end(&ledger, &export, 10).await;
    }
}

async fn a_schedule_goes_before_people_who_ask_a_day_later(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let day = handicap(Origin::Schedule).num_seconds();
    let schedule = asked(&ledger, "shop", "old", Origin::Schedule, 0).await;
    let mut before = 0;
    for number in 0..100 {
        let second = number * day / 50;
        asked(&ledger, "shop", &format!("t{number}"), Origin::Portal, second).await;
        // Two people ask while one export is made, for two days.
        if number % 2 == 1 {
            let export = next(&ledger, second).await.unwrap();
            end(&ledger, &export, second).await;
            if export.id == schedule {
                assert!((day..=day + day / 10).contains(&second), "after {second} s and {before} others");
                return;
            }
            before += 1;
        }
    }
    // By then those who asked within the first day were all served, and nobody else goes before it.
    let export = next(&ledger, 2 * day).await.unwrap();
    assert_eq!(export.id, schedule, "after {before} others");
}

async fn exports_of_other_lines_of_the_same_tenant_are_not_forgotten(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let operator = asked(&ledger, "shop", "a", Origin::Operator, 0).await;
    let hour = handicap(Origin::Operator).num_seconds();
    for number in 0..10 {
        let second = number * hour / 5;
        asked(&ledger, "shop", "a", Origin::Portal, second).await;
        asked(&ledger, "shop", "a", Origin::Portal, second).await;
        let export = next(&ledger, second + 1).await.unwrap();
        end(&ledger, &export, second + 1).await;
        if export.id == operator {
            assert!(number >= 5);
            return;
        }
    }
    panic!("the tenant's people keep its operator from ever beginning");
}

async fn tenants_of_two_sources_with_one_id_are_two(ledger: Ledger) {
    announce(&ledger, "shop", 2).await;
    announce(&ledger, "bank", 2).await;
    for source in ["shop", "bank"] {
        asked(&ledger, source, "1", Origin::Operator, 0).await;
        asked(&ledger, source, "1", Origin::Operator, 0).await;
    }
    let (one, other) = (next(&ledger, 1).await.unwrap(), next(&ledger, 1).await.unwrap());
    assert_ne!(one.source, other.source);
    assert_eq!(next(&ledger, 1).await, None);
    assert_eq!(due(&ledger, 10, at(1)).await, NO_EXPORTS);
}

async fn a_running_export_holds_its_place_until_somebody_takes_it_over(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let slow = asked(&ledger, "shop", "slow", Origin::Schedule, 0).await;
    next(&ledger, 0).await.unwrap();
    asked(&ledger, "shop", "slow", Origin::Portal, 1).await;
    let other = asked(&ledger, "shop", "other", Origin::Portal, 1).await;
    assert_eq!(next(&ledger, 60).await, None);
    // Its lease has ended: the worker may be dead, or only slow.
    assert_eq!(due(&ledger, 10, at(61)).await, [slow]);
    let taken = exports::claim_next(&ledger, &claimer("w2"), at(61)).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempt), (slow, 2));
    assert_eq!(next(&ledger, 62).await, None);
    end(&ledger, &taken, 63).await;
    assert_ne!(next(&ledger, 64).await.unwrap().id, slow);
    assert_eq!(due(&ledger, 10, at(64)).await, NO_EXPORTS, "{other} waits for the place");
}

async fn a_worker_leaves_exports_to_those_who_serve_their_source(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let served = asked(&ledger, "shop", "a", Origin::Operator, 0).await;
    let nobodys = asked(&ledger, "gone", "a", Origin::Operator, 1).await;
    let stranger = Claimer { serves: vec!["bank"], ..claimer("w1") };
    let taken = exports::claim_next(&ledger, &stranger, at(2)).await.unwrap().unwrap();
    assert_eq!(taken.id, nobodys, "so that it fails with a reason");
    assert_eq!(exports::claim_next(&ledger, &stranger, at(2)).await.unwrap(), None);
    let later = Claimer { announced_since: at(1_000_000), ..stranger };
    assert_eq!(exports::claim_next(&ledger, &later, at(2)).await.unwrap().unwrap().id, served);
}

async fn a_claim_ends_what_was_cancelled_and_nobody_holds(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let lost = asked(&ledger, "shop", "a", Origin::Operator, 0).await;
    next(&ledger, 0).await.unwrap();
    exports::request_cancel(&ledger, lost, portal(), at(1)).await.unwrap();
    let waiting = asked(&ledger, "shop", "a", Origin::Operator, 2).await;
    assert_eq!(next(&ledger, 60).await, None, "its worker may still be reading");
    assert_eq!(due(&ledger, 10, at(61)).await, [lost]);
    assert_eq!(next(&ledger, 61).await, None);
    assert_eq!(found(&ledger, lost).await.state, State::Cancelled);
    assert_eq!(next(&ledger, 61).await.unwrap().id, waiting);
}

async fn a_person_who_joins_a_waiting_export_brings_it_forward(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let scheduled = NewExport { origin: Origin::Schedule, ..wish("a") };
    let id = scheduled.id;
    exports::request(&ledger, scheduled, portal(), at(0)).await.unwrap();
    asked(&ledger, "shop", "b", Origin::Operator, 1).await;
    let clicked = exports::request(&ledger, wish("a"), portal(), at(2)).await.unwrap();
    assert!(matches!(clicked, Requested::Joined(export) if export.id == id && export.origin == Origin::Schedule));
    assert_eq!(next(&ledger, 3).await.unwrap().id, id);
}

async fn places_in_the_queue_are_the_order_in_which_exports_begin(ledger: Ledger) {
    announce(&ledger, "shop", 1).await;
    let elsewhere = asked(&ledger, "bank", "a", Origin::Operator, 0).await;
    let mut waiting = Vec::new();
    for (tenant, origin) in [
        ("busy", Origin::Operator),
        ("busy", Origin::Operator),
        ("busy", Origin::Operator),
        ("calm", Origin::Operator),
        ("night", Origin::Schedule),
        ("busy", Origin::Portal),
    ] {
        waiting.push(asked(&ledger, "shop", tenant, origin, waiting.len() as i64).await);
    }
    let now = 2 * handicap(Origin::Operator).num_seconds();
    let positions = exports::positions(&ledger, None, at(now)).await.unwrap();
    assert_eq!((positions.len(), positions[&elsewhere]), (7, 1));
    let mut expected = waiting.clone();
    expected.sort_by_key(|id| positions[id]);
    assert_eq!(expected.iter().map(|id| positions[id]).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    for id in &waiting {
        assert_eq!(exports::positions(&ledger, Some(*id), at(now)).await.unwrap(), [(*id, positions[id])].into());
    }
    // Only one source is watched.
    exports::request_cancel(&ledger, elsewhere, portal(), at(now)).await.unwrap();
    let mut begun = Vec::new();
    while let Some(export) = next(&ledger, now).await {
        end(&ledger, &export, now).await;
        begun.push(export.id);
    }
    assert_eq!(begun, expected);
    assert!(exports::positions(&ledger, None, at(now)).await.unwrap().is_empty());
}

proptest! {
    #[test]
    fn nobody_is_overtaken_more_often_than_the_rule_says(steps in prop::collection::vec(model::step(), 1..200)) {
        let mut model = Model::new([("shop", 1), ("bank", 2)]);
        let mut second = 0;
        for step in steps {
            second += 1;
            match step {
                Step::Pass(seconds) => second += seconds,
                Step::Ask(source, tenant, origin) => {
                    model.ask(Uuid::from_u128(second as u128), source, tenant, origin, at(second));
                }
                Step::Begin => {
                    model.begin(at(second));
                    prop_assert!(model.worst() <= 1, "overtaken {} times by one line", model.worst());
                    prop_assert!(!model.was_late(), "somebody who asked later went before");
                }
                Step::End(number) => model.end_any(number),
            }
        }
    }
}
