//! What a page says was just done. The address carries a word and the page the sentence, so that nobody makes a page say something else.

/// The sentences by their words, as in `?done=key-revoked`.
const DONE: [(&str, &str); 12] = [
    ("key-revoked", "The key is revoked. From now on it is refused."),
    ("password-changed", "Your password is changed. You are signed out everywhere else."),
    ("second-factor-removed", "Two-step sign-in is off."),
    ("signed-out-elsewhere", "You are signed out everywhere else."),
    ("operator-changed", "The account is changed."),
    ("operator-disabled", "The account is disabled, and signed out everywhere."),
    ("operator-enabled", "The account is enabled again."),
    ("operator-reset", "Two-step sign-in is off for this account until it is set up again."),
    ("cancelled", "The export is told to stop."),
    ("retried", "The export is tried again."),
    ("revoked", "It is revoked. From now on nobody gets anything by it."),
    ("saved", "Saved."),
];

/// The sentence that a query asks for.
pub(super) fn of_query(query: &str) -> Option<&'static str> {
    let (_, word) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "done")?;
    DONE.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_make_a_page_speak() {
        assert_eq!(of_query("a=b&done=saved"), Some("Saved."));
        for query in ["", "done=", "done=%3Cb%3E", "saved"] {
            assert_eq!(of_query(query), None, "{query}");
        }
    }
}
