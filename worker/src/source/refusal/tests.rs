use super::*;
use crate::error::Consequence;
use sqlx::error::{DatabaseError, ErrorKind};
use std::{borrow::Cow, error::Error, fmt};

/// A refusal with a code, as a server sends it; its text holds a value.
#[derive(Debug)]
struct Refusal(&'static str);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key (email)=(anna@example.org) is in the way")
    }
}

impl Error for Refusal {}

impl DatabaseError for Refusal {
    fn message(&self) -> &str {
        "Key (email)=(anna@example.org) is in the way"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

fn refusal(code: &'static str) -> ExportError {
    postgres(sqlx::Error::Database(Box::new(Refusal(code))), "reader", "reading sales")
}

#[test]
fn what_passes_is_tried_again_and_says_what_happened() {
    for (code, sentence) in [
        ("40001", "standby"),
        ("57014", "statement timeout"),
        ("57P01", "57P01"),
        ("53300", "53300"),
        ("08006", "08006"),
        ("40P01", "40P01"),
    ] {
        let error = refusal(code);
        assert_eq!((error.code(), error.consequence()), ("source_unavailable", Consequence::Retry), "{code}");
        let text = error.to_string();
        assert!(text.contains(sentence) && text.contains("reading sales") && text.contains(code), "{text}");
    }
}

#[test]
fn what_stays_is_for_the_operator_and_names_role_and_fix() {
    for (code, sentence) in
        [("42501", "grant it usage"), ("28P01", "pg_hba.conf"), ("42P01", "catalog check"), ("XX000", "its own log")]
    {
        let error = refusal(code);
        assert_eq!(error.code(), "source_refused", "{code}");
        assert_ne!(error.consequence(), Consequence::Retry, "{code}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
    assert!(refusal("42501").to_string().contains("role reader"));
}

#[test]
fn a_value_in_the_databases_own_words_reaches_nobody() {
    for code in ["22P02", "23505"] {
        let error = refusal(code);
        assert!(!format!("{error} {error:?}").contains("anna@example.org"), "{error:?}");
    }
}
