//! Holding, deleting and forgetting, as the ledger keeps it.

use super::*;
use crate::support::schedule;
use serde_json::json;
use shared::export::State;
use shared::ledger::exports::{Ended, Held};
use shared::ledger::rules::{self, Judged};
use shared::ledger::{audit, notifications};

on_both_engines! {
    a_held_archive_is_not_deleted_until_it_is_released
    an_archive_whose_deletion_has_begun_cannot_be_held
    what_has_no_archive_and_will_have_none_cannot_be_held
    a_hold_and_a_deletion_at_once_exclude_each_other
    a_deletion_that_failed_waits_longer_each_time_and_stands_before_no_other
    an_archive_ends_at_once_when_somebody_wishes_it
    rules_end_what_they_do_not_keep_and_leave_what_is_held
    each_tenant_of_a_schedule_is_a_series_of_its_own
    stricter_rules_shorten_and_milder_ones_prolong_nothing
    addresses_are_forgotten_with_their_numbers_kept
}

const DAY: i64 = 24 * 3600;

async fn held(ledger: &Ledger, id: ExportId, reason: &str, second: i64) -> Held {
    exports::hold(ledger, id, reason, portal(), at(second)).await.unwrap().unwrap()
}

async fn outdated(ledger: &Ledger, second: i64) -> Vec<ExportId> {
    exports::outdated(ledger, 100, at(second)).await.unwrap().into_iter().map(|export| export.id).collect()
}

async fn a_held_archive_is_not_deleted_until_it_is_released(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let Held::Done(first) = held(&ledger, export.id, "case 1", 20).await else { panic!("too late") };
    assert_eq!((first.hold_since, first.hold_reason.as_deref()), (Some(at(20)), Some("case 1")));
    assert_eq!(held(&ledger, export.id, "case 1", 25).await, Held::Done(first.clone()));
    let Held::Done(second) = held(&ledger, export.id, "case 2", 30).await else { panic!("too late") };
    assert_eq!((second.hold_since, second.hold_reason.as_deref()), (Some(at(20)), Some("case 2")));

    assert_eq!(outdated(&ledger, 5000).await, NO_EXPORTS);
    assert_eq!(exports::begin_deletion(&ledger, export.id, at(5000)).await.unwrap(), None);
    assert!(!exports::expire(&ledger, export.id, at(5000)).await.unwrap());
    let released = exports::release(&ledger, export.id, portal(), at(6000)).await.unwrap().unwrap();
    assert_eq!(released, export);
    exports::release(&ledger, export.id, portal(), at(6001)).await.unwrap().unwrap();
    assert_eq!(outdated(&ledger, 6002).await, [export.id]);
    let events = audit::of_export(&ledger, export.id).await.unwrap();
    let told: Vec<_> =
        events[3..].iter().map(|event| (event.action.as_str(), event.actor.as_str(), &event.detail.0)).collect();
    assert_eq!(
        told,
        [
            ("export.held", "key:hk_portal22", &json!({ "reason": "case 1" })),
            ("export.held", "key:hk_portal22", &json!({ "reason": "case 2" })),
            ("export.released", "key:hk_portal22", &json!({ "reason": "case 2", "since": at(20) })),
        ]
    );
}

async fn an_archive_whose_deletion_has_begun_cannot_be_held(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let begun = exports::begin_deletion(&ledger, export.id, at(1000)).await.unwrap().unwrap();
    assert_eq!(begun.deletion.began_at, Some(at(1000)));
    assert_eq!(held(&ledger, export.id, "case", 1001).await, Held::TooLate(begun));
    assert!(exports::expire(&ledger, export.id, at(1002)).await.unwrap());
    assert!(matches!(held(&ledger, export.id, "case", 1003).await, Held::TooLate(_)));
}

async fn what_has_no_archive_and_will_have_none_cannot_be_held(ledger: Ledger) {
    let failed = running(&ledger, "failed").await;
    exports::fail(&ledger, failed.id, 1, "source_refused", "No.", at(5)).await.unwrap();
    let cancelled = queued(&ledger, "cancelled", at(0)).await;
    exports::request_cancel(&ledger, cancelled.id, portal(), at(5)).await.unwrap();
    let stopping = running(&ledger, "stopping").await;
    exports::request_cancel(&ledger, stopping.id, portal(), at(5)).await.unwrap();
    for id in [failed.id, cancelled.id, stopping.id] {
        assert!(matches!(held(&ledger, id, "case", 6).await, Held::TooLate(_)));
    }
    let coming = running(&ledger, "coming").await;
    assert!(matches!(held(&ledger, coming.id, "case", 6).await, Held::Done(_)));
    exports::complete(&ledger, coming.id, 1, &[archive("coming")], at(1000), at(10)).await.unwrap();
    assert_eq!(outdated(&ledger, 2000).await, NO_EXPORTS);
    assert_eq!(exports::hold(&ledger, Uuid::now_v7(), "case", portal(), at(6)).await.unwrap(), None);
}

async fn a_hold_and_a_deletion_at_once_exclude_each_other(ledger: Ledger) {
    for number in 0..20 {
        let export = ready(&ledger, &format!("t{number}")).await;
        let (held, begun) = tokio::join!(
            exports::hold(&ledger, export.id, "case", portal(), at(1000)),
            exports::begin_deletion(&ledger, export.id, at(1000))
        );
        let (held, begun) = (held.unwrap().unwrap(), begun.unwrap());
        assert_eq!(matches!(held, Held::Done(_)), begun.is_none());
    }
}

async fn a_deletion_that_failed_waits_longer_each_time_and_stands_before_no_other(ledger: Ledger) {
    let stuck = ready(&ledger, "stuck").await;
    let fine = ready(&ledger, "fine").await;
    assert_eq!(outdated(&ledger, 1000).await, [stuck.id, fine.id]);
    let mut second = 1000;
    for wait in [60, 120, 240, 480, 960, 1920, 3600, 3600] {
        let begun = exports::begin_deletion(&ledger, stuck.id, at(second)).await.unwrap().unwrap();
        assert_eq!(begun.deletion.next_at, Some(at(second + wait)));
        assert_eq!(exports::begin_deletion(&ledger, stuck.id, at(second + 1)).await.unwrap(), None, "twice at once");
        let attempt = begun.deletion.attempts;
        exports::deletion_failed(&ledger, stuck.id, attempt, "the vault refused access: AccessDenied", at(second))
            .await
            .unwrap();
        assert!(is_fenced(
            exports::deletion_failed(&ledger, stuck.id, attempt - 1, "late", at(second)).await,
            attempt - 1
        ));
        assert_eq!(outdated(&ledger, second + wait - 1).await, [fine.id]);
        second += wait;
        assert_eq!(outdated(&ledger, second).await, [fine.id, stuck.id], "what waits longest comes first");
    }
    let deletion = found(&ledger, stuck.id).await.deletion;
    assert_eq!((deletion.began_at, deletion.attempts), (Some(at(1000)), 8));
    assert_eq!(deletion.error.as_deref(), Some("the vault refused access: AccessDenied"));
    let failures =
        actions(&ledger, stuck.id).await.into_iter().filter(|action| action == "export.deletion_failed").count();
    assert_eq!(failures, 1);
}

async fn an_archive_ends_at_once_when_somebody_wishes_it(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let Some(Ended::Done(ended)) = exports::end_now(&ledger, export.id, portal(), at(50)).await.unwrap() else {
        panic!("not ended")
    };
    assert_eq!(ended, Export { expires_at: Some(at(50)), ..export });
    assert_eq!(exports::end_now(&ledger, ended.id, portal(), at(60)).await.unwrap(), Some(Ended::Done(ended.clone())));
    assert_eq!(outdated(&ledger, 50).await, [ended.id]);
    let last = audit::of_export(&ledger, ended.id).await.unwrap().pop().unwrap();
    assert_eq!(
        (last.action.as_str(), last.detail.0),
        ("export.expiry_changed", json!({ "because": "request", "expires_at": at(50) }))
    );

    let other = ready(&ledger, "held").await;
    held(&ledger, other.id, "case", 20).await;
    assert!(matches!(exports::end_now(&ledger, other.id, portal(), at(50)).await.unwrap(), Some(Ended::Held(_))));
    let queued = queued(&ledger, "queued", at(0)).await;
    assert_eq!(exports::end_now(&ledger, queued.id, portal(), at(50)).await.unwrap(), Some(Ended::NoArchive(queued)));
}

/// A ready archive of a schedule, asked for on this day.
async fn scheduled(ledger: &Ledger, schedule: Uuid, tenant: &str, day: i64) -> Export {
    let new = NewExport { origin: Origin::Schedule, schedule_id: Some(schedule), ..wish(tenant) };
    let asked = at(day * DAY);
    let Requested::New(export) = exports::request(ledger, new, portal(), asked).await.unwrap() else {
        panic!("joined")
    };
    exports::claim(ledger, export.id, "w1", LEASE, asked).await.unwrap().unwrap();
    let files = [archive(&export.id.to_string())];
    exports::complete(ledger, export.id, 1, &files, None, asked + TimeDelta::hours(1)).await.unwrap();
    found(ledger, export.id).await
}

async fn judged(ledger: &Ledger, day: i64) -> Judged {
    rules::note_changes(ledger).await.unwrap();
    let mut all = Judged::default();
    for series in rules::to_judge(ledger, 100).await.unwrap() {
        let one = rules::judge(ledger, &series, at(day * DAY)).await.unwrap();
        all.archives += one.archives;
        all.superseded += one.superseded;
        all.shortened += one.shortened;
    }
    all
}

async fn rules_end_what_they_do_not_keep_and_leave_what_is_held(ledger: Ledger) {
    let schedule = schedule::with_rules(&ledger, json!({ "keep_daily": 2 })).await;
    let mut archives = Vec::new();
    for day in 0..4 {
        archives.push(scheduled(&ledger, schedule, "acme", day).await.id);
    }
    held(&ledger, archives[0], "case", 3 * DAY).await;
    assert_eq!(judged(&ledger, 5).await, Judged { archives: 4, superseded: 1, shortened: 0 });
    assert_eq!(outdated(&ledger, 5 * DAY).await, [archives[1]]);
    let told = audit::of_export(&ledger, archives[1]).await.unwrap().pop().unwrap();
    assert_eq!(told.detail.0, json!({ "because": "kept by no rule", "expires_at": at(5 * DAY) }));
    assert_eq!(judged(&ledger, 6).await, Judged::default(), "nothing has changed");

    // What is past its time but still there takes no place; a new archive takes that of an older one.
    scheduled(&ledger, schedule, "acme", 6).await;
    assert_eq!(judged(&ledger, 7).await, Judged { archives: 4, superseded: 1, shortened: 0 });
    assert_eq!(outdated(&ledger, 7 * DAY).await, [archives[1], archives[2]]);
    exports::release(&ledger, archives[0], portal(), at(8 * DAY)).await.unwrap();
    assert_eq!(judged(&ledger, 8).await, Judged { archives: 3, superseded: 1, shortened: 0 });
    assert_eq!(
        outdated(&ledger, 8 * DAY).await,
        archives[1..=2].iter().chain(&archives[..1]).copied().collect::<Vec<_>>()
    );
}

async fn each_tenant_of_a_schedule_is_a_series_of_its_own(ledger: Ledger) {
    let rules = json!({ "keep_last": 1 });
    let (one, other) = (schedule::with_rules(&ledger, rules.clone()).await, schedule::with_rules(&ledger, rules).await);
    for (schedule, tenant) in [(one, "acme"), (one, "globex"), (other, "acme")] {
        scheduled(&ledger, schedule, tenant, 0).await;
    }
    assert_eq!(judged(&ledger, 1).await, Judged { archives: 3, superseded: 0, shortened: 0 });
    assert_eq!(outdated(&ledger, DAY).await, NO_EXPORTS);
}

async fn stricter_rules_shorten_and_milder_ones_prolong_nothing(ledger: Ledger) {
    let schedule = schedule::with_rules(&ledger, json!({ "keep_last": 5 })).await;
    let archive = scheduled(&ledger, schedule, "acme", 0).await;
    assert_eq!(judged(&ledger, 1).await, Judged { archives: 1, superseded: 0, shortened: 0 });
    schedule::change_rules(&ledger, schedule, json!({ "keep_last": 5, "max_age_days": 90 })).await;
    assert_eq!(judged(&ledger, 1).await, Judged { archives: 1, superseded: 0, shortened: 1 });
    let end = archive.finished_at.unwrap() + TimeDelta::days(90);
    assert_eq!(found(&ledger, archive.id).await.expires_at, Some(end));
    schedule::change_rules(&ledger, schedule, json!({ "max_age_days": 365 })).await;
    assert_eq!(judged(&ledger, 1).await, Judged { archives: 1, superseded: 0, shortened: 0 });
    assert_eq!(found(&ledger, archive.id).await.expires_at, Some(end));
    schedule::change_rules(&ledger, schedule, json!({ "max_age_days": 30 })).await;
    assert_eq!(judged(&ledger, 40).await, Judged { archives: 1, superseded: 1, shortened: 0 });
    assert_eq!(outdated(&ledger, 40 * DAY).await, [archive.id]);
}

async fn addresses_are_forgotten_with_their_numbers_kept(ledger: Ledger) {
    let expired_export = ready(&ledger, "expired").await;
    for mail in notifications::claim(&ledger, expired_export.id, LEASE, at(11)).await.unwrap() {
        notifications::sent(&ledger, mail.id, mail.attempt, at(12)).await.unwrap();
    }
    assert!(expired(&ledger, expired_export.id, at(1000)).await);
    let unsent = running(&ledger, "unsent").await;
    exports::fail(&ledger, unsent.id, 1, "source_refused", "No.", at(10)).await.unwrap();
    let cancelled = queued(&ledger, "cancelled", at(0)).await;
    exports::request_cancel(&ledger, cancelled.id, portal(), at(10)).await.unwrap();
    let alive = ready(&ledger, "alive").await;

    let known = exports::with_addresses(&ledger, 100, at(1000)).await.unwrap();
    assert_eq!(known, [cancelled.id], "the others ended later, owe a mail, or are ready");
    assert_eq!(exports::with_addresses(&ledger, 100, at(1001)).await.unwrap(), [expired_export.id, cancelled.id]);
    for id in [expired_export.id, cancelled.id] {
        assert_eq!(exports::forget_addresses(&ledger, id, at(2000)).await.unwrap(), 2);
        assert!(found(&ledger, id).await.notify.is_empty());
        let told = audit::of_export(&ledger, id).await.unwrap().pop().unwrap();
        assert_eq!((told.action.as_str(), told.detail.0), ("export.addresses_forgotten", json!({ "recipients": 2 })));
    }
    assert_eq!(exports::forget_addresses(&ledger, queued(&ledger, "new", at(0)).await.id, at(2000)).await.unwrap(), 0);
    let mails = notifications::of_export(&ledger, expired_export.id).await.unwrap();
    assert_eq!(mails.len(), 2);
    assert!(
        mails.iter().all(|mail| mail.recipient.starts_with("forgotten:") && mail.sent_at == Some(at(12))),
        "{mails:?}"
    );
    assert_eq!(exports::with_addresses(&ledger, 100, at(5000)).await.unwrap(), NO_EXPORTS);
    assert_eq!(found(&ledger, unsent.id).await.notify.len(), 2);
    assert_eq!((found(&ledger, alive.id).await.state, found(&ledger, alive.id).await.notify.len()), (State::Ready, 2));
}
