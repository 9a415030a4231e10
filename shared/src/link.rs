//! Link tokens: random, signed with HMAC-SHA-256 (RFC 2104), known to the ledger only by their hash.

pub mod code;
mod form;
mod protection;
mod sealing;
mod session;
mod unsubscribe;

pub use protection::Protection;
pub use sealing::Sealed;

use crate::{
    config::Config,
    key_list::{self as keys, Key},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The file in the data folder, in the format of the setting.
const FILE: &str = "link.key";

/// Signs and checks link tokens.
#[derive(Clone)]
pub struct LinkSigner {
    /// The first signs, all are accepted; never empty.
    keys: Arc<[Key]>,
}

/// A token that this installation signed; its hash finds the link in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedToken {
    /// SHA-256 of the token's text.
    pub hash: [u8; 32],
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkKeyError {
    /// The key list is not `id:base64,…` with 32 bytes each.
    #[error("HANDOVER_LINKS__KEYS: {0}")]
    Malformed(String),
    /// The key file in the data folder cannot be read or made.
    #[error("the link key in the data folder cannot be used")]
    File(#[from] std::io::Error),
}

impl LinkSigner {
    /// The signer with the configured keys, or with the key in the data folder, which is made (mode 0600) at the first start.
    pub fn open(config: &Config) -> Result<Self, LinkKeyError> {
        let keys = match &config.links.keys {
            Some(list) => keys::parse(list.expose_secret()).map_err(LinkKeyError::Malformed)?,
            None => keys::in_folder(&config.data_dir, FILE)?,
        };
        Ok(Self { keys: keys.into() })
    }

    /// A new token and its hash: `<key id>.<43 base64url of 32 random bytes>.<43 base64url of the HMAC>`.
    ///
    /// # Panics
    /// When the system has no random bytes to give: then no token may exist.
    pub fn mint(&self) -> (SecretString, SignedToken) {
        let key = &self.keys[0];
        let signed = format!("{}.{}", key.id, URL_SAFE_NO_PAD.encode(keys::random()));
        let signature = mac(key, &signed).finalize().into_bytes();
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let hash = hash(&token);
        (token.into(), SignedToken { hash })
    }

    /// The key to make fingerprints with: the one of this id if it is still there, else the first.
    pub(crate) fn key_for_fingerprints(&self, id: Option<&str>) -> &str {
        let wanted = self.keys.iter().find(|key| Some(key.id.as_str()) == id);
        &wanted.unwrap_or(&self.keys[0]).id
    }

    /// A keyed fingerprint of these texts, which tells nothing about them to whoever has no key: HMAC-SHA-256 in hexadecimal.
    pub(crate) fn fingerprint(&self, key: &str, texts: &[&str]) -> String {
        let key = self.keys.iter().find(|known| known.id == key).unwrap_or(&self.keys[0]);
        let mut mac = mac(key, "fingerprint\0");
        for text in texts {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }

    /// The token's hash if one of the keys signed exactly this text; checked in constant time.
    pub fn check(&self, presented: &str) -> Option<SignedToken> {
        let (signed, signature) = presented.rsplit_once('.')?;
        let (id, random) = signed.split_once('.')?;
        if random.len() != 43 {
            return None;
        }
        // Decoding refuses padding and stray bits: one signature has one text.
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        mac(key, signed).verify_slice(&signature).ok()?;
        Some(SignedToken { hash: hash(presented) })
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104, section 2)")]
fn mac(key: &Key, signed: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key.secret.expose_secret()).expect("32 bytes").chain_update(signed)
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer(list: &str) -> LinkSigner {
        LinkSigner { keys: keys::parse(list).unwrap().into() }
    }

    fn key(id: &str, byte: u8) -> String {
        let secret = base64::engine::general_purpose::STANDARD.encode([byte; 32]);
        format!("{id}:{secret}")
    }

    #[test]
    fn a_minted_token_is_known_by_its_hash() {
        let signer = signer(&key("a", 1));
        let (token, minted) = signer.mint();
        let token = token.expose_secret();
        assert_eq!(token.len(), "a".len() + 2 * 44);
        assert_eq!(signer.check(token), Some(minted.clone()));
        assert_eq!(minted.hash, <[u8; 32]>::from(Sha256::digest(token)));
        assert_ne!(signer.mint().1, minted);
    }

    #[test]
    fn a_token_of_an_older_key_is_accepted_after_rotation() {
        let old = signer(&key("a", 1));
        let rotated = signer(&format!("{},{}", key("b", 2), key("a", 1)));
        let (token, minted) = old.mint();
        assert_eq!(rotated.check(token.expose_secret()), Some(minted));
        assert!(rotated.mint().0.expose_secret().starts_with("b."));
        assert_eq!(signer(&key("b", 2)).check(token.expose_secret()), None);
    }

    #[test]
    fn a_token_of_another_key_with_the_same_name_is_refused() {
        let (token, _) = signer(&key("a", 1)).mint();
        assert_eq!(signer(&key("a", 2)).check(token.expose_secret()), None);
    }

    #[test]
    fn a_signature_over_too_little_randomness_is_refused() {
        let signer = signer(&key("a", 1));
        let signature = mac(&signer.keys[0], "a.x").finalize().into_bytes();
        let token = format!("a.x.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(signer.check(&token), None);
    }

    proptest! {
        #[test]
        fn a_token_with_a_changed_byte_is_refused(position in 0_usize..89, byte in 0x20_u8..0x7f) {
            let signer = signer(&key("a", 1));
            let mut bytes = signer.mint().0.expose_secret().as_bytes().to_vec();
            prop_assume!(bytes[position] != byte);
            bytes[position] = byte;
            prop_assert_eq!(signer.check(std::str::from_utf8(&bytes).unwrap()), None);
        }

        #[test]
        fn a_shortened_or_lengthened_token_is_refused(length in 0_usize..89, more in "[ -~]{1,4}") {
            let signer = signer(&key("a", 1));
            let token = signer.mint().0;
            prop_assert_eq!(signer.check(&token.expose_secret()[..length]), None);
            prop_assert_eq!(signer.check(&format!("{}{more}", token.expose_secret())), None);
            prop_assert_eq!(signer.check(&format!("{more}{}", token.expose_secret())), None);
        }

        #[test]
        fn any_other_text_is_refused(text in "\\PC*") {
            prop_assert_eq!(signer(&key("a", 1)).check(&text), None);
        }
    }
}
