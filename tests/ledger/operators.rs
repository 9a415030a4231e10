//! Operators, their sessions, their second factor, and how often a sign-in may be tried.

use super::*;
use secrecy::{ExposeSecret, SecretString};
use shared::ledger::keys::Role;
use shared::ledger::operators::{
    self, BackupCode, Change, Changed, Factor, NewOperator, Operator, SessionToken, SignedIn, Tried, Try,
};
use shared::link::Sealed;

on_both_engines! {
    what_changed_while_passwords_were_compared_counts
    an_address_has_one_account
    a_session_ends_when_it_is_not_used_and_after_its_time
    only_the_hash_of_a_token_finds_a_session
    a_code_of_the_app_counts_once_and_no_earlier_one_after_it
    a_backup_code_counts_once_also_when_given_twice_at_once
    a_wait_for_the_second_factor_is_over_after_five_tries_or_minutes
    tries_are_counted_for_account_and_address_and_forgotten_with_time
    of_many_tries_at_once_no_more_are_taken
    somebody_stays_who_may_do_everything
}

const TRIED: Tried<'static> = Tried { account: &[1; 32], network: "192.0.2.1" };

const HASH: &str = "$argon2id$…";

fn cli() -> Actor {
    Actor::named("cli:root")
}

async fn operator(ledger: &Ledger, name: &str, role: Role) -> Operator {
    let new = NewOperator {
        email: format!("{name}@example.com").parse().unwrap(),
        name: name.into(),
        role,
        password_hash: HASH.into(),
        must_change_password: false,
    };
    operators::create(ledger, new, cli(), at(0)).await.unwrap().unwrap()
}

async fn begin(ledger: &Ledger, operator: &Operator, second: i64) -> SessionToken {
    operators::begin(ledger, operator.id, HASH, &TRIED, cli(), at(second)).await.unwrap().unwrap()
}

async fn what_changed_while_passwords_were_compared_counts(ledger: Ledger) {
    let ann = operator(&ledger, "ann", Role::Admin).await;
    operator(&ledger, "bob", Role::Admin).await;
    let other = operators::begin(&ledger, ann.id, "an older hash", &TRIED, cli(), at(1)).await.unwrap();
    assert!(other.is_none(), "the password was changed");
    let token = begin(&ledger, &ann, 2).await;
    let signed_in = found(&ledger, &token, 2).await.unwrap();
    let change = async |before: &str| {
        operators::change_password(&ledger, &signed_in, before, "a new hash", cli(), at(3)).await.unwrap().is_some()
    };
    assert!(!change("an older hash").await, "an administrator has reset it");
    assert!(change(HASH).await);
    assert!(!change("a new hash").await, "this session has ended with the change");
}

async fn found(ledger: &Ledger, token: &SessionToken, second: i64) -> Option<SignedIn> {
    operators::find_session(ledger, token.expose(), at(second)).await.unwrap()
}

/// An operator with a second factor whose last code was of step 10, and the backup codes.
async fn protected(ledger: &Ledger) -> (Operator, Vec<SecretString>) {
    let ann = operator(ledger, "ann", Role::Viewer).await;
    let token = begin(ledger, &ann, 0).await;
    let session = found(ledger, &token, 0).await.unwrap().session.id;
    let sealed = Sealed { by: "k1".into(), bytes: vec![7; 48] };
    let codes = operators::set_up(ledger, &ann, session, &sealed, 10, cli(), at(1)).await.unwrap();
    assert_eq!(operators::sealed_secret(ledger, ann.id).await.unwrap(), Some(sealed));
    (operators::find(ledger, ann.id).await.unwrap().unwrap(), codes)
}

async fn an_address_has_one_account(ledger: Ledger) {
    let ann = operator(&ledger, "ann", Role::Admin).await;
    let new = NewOperator {
        email: "ANN@example.com".parse().unwrap(),
        name: "Another".into(),
        role: Role::Viewer,
        password_hash: String::new(),
        must_change_password: true,
    };
    assert_eq!(operators::create(&ledger, new, cli(), at(1)).await.unwrap(), None);
    assert_eq!(operators::list(&ledger).await.unwrap(), std::slice::from_ref(&ann));
    let (by_email, hash) = operators::by_email(&ledger, &"ann@example.com".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((by_email, hash.as_str()), (ann, "$argon2id$…"));
}

async fn a_session_ends_when_it_is_not_used_and_after_its_time(ledger: Ledger) {
    const HOUR: i64 = 3600;
    let ann = operator(&ledger, "ann", Role::Viewer).await;
    let token = begin(&ledger, &ann, 0).await;
    // Used every fifty minutes it lasts for twelve hours.
    for second in (0..12 * HOUR).step_by(3000) {
        assert!(found(&ledger, &token, second).await.is_some(), "{second}");
    }
    assert!(found(&ledger, &token, 12 * HOUR - 1).await.is_some());
    assert!(found(&ledger, &token, 12 * HOUR).await.is_none());
    let idle = begin(&ledger, &ann, 0).await;
    assert!(found(&ledger, &idle, HOUR - 1).await.is_some());
    assert!(found(&ledger, &idle, 2 * HOUR - 2).await.is_some());
    assert!(found(&ledger, &idle, 3 * HOUR - 2).await.is_none());
    let signed_in = operators::find(&ledger, ann.id).await.unwrap().unwrap().signed_in_at;
    assert_eq!(signed_in, Some(at(0)));
    // A sign-in clears away what is over.
    let last = begin(&ledger, &ann, 20 * HOUR).await;
    let sessions = operators::of_operator(&ledger, ann.id, at(20 * HOUR)).await.unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0], found(&ledger, &last, 20 * HOUR).await.unwrap().session);
}

async fn only_the_hash_of_a_token_finds_a_session(ledger: Ledger) {
    let ann = operator(&ledger, "ann", Role::Viewer).await;
    let token = begin(&ledger, &ann, 0).await;
    let other = "A".repeat(43);
    for text in ["", "x", &other, &token.expose()[..42], &format!("{}A", token.expose())] {
        assert_eq!(operators::find_session(&ledger, text, at(0)).await.unwrap(), None, "{text}");
    }
    let here = found(&ledger, &token, 0).await.unwrap();
    assert_eq!((here.operator.id, here.session.tries_left), (ann.id, None));
    operators::sign_out(&ledger, &here, cli(), at(1)).await.unwrap();
    assert_eq!(found(&ledger, &token, 1).await, None);
    assert!(!operators::still_counts(&ledger, here.session.id, at(1)).await.unwrap());
}

/// Whether this proves to be the second factor.
async fn passes(ledger: &Ledger, ann: &Operator, factor: Factor, second: i64) -> bool {
    let token = begin(ledger, ann, second).await;
    let waiting = found(ledger, &token, second).await.unwrap();
    assert_eq!(waiting.session.tries_left, Some(5));
    let passed = operators::pass_second_factor(ledger, &waiting, &factor, &TRIED, cli(), at(second)).await.unwrap();
    match passed {
        Some(token) => found(ledger, &token, second).await.is_some_and(|found| found.session.tries_left.is_none()),
        None => false,
    }
}

async fn a_code_of_the_app_counts_once_and_no_earlier_one_after_it(ledger: Ledger) {
    let (ann, _) = protected(&ledger).await;
    for (step, counts) in [(10, false), (9, false), (12, true), (12, false), (11, false), (13, true)] {
        assert_eq!(passes(&ledger, &ann, Factor::Totp { step }, 5).await, counts, "{step}");
    }
}

async fn a_backup_code_counts_once_also_when_given_twice_at_once(ledger: Ledger) {
    let (ann, codes) = protected(&ledger).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(operators::left(&ledger, ann.id).await.unwrap(), 10);
    let code = BackupCode::typed(&codes[0], ann.id).unwrap();
    let both = [Factor::Backup(code.clone()), Factor::Backup(code)].map(|factor| passes(&ledger, &ann, factor, 5));
    let passed = futures::future::join_all(both).await;
    assert_eq!(passed.iter().filter(|passed| **passed).count(), 1);
    assert_eq!(operators::left(&ledger, ann.id).await.unwrap(), 9);
    let invented = SecretString::from("0000-0000-0000-0000");
    assert!(!passes(&ledger, &ann, Factor::Backup(BackupCode::typed(&invented, ann.id).unwrap()), 6).await);
    assert!(operators::remove(&ledger, ann.id, None, cli(), at(7)).await.unwrap());
    assert_eq!(operators::left(&ledger, ann.id).await.unwrap(), 0);
    assert!(
        !codes.iter().any(|one| codes.iter().filter(|other| one.expose_secret() == other.expose_secret()).count() > 1)
    );
}

async fn a_wait_for_the_second_factor_is_over_after_five_tries_or_minutes(ledger: Ledger) {
    let (ann, _) = protected(&ledger).await;
    let token = begin(&ledger, &ann, 0).await;
    let session = found(&ledger, &token, 299).await.unwrap().session.id;
    assert_eq!(found(&ledger, &token, 300).await, None);
    let mut left = Vec::new();
    while let Some(tries) = operators::take_try(&ledger, session, at(10)).await.unwrap() {
        left.push(tries);
    }
    assert_eq!(left, [4, 3, 2, 1, 0]);
    assert!(!operators::still_counts(&ledger, session, at(10)).await.unwrap());
    assert!(operators::of_operator(&ledger, ann.id, at(10)).await.unwrap().iter().all(|one| one.id != session));
}

async fn tries_are_counted_for_account_and_address_and_forgotten_with_time(ledger: Ledger) {
    let take = async |account: u8, network: &str, second| {
        operators::take(&ledger, &[account; 32], network, at(second)).await.unwrap() == Try::Taken
    };
    for _ in 0..10 {
        assert!(take(1, "192.0.2.1", 0).await);
    }
    let until = at(15 * 60);
    assert_eq!(operators::take(&ledger, &[1; 32], "192.0.2.1", at(1)).await.unwrap(), Try::TooMany { until });
    assert!(take(1, "192.0.2.2", 1).await && take(2, "192.0.2.1", 1).await);
    assert!(take(1, "192.0.2.1", 15 * 60).await);
    // Thirty of one account from everywhere within an hour, and thirty of one address within a quarter of it.
    for number in 0..18 {
        assert!(take(1, &format!("198.51.100.{number}"), 15 * 60).await, "{number}");
    }
    assert!(!take(1, "203.0.113.1", 15 * 60).await);
    for number in 0..29 {
        assert!(take(100 + number, "192.0.2.1", 15 * 60 + 2).await, "{number}");
    }
    assert!(!take(200, "192.0.2.1", 15 * 60 + 2).await);
    operators::forget_tries(&ledger, &TRIED).await.unwrap();
    assert!(take(200, "192.0.2.1", 15 * 60 + 2).await);
}

async fn of_many_tries_at_once_no_more_are_taken(ledger: Ledger) {
    let all = (0..25).map(|_| operators::take(&ledger, &[1; 32], "192.0.2.1", at(0)));
    let taken = futures::future::join_all(all).await;
    assert_eq!(taken.into_iter().filter(|one| *one.as_ref().unwrap() == Try::Taken).count(), 10);
}

async fn somebody_stays_who_may_do_everything(ledger: Ledger) {
    let (ann, bob) = (operator(&ledger, "ann", Role::Admin).await, operator(&ledger, "bob", Role::Admin).await);
    let demoted = Change { role: Some(Role::Viewer), ..Change::default() };
    let disabled = Change { disabled: Some(true), ..Change::default() };
    // Each takes the other away, at the same time.
    let (one, other) = tokio::join!(
        operators::change(&ledger, ann.id, &demoted, cli(), at(1)),
        operators::change(&ledger, bob.id, &disabled, cli(), at(1)),
    );
    let mut both = [one.unwrap(), other.unwrap()];
    both.sort_by_key(|changed| *changed == Changed::Done);
    assert_eq!(both, [Changed::LastAdministrator, Changed::Done]);
    assert_eq!(operators::change(&ledger, Uuid::now_v7(), &disabled, cli(), at(1)).await.unwrap(), Changed::Unknown);
}
