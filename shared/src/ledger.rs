//! The ledger: Handover's own database, the only truth about exports, links, notifications, keys and audit.
//!
//! One set of query functions serves SQLite (embedded) and PostgreSQL 13+; each file holds the queries of one table.
//! Times are bound, never taken from the database, and truncated to microseconds so that both engines store the same.

/// Runs one query text on the pool of either engine.
macro_rules! on {
    ($ledger:expr, $pool:ident => $body:expr) => {
        match $ledger {
            $crate::ledger::Ledger::Postgres($pool) => $body,
            $crate::ledger::Ledger::Sqlite($pool) => $body,
        }
    };
}

/// Runs one query text inside an open transaction of either engine.
macro_rules! within {
    ($transaction:expr, $connection:ident => $body:expr) => {
        match $crate::ledger::Transaction::open($transaction) {
            $crate::ledger::Open::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::ledger::Open::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}

pub mod audit;
pub mod checks;
pub mod codes;
pub mod configurations;
pub mod contents;
pub mod data_keys;
pub mod downloads;
pub mod duties;
pub mod estimates;
pub mod examination;
pub mod exports;
pub mod figures;
pub mod files;
pub mod history;
pub mod keys;
pub mod links;
pub mod mail_refusals;
mod migrations;
pub mod notifications;
pub mod operators;
pub mod overview;
mod person;
pub mod recipients;
pub mod rules;
pub mod schedules;
pub mod source_checks;
pub mod sources;
pub mod webhooks;
pub mod workers;

pub use person::Person;

use chrono::{DateTime, SubsecRound, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use std::borrow::Cow;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// How long a caller waits for a connection, and a SQLite writer for the others.
const PATIENCE: Duration = Duration::from_secs(10);

/// A pool of connections to the ledger; cheap to clone.
#[derive(Clone)]
pub enum Ledger {
    /// A PostgreSQL database.
    Postgres(PgPool),
    /// A SQLite file in WAL mode.
    Sqlite(SqlitePool),
}

/// An open transaction on the ledger, with what it has to tell the audit; rolled back when dropped.
pub struct Transaction {
    open: Open,
    /// Chained when it commits.
    events: Vec<audit::Event>,
}

enum Open {
    /// On PostgreSQL, at the isolation level `read committed`.
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
    /// The keys that the archive must be encrypted to are not those that it was encrypted to.
    #[error("the keys that the archive is encrypted to changed while it was made")]
    RecipientsChanged,
    /// The ledger's schema is older or newer than this program.
    #[error("the ledger's schema does not match this program: run `handover migrate`")]
    NotMigrated,
    /// Somebody took the head of the audit's chain away: nothing may be changed that cannot be audited.
    #[error("the head of the audit's chain is missing: run `handover audit verify`")]
    AuditWithoutHead,
    /// A key for one tenant must also name the source, for a tenant's id means something in one source only.
    #[error("a key for one tenant must name its source too")]
    TenantWithoutSource,
    /// A key that may do nothing.
    #[error("a key needs at least one scope")]
    KeyWithoutScope,
    /// The operating system gave no random bytes for a key.
    #[error("the system gave no random bytes: {0}")]
    Random(getrandom::Error),
}

/// What ledger functions return.
pub type Result<T> = std::result::Result<T, LedgerError>;

impl Ledger {
    /// Opens the ledger at `postgres://…` or `sqlite://path`; a SQLite file is made if it is missing (mode 0600), its directory is not.
    pub async fn open(url: &SecretString) -> Result<Self> {
        let url = url.expose_secret();
        match url.split_once("://").map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => {
                let options = PgConnectOptions::from_str(url)?.application_name("handover/ledger");
                let pool = PgPoolOptions::new().max_connections(10).acquire_timeout(PATIENCE);
                let pool = pool.after_connect(|connection, _| {
                    Box::pin(async move {
                        // Whoever dies between the head of the audit's chain and the commit must not hold everybody up.
                        sqlx::raw_sql(
                            "set idle_in_transaction_session_timeout = '20s'; set tcp_keepalives_idle = 15;
                             set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set tcp_user_timeout = '30s'",
                        )
                        .execute(connection)
                        .await?;
                        Ok(())
                    })
                });
                Ok(Self::Postgres(pool.connect_with(options).await?))
            }
            Some("sqlite") => {
                let options = SqliteConnectOptions::from_str(url)?;
                make_private_file(options.get_filename()).await?;
                // `full`, because a row must outlive a power cut once its doorbell has rung.
                let options = options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(PATIENCE)
                    .foreign_keys(true)
                    // What is deleted is overwritten: a wrapped key that was shredded must not stay on a free page.
                    .pragma("secure_delete", "on");
                let pool = SqlitePoolOptions::new().max_connections(8).acquire_timeout(PATIENCE);
                Ok(Self::Sqlite(pool.connect_with(options).await?))
            }
            _ => Err(LedgerError::UnknownScheme),
        }
    }

    /// Applies the migrations that are missing, all or none; returns how many there were. Processes that migrate at once wait for each other.
    pub async fn migrate(&self) -> Result<u64> {
        migrations::apply(self).await
    }

    /// Refuses a ledger whose schema is not exactly this program's.
    pub async fn require_migrated(&self) -> Result<()> {
        migrations::require(self).await
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        on!(self, pool => sqlx::query("select 1").execute(pool).await?.rows_affected());
        Ok(())
    }

    /// The time of the ledger's own clock; that of this machine where the ledger is a file.
    pub async fn clock(&self) -> Result<DateTime<Utc>> {
        match self {
            Self::Postgres(pool) => Ok(sqlx::query_scalar("select clock_timestamp()").fetch_one(pool).await?),
            Self::Sqlite(_) => Ok(crate::clock::now()),
        }
    }

    /// Begins a transaction that will write.
    pub async fn begin(&self) -> Result<Transaction> {
        Ok(match self {
            // Every "update … where" here relies on reading the row again after waiting for its lock.
            Self::Postgres(pool) => Open::Postgres(pool.begin_with("begin isolation level read committed").await?),
            // A transaction that begins by reading could not wait for the write lock, only fail.
            Self::Sqlite(pool) => Open::Sqlite(pool.begin_with("begin immediate").await?),
        }
        .into())
    }

    /// Begins a transaction that only reads, and sees one state of the ledger throughout.
    async fn snapshot(&self) -> Result<Transaction> {
        Ok(match self {
            Self::Postgres(pool) => {
                Open::Postgres(pool.begin_with("begin isolation level repeatable read read only").await?)
            }
            Self::Sqlite(pool) => Open::Sqlite(pool.begin().await?),
        }
        .into())
    }
}

impl From<Open> for Transaction {
    fn from(open: Open) -> Self {
        Self { open, events: Vec::new() }
    }
}

impl Transaction {
    /// Makes everything that was written in it permanent, at once, with its events at the end of the audit's chain.
    pub async fn commit(mut self) -> Result<()> {
        audit::chain::append(&mut self.open, &self.events).await?;
        match self.open {
            Open::Postgres(transaction) => transaction.commit().await?,
            Open::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    fn open(&mut self) -> &mut Open {
        &mut self.open
    }

    /// Waits until no other transaction is alone under this number; then this one is, until it ends. SQLite lets one writer in at a time anyhow.
    async fn alone(&mut self, number: i64) -> Result<()> {
        if let Open::Postgres(transaction) = &mut self.open {
            sqlx::query("select pg_advisory_xact_lock($1)").bind(number).execute(&mut **transaction).await?;
        }
        Ok(())
    }
}

/// Makes the file with mode 0600 if it is missing; SQLite gives its `-wal` and `-shm` files the same mode.
async fn make_private_file(path: &Path) -> Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).await.map_err(sqlx::Error::Io)?;
    Ok(())
}

/// The time as both engines store it.
fn stored(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// The text as both engines store it: PostgreSQL has no NUL character in a text.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
