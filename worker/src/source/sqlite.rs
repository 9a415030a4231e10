//! SQLite as a source.

mod introspection;
pub(super) mod places;
mod survey;
mod values;

use super::{
    BLOCK, SnapshotProof, TenantRow, hand_on, refusal,
    tripwire::{Alike, Tripwire},
};
use crate::{
    error::ExportError,
    plan::{
        TablePlan,
        identifier::quote,
        person::Person,
        slice::Slicer,
        territory::{Place, Territory},
    },
    rows::{RowBlock, SqliteValue},
    schema::Schema,
};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use shared::export::{SubjectId, TenantId};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection,
    sqlite::{SqliteArguments, SqliteConnectOptions},
};
use std::time::Duration;
use tokio::sync::mpsc;

/// One read transaction.
pub struct SqliteSnapshot {
    connection: SqliteConnection,
    proof: SnapshotProof,
    tenant: Option<Tenant>,
    /// The person's key, as it is stored.
    subject: SqliteValue,
}

#[derive(Clone)]
pub(super) struct Tenant {
    /// As it is stored in the table of tenants.
    key: SqliteValue,
    printed: String,
    alike: Alike,
}

/// Rows that wait between SQLite's thread and ours; each may be large.
const ROWS_WAITING: usize = 16;

pub(super) fn options(url: &SecretString) -> Result<SqliteConnectOptions, ExportError> {
    let options: SqliteConnectOptions =
        url.expose_secret().parse().map_err(|error| refusal::sqlite(error, "connecting"))?;
    Ok(options
        .read_only(true)
        .create_if_missing(false)
        .immutable(false)
        .busy_timeout(Duration::from_secs(30))
        .row_buffer_size(ROWS_WAITING)
        .disable_statement_logging())
}

impl SqliteSnapshot {
    pub(super) async fn take(url: &SecretString, place: Option<&str>, now: DateTime<Utc>) -> Result<Self, ExportError> {
        let refuse = |error| refusal::sqlite(error, "connecting");
        let mut options = options(url)?;
        if let Some(place) = place {
            options = options.filename(place);
        }
        let mut connection = options.connect().await.map_err(refuse)?;
        sqlx::raw_sql("begin deferred; pragma query_only = on").execute(&mut connection).await.map_err(refuse)?;
        // The first read, not `begin`, fixes the point in time.
        let (version, data, server): (i64, i64, String) = sqlx::query_as(
            "select (select schema_version from pragma_schema_version), (select data_version from pragma_data_version), 'SQLite ' || sqlite_version() || ' ' || sqlite_source_id() from (select count(*) from sqlite_schema)",
        )
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
        Ok(Self {
            connection,
            proof: SnapshotProof {
                taken_at: now,
                isolation: "sqlite read transaction".to_owned(),
                proof: format!("data_version={data} schema_version={version}"),
                server,
            },
            tenant: None,
            subject: SqliteValue::Null,
        })
    }

    pub(super) fn proof(&self) -> &SnapshotProof {
        &self.proof
    }

    pub(super) async fn schema(&mut self) -> Result<Schema, ExportError> {
        introspection::schema(&mut self.connection).await.map_err(|error| refusal::sqlite(error, "reading the schema"))
    }

    pub(super) async fn bind_tenant(
        &mut self,
        territory: &Territory<'_>,
        place: Place,
        tenant: &TenantId,
    ) -> Result<TenantRow, ExportError> {
        let rule = &territory.catalog.tenant;
        let table = territory.table(place);
        let key = table.column(&rule.key).ok_or(ExportError::TenantNotFound)?;
        let label = rule.label.as_ref().map_or("null".to_owned(), |label| format!("cast(t.{} as text)", quote(label)));
        let text = format!(
            "select t.{key}, {label} from {}.{} as t where t.{key} in (?1, ?2, ?3) limit 100",
            quote(&table.schema),
            quote(&table.name),
            key = quote(&key.name),
        );
        // A text finds an integer by the column's affinity, but not in a column without one.
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(tenant.as_str())
            .bind(tenant.as_str().parse::<i64>().ok())
            .bind(hex::decode(tenant.as_str()).ok())
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| refusal::sqlite(error, "looking the tenant up"))?;
        let mut found = Vec::new();
        for row in &rows {
            let value = values::value(row, 0).map_err(unreadable)?;
            if values::print(&value).as_deref() == Some(tenant.as_str().as_bytes()) {
                found.push((value, row));
            }
        }
        let (key_value, row) = match found.as_slice() {
            [] => return Err(ExportError::TenantNotFound),
            [one] => one.clone(),
            _ => {
                return Err(refusal::refused(
                    "several rows of the table of tenants have this key; name a unique column as `tenant.key`"
                        .to_owned(),
                    None,
                ));
            }
        };
        let label = match values::value(row, 1).map_err(unreadable)? {
            SqliteValue::Text(text) => Some(String::from_utf8_lossy(&text).into_owned()),
            _ => None,
        };
        self.tenant = Some(Tenant {
            key: key_value,
            printed: tenant.as_str().to_owned(),
            alike: match key.collation.as_deref() {
                Some("\"NOCASE\"") => Alike::AsciiCase,
                Some("\"RTRIM\"") => Alike::Blanks,
                _ => Alike::Exact,
            },
        });
        Ok(TenantRow { key: tenant.as_str().to_owned(), label })
    }

    /// The tenant that is bound.
    pub(super) fn bound(&self) -> Option<Tenant> {
        self.tenant.clone()
    }

    /// Binds a tenant that was found in another file.
    pub(super) fn adopt(&mut self, tenant: &Tenant) {
        self.tenant = Some(tenant.clone());
    }

    pub(super) async fn bind_subject(&mut self, person: &Person<'_>, subject: &SubjectId) -> Result<(), ExportError> {
        let unbound = || ExportError::Internal("a person was looked up before its tenant was bound".to_owned());
        let tenant = self.tenant.as_ref().ok_or_else(unbound)?;
        let territory = &person.tenant;
        let key = territory.table(person.place).column(&person.rule.key).ok_or(ExportError::SubjectNotFound)?;
        let mut slicer = Slicer::new(territory);
        let alias = slicer.alias();
        let tenants = slicer.tenants_of_person(person.place, &alias).ok_or(ExportError::SubjectNotFound)?;
        let text = format!(
            "select {alias}.{key} from {table} as {alias} where {alias}.{key} in (?2, ?3, ?4) and ({tenants}) limit 100",
            key = quote(&key.name),
            table = slicer.relation(person.place),
        );
        // As for a tenant: a text finds no integer in a column without an affinity.
        let rows = bind(sqlx::query(AssertSqlSafe(text)).persistent(false), &tenant.key)
            .bind(subject.key())
            .bind(subject.key().parse::<i64>().ok())
            .bind(hex::decode(subject.key()).ok())
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| refusal::sqlite(error, "looking the person up"))?;
        let mut found = Vec::new();
        for row in &rows {
            let value = values::value(row, 0).map_err(unreadable)?;
            if values::print(&value).as_deref() == Some(subject.key().as_bytes()) {
                found.push(value);
            }
        }
        match found.len() {
            0 => Err(ExportError::SubjectNotFound),
            1 => {
                self.subject = found.swap_remove(0);
                Ok(())
            }
            _ => Err(refusal::several_persons()),
        }
    }

    /// Nobody's key: a plan that has none to compare may be read.
    pub(super) fn read_whole_tables(&mut self) {
        self.tenant = Some(Tenant { key: SqliteValue::Null, printed: String::new(), alike: Alike::Exact });
    }

    pub(super) async fn read(
        &mut self,
        table: &TablePlan,
        blocks: &mpsc::Sender<RowBlock>,
    ) -> Result<u64, ExportError> {
        let tenant = self
            .tenant
            .as_ref()
            .ok_or_else(|| ExportError::Internal("a slice was read before its tenant was bound".to_owned()))?;
        let tripwire = table
            .owner_column
            .map(|index| (index, Tripwire::new(&tenant.printed, tenant.alike).with_null(table.owner_may_be_null)));
        let query = sqlx::query(AssertSqlSafe(table.select.clone())).persistent(false);
        let mut rows = bind(bind(query, &tenant.key), &self.subject).fetch(&mut self.connection);
        let mut block = Vec::new();
        let mut size = 0;
        let mut total = 0;
        while let Some(row) =
            rows.try_next().await.map_err(|error| refusal::sqlite(error, &format!("reading {}", table.name)))?
        {
            if row.len() != table.columns.len() {
                return Err(ExportError::SchemaChanged);
            }
            let values = values::row(&row, table.columns.len()).map_err(unreadable)?;
            if let Some((index, tripwire)) = &tripwire
                && !owned(values.get(*index), &tenant.key, tripwire)
            {
                return Err(ExportError::Tripwire { table: table.name.clone() });
            }
            let length = values::size(&values);
            if !block.is_empty() && size + length > BLOCK {
                total += hand_on(blocks, RowBlock::Sqlite(std::mem::take(&mut block))).await?;
                size = 0;
            }
            size += length;
            block.push(values);
            if size > BLOCK {
                total += hand_on(blocks, RowBlock::Sqlite(std::mem::take(&mut block))).await?;
                size = 0;
            }
        }
        if !block.is_empty() {
            total += hand_on(blocks, RowBlock::Sqlite(block)).await?;
        }
        Ok(total)
    }

    pub(super) async fn count(&mut self, sql: &str, what: &str) -> Result<Vec<(Option<String>, u64)>, ExportError> {
        let rows: Vec<(Option<Vec<u8>>, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .persistent(false)
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| refusal::sqlite(error, what))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(rows.into_iter().map(|(bytes, count)| (bytes.map(text), count.unsigned_abs())).collect())
    }

    pub(super) async fn close(mut self) {
        let ended = sqlx::raw_sql("rollback").execute(&mut self.connection).await;
        if let Err(error) = ended {
            tracing::debug!(%error, "the source's transaction could not be ended, closing its connection");
        }
        drop(self.connection.close().await);
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind<'q>(query: Query<'q>, key: &SqliteValue) -> Query<'q> {
    match key {
        SqliteValue::Null => query.bind(None::<i64>),
        SqliteValue::Integer(number) => query.bind(*number),
        SqliteValue::Real(number) => query.bind(*number),
        // A key was found by its text, so it is UTF-8.
        SqliteValue::Text(text) => query.bind(String::from_utf8_lossy(text).into_owned()),
        SqliteValue::Blob(bytes) => query.bind(bytes.clone()),
    }
}

/// Whether the cell holds the tenant's key, be it stored as a number or as text.
fn owned(cell: Option<&SqliteValue>, key: &SqliteValue, tripwire: &Tripwire) -> bool {
    match (cell, key) {
        (None, _) => false,
        (Some(SqliteValue::Real(cell)), SqliteValue::Integer(key)) => {
            #[expect(clippy::cast_precision_loss, reason = "SQLite compares the same way")]
            let key = *key as f64;
            *cell == key
        }
        (Some(cell), _) => tripwire.allows(values::print(cell).as_deref()),
    }
}

fn unreadable(error: sqlx::Error) -> ExportError {
    refusal::sqlite(error, "reading a value")
}
