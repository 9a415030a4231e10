//! Mails: what they say in each language, how they are addressed, and how people stop those that nobody has to get.

mod letters;
mod preview;
mod reminders;
mod unsubscribing;
