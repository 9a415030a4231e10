//! What a message tells: its type, its number, and which types a webhook wants.

use crate::export::{UnknownWord, words};
use std::{fmt, str::FromStr};
use uuid::Uuid;

words! {
    /// What a message tells.
    Event {
        /// The archive can be downloaded.
        Ready = "export.ready",
        /// The export ended without an archive.
        Failed = "export.failed",
        /// The archive was deleted at the end of its time, or by request.
        Expired = "export.expired",
        /// Somebody began to download a file of the archive.
        Downloaded = "export.downloaded",
        /// Nothing happened; somebody tries the webhook.
        Ping = "handover.ping",
    }
}

impl Event {
    /// The types that a webhook can be for; pings come when they are asked for.
    pub const OF_EXPORTS: [Self; 4] = [Self::Ready, Self::Failed, Self::Expired, Self::Downloaded];
}

/// The types of events that a webhook is for; none named: all, also those of later versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Events(Vec<Event>);

impl Events {
    /// Those of the list, each once, in the order of [`Event`].
    pub fn new(events: &[Event]) -> Self {
        Self(Event::OF_EXPORTS.into_iter().filter(|event| events.contains(event)).collect())
    }

    /// Those that are named.
    pub fn named(&self) -> &[Event] {
        &self.0
    }

    /// As the ledger keeps them: each between spaces, so that one is found without parsing.
    pub(crate) fn stored(&self) -> String {
        self.0.iter().map(|event| format!(" {event} ")).collect()
    }
}

impl TryFrom<String> for Events {
    type Error = UnknownWord;

    fn try_from(stored: String) -> Result<Self, UnknownWord> {
        stored.split_whitespace().map(Event::from_str).collect::<Result<_, _>>().map(Self)
    }
}

/// The number of a message as receivers see it, `msg_` and 32 hexadecimal digits: the header `webhook-id`, the same for every try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageId(pub Uuid);

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "msg_{}", self.0.simple())
    }
}

/// The text is no number of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message has a number like msg_01890a5dac967774bbceb302099a8057")]
pub struct NotAMessageId;

impl FromStr for MessageId {
    type Err = NotAMessageId;

    fn from_str(text: &str) -> Result<Self, NotAMessageId> {
        let digits = text.strip_prefix("msg_").filter(|digits| digits.len() == 32).ok_or(NotAMessageId)?;
        Uuid::parse_str(digits).map(Self).map_err(|_| NotAMessageId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_are_kept_once_and_found_between_spaces() {
        let events = Events::new(&[Event::Downloaded, Event::Ready, Event::Ready, Event::Ping]);
        assert_eq!(events.named(), [Event::Ready, Event::Downloaded]);
        assert_eq!(events.stored(), " export.ready  export.downloaded ");
        assert_eq!(Events::try_from(events.stored()), Ok(events));
        assert_eq!(Events::try_from(String::new()), Ok(Events::default()));
        assert!(Events::try_from(" export.vanished ".to_owned()).is_err());
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_it_was_written(number in any::<u128>()) {
            let id = MessageId(Uuid::from_u128(number));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert!(!id.to_string().contains('.'));
        }

        #[test]
        fn no_other_text_is_a_number(text in "\\PC{0,40}") {
            if let Ok(id) = text.parse::<MessageId>() {
                prop_assert!(text.eq_ignore_ascii_case(&id.to_string()));
            }
        }
    }
}
