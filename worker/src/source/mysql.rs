//! MySQL and MariaDB as a source.

mod cells;
mod definitions;
mod float;
mod introspection;
mod places;
mod rows;
pub(super) mod sequences;
mod session;
mod spelling;
mod survey;
mod tenant;
mod triggers;

use super::{
    SnapshotProof, TenantRow, refusal,
    tripwire::{Alike, Tripwire},
};
use crate::{
    error::ExportError,
    plan::{
        TablePlan,
        mysql::Kind,
        person::Person,
        territory::{Place, Territory},
    },
    rows::RowBlock,
    schema::{Column, Schema},
};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::export::{SubjectId, TenantId};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use std::collections::HashMap;
use tokio::sync::mpsc;

use rows::{Failure, Watch};
use session::Backend;
pub(super) use session::{options, settle};
use spelling::Spelling;

/// One `start transaction with consistent snapshot, read only` on a pinned session.
///
/// One session reads everything, because only then is it certain that there is one snapshot: several could be held to the same point only by a lock on the
/// whole server.
pub struct MysqlSnapshot {
    connection: MySqlConnection,
    backend: Backend,
    /// The comment before each statement.
    name: String,
    role: String,
    version: String,
    database: String,
    proof: SnapshotProof,
    tenant: Option<Tenant>,
    /// When each table came to be, as the schema was read.
    created: HashMap<String, Option<String>>,
}

/// The key that is bound, as it is printed, and the tenants' key.
#[derive(Clone)]
pub(super) struct Tenant {
    printed: String,
    key: Column,
}

impl MysqlSnapshot {
    pub(super) async fn take(
        url: &SecretString,
        place: Option<&str>,
        label: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, ExportError> {
        session::begin(url, place, label, now).await
    }

    pub(super) fn proof(&self) -> &SnapshotProof {
        &self.proof
    }

    pub(super) async fn schema(&mut self) -> Result<Schema, ExportError> {
        let read = introspection::schema(&mut self.connection, &self.version, &self.database).await;
        let (schema, created) = read.map_err(|error| self.failed(error, "reading the schema"))?;
        self.created = created;
        self.release().await?;
        Ok(schema)
    }

    pub(super) async fn bind_tenant(
        &mut self,
        territory: &Territory<'_>,
        place: Place,
        tenant: &TenantId,
    ) -> Result<TenantRow, ExportError> {
        let row = match tenant::bind(&mut self.connection, territory, place, tenant).await {
            Ok(row) => row,
            Err(Failure::Database(error)) => return Err(self.failed(error, "looking the tenant up")),
            Err(Failure::Export(error)) => return Err(error),
        };
        let key = territory.table(place).column(&territory.catalog.tenant.key).ok_or(ExportError::TenantNotFound)?;
        self.tenant = Some(Tenant { printed: row.key.clone(), key: key.clone() });
        self.release().await?;
        Ok(row)
    }

    /// The tenant that is bound.
    pub(super) fn bound(&self) -> Option<Tenant> {
        self.tenant.clone()
    }

    /// Binds a tenant that was found in another database.
    pub(super) async fn adopt(&mut self, tenant: &Tenant) -> Result<(), ExportError> {
        let set = tenant::set(&mut self.connection, tenant::TENANT, &tenant.printed, &tenant.key).await;
        set.map_err(|error| self.failed(error, "binding the tenant"))?;
        self.tenant = Some(tenant.clone());
        Ok(())
    }

    pub(super) async fn bind_subject(&mut self, person: &Person<'_>, subject: &SubjectId) -> Result<(), ExportError> {
        match tenant::bind_subject(&mut self.connection, person, subject).await {
            Ok(()) => self.release().await,
            Err(Failure::Database(error)) => Err(self.failed(error, "looking the person up")),
            Err(Failure::Export(error)) => Err(error),
        }
    }

    /// Nobody's key: a plan that has none to compare may be read.
    pub(super) fn read_whole_tables(&mut self) {
        self.tenant = Some(Tenant { printed: String::new(), key: Column::default() });
    }

    pub(super) async fn read(
        &mut self,
        table: &TablePlan,
        blocks: &mpsc::Sender<RowBlock>,
    ) -> Result<u64, ExportError> {
        if self.backend.broken {
            return Err(ExportError::Internal("a broken snapshot was read again".to_owned()));
        }
        let mut watch = self.watch(table)?;
        self.backend.broken = true;
        let read = rows::read(&mut self.connection, &self.name, table, &mut watch, blocks).await;
        if let Some(spelling) = watch.and_then(|watch| watch.spelling) {
            spelling.close().await;
        }
        let count = match read {
            Ok(count) => count,
            // Tables that are dropped, emptied or altered under a snapshot: what was planned is no longer there.
            Err(Failure::Database(error)) if matches!(refusal::mysql_number(&error), Some(1412 | 1146 | 1054)) => {
                return Err(ExportError::SchemaChanged);
            }
            Err(Failure::Database(error)) => {
                return Err(refusal::mysql(error, &self.role, &format!("reading {}", table.name)));
            }
            Err(Failure::Export(error)) => return Err(error),
        };
        self.backend.broken = false;
        self.is_unchanged(table).await?;
        self.release().await?;
        self.connection.shrink_buffers();
        Ok(count)
    }

    pub(super) async fn count(&mut self, sql: &str, what: &str) -> Result<Vec<(Option<String>, u64)>, ExportError> {
        let counted = cells::read(&mut self.connection, &format!("{}{sql}", self.name)).await;
        let rows = counted.map_err(|error| self.failed(error, what))?;
        self.release().await?;
        let mut counts = Vec::new();
        for row in rows {
            let counted = match row.as_slice() {
                [text, Some(count)] => count.parse().ok().map(|count| (text.clone(), count)),
                _ => None,
            };
            counts.push(counted.ok_or_else(|| ExportError::Internal("a count is no number".to_owned()))?);
        }
        Ok(counts)
    }

    pub(super) async fn close(mut self) {
        if self.backend.broken {
            self.backend.kill().await;
            drop(self.connection.close_hard().await);
        } else {
            let ended = sqlx::raw_sql("rollback").execute(&mut self.connection).await;
            if let Err(error) = ended {
                tracing::debug!(%error, "the source's transaction could not be ended, closing its connection");
            }
            self.backend.end();
            drop(self.connection.close().await);
        }
    }

    fn watch(&self, table: &TablePlan) -> Result<Option<Watch>, ExportError> {
        let tenant = self
            .tenant
            .as_ref()
            .ok_or_else(|| ExportError::Internal("a slice was read before its tenant was bound".to_owned()))?;
        Ok(table.owner_column.map(|index| {
            let alike = match Kind::of(&tenant.key) {
                Kind::Number => Alike::Number,
                Kind::Bytes => Alike::Hexadecimal,
                Kind::Text => Alike::Exact,
                Kind::Other => Alike::AsciiCase,
            };
            let spelling = Spelling::new(&self.backend.options, &tenant.key, &tenant.printed);
            Watch {
                index,
                tripwire: Tripwire::new(&tenant.printed, alike).with_null(table.owner_may_be_null),
                spelling,
            }
        }))
    }

    /// Whether the table that was read is the one whose schema was read. InnoDB itself refuses to show an altered table to an older snapshot; a table that took
    /// the name of another one, or that knows no transactions, it shows.
    async fn is_unchanged(&mut self, table: &TablePlan) -> Result<(), ExportError> {
        let Some(before) = self.created.get(&table.table).cloned() else { return Ok(()) };
        let text = format!(
            "{}select create_time from information_schema.tables where table_schema = {} and table_name = {}",
            self.name,
            cells::literal(&self.database),
            cells::literal(&table.table)
        );
        let found = cells::read(&mut self.connection, &text)
            .await
            .map_err(|error| self.failed(error, &format!("checking {}", table.name)))?;
        match found.as_slice() {
            [row] if row.first() == Some(&before) => Ok(()),
            _ => Err(ExportError::SchemaChanged),
        }
    }

    /// Lets go of the tables that were used, so that an export does not keep the product from altering them; the snapshot stays.
    async fn release(&mut self) -> Result<(), ExportError> {
        let text = format!("{}rollback to savepoint handover", self.name);
        match sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut self.connection).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(error, "letting go of a table")),
        }
    }

    fn failed(&mut self, error: sqlx::Error, what: &str) -> ExportError {
        self.backend.broken = true;
        refusal::mysql(error, &self.role, what)
    }
}
