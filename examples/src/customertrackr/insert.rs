use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::Generator;
use crate::table::{Cursor, Table, Value};

/// Rows per statement: beyond this the trip to SQLite's thread no longer shows.
const BATCH: usize = 64;

/// Writes all rows of a table.
pub(super) async fn table(
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
