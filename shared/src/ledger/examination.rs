//! What the ledger's database says of itself, and what its rows say of the vault; for `handover doctor`.

use super::{Ledger, Result};
use chrono::{DateTime, Utc};

/// What the ledger's database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The engine with its version.
    pub server: String,
    /// The clock of its machine.
    pub clock: DateTime<Utc>,
    /// Whether the connection is encrypted; `None` for a file.
    pub is_encrypted: Option<bool>,
    /// Settings with which committed rows could be lost when the machine stops, as `name=value`.
    pub careless: Vec<String>,
}

/// The life of a ready archive.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Life {
    /// When it became ready.
    pub finished_at: DateTime<Utc>,
    /// When its time is over.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Ledger {
    /// Asks the database about itself.
    pub async fn examine(&self) -> Result<Examined> {
        match self {
            Self::Postgres(pool) => {
                let (version, clock, is_encrypted): (String, DateTime<Utc>, Option<bool>) = sqlx::query_as(
                    "select current_setting('server_version'), clock_timestamp(), (select ssl from pg_stat_ssl where pid = pg_backend_pid())",
                )
                .fetch_one(pool)
                .await?;
                let careless: Vec<String> = sqlx::query_scalar(
                    "select name || '=' || setting from pg_settings
                     where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name",
                )
                .fetch_all(pool)
                .await?;
                let version = version.split(' ').next().unwrap_or_default();
                Ok(Examined { server: format!("PostgreSQL {version}"), clock, is_encrypted, careless })
            }
            Self::Sqlite(pool) => {
                let (version, mode): (String, String) =
                    sqlx::query_as("select sqlite_version(), journal_mode from pragma_journal_mode")
                        .fetch_one(pool)
                        .await?;
                let careless = if mode == "wal" { Vec::new() } else { vec![format!("journal_mode={mode}")] };
                let server = format!("SQLite {version}");
                Ok(Examined { server, clock: crate::clock::now(), is_encrypted: None, careless })
            }
        }
    }
}

/// The lives of all ready archives.
pub async fn lives(ledger: &Ledger) -> Result<Vec<Life>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select finished_at, expires_at from exports where state = 'ready' and finished_at is not null")
        .fetch_all(pool).await?),
    )
}

/// How many archives are past their time and still there although their deletion was tried, and since when the oldest is.
pub async fn undeleted(ledger: &Ledger) -> Result<(i64, Option<DateTime<Utc>>)> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select count(*), min(deletion_began_at) from exports where state = 'ready' and deletion_error is not null")
        .fetch_one(pool).await?))
}

/// Whether the ledger knows an object of the vault: as a file of an archive, or as one whose upload has begun; also one below a key that it knows.
pub async fn knows_object(ledger: &Ledger, key: &str) -> Result<bool> {
    let exact: bool = on!(ledger, pool => sqlx::query_scalar(
        "select exists (select 1 from files where object_key = $1) or exists (select 1 from uploads where object_key = $1)")
        .bind(key).fetch_one(pool).await?);
    if exact {
        return Ok(true);
    }
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select exists (select 1 from uploads where substr($1, 1, length(object_key)) = object_key)")
        .bind(key).fetch_one(pool).await?))
}
