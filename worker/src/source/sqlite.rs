//! SQLite as a source.

/// One read transaction.
pub struct SqliteSnapshot {}
