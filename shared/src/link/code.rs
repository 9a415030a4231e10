//! One-time codes: eight digits that are mailed, known to the ledger only by their keyed hash.

use super::{
    LinkSigner,
    keys::{self, Key},
    mac,
};
use hmac::Mac;
use secrecy::SecretString;
use uuid::Uuid;

/// How many digits a code has.
pub const DIGITS: usize = 8;

/// So many codes there are.
const CODES: u64 = 100_000_000;

/// Keeps these apart from everything else that the same keys sign.
const PURPOSE: &str = "handover code 1";

impl LinkSigner {
    /// A new code for the request of this number, as it is mailed (`1234 5678`), and its keyed hash. Without the key, the hash of so few
    /// digits would be guessed in a moment.
    ///
    /// # Panics
    /// When the system has no random bytes to give: then no code may exist.
    pub fn mint_code(&self, number: Uuid) -> (SecretString, [u8; 32]) {
        let digits = format!("{:08}", random_below(CODES));
        let hash = signed(&self.keys[0], number, &digits).finalize().into_bytes().into();
        (format!("{} {}", &digits[..4], &digits[4..]).into(), hash)
    }

    /// Whether this is the code with this hash; checked in constant time.
    pub fn is_code(&self, digits: &str, number: Uuid, hash: &[u8]) -> bool {
        // Every key is asked, so that the time does not tell which one made it.
        self.keys
            .iter()
            .map(|key| signed(key, number, digits).verify_slice(hash).is_ok())
            .fold(false, |any, one| any | one)
    }
}

/// The digits of what a person typed, with or without spaces and dashes; `None` if that can be no code.
pub fn digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2013}')).collect();
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

fn signed(key: &Key, number: Uuid, digits: &str) -> hmac::Hmac<sha2::Sha256> {
    mac(key, &format!("{PURPOSE}\n{number}\n{digits}"))
}

/// Every number below `end` is as likely as any other.
fn random_below(end: u64) -> u64 {
    let fair = u64::MAX - u64::MAX % end;
    loop {
        let bytes = keys::random();
        for eight in bytes.as_chunks::<8>().0 {
            let number = u64::from_le_bytes(*eight);
            if number < fair {
                return number % end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    fn signer(bytes: &[u8]) -> LinkSigner {
        let list: Vec<String> = bytes.iter().map(|byte| format!("k{byte}:{}", STANDARD.encode([*byte; 32]))).collect();
        LinkSigner { keys: keys::parse(&list.join(",")).unwrap().into() }
    }

    #[test]
    fn a_code_counts_for_its_own_request_only() {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let (code, hash) = signer(&[1]).mint_code(one);
        let code = digits(code.expose_secret()).unwrap();
        assert!(signer(&[1]).is_code(&code, one, &hash));
        assert!(signer(&[2, 1]).is_code(&code, one, &hash), "the keys were rotated");
        assert!(!signer(&[1]).is_code(&code, other, &hash));
        assert!(!signer(&[2]).is_code(&code, one, &hash));
        let next = format!("{:08}", (code.parse::<u64>().unwrap() + 1) % CODES);
        assert!(!signer(&[1]).is_code(&next, one, &hash));
    }

    #[test]
    fn codes_are_spread_over_all_there_are() {
        let signer = signer(&[1]);
        let mut firsts = [0; 10];
        for _ in 0..2000 {
            let (code, _) = signer.mint_code(Uuid::nil());
            assert_eq!(code.expose_secret().len(), DIGITS + 1);
            firsts[usize::from(code.expose_secret().as_bytes()[0] - b'0')] += 1;
        }
        assert!(firsts.iter().all(|count| (100..320).contains(count)), "{firsts:?}");
    }

    #[test]
    fn a_code_may_be_typed_as_people_do() {
        for typed in ["12345678", "1234 5678", " 1234-5678\n", "1234\u{a0}5678", "12 34 56 78"] {
            assert_eq!(digits(typed).as_deref(), Some("12345678"), "{typed:?}");
        }
        for typed in ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨", "+1234567"] {
            assert_eq!(digits(typed), None, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_typed_is_a_code_or_nothing(typed in "[0-9 -]{0,12}|\\PC*") {
            if let Some(code) = digits(&typed) {
                prop_assert!(code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
