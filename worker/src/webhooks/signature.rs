//! The signature of a message: HMAC-SHA256 over its number, the time of the try, and its bytes (Standard Webhooks, "Verifying webhook authenticity").

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The value of `webhook-signature`: one signature for each key, separated by spaces.
pub(super) fn header<'a>(keys: impl Iterator<Item = &'a [u8; 32]>, id: &str, timestamp: i64, payload: &str) -> String {
    let signed = format!("{id}.{timestamp}.{payload}");
    let signatures: Vec<String> = keys.map(|key| sign(key, signed.as_bytes())).collect();
    signatures.join(" ")
}

fn sign(key: &[u8], signed: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(HMAC_SHA256, key), signed);
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the public libraries' own tests.
    #[test]
    fn the_known_message_has_the_known_signature() {
        let key = STANDARD.decode("C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let signed =
            br#"msg_27UH4WbU6Z5A5EzD8u03UvzRbpk.1649367553.{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(sign(&key, signed), "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn every_key_signs() {
        let (old, new) = ([1; 32], [2; 32]);
        let both = header([&new, &old].into_iter(), "msg_1", 7, "{}");
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, header([&new].into_iter(), "msg_1", 7, "{}"));
        assert_eq!(second, header([&old].into_iter(), "msg_1", 7, "{}"));
        assert_ne!(first, second);
    }
}
