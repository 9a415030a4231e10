//! Cells of 100 MB and tables of 400 columns.

use super::{archive, postgres::restore, sqlite3};
use crate::{
    slicing::desk::{run_postgres, sqlite},
    support::postgres::Postgres,
};
use sqlx::{Connection, PgConnection};
use std::process::Command;

const CELL: u32 = 100_000_000;

/// A row's number, then the length and MD5 of each of its cells.
type Measured = (i32, Option<i32>, Option<String>, Option<i32>, Option<String>);

#[tokio::test]
async fn a_text_and_a_bytea_of_100_mb_arrive_from_postgres_as_they_left() {
    let database = Postgres::shared().await.create_database("large").await;
    run_postgres(
        &database.url,
        &format!(
            "create table t(id int primary key); insert into t values (1); create table c(id int primary key, t_id int, v text, b bytea);
             alter table c alter v set storage external, alter b set storage external;
             insert into c values (1, 1, repeat(E'0123456789abcde\\\\', {CELL} / 16), null), (2, 1, null, decode(repeat('00ff5c270a', {CELL} / 5), 'hex')), (3, 1, 'after', 'after')"
        ),
    )
    .await;
    let catalog = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }";
    let archive = archive(&database.url, catalog, "1").await;
    let (_, restored) = restore("large_restored", &archive).await;
    let mut shown = Vec::new();
    for url in [&database.url, &restored] {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let rows: Vec<Measured> = sqlx::query_as("select id, length(v), md5(v), length(b), md5(b) from c order by id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        shown.push(rows);
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!((shown[1][0].1, shown[1][1].3), (Some(100_000_000), Some(100_000_000)));
}

#[tokio::test]
async fn a_blob_of_100_mb_arrives_from_sqlite_as_it_left() {
    let (folder, url) = sqlite(&format!(
        "create table t(id integer primary key); insert into t values (1); create table c(id integer primary key, t_id int, v blob); insert into c values (1, 1, randomblob({CELL})), (2, 1, 'after')"
    ))
    .await;
    let catalog = "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }";
    let archive = archive(&url, catalog, "1").await;
    let file = archive.root().join("restored.db");
    sqlite3(&file, "sql/restore.sql", &archive.root());
    let both = format!(
        "attach '{}' as source; select length(one.v), one.v = other.v, typeof(one.v) = typeof(other.v) from c as one join source.c as other using (id)",
        folder.path().join("source.db").display()
    );
    let shown = Command::new("sqlite3").args([file.to_str().unwrap(), &both]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout), format!("{CELL}|1|1\n5|1|1\n"));
}
