//! The worker: reads a tenant's slice, writes the archive, uploads it, mails the link.

pub mod archive;
pub mod attempt;
pub mod catalog;
pub mod ceilings;
pub mod check;
pub mod context;
mod delivery;
mod doorbells;
pub mod error;
pub mod estimate;
pub mod export;
pub mod format;
pub mod infer;
mod lease;
pub mod mail;
pub mod notify;
pub mod plan;
pub mod reconcile;
mod remains;
pub mod rows;
pub mod schema;
pub mod signing;
pub mod source;
pub mod sweep;
pub mod tenant_check;
mod timekeeping;
pub mod worker;
