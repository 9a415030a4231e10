//! The ledger: Handover's own database, the only truth about exports, links, notifications, keys and audit.
//!
//! One set of query functions serves SQLite (embedded) and PostgreSQL 13+; each file holds the queries of one table.
//! Times are bound, never taken from the database, and truncated to microseconds so that both engines store the same.

pub mod audit;
pub mod checks;
pub mod exports;
pub mod files;
pub mod keys;
pub mod links;
pub mod notifications;
pub mod sources;
pub mod workers;

use secrecy::SecretString;
use sqlx::{PgPool, SqlitePool};

/// A pool of connections to the ledger; cheap to clone.
#[derive(Clone)]
pub enum Ledger {
    /// A PostgreSQL database.
    Postgres(PgPool),
    /// A SQLite file in WAL mode.
    Sqlite(SqlitePool),
}

/// An open transaction on the ledger; rolled back when dropped.
pub enum Transaction {
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    /// On SQLite, begun as `begin immediate`.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
}

/// Why the ledger could not answer.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database refused or could not be reached.
    #[error("the ledger did not answer")]
    Database(#[from] sqlx::Error),
    /// A migration could not be applied.
    #[error("the ledger could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The URL is not one of a supported database.
    #[error("the ledger's URL must begin with postgres:// or sqlite://")]
    UnknownScheme,
    /// The caller's attempt is no longer the current one: another worker has taken over, or the export was cancelled.
    #[error("attempt {attempt} of the export is no longer the current one")]
    Fenced {
        /// The attempt that wanted to write.
        attempt: i64,
    },
    /// The ledger's schema is older or newer than this program.
    #[error("the ledger's schema does not match this program: run `handover migrate`")]
    NotMigrated,
}

/// What ledger functions return.
pub type Result<T> = std::result::Result<T, LedgerError>;

impl Ledger {
    /// Opens the ledger at `postgres://…` or `sqlite://path`; a SQLite file is made if it is missing (mode 0600).
    pub async fn open(_url: &SecretString) -> Result<Self> {
        todo!()
    }
    /// Applies the migrations that are missing; returns how many there were.
    pub async fn migrate(&self) -> Result<u64> {
        todo!()
    }
    /// Refuses a ledger whose schema is not exactly this program's.
    pub async fn require_migrated(&self) -> Result<()> {
        todo!()
    }
    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }
    /// Begins a transaction that will write.
    pub async fn begin(&self) -> Result<Transaction> {
        todo!()
    }
}
