//! Products in one SQLite file.

use std::path::Path;

use anyhow::Context as _;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::Generator;
use crate::table::{Cursor, Table, Value};

/// Rows per statement: beyond this the trip to SQLite's thread no longer shows.
const BATCH: usize = 64;

/// Writes a new file with the schema and every tenant's rows, all or nothing.
///
/// # Errors
///
/// When something already stands at `path`, when it cannot be written, or when two tenants share a key.
pub(crate) async fn create(
    path: &Path,
    schema: &'static str,
    tables: &[Table],
    generator: &Generator,
) -> anyhow::Result<()> {
    generator.check()?;
    anyhow::ensure!(!path.exists(), "{} exists already; nothing was changed", path.display());
    // A half-written file is deleted, so nothing has to survive a crash while writing.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off);
    let mut connection =
        SqliteConnection::connect_with(&options).await.with_context(|| format!("cannot create {}", path.display()))?;
    let filled = fill(&mut connection, schema, tables, generator).await;
    connection.close().await?;
    if filled.is_err() {
        std::fs::remove_file(path)?;
    }
    filled
}

async fn fill(
    connection: &mut SqliteConnection,
    schema: &'static str,
    tables: &[Table],
    generator: &Generator,
) -> anyhow::Result<()> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(schema).execute(&mut *transaction).await?;
    for (number, filled) in tables.iter().enumerate() {
        table(&mut transaction, generator, filled, number)
            .await
            .with_context(|| format!("cannot fill {}", filled.name))?;
    }
    transaction.commit().await?;
    sqlx::raw_sql("analyze").execute(connection).await?;
    Ok(())
}

/// Writes all rows of a table.
async fn table(
    connection: &mut SqliteConnection,
    generator: &Generator,
    table: &Table,
    number: usize,
) -> anyhow::Result<()> {
    let full = statement(table, BATCH);
    let mut rows: Vec<Value> = Vec::with_capacity(BATCH * table.columns.len());
    for mut cursor in Cursor::over(generator, table, number) {
        rows.extend((table.row)(&mut cursor));
        if rows.len() == BATCH * table.columns.len() {
            insert(connection, full.clone(), &mut rows).await?;
        }
    }
    if !rows.is_empty() {
        let rest = statement(table, rows.len() / table.columns.len());
        insert(connection, rest, &mut rows).await?;
    }
    Ok(())
}

/// Names come from this crate's constants, values are bound.
fn statement(table: &Table, rows: usize) -> String {
    let places = format!("({})", vec!["?"; table.columns.len()].join(", "));
    format!("insert into {} ({}) values {}", table.name, table.columns.join(", "), vec![places; rows].join(", "))
}

async fn insert(connection: &mut SqliteConnection, statement: String, rows: &mut Vec<Value>) -> anyhow::Result<()> {
    let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(statement));
    for value in rows.drain(..) {
        query = bind(query, value);
    }
    query.execute(connection).await?;
    Ok(())
}

fn bind(
    query: sqlx::query::Query<'_, Sqlite, SqliteArguments>,
    value: Value,
) -> sqlx::query::Query<'_, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<String>),
        Value::Boolean(value) => query.bind(value),
        Value::Integer(value) => query.bind(value),
        Value::Real(value) => query.bind(value),
        Value::Text(value) => query.bind(value.into_owned()),
        Value::Bytes(value) => query.bind(value),
    }
}
