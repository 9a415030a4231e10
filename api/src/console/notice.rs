//! What a page says was just done. The address carries a word and the page the sentence, so that nobody makes a page say something else.

/// The sentences by their words, as in `?done=key-revoked`.
const DONE: [(&str, &str); 23] = [
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
    ("asked", "The export is asked for. This page follows it."),
    ("joined", "An identical export is on its way already: this is it."),
    ("held", "The archive is held. Nothing deletes it until somebody releases it."),
    ("released", "The archive is released."),
    ("archive-deleted", "The archive’s time is over. A worker deletes it, and no link leads to it any more."),
    ("schedule-made", "The schedule is made."),
    ("schedule-paused", "The schedule is paused. No run begins by itself."),
    ("schedule-resumed", "The schedule goes on with its next time."),
    ("schedule-run", "The run has begun."),
    ("schedule-deleted", "The schedule is deleted. Its archives stay as long as its retention says."),
    ("check-wanted", "A worker is asked to compare the catalog with the live schema. Reload in a moment."),
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
