//! Nobody ever gets somebody else's row, and nothing of one's own is missing.

pub(crate) mod desk;
mod hostile;
mod mysql;
mod oracle;
mod postgres;
mod sqlite;
mod values;
