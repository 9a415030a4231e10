//! What the API and the worker both need: the words of the domain, configuration, ledger, queue, vault and links.

pub mod clock;
pub mod config;
pub mod display;
pub mod envelope;
pub mod export;
pub mod key_list;
pub mod keyring;
pub mod language;
pub mod ledger;
pub mod link;
pub mod metrics;
pub mod password;
pub mod queue;
pub mod reader;
pub mod recipient;
pub mod retention;
pub mod schedule;
pub mod telemetry;
pub mod totp;
pub mod unsealing;
pub mod vault;
pub mod webhook;
