//! Sessions behind a link: whoever gave the right code may go on for a while without another one.

use super::{LinkSigner, keys::Key, mac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::Mac;
use uuid::Uuid;

/// Keeps these apart from everything else that the same keys sign.
const PURPOSE: &str = "handover session 1";

impl LinkSigner {
    /// A session for one link until this second: `<Unix seconds>.<43 base64url characters of an HMAC-SHA-256>`.
    pub fn session(&self, link: Uuid, until: DateTime<Utc>) -> String {
        let seconds = until.timestamp();
        let signature = signed(&self.keys[0], link, seconds).finalize().into_bytes();
        format!("{seconds}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whether one of the keys signed exactly this session for this link, and it still counts; checked in constant time.
    pub fn is_session(&self, presented: &str, link: Uuid, now: DateTime<Utc>) -> bool {
        let Some((seconds, signature)) = presented.split_once('.') else { return false };
        let (Ok(until), Ok(signature)) = (seconds.parse::<i64>(), URL_SAFE_NO_PAD.decode(signature)) else {
            return false;
        };
        now.timestamp() < until && self.keys.iter().any(|key| signed(key, link, until).verify_slice(&signature).is_ok())
    }
}

fn signed(key: &Key, link: Uuid, until: i64) -> hmac::Hmac<sha2::Sha256> {
    mac(key, &format!("{PURPOSE}\n{link}\n{until}"))
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn signer(bytes: &[u8]) -> LinkSigner {
        let list: Vec<String> = bytes.iter().map(|byte| format!("k{byte}:{}", STANDARD.encode([*byte; 32]))).collect();
        LinkSigner { keys: keys::parse(&list.join(",")).unwrap().into() }
    }

    #[test]
    fn it_counts_for_its_link_and_its_time() {
        let (link, now) = (Uuid::now_v7(), DateTime::UNIX_EPOCH);
        let session = signer(&[1]).session(link, now + TimeDelta::minutes(10));
        assert!(signer(&[1]).is_session(&session, link, now + TimeDelta::seconds(599)));
        assert!(signer(&[2, 1]).is_session(&session, link, now), "the keys were rotated");
        assert!(!signer(&[1]).is_session(&session, link, now + TimeDelta::seconds(600)));
        assert!(!signer(&[1]).is_session(&session, Uuid::now_v7(), now));
        assert!(!signer(&[2]).is_session(&session, link, now));
        let longer = session.replacen("600.", "6000.", 1);
        assert!(longer != session && !signer(&[1]).is_session(&longer, link, now));
    }

    proptest! {
        #[test]
        fn any_other_text_is_refused(text in "\\PC*") {
            prop_assert!(!signer(&[1]).is_session(&text, Uuid::nil(), DateTime::UNIX_EPOCH));
        }
    }
}
