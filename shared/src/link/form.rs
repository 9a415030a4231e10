//! Tokens of forms: they show that a form was filled in on a page of ours, and not sent by another site's.

use super::{LinkSigner, mac};
use crate::key_list::Key;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;

/// Keeps these apart from the tokens of links, which the same keys sign.
const PURPOSE: &str = "handover form 1";

impl LinkSigner {
    /// The token of a form that only counts together with all of `bound`, such as the page's link and the session:
    /// 43 base64url characters of an HMAC-SHA-256.
    pub fn form_token(&self, bound: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(signed(&self.keys[0], bound).finalize().into_bytes())
    }

    /// Whether one of the keys made exactly this token for exactly this `bound`; checked in constant time.
    pub fn is_form_token(&self, presented: &str, bound: &[&str]) -> bool {
        let Ok(presented) = URL_SAFE_NO_PAD.decode(presented) else { return false };
        self.keys.iter().any(|key| signed(key, bound).verify_slice(&presented).is_ok())
    }
}

/// Each part with its length before it, so that no two lists are one text.
fn signed(key: &Key, bound: &[&str]) -> hmac::Hmac<sha2::Sha256> {
    let text: String = bound.iter().map(|part| format!("\n{}:{part}", part.len())).collect();
    mac(key, &format!("{PURPOSE}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_list as keys;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn signer(bytes: &[u8]) -> LinkSigner {
        let list: Vec<String> = bytes.iter().map(|byte| format!("k{byte}:{}", STANDARD.encode([*byte; 32]))).collect();
        LinkSigner { keys: keys::parse(&list.join(",")).unwrap().into() }
    }

    #[test]
    fn a_form_outlives_the_rotation_of_keys() {
        let token = signer(&[1]).form_token(&["link", "session"]);
        assert!(signer(&[2, 1]).is_form_token(&token, &["link", "session"]));
        assert!(!signer(&[2]).is_form_token(&token, &["link", "session"]));
    }

    #[test]
    fn a_forms_token_is_no_signature_of_a_link() {
        let signer = signer(&[1]);
        let plain = mac(&signer.keys[0], "k1.x").finalize().into_bytes();
        assert!(!signer.is_form_token(&URL_SAFE_NO_PAD.encode(plain), &["k1.x"]));
    }

    proptest! {
        #[test]
        fn a_token_counts_for_its_own_page_and_session_only(one in prop::collection::vec("[a-z0-9:\n]{0,6}", 0..4), other in prop::collection::vec("[a-z0-9:\n]{0,6}", 0..4)) {
            let signer = signer(&[1]);
            let (one, other): (Vec<&str>, Vec<&str>) = (one.iter().map(String::as_str).collect(), other.iter().map(String::as_str).collect());
            let token = signer.form_token(&one);
            prop_assert_eq!(token.len(), 43);
            prop_assert_eq!(signer.is_form_token(&token, &other), one == other);
        }

        #[test]
        fn any_other_text_is_refused(text in "\\PC*") {
            prop_assert!(!signer(&[1]).is_form_token(&text, &["link"]));
        }
    }
}
