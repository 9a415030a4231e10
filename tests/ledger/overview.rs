//! What the ledger tells whoever answers for the installation.

use super::*;
use shared::ledger::{
    history, notifications,
    overview::{self, Part},
};

on_both_engines! {
    what_waits_and_runs_is_told_by_source_and_origin
    a_failure_is_open_until_somebody_got_the_same
    whoever_asked_is_unanswered_until_an_archive_is_there
    what_lies_in_the_vault_is_told_with_what_goes_soon_and_what_is_held
    mails_that_are_owed_or_given_up_are_told_with_the_reason
    each_day_tells_how_its_exports_ended_and_how_long_they_took
    a_part_tells_nothing_of_another
}

fn shop() -> Part {
    Part { source: Some("shop".into()), tenant: None }
}

fn elsewhere() -> Part {
    Part { source: Some("elsewhere".into()), tenant: None }
}

/// An export of the tenant that was asked for at `asked`, and failed a second later.
async fn failed(ledger: &Ledger, tenant: &str, asked: i64) -> Export {
    let export = queued(ledger, tenant, at(asked)).await;
    let claimed = exports::claim(ledger, export.id, "w1", LEASE, at(asked)).await.unwrap().unwrap();
    exports::fail(ledger, export.id, claimed.attempt, "too_large", "it is too large", at(asked + 1)).await.unwrap();
    export
}

/// The same, ready after so many seconds, with an archive of so many bytes.
async fn made(ledger: &Ledger, tenant: &str, asked: i64, seconds: i64, bytes: u64) -> Export {
    let export = queued(ledger, tenant, at(asked)).await;
    let claimed = exports::claim(ledger, export.id, "w1", LEASE, at(asked)).await.unwrap().unwrap();
    let file = NewFile {
        name: "export.zip".into(),
        object_key: format!("archives/{}", export.id),
        bytes,
        content_type: "application/zip".into(),
        ..NewFile::default()
    };
    let end = at(asked + seconds);
    exports::complete(ledger, export.id, claimed.attempt, &[file], end + TimeDelta::days(3), end).await.unwrap();
    export
}

fn ids(exports: &[Export]) -> Vec<ExportId> {
    exports.iter().map(|export| export.id).collect()
}

async fn what_waits_and_runs_is_told_by_source_and_origin(ledger: Ledger) {
    queued(&ledger, "one", at(5)).await;
    queued(&ledger, "two", at(3)).await;
    let claimed = running(&ledger, "three").await;
    let waiting = overview::waiting(&ledger, &Part::default()).await.unwrap();
    assert_eq!(waiting.len(), 1);
    let first = &waiting[0];
    assert_eq!((first.source.as_str(), first.origin, first.exports, first.oldest), ("shop", Origin::Portal, 2, at(3)));
    let (count, runs) = overview::running(&ledger, &Part::default(), 10).await.unwrap();
    assert_eq!((count, ids(&runs)), (1, vec![claimed.id]));
}

async fn a_failure_is_open_until_somebody_got_the_same(ledger: Ledger) {
    let older = failed(&ledger, "one", 0).await;
    let newer = failed(&ledger, "two", 10).await;
    let open = overview::failures(&ledger, &Part::default(), 10).await.unwrap();
    assert_eq!((open.0, ids(&open.1)), (2, vec![newer.id, older.id]));
    made(&ledger, "one", 20, 5, 10).await;
    let open = overview::failures(&ledger, &Part::default(), 10).await.unwrap();
    assert_eq!((open.0, ids(&open.1)), (1, vec![newer.id]));
    let few = overview::failures(&ledger, &Part::default(), 0).await.unwrap();
    assert_eq!((few.0, few.1.len()), (1, 0));
}

async fn whoever_asked_is_unanswered_until_an_archive_is_there(ledger: Ledger) {
    let lost = failed(&ledger, "one", 0).await;
    let waits = queued(&ledger, "two", at(10)).await;
    made(&ledger, "three", 20, 5, 10).await;
    let unanswered = async || ids(&overview::unanswered(&ledger, &Part::default(), 10).await.unwrap().1);
    assert_eq!(unanswered().await, [lost.id, waits.id]);
    assert_eq!(overview::unanswered_before(&ledger, &Part::default(), at(5)).await.unwrap(), 1);
    // Asked again: there is one request to answer, not two.
    let again = queued(&ledger, "one", at(30)).await;
    assert_eq!(unanswered().await, [waits.id, again.id]);
}

async fn what_lies_in_the_vault_is_told_with_what_goes_soon_and_what_is_held(ledger: Ledger) {
    made(&ledger, "one", 0, 5, 1000).await;
    let held = made(&ledger, "two", 100, 5, 200).await;
    exports::hold(&ledger, held.id, "case 1", Actor::default(), at(110)).await.unwrap();
    let read = async |until: i64| overview::stored_archives(&ledger, &Part::default(), at(until)).await.unwrap();
    let day = 86_400;
    let all = read(day).await;
    assert_eq!(all.len(), 1);
    let shop = &all[0];
    assert_eq!((shop.archives, shop.bytes, shop.going, shop.going_bytes, shop.held), (2, 1200, 0, 0, 1));
    let later = &read(4 * day).await[0];
    assert_eq!((later.going, later.going_bytes), (1, 1000), "what is held does not go");
}

async fn mails_that_are_owed_or_given_up_are_told_with_the_reason(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let read = async || overview::mails(&ledger, at(0)).await.unwrap();
    let owed = read().await;
    assert_eq!((owed.owed, owed.dead, owed.last_error), (2, 0, None));
    let mails = notifications::claim(&ledger, export.id, LEASE, at(70)).await.unwrap();
    notifications::failed(&ledger, mails[0].id, 1, "the relay said 550", None).await.unwrap();
    notifications::sent(&ledger, mails[1].id, 1, at(71)).await.unwrap();
    let told = read().await;
    assert_eq!((told.owed, told.oldest, told.dead), (0, None, 1));
    assert_eq!(told.last_error.as_deref(), Some("the relay said 550"));
    assert_eq!(overview::mails(&ledger, at(100_000)).await.unwrap().dead, 0, "that was before");
}

async fn each_day_tells_how_its_exports_ended_and_how_long_they_took(ledger: Ledger) {
    let day = 86_400;
    // 03:04 on the second of January, and a day later.
    for (tenant, seconds) in [("a", 2), ("b", 4), ("c", 30)] {
        made(&ledger, tenant, 0, seconds, 100).await;
    }
    failed(&ledger, "d", 10).await;
    let gone = made(&ledger, "e", day, 8, 50).await;
    assert!(expired(&ledger, gone.id, at(day + 60)).await);
    let days = history::days(&ledger, &Part::default(), 3, at(day)).await.unwrap();
    let dates: Vec<String> = days.iter().map(|day| day.date.to_string()).collect();
    assert_eq!(dates, ["2026-01-01", "2026-01-02", "2026-01-03"]);
    let counts: Vec<_> = days.iter().map(|day| (day.ready, day.failed, day.cancelled, day.bytes)).collect();
    assert_eq!(counts, [(0, 0, 0, 0), (3, 1, 0, 300), (1, 0, 0, 50)]);
    let rounded = |seconds: Option<f64>| seconds.map(|seconds| (seconds * 100.0).round() / 100.0);
    let took: Vec<_> = days.iter().map(|day| (rounded(day.median), rounded(day.slow))).collect();
    assert_eq!(took, [(None, None), (Some(4.0), Some(30.0)), (Some(8.0), Some(8.0))]);
}

async fn a_part_tells_nothing_of_another(ledger: Ledger) {
    queued(&ledger, "one", at(0)).await;
    failed(&ledger, "two", 0).await;
    made(&ledger, "three", 0, 5, 10).await;
    running(&ledger, "four").await;
    let tenant = |tenant: &str| Part { source: Some("shop".into()), tenant: Some(tenant.into()) };
    for (part, expected) in
        [(shop(), [1, 1, 1, 1]), (elsewhere(), [0; 4]), (tenant("two"), [0, 0, 1, 0]), (tenant("three"), [0, 0, 0, 1])]
    {
        let waiting = overview::waiting(&ledger, &part).await.unwrap().len();
        let (running, _) = overview::running(&ledger, &part, 10).await.unwrap();
        let (failures, _) = overview::failures(&ledger, &part, 10).await.unwrap();
        let stored = overview::stored_archives(&ledger, &part, at(0)).await.unwrap().len();
        let days = history::days(&ledger, &part, 2, at(10)).await.unwrap();
        let ended: i64 = days.iter().map(|day| day.ready).sum();
        let told = [waiting as i64, running, failures, stored as i64];
        assert_eq!((told, ended), (expected, expected[3]), "{part:?}");
    }
}
