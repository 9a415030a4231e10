//! Small secrets that the ledger keeps sealed: who reads the ledger alone cannot open them.

use super::{LinkSigner, keys::Key, mac};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hmac::Mac;
use zeroize::Zeroizing;

/// Keeps the derived keys apart from everything else that the same keys are for.
const PURPOSE: &str = "handover sealing 1";

/// A sealed secret: a nonce of 12 bytes, the ciphertext of AES-256-GCM and its tag of 16 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The id of the key it was sealed with.
    pub by: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl LinkSigner {
    /// Seals a secret with the first key, for this purpose and this owner only.
    ///
    /// # Panics
    /// When the system has no random bytes to give.
    #[expect(clippy::expect_used, reason = "AES-256-GCM takes every 32 bytes as a key and seals a text of this size")]
    pub fn seal(&self, purpose: &str, owner: &str, secret: &[u8]) -> Sealed {
        let by = &self.keys[0];
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&super::keys::random()[..NONCE_LEN]);
        let mut bytes = Zeroizing::new(secret.to_vec());
        let tag = derived(by, purpose)
            .and_then(|key| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                key.seal_in_place_separate_tag(nonce, Aad::from(owner), &mut bytes).ok()
            })
            .expect("a key of 32 bytes");
        Sealed { by: by.id.clone(), bytes: [&nonce, &bytes[..], tag.as_ref()].concat() }
    }

    /// The secret, if the key that sealed it is still here and purpose and owner are the same.
    pub fn unseal(&self, sealed: &Sealed, purpose: &str, owner: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.keys.iter().find(|key| key.id == sealed.by)?;
        let (nonce, bytes) = sealed.bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = Zeroizing::new(bytes.to_vec());
        let length = derived(key, purpose)?.open_in_place(nonce, Aad::from(owner), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// Whether the first key sealed it: what an older one sealed is to be sealed anew before that key goes.
    pub fn is_sealed_by_first(&self, sealed: &Sealed) -> bool {
        self.keys[0].id == sealed.by
    }

    /// A keyed hash of a text, which tells nothing about it to whoever has no key: HMAC-SHA-256 by the first key.
    pub fn hidden(&self, purpose: &str, text: &str) -> [u8; 32] {
        mac(&self.keys[0], &format!("handover hiding 1\n{purpose}\n{text}")).finalize().into_bytes().into()
    }
}

fn derived(key: &Key, purpose: &str) -> Option<LessSafeKey> {
    let bytes = Zeroizing::new(<[u8; 32]>::from(mac(key, &format!("{PURPOSE}\n{purpose}")).finalize().into_bytes()));
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*bytes).ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};

    fn signer(bytes: &[u8]) -> LinkSigner {
        let list: Vec<String> = bytes.iter().map(|byte| format!("k{byte}:{}", STANDARD.encode([*byte; 32]))).collect();
        LinkSigner { keys: keys::parse(&list.join(",")).unwrap().into() }
    }

    #[test]
    fn a_secret_opens_for_its_purpose_and_owner_as_long_as_its_key_is_there() {
        let sealed = signer(&[1]).seal("totp", "ann", b"secret");
        let open =
            |keys: &[u8], purpose, owner| signer(keys).unseal(&sealed, purpose, owner).map(|bytes| bytes.to_vec());
        assert_eq!(open(&[1], "totp", "ann"), Some(b"secret".to_vec()));
        assert_eq!(open(&[2, 1], "totp", "ann"), Some(b"secret".to_vec()));
        assert_eq!(open(&[2], "totp", "ann"), None);
        assert_eq!(open(&[1], "totp", "bob"), None);
        assert_eq!(open(&[1], "other", "ann"), None);
        assert!(signer(&[1]).is_sealed_by_first(&sealed) && !signer(&[2, 1]).is_sealed_by_first(&sealed));
        assert_ne!(signer(&[1]).seal("totp", "ann", b"secret"), sealed);
    }

    #[test]
    fn a_changed_or_cut_text_does_not_open() {
        let signer = signer(&[1]);
        let sealed = signer.seal("totp", "ann", b"secret");
        for place in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[place] ^= 1;
            assert!(signer.unseal(&changed, "totp", "ann").is_none());
            let cut = Sealed { bytes: sealed.bytes[..place].to_vec(), ..sealed.clone() };
            assert!(signer.unseal(&cut, "totp", "ann").is_none());
        }
    }

    #[test]
    fn what_is_hidden_depends_on_key_purpose_and_text() {
        let one = signer(&[1]).hidden("a", "b");
        assert_eq!(one, signer(&[1]).hidden("a", "b"));
        for other in [signer(&[2]).hidden("a", "b"), signer(&[1]).hidden("b", "b"), signer(&[1]).hidden("a", "c")] {
            assert_ne!(one, other);
        }
    }
}
