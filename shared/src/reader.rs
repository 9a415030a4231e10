//! Who reads mails that may be stopped, known by a hash.

use crate::export::words;
use sha2::{Digest, Sha256};

words! {
    /// What mails are about that their readers may stop.
    Topic {
        /// Reminders of archives that nobody downloaded, of one source.
        Reminders = "reminders",
        /// What goes wrong with one schedule.
        Schedule = "schedule",
    }
}

/// Who reads mails of one topic.
///
/// The hash is the same wherever the same address reads about the same thing, so that a choice outlives everything that is forgotten meanwhile. Nobody learns
/// the address from it who does not guess it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// What the mails are about.
    pub topic: Topic,
    /// SHA-256 of what they are about and the address.
    pub hash: [u8; 32],
}

impl Reader {
    /// Reads reminders of a source's archives.
    pub fn of_reminders(source: &str, address: &str) -> Self {
        Self::new(Topic::Reminders, source, address)
    }

    /// Reads about one schedule.
    pub fn of_schedule(schedule: uuid::Uuid, address: &str) -> Self {
        Self::new(Topic::Schedule, &schedule.to_string(), address)
    }

    fn new(topic: Topic, about: &str, address: &str) -> Self {
        let address = address.trim().to_lowercase();
        let text = format!("handover reader 1\n{topic}\n{}:{about}\n{address}", about.len());
        Self { topic, hash: Sha256::digest(text).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_reader_is_the_same_however_the_address_is_written_and_another_elsewhere() {
        let reader = Reader::of_reminders("ceppro", "owner@example.com");
        assert_eq!(Reader::of_reminders("ceppro", "Owner@Example.com"), reader);
        for other in [
            Reader::of_reminders("ceppro", "other@example.com"),
            Reader::of_reminders("proecommerce", "owner@example.com"),
            Reader::of_schedule(Uuid::nil(), "owner@example.com"),
        ] {
            assert_ne!(other.hash, reader.hash);
        }
    }
}
