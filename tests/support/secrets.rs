//! What nobody may be told: each secret and personal text is kept here where the support makes it, and every log, refusal, mail,
//! object key and object's metadata that a test meets is searched for all of them.

use super::{mail_server::MailServer, markers::holds, postgres};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// The kind of a link's token, which the mail to its owner holds.
pub(crate) const LINK: &str = "a link";

/// The texts, each with its kind. Tests of one process share them: a secret of one is none of another's business either.
static KEPT: LazyLock<Mutex<BTreeMap<String, &'static str>>> = LazyLock::new(|| {
    let known = [
        (postgres::PASSWORD, "a password"),
        (MailServer::PASSWORD, "a password"),
        (examples::SECRET, "an excluded column"),
        ("X-Amz-Signature", "a presigned address"),
    ];
    Mutex::new(known.map(|(text, kind)| (text.to_owned(), kind)).into())
});

/// Keeps a text that may be told to nobody; one that is too short to be told from chance is none.
pub(crate) fn keep(kind: &'static str, text: &str) {
    if text.len() >= 8 {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned(), kind);
    }
}

/// Panics if a kept text stands in these bytes, plainly or disguised. The message names only its kind and its lines.
pub(crate) fn assert_absent(place: &str, bytes: &[u8]) {
    assert_absent_but("", place, bytes);
}

/// The same for a place where texts of one kind belong.
pub(crate) fn assert_absent_but(allowed: &str, place: &str, bytes: &[u8]) {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for (text, kind) in kept.iter().filter(|(_, kind)| **kind != allowed) {
        if holds(bytes, text) {
            let told = String::from_utf8_lossy(bytes);
            let lines: Vec<&str> = told.lines().filter(|line| holds(line.as_bytes(), text)).take(3).collect();
            panic!("{kind} stands in {place}:\n{}", lines.join("\n"));
        }
    }
}

#[test]
fn a_secret_that_is_told_is_found_and_a_short_text_is_none() {
    keep("a test's own secret", "never-to-be-told-1");
    keep("a number", "1");
    let told = |text: &str| std::panic::catch_unwind(|| assert_absent("a log", text.as_bytes())).is_err();
    assert!(told("before\nit is never-to-be-told-1 here\nafter"));
    assert!(told(&hex::encode("never-to-be-told-1")));
    assert!(!told("1 row"));
    assert_absent_but("a test's own secret", "where it belongs", b"never-to-be-told-1");
}
