//! PostgreSQL as a source.

/// A `repeatable read, read only` transaction.
pub struct PostgresSnapshot {}
