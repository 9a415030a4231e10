//! One-time codes: how many there are, how often they are tried, and how long they count.

use super::*;
use shared::ledger::codes::{self, Asked, Code, Guess};
use shared::ledger::links::{self, Link};
use shared::link::Protection;

on_both_engines! {
    a_code_that_was_asked_for_is_made_by_one_worker_and_opens_its_link_once
    three_wrong_guesses_end_a_code
    guesses_at_once_have_no_more_tries_together
    a_code_that_is_mailed_again_has_no_new_tries
    a_code_ends_by_itself
    a_code_is_only_for_its_own_link
    a_newer_code_takes_the_place_of_the_older
    a_link_gives_one_code_a_minute_and_five_an_hour
    of_askers_at_once_one_gets_a_code
    a_link_without_codes_gives_none
    a_code_that_could_not_be_mailed_is_tried_again_or_given_up
    old_codes_are_swept
}

async fn linked(ledger: &Ledger, tenant: &str) -> Link {
    let export = ready(ledger, tenant).await;
    let link = Link {
        id: Uuid::now_v7(),
        export_id: export.id,
        token_hash: Uuid::now_v7().as_bytes().repeat(2),
        created_at: at(20),
        expires_at: at(100_000),
        revoked_at: None,
        downloads: 0,
        download_limit: None,
        protection: Protection::Code,
        recipient: Some("ann@example.com".into()),
    };
    links::insert(ledger, &link, portal()).await.unwrap();
    link
}

async fn asked(ledger: &Ledger, link: &Link, now: DateTime<Utc>) -> Uuid {
    match codes::ask(ledger, link.id, portal(), now).await.unwrap() {
        Asked::Owed(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn claimed(ledger: &Ledger, id: Uuid, now: DateTime<Utc>) -> Option<Code> {
    codes::claim(ledger, id, LEASE, now).await.unwrap()
}

/// A code that was mailed at `now`; its "hash" is `text`.
async fn mailed(ledger: &Ledger, link: &Link, text: &str, now: DateTime<Utc>) -> Uuid {
    let id = asked(ledger, link, now).await;
    let code = claimed(ledger, id, now).await.unwrap();
    codes::made(ledger, &code, text.as_bytes(), now).await.unwrap();
    codes::sent(ledger, &code, Actor::worker("w1"), now).await.unwrap();
    id
}

async fn guess(ledger: &Ledger, link: &Link, text: &str, now: DateTime<Utc>) -> Guess {
    codes::guess(ledger, link.id, |_, hash| hash == text.as_bytes(), portal(), now).await.unwrap()
}

async fn a_code_that_was_asked_for_is_made_by_one_worker_and_opens_its_link_once(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    let id = asked(&ledger, &link, at(100)).await;
    assert_eq!(codes::due(&ledger, 10, at(100)).await.unwrap(), [id]);
    assert_eq!(guess(&ledger, &link, "", at(100)).await, Guess::NoCode, "nothing was made yet");
    let code = claimed(&ledger, id, at(101)).await.unwrap();
    assert_eq!((code.attempt, code.is_on_its_way(at(101))), (1, true));
    assert_eq!(claimed(&ledger, id, at(102)).await, None, "another worker is at it");
    assert!(codes::due(&ledger, 10, at(102)).await.unwrap().is_empty());
    codes::made(&ledger, &code, b"right", at(102)).await.unwrap();
    codes::sent(&ledger, &code, Actor::worker("w1"), at(103)).await.unwrap();
    assert!(codes::due(&ledger, 10, at(10_000)).await.unwrap().is_empty());

    let (latest, _) = codes::latest(&ledger, link.id, at(104)).await.unwrap();
    let latest = latest.unwrap();
    assert_eq!((latest.tries_left, latest.expires_at, latest.sent_at), (3, Some(at(702)), Some(at(103))));
    assert!(latest.counts(at(701)) && !latest.counts(at(702)));
    assert_eq!(guess(&ledger, &link, "right", at(200)).await, Guess::Right);
    assert_eq!(guess(&ledger, &link, "right", at(201)).await, Guess::NoCode, "it was used");
    let told = actions(&ledger, link.export_id).await;
    assert_eq!(&told[told.len() - 3..], ["link.code_requested", "link.code_sent", "link.code_accepted"]);
}

async fn three_wrong_guesses_end_a_code(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    mailed(&ledger, &link, "right", at(100)).await;
    for left in [2, 1, 0] {
        assert_eq!(guess(&ledger, &link, "wrong", at(110)).await, Guess::Wrong { left });
    }
    assert_eq!(guess(&ledger, &link, "right", at(111)).await, Guess::NoCode);
    let told = actions(&ledger, link.export_id).await;
    assert_eq!(told.iter().filter(|action| *action == "link.code_refused").count(), 3);
    mailed(&ledger, &link, "next", at(160)).await;
    assert_eq!(guess(&ledger, &link, "wrong", at(170)).await, Guess::Wrong { left: 2 });
    assert_eq!(guess(&ledger, &link, "next", at(171)).await, Guess::Right);
}

async fn a_code_that_is_mailed_again_has_no_new_tries(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    let id = asked(&ledger, &link, at(100)).await;
    let code = claimed(&ledger, id, at(100)).await.unwrap();
    codes::made(&ledger, &code, b"right", at(100)).await.unwrap();
    assert_eq!(guess(&ledger, &link, "wrong", at(110)).await, Guess::Wrong { left: 2 });
    // Its worker died with the mail.
    let code = claimed(&ledger, id, at(100) + LEASE).await.unwrap();
    codes::made(&ledger, &code, b"another", at(100) + LEASE).await.unwrap();
    assert_eq!(guess(&ledger, &link, "wrong", at(101) + LEASE).await, Guess::Wrong { left: 1 });
}

async fn guesses_at_once_have_no_more_tries_together(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    mailed(&ledger, &link, "right", at(100)).await;
    let guesses: Vec<_> = (0..12)
        .map(|_| {
            let (ledger, link) = (ledger.clone(), link.clone());
            tokio::spawn(async move { guess(&ledger, &link, "wrong", at(110)).await })
        })
        .collect();
    let mut left = Vec::new();
    for guess in guesses {
        match guess.await.unwrap() {
            Guess::Wrong { left: tries } => left.push(tries),
            other => assert_eq!(other, Guess::NoCode),
        }
    }
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2]);
    assert_eq!(guess(&ledger, &link, "right", at(111)).await, Guess::NoCode);
}

async fn a_code_ends_by_itself(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    mailed(&ledger, &link, "right", at(100)).await;
    assert_eq!(guess(&ledger, &link, "right", at(700)).await, Guess::NoCode, "ten minutes are over");
    let other = linked(&ledger, "other").await;
    mailed(&ledger, &other, "right", at(100)).await;
    assert_eq!(guess(&ledger, &other, "right", at(699)).await, Guess::Right);
}

async fn a_code_is_only_for_its_own_link(ledger: Ledger) {
    let (one, other) = (linked(&ledger, "acme").await, linked(&ledger, "other").await);
    mailed(&ledger, &one, "of one", at(100)).await;
    mailed(&ledger, &other, "of other", at(100)).await;
    assert_eq!(guess(&ledger, &one, "of other", at(110)).await, Guess::Wrong { left: 2 });
    assert_eq!(guess(&ledger, &other, "of other", at(110)).await, Guess::Right);
    let untouched = codes::latest(&ledger, one.id, at(110)).await.unwrap().0.unwrap();
    assert_eq!((untouched.tries_left, untouched.used_at), (2, None));
}

async fn a_newer_code_takes_the_place_of_the_older(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    mailed(&ledger, &link, "first", at(100)).await;
    let unsent = asked(&ledger, &link, at(160)).await;
    let slow = claimed(&ledger, unsent, at(161)).await.unwrap();
    assert_eq!(guess(&ledger, &link, "wrong", at(161)).await, Guess::Wrong { left: 2 }, "the first one still counts");
    mailed(&ledger, &link, "third", at(220)).await;
    let late = codes::made(&ledger, &slow, b"second", at(221)).await;
    assert!(matches!(late, Err(LedgerError::Fenced { .. })), "{late:?}");
    assert_eq!(guess(&ledger, &link, "first", at(222)).await, Guess::Wrong { left: 2 });
    assert_eq!(guess(&ledger, &link, "second", at(222)).await, Guess::Wrong { left: 1 });
    assert_eq!(guess(&ledger, &link, "third", at(222)).await, Guess::Right);
}

async fn a_link_gives_one_code_a_minute_and_five_an_hour(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    let ask = async |second| codes::ask(&ledger, link.id, portal(), at(second)).await.unwrap();
    assert!(matches!(ask(100).await, Asked::Owed(_)));
    assert_eq!(ask(159).await, Asked::TooMany(at(160)));
    for second in [160, 220, 280, 340] {
        assert!(matches!(ask(second).await, Asked::Owed(_)), "{second}");
    }
    assert_eq!(ask(1000).await, Asked::TooMany(at(3700)));
    assert_eq!(codes::latest(&ledger, link.id, at(1000)).await.unwrap().1, at(3700));
    assert!(matches!(ask(3700).await, Asked::Owed(_)));
    assert_eq!(ask(3760).await, Asked::Owed(codes::latest(&ledger, link.id, at(3760)).await.unwrap().0.unwrap().id));
    let told = actions(&ledger, link.export_id).await;
    assert_eq!(told.iter().filter(|action| *action == "link.code_requested").count(), 7);
}

async fn of_askers_at_once_one_gets_a_code(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let (ledger, link) = (ledger.clone(), link.clone());
            tokio::spawn(async move { codes::ask(&ledger, link.id, portal(), at(100)).await.unwrap() })
        })
        .collect();
    let mut owed = 0;
    for asker in askers {
        match asker.await.unwrap() {
            Asked::Owed(_) => owed += 1,
            other => assert_eq!(other, Asked::TooMany(at(160))),
        }
    }
    assert_eq!(owed, 1);
    assert_eq!(codes::due(&ledger, 10, at(100)).await.unwrap().len(), 1);
}

async fn a_link_without_codes_gives_none(ledger: Ledger) {
    let export = ready(&ledger, "plain").await;
    let with_codes = linked(&ledger, "acme").await;
    let like = |shape: fn(&mut Link)| {
        let mut link = Link {
            id: Uuid::now_v7(),
            token_hash: Uuid::now_v7().as_bytes().repeat(2),
            export_id: export.id,
            ..with_codes.clone()
        };
        shape(&mut link);
        link
    };
    for link in [
        like(|link| link.protection = Protection::None),
        like(|link| link.protection = Protection::SignedIn),
        like(|link| link.recipient = None),
        like(|link| link.expires_at = at(100)),
        like(|link| link.revoked_at = Some(at(50))),
    ] {
        links::insert(&ledger, &link, portal()).await.unwrap();
        assert_eq!(codes::ask(&ledger, link.id, portal(), at(100)).await.unwrap(), Asked::Pointless, "{link:?}");
    }
    assert_eq!(codes::ask(&ledger, Uuid::now_v7(), portal(), at(100)).await.unwrap(), Asked::Pointless);
}

async fn a_code_that_could_not_be_mailed_is_tried_again_or_given_up(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    let id = asked(&ledger, &link, at(100)).await;
    let first = claimed(&ledger, id, at(100)).await.unwrap();
    codes::made(&ledger, &first, b"first", at(100)).await.unwrap();
    codes::failed(&ledger, &first, "busy", Some(at(105))).await.unwrap();
    assert!(codes::due(&ledger, 10, at(104)).await.unwrap().is_empty());
    let second = claimed(&ledger, id, at(105)).await.unwrap();
    assert_eq!((second.attempt, second.last_error.as_deref()), (2, Some("busy")));
    let late = codes::sent(&ledger, &first, Actor::worker("w1"), at(106)).await;
    assert!(matches!(late, Err(LedgerError::Fenced { .. })), "{late:?}");
    codes::made(&ledger, &second, b"second", at(106)).await.unwrap();
    assert_eq!(guess(&ledger, &link, "first", at(107)).await, Guess::Wrong { left: 2 });
    codes::failed(&ledger, &second, "refused", None).await.unwrap();
    assert!(codes::due(&ledger, 10, at(100_000)).await.unwrap().is_empty());
}

async fn old_codes_are_swept(ledger: Ledger) {
    let link = linked(&ledger, "acme").await;
    mailed(&ledger, &link, "old", at(100)).await;
    codes::prune(&ledger, at(100)).await.unwrap();
    assert!(codes::latest(&ledger, link.id, at(110)).await.unwrap().0.is_some());
    codes::prune(&ledger, at(101)).await.unwrap();
    assert!(codes::latest(&ledger, link.id, at(110)).await.unwrap().0.is_none());
}
