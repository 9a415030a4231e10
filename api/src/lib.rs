//! The HTTP API and the pages that people see.
//!
//! This crate never opens a source and holds no source credentials: it reads and writes the ledger, rings the queue,
//! and reads archives from the vault.

mod address;
mod auth;
mod body;
mod connections;
mod console;
mod cookie;
mod cross_origin;
mod cursor;
mod exchange;
mod form;
mod headers;
mod intake;
mod language_tag;
mod mail_address;
mod pages;
pub mod portal;
mod problem;
pub mod range;
mod routes;
mod server;
mod throttle;
mod tls;
mod words;

pub use auth::Portal;
pub use routes::{Access, Route, documentation::openapi, routes};
pub use server::{ApiError, Server};
pub use tls::TlsError;

use shared::{config::Config, keyring::Keyring, ledger::Ledger, link::LinkSigner, queue::Queue, vault::Vault};

/// What the API stands on.
#[derive(Clone)]
pub struct Context {
    /// The configuration; its sources are never looked at.
    pub config: Config,
    /// The ledger, migrated.
    pub ledger: Ledger,
    /// The queue.
    pub queue: Queue,
    /// The vault.
    pub vault: Vault,
    /// Unwraps the data keys of archives.
    pub keyring: Keyring,
    /// Signs new links and checks presented ones.
    pub signer: LinkSigner,
}
