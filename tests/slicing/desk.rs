//! What the tests of slicing work with: a source, a catalog, and the rows that come out.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::export::TenantId;
use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use worker::{
    catalog::Catalog,
    error::ExportError,
    plan::{Plan, TablePlan},
    rows::{RowBlock, SqliteValue},
    source::{Snapshot, Source, TenantRow},
};

/// The rows of every table by its name, each as its printed cells (`None` for NULL).
pub(crate) type Slice = BTreeMap<String, Vec<Vec<Option<String>>>>;

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(crate) fn source(url: &str) -> Source {
    Source::new("test", &SecretString::from(url.to_owned())).unwrap()
}

pub(crate) fn tenant(key: &str) -> TenantId {
    TenantId::new(key).unwrap()
}

pub(crate) fn catalog(text: &str) -> Catalog {
    Catalog::parse(text).unwrap()
}

/// Opens a snapshot with the tenant bound and the plan made.
pub(crate) async fn open(url: &str, catalog: &Catalog, key: &str) -> Result<(Snapshot, Plan, TenantRow), ExportError> {
    let mut snapshot = source(url).snapshot("test", noon()).await?;
    let schema = snapshot.schema(&catalog.schemas).await?;
    let plan = Plan::tenant(catalog, schema)
        .map_err(|findings| ExportError::Catalog(findings.iter().map(ToString::to_string).collect()))?;
    let row = snapshot.bind_tenant(catalog, &plan.schema, &tenant(key)).await?;
    Ok((snapshot, plan, row))
}

/// Everything that an export of this tenant would hold.
pub(crate) async fn export(url: &str, catalog: &Catalog, key: &str) -> Result<Slice, ExportError> {
    let (mut snapshot, plan, _) = open(url, catalog, key).await?;
    let mut slice = Slice::new();
    for table in &plan.tables {
        let blocks = read(&mut snapshot, table).await?;
        slice.insert(table.name.clone(), blocks.iter().flat_map(cells).collect());
    }
    snapshot.close().await;
    Ok(slice)
}

/// Reads one slice whole; the count must be that of the rows that arrived.
pub(crate) async fn read(snapshot: &mut Snapshot, table: &TablePlan) -> Result<Vec<RowBlock>, ExportError> {
    let (sender, mut receiver) = mpsc::channel(4);
    let gather = async {
        let mut blocks = Vec::new();
        while let Some(block) = receiver.recv().await {
            blocks.push(block);
        }
        blocks
    };
    let (count, blocks) = tokio::join!(snapshot.read(table, sender), gather);
    assert_eq!(count?, blocks.iter().map(RowBlock::rows).sum::<u64>());
    Ok(blocks)
}

pub(crate) fn cells(block: &RowBlock) -> Vec<Vec<Option<String>>> {
    match block {
        RowBlock::CopyText { bytes, .. } => String::from_utf8(bytes.to_vec())
            .unwrap()
            .lines()
            .map(|line| line.split('\t').map(|cell| (cell != "\\N").then(|| cell.to_owned())).collect())
            .collect(),
        RowBlock::Mysql(rows) => rows
            .rows()
            .map(|row| row.map(|cell| cell.map(|cell| String::from_utf8_lossy(cell).into_owned())).collect())
            .collect(),
        RowBlock::Sqlite(rows) => rows.iter().map(|row| row.iter().map(print).collect()).collect(),
    }
}

fn print(value: &SqliteValue) -> Option<String> {
    match value {
        SqliteValue::Null => None,
        SqliteValue::Integer(number) => Some(number.to_string()),
        SqliteValue::Real(number) => Some(number.to_string()),
        SqliteValue::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        SqliteValue::Blob(bytes) => Some(format!("{bytes:?}")),
    }
}

/// The first cell of every row of a table.
pub(crate) fn keys(slice: &Slice, table: &str) -> Vec<String> {
    let mut keys: Vec<String> = slice[table].iter().map(|row| row[0].clone().unwrap_or_default()).collect();
    keys.sort_unstable();
    keys
}

pub(crate) async fn run_postgres(url: &str, statements: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) async fn run_mysql(url: &str, statements: &str) {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A SQLite file that lives as long as the folder that comes with it.
pub(crate) async fn sqlite(statements: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("source.db").display());
    let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    (folder, url)
}
