//! Archives of MariaDB, restored with its own client.

mod literals;
mod rules;
mod stopping;
mod torture;
mod triggers;

use super::{archive, succeeded};
use crate::support::{
    archive::Archive,
    mariadb::{Database, MariaDb},
};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use std::{path::Path, process::Output};

/// A catalog that gives every table to the tenant by its column `tenant_id`, but for those that are listed with another rule.
fn catalog(tables: &[&str], others: &str) -> String {
    let owned: String =
        tables.iter().map(|table| format!("[tables.{table}]\nowner = {{ column = \"tenant_id\" }}\n")).collect();
    format!(
        "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"tenants\"\nkey = \"id\"\n[tables.tenants]\nowner = {{ column = \"id\" }}\n{owned}{others}"
    )
}

/// A database of this content, written by the client.
async fn product(hint: &str, statements: &str) -> Database {
    let server = MariaDb::shared().await;
    let database = server.create_database(hint).await;
    succeeded(&server.client(&database.name, Path::new("/"), statements.as_bytes()));
    database
}

/// Runs the restore in a session that begins with these statements.
async fn restore(database: &Database, archive: &Archive, before: &str) -> Output {
    let mut script = before.as_bytes().to_vec();
    script.extend(std::fs::read(archive.root().join("sql/restore.sql")).unwrap());
    MariaDb::shared().await.client(&database.name, &archive.root(), &script)
}

/// Leaves a database of this content and arrives in an empty one.
async fn restored(hint: &str, statements: &str, catalog: &str) -> (Database, Archive, Output) {
    let product = product(hint, statements).await;
    let archive = archive(&product.url, catalog).await;
    let database = MariaDb::shared().await.create_database(&format!("{hint}_restored")).await;
    let output = restore(&database, &archive, "").await;
    succeeded(&output);
    (database, archive, output)
}

/// The texts of a query whose only column is called `v`, sorted.
async fn texts(database: &Database, query: &str) -> Vec<String> {
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    let query = format!("select convert(x.v using utf8mb4) from ({query}) as x");
    let mut texts: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    texts.sort();
    texts
}

async fn run(database: &Database, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    let ran = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await;
    connection.close().await.unwrap();
    ran.map(drop)
}
