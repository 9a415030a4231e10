//! Webhooks by the Standard Webhooks specification (<https://www.standardwebhooks.com>): what is told, where to, and what proves who tells it.

mod address;
mod event;
mod secret;

pub use address::{RefusedAddress, address, is_public};
pub use event::{Event, Events, MessageId};
pub use secret::{KeptSecret, Secret};

use crate::export::words;

words! {
    /// Where a message for one webhook stands.
    Delivery {
        /// Waits for its first try or the next one, or is being sent.
        Pending = "pending",
        /// Its receiver took it.
        Delivered = "delivered",
        /// Given up after the last try.
        Failed = "failed",
        /// Never sent, because the webhook was disabled.
        Missed = "missed",
    }
}

words! {
    /// Why a webhook is disabled.
    Disabled {
        /// Somebody wished it.
        Request = "request",
        /// Its receiver answered 410 Gone.
        Gone = "gone",
        /// Nothing that was sent was taken for days.
        Failing = "failing",
    }
}
