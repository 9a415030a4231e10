//! Reminders of archives that go soon, and the people who want none.

use super::*;
use shared::{
    ledger::{
        audit,
        downloads::{self, Counted, NewDownload},
        links::{self, Link},
        mail_refusals,
        notifications::{self, Kind},
    },
    link::Protection,
    reader::Reader,
};

on_both_engines! {
    an_archive_that_goes_soon_owes_each_recipient_one_reminder_ever
    sweepers_at_once_owe_a_reminder_once
    nothing_is_reminded_of_that_was_downloaded_is_held_or_is_over
    an_archive_that_lives_shortly_is_no_matter_for_a_reminder
    who_refused_reminders_gets_none_and_everybody_else_does
}

/// Archives of these tests live from 10 to 1000.
const BEFORE: TimeDelta = TimeDelta::seconds(400);

async fn reminders(ledger: &Ledger, id: ExportId) -> Vec<String> {
    let mails = notifications::of_export(ledger, id).await.unwrap();
    mails.into_iter().filter(|mail| mail.kind == Kind::Expiring).map(|mail| mail.recipient).collect()
}

async fn remind(ledger: &Ledger, id: ExportId, now: DateTime<Utc>) -> bool {
    exports::remind(ledger, id, BEFORE, Actor::worker("w1"), now).await.unwrap()
}

async fn an_archive_that_goes_soon_owes_each_recipient_one_reminder_ever(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    assert_eq!(exports::to_remind(&ledger, BEFORE, at(599)).await.unwrap(), NO_EXPORTS);
    assert!(!remind(&ledger, export.id, at(599)).await, "too early");
    assert_eq!(exports::to_remind(&ledger, BEFORE, at(600)).await.unwrap(), [export.id]);
    assert!(remind(&ledger, export.id, at(600)).await);
    assert!(!remind(&ledger, export.id, at(601)).await);
    assert_eq!(exports::to_remind(&ledger, BEFORE, at(601)).await.unwrap(), NO_EXPORTS);
    assert_eq!(reminders(&ledger, export.id).await, ["ann@example.com", "bob@example.com"]);
    let told = audit::of_export(&ledger, export.id).await.unwrap();
    let told: Vec<_> = told.iter().filter(|event| event.action == "export.reminded").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].detail["mails"], 2);
}

async fn sweepers_at_once_owe_a_reminder_once(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let sweepers: Vec<_> = (0..6)
        .map(|_| {
            let (ledger, id) = (ledger.clone(), export.id);
            tokio::spawn(async move { remind(&ledger, id, at(700)).await })
        })
        .collect();
    let mut done = 0;
    for sweeper in sweepers {
        done += usize::from(sweeper.await.unwrap());
    }
    assert_eq!((done, reminders(&ledger, export.id).await.len()), (1, 2));
}

async fn nothing_is_reminded_of_that_was_downloaded_is_held_or_is_over(ledger: Ledger) {
    let downloaded = ready(&ledger, "a").await;
    let link = Link {
        id: Uuid::now_v7(),
        export_id: downloaded.id,
        token_hash: vec![7; 32],
        created_at: at(20),
        expires_at: at(900),
        revoked_at: None,
        downloads: 0,
        download_limit: None,
        protection: Protection::None,
        recipient: None,
    };
    links::insert(&ledger, &link, portal()).await.unwrap();
    assert!(!exports::is_settled(&ledger, downloaded.id).await.unwrap(), "a link alone is nothing");
    let click = NewDownload { link: link.id, file: "a.zip", ticket_hash: None, begin_before: at(40), ends_at: at(50) };
    let counted = downloads::count(&ledger, click, portal(), at(30)).await.unwrap();
    assert!(matches!(counted, Counted::Begun(_)), "{counted:?}");
    assert!(exports::is_settled(&ledger, downloaded.id).await.unwrap());
    let held = ready(&ledger, "b").await;
    exports::hold(&ledger, held.id, "case 1", portal(), at(40)).await.unwrap();
    let ended = ready(&ledger, "c").await;
    exports::end_now(&ledger, ended.id, portal(), at(50)).await.unwrap();
    let expired = ready(&ledger, "d").await;
    let failed = running(&ledger, "e").await;
    exports::fail(&ledger, failed.id, 1, "c", "r", at(60)).await.unwrap();
    let none = at(1000);
    for (export, now) in
        [(&downloaded, at(700)), (&held, at(700)), (&ended, at(700)), (&expired, none), (&failed, at(700))]
    {
        assert!(
            !exports::to_remind(&ledger, BEFORE, now).await.unwrap().contains(&export.id),
            "{}",
            export.tenant.as_str()
        );
        assert!(!remind(&ledger, export.id, now).await, "{}", export.tenant.as_str());
    }
    exports::release(&ledger, held.id, portal(), at(710)).await.unwrap();
    assert!(remind(&ledger, held.id, at(710)).await, "nobody holds it any more");
}

async fn an_archive_that_lives_shortly_is_no_matter_for_a_reminder(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    let before = TimeDelta::seconds(496);
    assert_eq!(exports::to_remind(&ledger, before, at(999)).await.unwrap(), NO_EXPORTS);
    assert!(!exports::remind(&ledger, export.id, before, portal(), at(999)).await.unwrap());
    let before = TimeDelta::seconds(495);
    assert!(exports::remind(&ledger, export.id, before, portal(), at(999)).await.unwrap());
}

async fn who_refused_reminders_gets_none_and_everybody_else_does(ledger: Ledger) {
    let (ann, elsewhere) =
        (Reader::of_reminders("shop", "Ann@example.com"), Reader::of_reminders("other", "bob@example.com"));
    for reader in [ann, ann, elsewhere] {
        mail_refusals::refuse(&ledger, reader, Actor::named("reader:1"), at(1)).await.unwrap();
    }
    assert!(mail_refusals::is_refused(&ledger, ann).await.unwrap());
    let export = ready(&ledger, "acme").await;
    assert!(remind(&ledger, export.id, at(700)).await);
    assert_eq!(reminders(&ledger, export.id).await, ["bob@example.com"]);
    let ready: Vec<_> = notifications::of_export(&ledger, export.id).await.unwrap();
    assert_eq!(
        ready.iter().filter(|mail| mail.kind == Kind::Ready).count(),
        2,
        "what they asked for comes all the same"
    );

    mail_refusals::withdraw(&ledger, ann, Actor::named("reader:1"), at(2)).await.unwrap();
    assert!(!mail_refusals::is_refused(&ledger, ann).await.unwrap());
}
