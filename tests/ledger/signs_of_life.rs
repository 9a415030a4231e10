//! What workers tell the API: which sources they serve, that they live, and whether a tenant exists.

use super::*;
use shared::export::{Engine, SubjectId};
use shared::ledger::checks::{self, Answer, Check};
use shared::ledger::sources::{self, Source};
use shared::ledger::workers;

on_both_engines! {
    announced_sources_are_listed_by_name_and_kept_current
    workers_that_announce_at_once_do_not_lock_each_other_out
    the_last_poll_of_any_worker_counts
    a_question_is_answered_once
    old_questions_are_dropped
}

fn source(name: &str, engine: Engine, second: i64) -> Source {
    Source { name: name.into(), engine, exports: second, seen_at: at(second) }
}

async fn announced_sources_are_listed_by_name_and_kept_current(ledger: Ledger) {
    let (b, a) = (source("b", Engine::Postgres, 1), source("a", Engine::Sqlite, 1));
    sources::announce(&ledger, &[b.clone(), a, source("B", Engine::Sqlite, 1)]).await.unwrap();
    let moved = source("a", Engine::Postgres, 9);
    sources::announce(&ledger, std::slice::from_ref(&moved)).await.unwrap();
    assert_eq!(sources::list(&ledger).await.unwrap(), [source("B", Engine::Sqlite, 1), moved.clone(), b]);
    assert_eq!(sources::find(&ledger, "a").await.unwrap(), Some(moved));
    for unknown in ["c", "", "a\0", "\0"] {
        assert_eq!(sources::find(&ledger, unknown).await.unwrap(), None);
    }
}

async fn workers_that_announce_at_once_do_not_lock_each_other_out(ledger: Ledger) {
    let announcing: Vec<_> = (0..8)
        .map(|number: usize| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut all: Vec<Source> = (0..20).map(|name| source(&format!("s{name}"), Engine::Sqlite, 1)).collect();
                all.rotate_left(number * 2);
                sources::announce(&ledger, &all).await.unwrap();
            })
        })
        .collect();
    for worker in announcing {
        worker.await.unwrap();
    }
    assert_eq!(sources::list(&ledger).await.unwrap().len(), 20);
}

async fn the_last_poll_of_any_worker_counts(ledger: Ledger) {
    assert_eq!(workers::last_poll(&ledger).await.unwrap(), None);
    workers::polled(&ledger, "w1", at(1)).await.unwrap();
    workers::polled(&ledger, "w2", at(5)).await.unwrap();
    workers::polled(&ledger, "w1", at(9)).await.unwrap();
    assert_eq!(workers::last_poll(&ledger).await.unwrap(), Some(at(9)));
    workers::forget(&ledger, "w1", at(5)).await.unwrap();
    assert_eq!(workers::last_poll(&ledger).await.unwrap(), Some(at(5)));
    workers::forget(&ledger, "w3", at(6)).await.unwrap();
    assert_eq!(workers::last_poll(&ledger).await.unwrap(), None);
}

fn question(second: i64) -> Check {
    Check {
        export_id: Uuid::now_v7(),
        source: "shop".into(),
        tenant: TenantId::new("' or 1=1 --").unwrap(),
        subject: Person(Some(SubjectId::new("customer", "' or 1=1 --").unwrap())),
        asked_at: at(second),
        answer: None,
    }
}

async fn a_question_is_answered_once(ledger: Ledger) {
    let check = question(0);
    checks::ask(&ledger, &check).await.unwrap();
    assert_eq!(checks::find(&ledger, check.export_id).await.unwrap(), Some(check.clone()));
    checks::answer(&ledger, check.export_id, Answer::Known).await.unwrap();
    checks::answer(&ledger, check.export_id, Answer::Unknown).await.unwrap();
    let answered = Check { answer: Some(Answer::Known), ..check };
    assert_eq!(checks::find(&ledger, answered.export_id).await.unwrap(), Some(answered));
    checks::answer(&ledger, Uuid::now_v7(), Answer::Unclear).await.unwrap();
}

async fn old_questions_are_dropped(ledger: Ledger) {
    let (old, new) = (question(0), question(60));
    checks::ask(&ledger, &old).await.unwrap();
    checks::ask(&ledger, &new).await.unwrap();
    assert_eq!(checks::prune(&ledger, at(60)).await.unwrap(), 1);
    assert_eq!(checks::find(&ledger, old.export_id).await.unwrap(), None);
    assert_eq!(checks::find(&ledger, new.export_id).await.unwrap(), Some(new));
}
