//! A source: a product's database, opened read-only for one export.

pub mod postgres;
pub mod sqlite;

use crate::{catalog::Catalog, error::ExportError, plan::TablePlan, rows::RowBlock, schema::Schema};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::export::{Engine, TenantId};
use tokio::sync::mpsc;

/// Where a source is.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name in the configuration, or `cli`.
    pub name: String,
    /// Its kind.
    pub engine: Engine,
    /// Its URL, with credentials.
    url: SecretString,
}

/// One point in time of a source: a single read-only transaction on a pinned session.
pub enum Snapshot {
    /// `repeatable read, read only`.
    Postgres(postgres::PostgresSnapshot),
    /// One read transaction.
    Sqlite(sqlite::SqliteSnapshot),
}

/// How the snapshot was obtained; goes into the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotProof {
    /// When.
    pub taken_at: DateTime<Utc>,
    /// `repeatable read` or `sqlite read transaction`.
    pub isolation: String,
    /// PostgreSQL: `pg_current_snapshot()`; SQLite: `data_version` and `schema_version`.
    pub proof: String,
}

/// A tenant as the source knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// Its key as the database prints it: what the tripwire compares with.
    pub key: String,
    /// The name people know it by.
    pub label: Option<String>,
}

impl Source {
    /// A source at `postgres://…` or `sqlite://path`.
    pub fn new(_name: &str, _url: &SecretString) -> Result<Self, ExportError> {
        todo!()
    }
    /// The live schema, on a connection of its own.
    pub async fn schema(&self, _schemas: &[String]) -> Result<Schema, ExportError> {
        todo!()
    }
    /// Whether the tenant exists, on a connection of its own.
    pub async fn has_tenant(&self, _catalog: &Catalog, _tenant: &TenantId) -> Result<bool, ExportError> {
        todo!()
    }
    /// Takes a snapshot. `label` becomes the session's name (`handover/<label>`), `now` the time noted.
    pub async fn snapshot(&self, _label: &str, _now: DateTime<Utc>) -> Result<Snapshot, ExportError> {
        todo!()
    }
}

impl Snapshot {
    /// How it was obtained.
    pub fn proof(&self) -> &SnapshotProof {
        todo!()
    }
    /// The live schema as the snapshot sees it.
    pub async fn schema(&mut self, _schemas: &[String]) -> Result<Schema, ExportError> {
        todo!()
    }
    /// Binds the tenant's key for every later read, row level security included; [`ExportError::TenantNotFound`] if there is none.
    pub async fn bind_tenant(
        &mut self,
        _catalog: &Catalog,
        _schema: &Schema,
        _tenant: &TenantId,
    ) -> Result<TenantRow, ExportError> {
        todo!()
    }
    /// Reads a slice into `blocks`, checking the tripwire on every row *before* it is handed on; returns the number of rows. Ends early with
    /// [`ExportError::Cancelled`] when the receiver is gone.
    pub async fn read(&mut self, _table: &TablePlan, _blocks: mpsc::Sender<RowBlock>) -> Result<u64, ExportError> {
        todo!()
    }
    /// The statements that set sequences on restore (`select setval(…)`, `update sqlite_sequence …`), as the snapshot sees them.
    pub async fn sequence_statements(
        &mut self,
        _table: &TablePlan,
        _live: &crate::schema::Table,
    ) -> Result<Vec<String>, ExportError> {
        todo!()
    }
    /// Ends the transaction and the session; after an error or early end it is closed instead.
    pub async fn close(self) {
        todo!()
    }
}
