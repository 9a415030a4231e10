//! The second factor: codes that an authenticator app makes from a shared secret and the time (RFC 6238).

use crate::key_list;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Totp, TotpError};
use zeroize::Zeroizing;

/// Bytes of a secret (RFC 4226, section 4).
const LENGTH: usize = 20;

/// The secret that an authenticator app and this installation share; wiped from memory when dropped.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; LENGTH]>);

impl TotpSecret {
    /// A new one.
    ///
    /// # Panics
    /// When the system has no random bytes to give.
    pub fn random() -> Self {
        let bytes = Zeroizing::new(key_list::random());
        let mut secret = Zeroizing::new([0; LENGTH]);
        secret.copy_from_slice(&bytes[..LENGTH]);
        Self(secret)
    }

    /// The secret with these bytes; `None` if they are not 20.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// Its bytes, to be sealed and nothing else.
    pub fn expose(&self) -> &[u8] {
        &self.0[..]
    }

    /// What the QR code holds: `otpauth://totp/…`, by which the app names it.
    pub fn url(&self, issuer: &str, account: &str) -> Result<SecretString, TotpError> {
        let without_colon = |text: &str| text.replace(':', " ");
        let named = self.builder().with_issuer(Some(without_colon(issuer))).with_account_name(without_colon(account));
        Ok(named.build()?.to_url()?.into())
    }

    /// The secret as it is typed into an app: base32 (RFC 4648) in groups of four.
    pub fn text(&self) -> Result<SecretString, TotpError> {
        let whole = Zeroizing::new(self.totp()?.secret().to_base32());
        let mut text = Zeroizing::new(String::new());
        for (place, letter) in whole.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push(' ');
            }
            text.push(letter);
        }
        Ok(text.as_str().into())
    }

    /// The step of 30 seconds that this code is of: the present one, the one before or the one after, since clocks differ.
    pub fn step_of(&self, typed: &SecretString, now: DateTime<Utc>) -> Option<i64> {
        let digits: Zeroizing<String> =
            Zeroizing::new(typed.expose_secret().chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let step = self.totp().ok()?.check(&digits, u64::try_from(now.timestamp()).ok()?)?;
        i64::try_from(step).ok()
    }

    fn builder(&self) -> Builder {
        Builder::new().with_secret(self.0.to_vec())
    }

    fn totp(&self) -> Result<Totp, TotpError> {
        self.builder().build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's examples.
    fn example() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // The last six of the eight digits in RFC 6238, appendix B.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(example().step_of(&code.into(), at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_counts_for_its_step_and_those_beside_it_however_it_is_typed() {
        let code = |typed: &str, seconds| example().step_of(&typed.into(), at(seconds));
        assert_eq!(code("081 804", 1_111_111_109 + 30), Some(1_111_111_109 / 30));
        assert_eq!(code(" 081-804 ", 1_111_111_109 - 30), Some(1_111_111_109 / 30));
        assert_eq!(code("081804", 1_111_111_109 + 60), None);
        for typed in ["", "81804", "0818040", "08180a", "٠٨١٨٠٤"] {
            assert_eq!(code(typed, 1_111_111_109), None, "{typed:?}");
        }
    }

    #[test]
    fn an_app_gets_it_as_an_address_or_as_text() {
        let url = example().url("Handover: CepPro", "ann@example.com").unwrap();
        let url = url::Url::parse(url.expose_secret()).unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        let secret = url.query_pairs().find(|(name, _)| name == "secret").unwrap().1.into_owned();
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(example().text().unwrap().expose_secret(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_ne!(TotpSecret::random().expose(), TotpSecret::random().expose());
    }
}
