//! Mails that are owed.

use super::*;
use shared::ledger::notifications::{self, Delivery, Kind, Notification};

on_both_engines! {
    a_ready_export_owes_each_recipient_one_mail
    a_failed_export_owes_each_recipient_one_mail
    a_claimed_mail_is_not_claimed_again_before_its_lease_ends
    senders_at_once_take_each_mail_once
    a_mail_that_fails_is_tried_again_at_its_time_or_given_up
    a_sender_who_comes_to_a_mail_late_keeps_it_unless_another_has_it
    a_late_sender_is_fenced
    the_longest_waiting_export_is_due_first
}

fn recipients(mails: &[Notification]) -> Vec<&str> {
    mails.iter().map(|mail| mail.recipient.as_str()).collect()
}

async fn a_ready_export_owes_each_recipient_one_mail(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let mails = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!(recipients(&mails), ["ann@example.com", "bob@example.com"]);
    for mail in mails {
        let expected = Notification {
            id: mail.id,
            export_id: Some(export.id),
            schedule_run_id: None,
            kind: Kind::Ready,
            recipient: mail.recipient.clone(),
            delivery: Delivery::Pending,
            attempt: 0,
            next_attempt_at: at(10),
            last_error: None,
            created_at: at(10),
            sent_at: None,
        };
        assert_eq!(mail, expected);
    }
}

async fn a_failed_export_owes_each_recipient_one_mail(ledger: Ledger) {
    let export = running(&ledger, "acme").await;
    let joining = NewExport { notify: vec!["bob@example.com".into(), "cy@example.com".into()], ..wish("acme") };
    exports::request(&ledger, joining, portal(), at(1)).await.unwrap();
    exports::postpone(&ledger, export.id, 1, "c", "r", at(2), at(2)).await.unwrap();
    assert_eq!(notifications::of_export(&ledger, export.id).await.unwrap(), []);
    exports::claim(&ledger, export.id, "w2", LEASE, at(3)).await.unwrap().unwrap();
    exports::fail(&ledger, export.id, 2, "c", "r", at(4)).await.unwrap();
    let mails = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!(recipients(&mails), ["ann@example.com", "bob@example.com", "cy@example.com"]);
    assert!(mails.iter().all(|mail| mail.kind == Kind::Failed));
}

async fn a_claimed_mail_is_not_claimed_again_before_its_lease_ends(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    assert_eq!(notifications::due(&ledger, 10, at(9)).await.unwrap(), NO_EXPORTS);
    assert_eq!(notifications::claim(&ledger, export.id, LEASE, at(9)).await.unwrap(), []);
    assert_eq!(notifications::due(&ledger, 10, at(10)).await.unwrap(), [export.id]);
    let mails = notifications::claim(&ledger, export.id, LEASE, at(10)).await.unwrap();
    assert_eq!(recipients(&mails), ["ann@example.com", "bob@example.com"]);
    assert!(mails.iter().all(|mail| mail.attempt == 1 && mail.next_attempt_at == at(70)));
    assert_eq!(notifications::due(&ledger, 10, at(69)).await.unwrap(), NO_EXPORTS);
    assert_eq!(notifications::claim(&ledger, export.id, LEASE, at(69)).await.unwrap(), []);

    notifications::sent(&ledger, mails[0].id, 1, at(20)).await.unwrap();
    let again = notifications::claim(&ledger, export.id, LEASE, at(70)).await.unwrap();
    assert_eq!(recipients(&again), ["bob@example.com"], "the other one was sent");
    assert_eq!(again[0].attempt, 2);
    let all = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!((all[0].delivery, all[0].sent_at), (Delivery::Sent, Some(at(20))));
}

async fn senders_at_once_take_each_mail_once(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let (ledger, id) = (ledger.clone(), export.id);
            tokio::spawn(async move { notifications::claim(&ledger, id, LEASE, at(10)).await.unwrap() })
        })
        .collect();
    let mut taken = Vec::new();
    for sender in senders {
        taken.extend(sender.await.unwrap());
    }
    taken.sort_by(|one, other| one.recipient.cmp(&other.recipient));
    assert_eq!(recipients(&taken), ["ann@example.com", "bob@example.com"]);
}

async fn a_mail_that_fails_is_tried_again_at_its_time_or_given_up(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let mails = notifications::claim(&ledger, export.id, LEASE, at(10)).await.unwrap();
    notifications::failed(&ledger, mails[0].id, 1, "450 later\0", Some(at(300))).await.unwrap();
    notifications::failed(&ledger, mails[1].id, 1, "550 never", None).await.unwrap();
    let all = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!((all[0].delivery, all[0].last_error.as_deref()), (Delivery::Pending, Some("450 later\u{fffd}")));
    assert_eq!((all[1].delivery, all[1].last_error.as_deref()), (Delivery::Dead, Some("550 never")));
    assert_eq!(notifications::claim(&ledger, export.id, LEASE, at(299)).await.unwrap(), []);
    let again = notifications::claim(&ledger, export.id, LEASE, at(300)).await.unwrap();
    assert_eq!(recipients(&again), ["ann@example.com"]);
    notifications::sent(&ledger, again[0].id, 2, at(301)).await.unwrap();
    assert_eq!(notifications::due(&ledger, 10, at(9999)).await.unwrap(), NO_EXPORTS);
    assert_eq!(notifications::of_export(&ledger, export.id).await.unwrap()[0].last_error, None);
}

async fn a_sender_who_comes_to_a_mail_late_keeps_it_unless_another_has_it(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let mails = notifications::claim(&ledger, export.id, LEASE, at(10)).await.unwrap();
    notifications::renew(&ledger, &mails[1], LEASE, at(60)).await.unwrap();
    let other = notifications::claim(&ledger, export.id, LEASE, at(119)).await.unwrap();
    assert_eq!(recipients(&other), ["ann@example.com"], "the second mail was begun anew at 60");
    assert!(is_fenced(notifications::renew(&ledger, &mails[0], LEASE, at(119)).await, 1));
    notifications::sent(&ledger, mails[1].id, 1, at(119)).await.unwrap();
    assert!(is_fenced(notifications::renew(&ledger, &mails[1], LEASE, at(119)).await, 1), "it is sent");
}

async fn a_late_sender_is_fenced(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let mail = notifications::claim(&ledger, export.id, LEASE, at(10)).await.unwrap().remove(0);
    notifications::claim(&ledger, export.id, LEASE, at(70)).await.unwrap();
    assert!(is_fenced(notifications::sent(&ledger, mail.id, 1, at(71)).await, 1));
    assert!(is_fenced(notifications::failed(&ledger, mail.id, 1, "x", None).await, 1));
    notifications::sent(&ledger, mail.id, 2, at(72)).await.unwrap();
    assert!(is_fenced(notifications::failed(&ledger, mail.id, 2, "x", None).await, 2), "it is sent");
    let all = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!((all[0].delivery, all[0].sent_at), (Delivery::Sent, Some(at(72))));
}

async fn the_longest_waiting_export_is_due_first(ledger: Ledger) {
    let mut expected = Vec::new();
    for (tenant, second) in [("one", 30), ("two", 10), ("three", 20)] {
        let export = running(&ledger, tenant).await;
        exports::complete(&ledger, export.id, 1, &[], at(1000), at(second)).await.unwrap();
        expected.push((second, export.id));
    }
    expected.sort_unstable();
    let expected: Vec<ExportId> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(notifications::due(&ledger, 10, at(30)).await.unwrap(), expected);
    assert_eq!(notifications::due(&ledger, 2, at(30)).await.unwrap(), expected[..2]);
    assert_eq!(notifications::due(&ledger, 10, at(29)).await.unwrap(), expected[..2]);
}
