//! Questions to the database of a restore: whether it is empty before, and which keys are not valid after.

use super::{RestoreError, client};
use crate::format::sql::name::backticked;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use shared::export::Engine;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, PgConnection, SqliteConnection,
    mysql::MySqlConnectOptions, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

/// A foreign key that some restored rows break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyNotValid {
    /// Its table.
    pub table: String,
    /// Its name, or the table that it points to where it has none (SQLite).
    pub key: String,
    /// How many rows break it, where the database tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
}

/// [`RestoreError::NotEmpty`] unless nothing was ever made in the database.
pub(super) async fn require_empty(engine: Engine, url: &SecretString) -> Result<(), RestoreError> {
    let found: Vec<(String, i64)> = match engine {
        Engine::Postgres => {
            let mut connection = postgres(url).await?;
            // What belongs to an extension came with the template.
            let found = sqlx::query_as(
                "with own as (
                     select oid from pg_namespace
                     where nspname <> 'information_schema' and nspname !~ '^pg_'
                 ), made as (
                     select 'schema' as kind, oid, 'pg_namespace'::regclass as catalog from pg_namespace
                     where oid in (select oid from own) and nspname <> 'public'
                     union all
                     select case when relkind in ('r', 'p') then 'table' else 'relation' end, oid, 'pg_class'::regclass from pg_class
                     where relnamespace in (select oid from own) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
                     union all
                     select 'type', oid, 'pg_type'::regclass from pg_type
                     where typnamespace in (select oid from own) and typtype in ('d', 'e', 'r')
                     union all
                     select 'function', oid, 'pg_proc'::regclass from pg_proc where pronamespace in (select oid from own)
                     union all
                     select 'large object', oid, 'pg_largeobject'::regclass from pg_largeobject_metadata
                 )
                 select kind, count(*) from made
                 where not exists (select 1 from pg_depend where classid = catalog and objid = made.oid and deptype = 'e')
                 group by kind order by kind",
            )
            .persistent(false)
            .fetch_all(&mut connection)
            .await?;
            connection.close().await?;
            found
        }
        Engine::Mysql => {
            let mut connection = mysql(url).await?;
            let found = sqlx::query_as(
                "select 'table', count(*) from information_schema.tables where table_schema = database()
                 union all select 'routine', count(*) from information_schema.routines where routine_schema = database()",
            )
            .persistent(false)
            .fetch_all(&mut connection)
            .await?;
            connection.close().await?;
            found
        }
        Engine::Sqlite => match std::fs::metadata(client::file(url)?) {
            // The client makes the file.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
            Ok(_) => {
                let mut connection = sqlite(url).await?;
                let found = sqlx::query_as("select type, count(*) from sqlite_schema group by type order by type")
                    .fetch_all(&mut connection)
                    .await?;
                connection.close().await?;
                found
            }
        },
    };
    let told: Vec<String> = found
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {kind}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if told.is_empty() { Ok(()) } else { Err(RestoreError::NotEmpty { found: told.join(", ") }) }
}

/// The keys that restored rows break.
pub(super) async fn keys_not_valid(engine: Engine, url: &SecretString) -> Result<Vec<KeyNotValid>, RestoreError> {
    let keys: Vec<(String, String, Option<i64>)> = match engine {
        Engine::Postgres => {
            let mut connection = postgres(url).await?;
            let keys = sqlx::query_as(
                "select conrelid::regclass::text, conname::text, null::bigint from pg_constraint
                 where contype = 'f' and not convalidated order by 1, 2",
            )
            .persistent(false)
            .fetch_all(&mut connection)
            .await?;
            connection.close().await?;
            keys
        }
        Engine::Mysql => {
            let mut connection = mysql(url).await?;
            let keys = orphans(&mut connection).await?;
            connection.close().await?;
            keys
        }
        Engine::Sqlite => {
            let mut connection = sqlite(url).await?;
            let keys = sqlx::query_as(
                "select \"table\", 'to ' || parent, count(*) from pragma_foreign_key_check group by \"table\", parent, fkid order by 1, 2",
            )
            .fetch_all(&mut connection)
            .await?;
            connection.close().await?;
            keys
        }
    };
    Ok(keys.into_iter().map(|(table, key, rows)| KeyNotValid { table, key, rows }).collect())
}

/// MySQL does not tell which of its keys rows break that came while nobody checked, so each is asked for.
async fn orphans(connection: &mut MySqlConnection) -> sqlx::Result<Vec<(String, String, Option<i64>)>> {
    let pairs: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "select convert(table_name using utf8mb4), convert(constraint_name using utf8mb4), convert(column_name using utf8mb4),
                convert(referenced_table_name using utf8mb4), convert(referenced_column_name using utf8mb4)
         from information_schema.key_column_usage
         where table_schema = database() and referenced_table_schema = database()
         order by table_name, constraint_name, ordinal_position",
    )
    .persistent(false)
    .fetch_all(&mut *connection)
    .await?;
    let mut keys = Vec::new();
    for key in pairs.chunk_by(|one, next| (&one.0, &one.1) == (&next.0, &next.1)) {
        let (table, name, _, parent, _) = &key[0];
        let given: Vec<String> = key.iter().map(|pair| format!("c.{} is not null", backticked(&pair.2))).collect();
        let same: Vec<String> =
            key.iter().map(|pair| format!("p.{} = c.{}", backticked(&pair.4), backticked(&pair.2))).collect();
        let text = format!(
            "select count(*) from {} as c where {} and not exists (select 1 from {} as p where {})",
            backticked(table),
            given.join(" and "),
            backticked(parent),
            same.join(" and ")
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(text)).persistent(false).fetch_one(&mut *connection).await?;
        if rows > 0 {
            keys.push((table.clone(), name.clone(), Some(rows)));
        }
    }
    Ok(keys)
}

async fn postgres(url: &SecretString) -> sqlx::Result<PgConnection> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    options.statement_cache_capacity(0).disable_statement_logging().connect().await
}

async fn mysql(url: &SecretString) -> sqlx::Result<MySqlConnection> {
    let options: MySqlConnectOptions = url.expose_secret().parse()?;
    options.disable_statement_logging().connect().await
}

async fn sqlite(url: &SecretString) -> sqlx::Result<SqliteConnection> {
    let options: SqliteConnectOptions = url.expose_secret().parse()?;
    options.read_only(true).create_if_missing(false).disable_statement_logging().connect().await
}
