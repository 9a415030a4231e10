//! One entry of the chain, and the hash that holds it to the one before.

use super::{Event, canonical};
use chrono::SecondsFormat;
use sha2::{Digest, Sha256};

/// Before the first entry.
pub const ORIGIN: [u8; 32] = [0; 32];

/// The version of the encoding, which is part of it.
const VERSION: u32 = 1;

/// An event at its place in the chain.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Entry {
    /// Its place, counted from 1 without a gap.
    pub seq: i64,
    /// What happened.
    #[sqlx(flatten)]
    pub event: Event,
    /// The hash of the entry before; [`ORIGIN`] before the first.
    pub previous_hash: Vec<u8>,
    /// SHA-256 of the encoding, which holds everything above.
    pub hash: Vec<u8>,
}

/// The encoding of an event, but for the two things that only its place in the chain gives.
#[derive(Debug, Clone)]
pub(super) struct Encoding {
    /// Up to the hash of the entry before.
    pub(super) start: String,
    /// From there to its place.
    pub(super) middle: String,
    /// The rest.
    pub(super) end: String,
}

impl Encoding {
    /// The canonical JSON (RFC 8785) of the event.
    pub(super) fn of(event: &Event) -> Self {
        let at = event.at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let export = event.export_id.map(|id| id.to_string());
        let id = event.id.to_string();
        let mut start = String::with_capacity(512);
        let text = |into: &mut String, key: &str, value: Option<&str>| {
            into.push_str(key);
            match value {
                Some(value) => canonical::write_text(value, into),
                None => into.push_str("null"),
            }
        };
        text(&mut start, "{\"action\":", Some(&event.action));
        text(&mut start, ",\"actor\":", Some(&event.actor));
        text(&mut start, ",\"address\":", event.address.as_deref());
        text(&mut start, ",\"at\":", Some(&at));
        start.push_str(",\"detail\":");
        canonical::write(&event.detail.0, &mut start);
        text(&mut start, ",\"export_id\":", export.as_deref());
        text(&mut start, ",\"id\":", Some(&id));
        text(&mut start, ",\"outcome\":", Some(&event.outcome));
        start.push_str(",\"previous_hash\":\"");
        let mut middle = String::from("\"");
        text(&mut middle, ",\"request_id\":", event.request_id.as_deref());
        middle.push_str(",\"seq\":");
        let mut end = String::new();
        text(&mut end, ",\"source\":", event.source.as_deref());
        text(&mut end, ",\"tenant\":", event.tenant.as_deref());
        end.push_str(&format!(",\"version\":{VERSION}}}"));
        Self { start, middle, end }
    }

    /// The text at this place.
    pub(super) fn at(&self, previous_hash: &[u8], seq: i64) -> String {
        format!("{}{}{}{seq}{}", self.start, hex::encode(previous_hash), self.middle, self.end)
    }

    /// The hash at this place.
    pub(super) fn hash(&self, previous_hash: &[u8], seq: i64) -> [u8; 32] {
        Sha256::digest(self.at(previous_hash, seq)).into()
    }
}

impl Entry {
    /// The hash that it should have.
    pub(super) fn expected_hash(&self) -> [u8; 32] {
        Encoding::of(&self.event).hash(&self.previous_hash, self.seq)
    }

    /// One line of JSON Lines: the very text that was hashed, and its hash as a last member.
    pub fn line(&self) -> String {
        let mut line = Encoding::of(&self.event).at(&self.previous_hash, self.seq);
        line.pop();
        format!("{line},\"hash\":\"{}\"}}\n", hex::encode(&self.hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use sqlx::types::Json;
    use uuid::Uuid;

    fn entry(texts: [Option<String>; 5], detail: Value) -> Entry {
        let [actor, source, tenant, address, request_id] = texts;
        let event = Event {
            id: Uuid::from_u128(7),
            at: "2026-01-02T03:04:05.000100Z".parse().unwrap(),
            actor: actor.unwrap_or_default(),
            action: "export.ready".into(),
            outcome: "done".into(),
            export_id: Some(Uuid::from_u128(9)),
            source,
            tenant,
            address,
            request_id,
            detail: Json(detail),
        };
        let hash = Encoding::of(&event).hash(&ORIGIN, 1).to_vec();
        Entry { seq: 1, event, previous_hash: ORIGIN.to_vec(), hash }
    }

    #[test]
    fn the_encoding_is_the_documented_one() {
        let entry = entry([Some("key:a".into()), Some("shop".into()), None, None, None], json!({ "b": 1, "a": "ü" }));
        let text = "{\"action\":\"export.ready\",\"actor\":\"key:a\",\"address\":null,\"at\":\"2026-01-02T03:04:05.000100Z\",\
                    \"detail\":{\"a\":\"ü\",\"b\":1},\"export_id\":\"00000000-0000-0000-0000-000000000009\",\
                    \"id\":\"00000000-0000-0000-0000-000000000007\",\"outcome\":\"done\",\
                    \"previous_hash\":\"0000000000000000000000000000000000000000000000000000000000000000\",\
                    \"request_id\":null,\"seq\":1,\"source\":\"shop\",\"tenant\":null,\"version\":1}";
        assert_eq!(Encoding::of(&entry.event).at(&ORIGIN, 1), text);
        assert_eq!(entry.hash, Sha256::digest(text).to_vec());
    }

    proptest! {
        /// Nobody can move a border between two fields, or fake a field inside another.
        #[test]
        fn the_encoding_is_canonical_json_of_every_field(
            texts in prop::array::uniform5(prop::option::of("\\PC{0,12}|\",\"seq\":2")), key in "\\PC{0,8}", number in any::<f64>(),
        ) {
            let entry = entry(texts.clone(), json!({ key: number }));
            let mut read: Value = serde_json::from_str(&entry.line()).unwrap();
            prop_assert_eq!(&read["source"], &json!(texts[1]));
            prop_assert_eq!(&read["tenant"], &json!(texts[2]));
            prop_assert_eq!(&read["address"], &json!(texts[3]));
            prop_assert_eq!(&read["request_id"], &json!(texts[4]));
            let hash = read.as_object_mut().unwrap().remove("hash").unwrap();
            let mut again = String::new();
            canonical::write(&read, &mut again);
            prop_assert_eq!(hash, json!(hex::encode(Sha256::digest(again))));
        }
    }
}
