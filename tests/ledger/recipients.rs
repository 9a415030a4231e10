//! Whom archives are encrypted to, and that an archive is ready only if it is encrypted to them.

use super::*;
use shared::export::{State, SubjectId};
use shared::ledger::recipients::{self, Added, NewRecipient, Recipient, RecipientFilter};
use shared::recipient::{PublicKey, RecipientKind};

on_both_engines! {
    a_key_is_kept_as_it_is_written_and_found_by_whose_it_is
    an_attempt_notes_the_keys_of_its_tenant_and_of_nobody_else
    an_archive_is_ready_only_if_its_keys_are_those_that_count
    a_readable_file_is_not_ready_where_there_are_keys
    keys_that_are_added_at_once_stay_below_the_limit
    an_old_attempt_notes_nothing
}

const KEYS: [&str; 2] = [
    "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN anna@laptop",
];

fn new(tenant: &str, subject: Option<SubjectId>, key: &str) -> NewRecipient {
    NewRecipient {
        source: "shop".into(),
        tenant: TenantId::new(tenant).unwrap(),
        subject: Person(subject),
        key: PublicKey::parse(key).unwrap(),
        label: "Safe".into(),
    }
}

async fn added(ledger: &Ledger, new: NewRecipient, now: DateTime<Utc>) -> Recipient {
    match recipients::add(ledger, new, portal(), now).await.unwrap() {
        Added::New(recipient) => recipient,
        other => panic!("{other:?}"),
    }
}

fn locked(name: &str) -> NewFile {
    NewFile { name: format!("{name}.zip.age"), ..archive(name) }
}

async fn completed(ledger: &Ledger, export: &Export, file: NewFile) -> Result<(), LedgerError> {
    exports::complete(ledger, export.id, export.attempt, &[file], at(1000), at(10)).await
}

async fn a_key_is_kept_as_it_is_written_and_found_by_whose_it_is(ledger: Ledger) {
    let one = added(&ledger, new("acme", None, KEYS[1]), at(0)).await;
    assert_eq!((one.kind, one.public_key.as_str()), (RecipientKind::SshEd25519, KEYS[1].rsplit_once(' ').unwrap().0));
    assert_eq!((one.label.as_str(), one.created_by.as_str()), ("Safe", "key:hk_portal22"));
    assert_eq!(
        recipients::add(&ledger, new("acme", None, KEYS[1]), portal(), at(1)).await.unwrap(),
        Added::Known(one.clone())
    );
    let person = SubjectId::new("customer", "7").unwrap();
    let theirs = added(&ledger, new("acme", Some(person.clone()), KEYS[1]), at(1)).await;
    let other = added(&ledger, new("other", None, KEYS[0]), at(2)).await;
    let list = async |filter: RecipientFilter| {
        recipients::list(&ledger, &RecipientFilter { limit: 10, ..filter }).await.unwrap()
    };
    let all = RecipientFilter::default;
    assert_eq!(list(all()).await, [other.clone(), theirs.clone(), one.clone()]);
    assert_eq!(list(RecipientFilter { tenant: Some("acme".into()), ..all() }).await, [theirs.clone(), one.clone()]);
    assert_eq!(list(RecipientFilter { subject: Some(person), ..all() }).await, std::slice::from_ref(&theirs));
    assert_eq!(list(RecipientFilter { before: Some(theirs.id), ..all() }).await, std::slice::from_ref(&one));
    assert!(list(RecipientFilter { source: Some("elsewhere".into()), ..all() }).await.is_empty());
    for _ in 0..2 {
        assert!(recipients::remove(&ledger, one.id, portal(), at(3)).await.unwrap());
    }
    assert!(!recipients::remove(&ledger, Uuid::nil(), portal(), at(3)).await.unwrap());
    assert_eq!(list(all()).await, [other, theirs]);
    assert_eq!(recipients::find(&ledger, one.id).await.unwrap().unwrap().revoked_at, Some(at(3)));
}

async fn an_attempt_notes_the_keys_of_its_tenant_and_of_nobody_else(ledger: Ledger) {
    let own = added(&ledger, new("acme", None, KEYS[0]), at(0)).await;
    added(&ledger, new("other", None, KEYS[0]), at(0)).await;
    added(&ledger, NewRecipient { source: "warehouse".into(), ..new("acme", None, KEYS[0]) }, at(0)).await;
    let person = SubjectId::new("customer", "7").unwrap();
    let theirs = added(&ledger, new("acme", Some(person.clone()), KEYS[1]), at(0)).await;

    let whole = running(&ledger, "acme").await;
    assert_eq!(recipients::settle(&ledger, &whole, at(1)).await.unwrap(), std::slice::from_ref(&own));
    assert_eq!(recipients::of_export(&ledger, whole.id).await.unwrap(), [own]);
    assert!(actions(&ledger, whole.id).await.contains(&"export.locked".to_owned()));

    let wish = NewExport { subject: Person(Some(person)), ..wish("acme") };
    let Requested::New(export) = exports::request(&ledger, wish, portal(), at(0)).await.unwrap() else { panic!() };
    let export = exports::claim(&ledger, export.id, "w1", LEASE, at(1)).await.unwrap().unwrap();
    assert_eq!(recipients::settle(&ledger, &export, at(2)).await.unwrap(), [theirs]);

    let nobody = running(&ledger, "nobody").await;
    assert!(recipients::settle(&ledger, &nobody, at(1)).await.unwrap().is_empty());
    assert!(!actions(&ledger, nobody.id).await.contains(&"export.locked".to_owned()));
}

async fn an_archive_is_ready_only_if_its_keys_are_those_that_count(ledger: Ledger) {
    let one = added(&ledger, new("acme", None, KEYS[0]), at(0)).await;
    let export = running(&ledger, "acme").await;
    recipients::settle(&ledger, &export, at(1)).await.unwrap();
    let other = added(&ledger, new("acme", None, KEYS[1]), at(2)).await;
    let changed = |result| matches!(result, Err(LedgerError::RecipientsChanged));
    assert!(changed(completed(&ledger, &export, locked("acme")).await), "one was added");
    assert_eq!(found(&ledger, export.id).await.state, State::Running, "nothing of it was written");
    recipients::remove(&ledger, one.id, portal(), at(3)).await.unwrap();
    recipients::remove(&ledger, other.id, portal(), at(3)).await.unwrap();
    assert!(changed(completed(&ledger, &export, locked("acme")).await), "none is left");
    // The same key added anew is another decision.
    let again = added(&ledger, new("acme", None, KEYS[0]), at(4)).await;
    assert!(changed(completed(&ledger, &export, locked("acme")).await));
    recipients::settle(&ledger, &export, at(5)).await.unwrap();
    completed(&ledger, &export, locked("acme")).await.unwrap();
    recipients::remove(&ledger, again.id, portal(), at(20)).await.unwrap();
    let shown = recipients::of_export(&ledger, export.id).await.unwrap();
    assert_eq!((shown.len(), shown[0].id, shown[0].revoked_at), (1, again.id, Some(at(20))));
}

async fn a_readable_file_is_not_ready_where_there_are_keys(ledger: Ledger) {
    added(&ledger, new("acme", None, KEYS[0]), at(0)).await;
    let export = running(&ledger, "acme").await;
    let refused = |result| matches!(result, Err(LedgerError::RecipientsChanged));
    assert!(refused(completed(&ledger, &export, archive("acme")).await), "no key was noted");
    recipients::settle(&ledger, &export, at(1)).await.unwrap();
    assert!(refused(completed(&ledger, &export, archive("acme")).await), "its name says that it is readable");
    completed(&ledger, &export, locked("acme")).await.unwrap();
}

async fn keys_that_are_added_at_once_stay_below_the_limit(ledger: Ledger) {
    let adding: Vec<_> = (0_u8..30)
        .map(|number| {
            let ledger = ledger.clone();
            let wish = NewRecipient { key: key(number), ..new("acme", None, KEYS[0]) };
            tokio::spawn(async move { recipients::add(&ledger, wish, portal(), at(0)).await.unwrap() })
        })
        .collect();
    let mut counted = 0;
    for added in adding {
        counted += usize::from(matches!(added.await.unwrap(), Added::New(_)));
    }
    assert_eq!(counted, 20);
}

/// One of many keys: SSH's, since every y-coordinate that is on the curve will do.
fn key(number: u8) -> PublicKey {
    use base64::Engine as _;
    let candidates = (0_u8..=255).filter_map(|other| {
        let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
        blob.extend([number; 16]);
        blob.extend([other & 0x7f; 16]);
        let encoded = base64::engine::general_purpose::STANDARD.encode(blob);
        PublicKey::parse(&format!("ssh-ed25519 {encoded}")).ok()
    });
    candidates.into_iter().next().unwrap()
}

async fn an_old_attempt_notes_nothing(ledger: Ledger) {
    added(&ledger, new("acme", None, KEYS[0]), at(0)).await;
    let old = running(&ledger, "acme").await;
    let newer = exports::claim(&ledger, old.id, "w2", LEASE, at(120)).await.unwrap().unwrap();
    assert!(is_fenced(recipients::settle(&ledger, &old, at(121)).await, old.attempt));
    assert_eq!(recipients::settle(&ledger, &newer, at(121)).await.unwrap().len(), 1);
    exports::cancelled(&ledger, newer.id, newer.attempt, at(122)).await.unwrap();
    assert!(is_fenced(recipients::settle(&ledger, &newer, at(123)).await, newer.attempt));
}
