//! A source: a product's database, opened read-only for one export.

pub mod mysql;
pub(crate) mod placement;
pub mod postgres;
mod refusal;
mod rights;
pub mod sqlite;
mod survey;
mod tenant_keys;
mod tripwire;

pub use placement::Opened;
pub use rights::Rights;
pub use survey::{Policy, Probe, Survey};
pub use tenant_keys::TenantPage;

use crate::{
    catalog::Catalog,
    error::ExportError,
    plan::{
        Plan, TablePlan,
        territory::{Place, Territory},
    },
    rows::RowBlock,
    schema::{Schema, Table},
};
use chrono::{DateTime, Utc};
use postgres::large_objects::LargeObjects;
use secrecy::{ExposeSecret, SecretString};
use shared::export::{Engine, SubjectId, TenantId};
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
    /// Another database of the server, or another file, than the URL names.
    place: Option<String>,
}

/// One point in time of a source: a single read-only transaction on a pinned session.
pub enum Snapshot {
    /// `repeatable read, read only`.
    Postgres(Box<postgres::PostgresSnapshot>),
    /// A consistent snapshot.
    Mysql(Box<mysql::MysqlSnapshot>),
    /// One read transaction.
    Sqlite(Box<sqlite::SqliteSnapshot>),
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
    /// What the server says of itself: `version()` in full.
    pub server: String,
}

/// A tenant as the source knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// Its key as the database prints it: what the tripwire compares with.
    pub key: String,
    /// The name people know it by.
    pub label: Option<String>,
}

/// The time of a snapshot whose proof goes nowhere.
const NOWHERE_NOTED: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// About as many bytes of rows as one block holds.
const BLOCK: usize = 256 * 1024;

/// Waits until every server was told to stop what a dropped snapshot was doing; a process calls it before it ends. Takes a few seconds at the most.
pub async fn settle() {
    tokio::join!(postgres::settle(), mysql::settle());
}

impl Source {
    /// A source at `postgres://…` or `sqlite://path`.
    pub fn new(name: &str, url: &SecretString) -> Result<Self, ExportError> {
        let scheme = url.expose_secret().split(':').next().unwrap_or_default();
        let engine = match scheme {
            "postgres" | "postgresql" => Engine::Postgres,
            "mysql" | "mariadb" => Engine::Mysql,
            "sqlite" => Engine::Sqlite,
            _ => {
                return Err(refusal::refused(
                    "its URL must begin with postgres://, mysql:// or sqlite://".to_owned(),
                    None,
                ));
            }
        };
        match engine {
            Engine::Postgres => drop(postgres::options(url)?),
            Engine::Mysql => drop(mysql::options(url)?),
            Engine::Sqlite => drop(sqlite::options(url)?),
        }
        Ok(Self { name: name.to_owned(), engine, url: url.clone(), place: None })
    }

    /// The live schema, on a connection of its own.
    pub async fn schema(&self, schemas: &[String]) -> Result<Schema, ExportError> {
        let mut snapshot = self.snapshot("schema", NOWHERE_NOTED).await?;
        let schema = snapshot.schema(schemas).await;
        snapshot.close().await;
        schema
    }

    /// Whether the tenant exists, on a connection of its own.
    pub async fn has_tenant(&self, catalog: &Catalog, tenant: &TenantId) -> Result<bool, ExportError> {
        match self.tenant_row(catalog, tenant).await {
            Ok(_) => Ok(true),
            Err(ExportError::TenantNotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the person exists in this tenant's data, on a connection of its own; [`ExportError::TenantNotFound`] if the tenant does not.
    pub async fn has_subject(
        &self,
        catalog: &Catalog,
        tenant: &TenantId,
        subject: &SubjectId,
    ) -> Result<bool, ExportError> {
        let mut opened = self.open(catalog, tenant, "subject", NOWHERE_NOTED).await?;
        let found = async {
            let schema = opened.snapshot.schema(&opened.catalog.schemas).await?;
            opened.bind(&schema).await?;
            opened.snapshot.bind_subject(&opened.catalog, &schema, subject).await
        }
        .await;
        opened.snapshot.close().await;
        match found {
            Ok(()) => Ok(true),
            Err(ExportError::SubjectNotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes a snapshot. `label` becomes the session's name (`handover/<label>`), `now` the time noted.
    pub async fn snapshot(&self, label: &str, now: DateTime<Utc>) -> Result<Snapshot, ExportError> {
        let (url, place) = (&self.url, self.place.as_deref());
        Ok(match self.engine {
            Engine::Postgres => {
                Snapshot::Postgres(Box::new(postgres::PostgresSnapshot::take(url, place, label, now).await?))
            }
            Engine::Mysql => Snapshot::Mysql(Box::new(mysql::MysqlSnapshot::take(url, place, label, now).await?)),
            Engine::Sqlite => Snapshot::Sqlite(Box::new(sqlite::SqliteSnapshot::take(url, place, now).await?)),
        })
    }
}

impl Snapshot {
    /// How it was obtained.
    pub fn proof(&self) -> &SnapshotProof {
        match self {
            Self::Postgres(snapshot) => snapshot.proof(),
            Self::Mysql(snapshot) => snapshot.proof(),
            Self::Sqlite(snapshot) => snapshot.proof(),
        }
    }

    /// The live schema as the snapshot sees it.
    pub async fn schema(&mut self, schemas: &[String]) -> Result<Schema, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.schema(schemas).await,
            Self::Mysql(snapshot) => snapshot.schema().await,
            Self::Sqlite(snapshot) => snapshot.schema().await,
        }
    }

    /// Binds the tenant's key for every later read, row level security included; [`ExportError::TenantNotFound`] if there is none.
    ///
    /// The tenant's id must be spelt as the database prints the key: `A0EE…` is not found where the key is `a0ee…`, so that one tenant has one id.
    pub async fn bind_tenant(
        &mut self,
        catalog: &Catalog,
        schema: &Schema,
        tenant: &TenantId,
    ) -> Result<TenantRow, ExportError> {
        let territory = Territory::new(catalog, schema);
        let place = tenant_table(&territory)?;
        match self {
            Self::Postgres(snapshot) => snapshot.bind_tenant(&territory, place, tenant).await,
            Self::Mysql(snapshot) => snapshot.bind_tenant(&territory, place, tenant).await,
            Self::Sqlite(snapshot) => snapshot.bind_tenant(&territory, place, tenant).await,
        }
    }

    /// Binds the person's key for every later read, after the tenant's; [`ExportError::SubjectNotFound`] if the tenant's data hold no such person.
    ///
    /// The key must be spelt as the database prints it, like a tenant's.
    pub async fn bind_subject(
        &mut self,
        catalog: &Catalog,
        schema: &Schema,
        subject: &SubjectId,
    ) -> Result<(), ExportError> {
        let territory = Territory::subject(catalog, schema, subject.kind()).ok_or(ExportError::SubjectNotFound)?;
        let person = territory.person().ok_or(ExportError::SubjectNotFound)?;
        match self {
            Self::Postgres(snapshot) => snapshot.bind_subject(person, subject).await,
            Self::Mysql(snapshot) => snapshot.bind_subject(person, subject).await,
            Self::Sqlite(snapshot) => snapshot.bind_subject(person, subject).await,
        }
    }

    /// From here on whole tables are read, by plans whose queries mention no tenant: for a restored archive, all of which belongs to one owner.
    pub(crate) fn read_whole_tables(&mut self) {
        match self {
            Self::Postgres(snapshot) => snapshot.read_whole_tables(),
            Self::Mysql(snapshot) => snapshot.read_whole_tables(),
            Self::Sqlite(snapshot) => snapshot.read_whole_tables(),
        }
    }

    /// Reads a slice into `blocks`, checking the tripwire on every row *before* it is handed on; returns the number of rows. Ends early with
    /// [`ExportError::Cancelled`] when the receiver is gone; after that, and after any error, the snapshot can only be closed.
    pub async fn read(&mut self, table: &TablePlan, blocks: mpsc::Sender<RowBlock>) -> Result<u64, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.read(table, &blocks).await,
            Self::Mysql(snapshot) => snapshot.read(table, &blocks).await,
            Self::Sqlite(snapshot) => snapshot.read(table, &blocks).await,
        }
    }

    /// The large objects that the delivered rows of a plan point to, to be read from the same snapshot; `None` if the plan delivers none.
    pub(crate) async fn large_objects<'s, 'p>(
        &'s mut self,
        plan: &'p Plan,
    ) -> Result<Option<LargeObjects<'s, 'p>>, ExportError> {
        match self {
            Self::Postgres(snapshot) => LargeObjects::find(snapshot, plan).await,
            Self::Mysql(_) | Self::Sqlite(_) => Ok(None),
        }
    }

    /// A piece of a large object; `None` if there is none of this number. Shorter than [`large_objects::PIECE`](postgres::large_objects::PIECE) where it ends.
    pub(crate) async fn large_object(&mut self, number: u32, offset: u64) -> Result<Option<Vec<u8>>, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.large_object(number, offset).await,
            Self::Mysql(_) | Self::Sqlite(_) => Ok(None),
        }
    }

    /// How many large objects the whole database has.
    pub(crate) async fn count_large_objects(&mut self) -> Result<u64, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.large_objects().await,
            Self::Mysql(_) | Self::Sqlite(_) => Ok(0),
        }
    }

    /// Runs a statement that counts over all tenants: rows of a text or NULL, and a number. `what` is what it is for, as in `checking sales`. A source that
    /// would hide rows from its user refuses; after any error the snapshot can only be closed.
    pub async fn count(&mut self, sql: &str, what: &str) -> Result<Vec<(Option<String>, u64)>, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.count(sql, what).await,
            Self::Mysql(snapshot) => snapshot.count(sql, what).await,
            Self::Sqlite(snapshot) => snapshot.count(sql, what).await,
        }
    }

    /// The statements that set sequences on restore. They take the highest value among the restored rows: where the source's own sequence stands would
    /// tell a tenant how many rows all the others have. None for SQLite, which raises `sqlite_sequence` by itself when rows with keys are inserted.
    pub async fn sequence_statements(&mut self, table: &TablePlan, live: &Table) -> Result<Vec<String>, ExportError> {
        Ok(match self {
            Self::Postgres(_) => postgres::sequences::statements(table, live),
            // The counter of `auto_increment` is raised when rows with keys are inserted; a sequence is not.
            Self::Mysql(_) => mysql::sequences::statements(table, live),
            Self::Sqlite(_) => Vec::new(),
        })
    }

    /// Whether every row of a column of text holds JSON, where that must be tried out: in PostgreSQL. `what` is as for [`Self::count`].
    pub(crate) async fn holds_json(&mut self, relation: &str, column: &str, what: &str) -> Result<bool, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.holds_json(relation, column, what).await,
            Self::Mysql(_) | Self::Sqlite(_) => Ok(true),
        }
    }

    /// Ends the transaction and the session; after an error or early end it is closed instead.
    pub async fn close(self) {
        match self {
            Self::Postgres(snapshot) => snapshot.close().await,
            Self::Mysql(snapshot) => snapshot.close().await,
            Self::Sqlite(snapshot) => snapshot.close().await,
        }
    }
}

/// Hands a block on; returns how many rows it has. After a giant one the next row is read only when whoever takes blocks is done with it: a block without rows,
/// which waits behind it, is taken then.
async fn hand_on(blocks: &mpsc::Sender<RowBlock>, block: RowBlock) -> Result<u64, ExportError> {
    let (rows, behind) = (block.rows(), block.is_giant().then(|| block.without_rows()));
    blocks.send(block).await.map_err(|_| ExportError::Cancelled)?;
    if let Some(behind) = behind {
        blocks.send(behind).await.map_err(|_| ExportError::Cancelled)?;
        // Everything is free when everything was taken.
        drop(blocks.reserve_many(blocks.max_capacity()).await.map_err(|_| ExportError::Cancelled)?);
    }
    Ok(rows)
}

/// The live table of tenants with its key.
fn tenant_table(territory: &Territory<'_>) -> Result<Place, ExportError> {
    let rule = &territory.catalog.tenant;
    match territory.by_name().get(rule.table.as_str()).map(Vec::as_slice) {
        Some([place]) if territory.table(*place).column(&rule.key).is_some() => Ok(*place),
        _ => Err(ExportError::Catalog(vec![format!(
            "{}.{}: the source has no such table or column, but the catalog names it as the tenant's key",
            rule.table, rule.key
        )])),
    }
}
