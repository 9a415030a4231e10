//! The worker: reads a tenant's slice, writes the archive, uploads it, mails the link.

pub mod archive;
pub mod catalog;
pub mod check;
pub mod error;
pub mod format;
pub mod plan;
pub mod rows;
pub mod schema;
pub mod source;
