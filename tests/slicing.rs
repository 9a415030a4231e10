//! Nobody ever gets somebody else's row, and nothing of one's own is missing.

mod cycles;
pub(crate) mod desk;
mod explain;
mod hostile;
mod json;
mod mysql;
mod oracle;
mod postgres;
mod sqlite;
mod values;
mod ways;
