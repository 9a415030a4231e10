//! Addresses that stop mails: signed, so that nobody stops the mails of others.

use super::{LinkSigner, keys::Key, mac};
use crate::reader::{Reader, Topic};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;

/// Keeps these apart from everything else that the same keys sign.
const PURPOSE: &str = "handover unsubscribe 1";

impl LinkSigner {
    /// What stands in the address that stops the mails of this reader: `<topic>.<43 base64url characters of its hash>.<43 of the HMAC>`. It counts as long as
    /// the key does that signed it.
    pub fn unsubscribe_token(&self, reader: Reader) -> String {
        let signature = signed(&self.keys[0], reader).finalize().into_bytes();
        format!("{}.{}.{}", reader.topic, URL_SAFE_NO_PAD.encode(reader.hash), URL_SAFE_NO_PAD.encode(signature))
    }

    /// The reader whose mails this stops, if one of the keys signed exactly this; checked in constant time.
    pub fn unsubscribing(&self, presented: &str) -> Option<Reader> {
        let (topic, rest) = presented.split_once('.')?;
        let (hash, signature) = rest.split_once('.')?;
        let topic: Topic = topic.parse().ok()?;
        let hash = URL_SAFE_NO_PAD.decode(hash).ok()?.try_into().ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let reader = Reader { topic, hash };
        self.keys.iter().any(|key| signed(key, reader).verify_slice(&signature).is_ok()).then_some(reader)
    }
}

fn signed(key: &Key, reader: Reader) -> hmac::Hmac<sha2::Sha256> {
    mac(key, &format!("{PURPOSE}\n{}\n", reader.topic)).chain_update(reader.hash)
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn signer(bytes: &[u8]) -> LinkSigner {
        let list: Vec<String> = bytes.iter().map(|byte| format!("k{byte}:{}", STANDARD.encode([*byte; 32]))).collect();
        LinkSigner { keys: keys::parse(&list.join(",")).unwrap().into() }
    }

    #[test]
    fn it_counts_for_its_reader_and_outlives_the_rotation_of_keys() {
        let reader = Reader::of_reminders("ceppro", "owner@example.com");
        let token = signer(&[1]).unsubscribe_token(reader);
        assert_eq!(signer(&[1]).unsubscribing(&token), Some(reader));
        assert_eq!(signer(&[2, 1]).unsubscribing(&token), Some(reader));
        assert_eq!(signer(&[2]).unsubscribing(&token), None);
        assert_eq!(signer(&[1]).unsubscribing(&token.replacen("reminders", "schedule", 1)), None);
        let other = signer(&[1]).unsubscribe_token(Reader::of_reminders("ceppro", "other@example.com"));
        let (hash, signature) = (other.rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1);
        assert_eq!(signer(&[1]).unsubscribing(&format!("{hash}.{signature}")), None);
    }

    proptest! {
        #[test]
        fn a_token_with_a_changed_byte_is_refused(place in 0_usize..97, byte in 0x20_u8..0x7f) {
            let signer = signer(&[1]);
            let mut bytes = signer.unsubscribe_token(Reader::of_reminders("a", "b@c.d")).into_bytes();
            prop_assert_eq!(bytes.len(), 97);
            prop_assume!(bytes[place] != byte);
            bytes[place] = byte;
            prop_assert_eq!(signer.unsubscribing(std::str::from_utf8(&bytes).unwrap()), None);
        }

        #[test]
        fn any_other_text_is_refused(text in "\\PC*") {
            prop_assert_eq!(signer(&[1]).unsubscribing(&text), None);
        }
    }
}
