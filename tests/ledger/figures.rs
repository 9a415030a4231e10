//! What the ledger tells metrics.

use super::*;
use shared::export::Engine;
use shared::ledger::{
    exports::Export,
    figures::{self, Figures},
    notifications::{self},
    sources::{self, Source},
    workers,
};

on_both_engines! {
    an_empty_ledger_counts_nothing
    exports_are_counted_by_source_and_origin_and_aged_from_when_they_were_due
    mails_are_a_backlog_until_they_are_sent_or_given_up
    an_archive_past_its_time_is_counted_until_it_is_deleted
    a_worker_is_alive_for_half_a_minute
}

async fn read(ledger: &Ledger, seconds: i64) -> Figures {
    figures::read(ledger, at(seconds)).await.unwrap()
}

async fn an_empty_ledger_counts_nothing(ledger: Ledger) {
    let nothing = Figures {
        queued: Vec::new(),
        running: Vec::new(),
        lease_ended: 0,
        oldest_due: TimeDelta::zero(),
        mails: 0,
        oldest_mail: TimeDelta::zero(),
        webhook_messages: 0,
        oldest_webhook_message: TimeDelta::zero(),
        webhooks_disabled: 0,
        expired_objects: 0,
        workers: 0,
    };
    assert_eq!(read(&ledger, 0).await, nothing);
    let source = Source { name: "shop".into(), engine: Engine::Sqlite, seen_at: at(0), exports: 2 };
    sources::announce(&ledger, &[source]).await.unwrap();
    let told = read(&ledger, 0).await;
    // A source that is served is there from the start, so that its numbers are 0 and not absent.
    assert_eq!(told.running, [("shop".to_owned(), 0)]);
    assert_eq!(
        told.queued.iter().map(|(_, origin, count)| (*origin, *count)).collect::<Vec<_>>(),
        Origin::ALL.iter().map(|origin| (*origin, 0)).collect::<Vec<_>>()
    );
}

async fn exports_are_counted_by_source_and_origin_and_aged_from_when_they_were_due(ledger: Ledger) {
    let postponed: Export = running(&ledger, "postponed").await;
    exports::postpone(&ledger, postponed.id, 1, "c", "r", at(50), at(1)).await.unwrap();
    running(&ledger, "running").await;
    queued(&ledger, "waiting", at(30)).await;
    let now = read(&ledger, 40).await;
    assert_eq!(now.queued, [("shop".to_owned(), Origin::Portal, 2)]);
    assert_eq!(now.running, [("shop".to_owned(), 1)]);
    assert_eq!((now.oldest_due, now.lease_ended), (TimeDelta::seconds(10), 0));
    let later = read(&ledger, 100).await;
    assert_eq!((later.oldest_due, later.lease_ended), (TimeDelta::seconds(70), 1));
    assert_eq!(read(&ledger, 20).await.oldest_due, TimeDelta::zero(), "nothing is due yet");
}

async fn mails_are_a_backlog_until_they_are_sent_or_given_up(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let owed = read(&ledger, 70).await;
    assert_eq!((owed.mails, owed.oldest_mail), (2, TimeDelta::seconds(60)));
    let mails = notifications::claim(&ledger, export.id, LEASE, at(70)).await.unwrap();
    notifications::sent(&ledger, mails[0].id, 1, at(71)).await.unwrap();
    assert_eq!(read(&ledger, 72).await.mails, 1);
    notifications::failed(&ledger, mails[1].id, 1, "refused", None).await.unwrap();
    let done = read(&ledger, 73).await;
    assert_eq!((done.mails, done.oldest_mail), (0, TimeDelta::zero()));
}

async fn an_archive_past_its_time_is_counted_until_it_is_deleted(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    assert_eq!(read(&ledger, 999).await.expired_objects, 0);
    assert_eq!(read(&ledger, 1000).await.expired_objects, 1);
    exports::begin_deletion(&ledger, export.id, at(1001)).await.unwrap().unwrap();
    exports::expire(&ledger, export.id, at(1001)).await.unwrap();
    assert_eq!(read(&ledger, 1001).await.expired_objects, 0);
}

async fn a_worker_is_alive_for_half_a_minute(ledger: Ledger) {
    workers::polled(&ledger, "w1", at(0)).await.unwrap();
    workers::polled(&ledger, "w2", at(20)).await.unwrap();
    assert_eq!(read(&ledger, 25).await.workers, 2);
    assert_eq!(read(&ledger, 30).await.workers, 1);
}
