//! A writer moves money between two tables, each time in one transaction: no archive ever holds it twice or not at all.

use crate::{
    fidelity::archive,
    slicing::desk::{run_mysql, run_postgres, sqlite},
    support::{archive::Archive, mariadb::MariaDb, postgres::Postgres},
};
use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection};
use std::collections::BTreeSet;

const ARCHIVES: usize = 100;
const CATALOG: &str = "version = 1\nengine = \"ENGINE\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.purse]\nowner = { column = \"t_id\" }\n[tables.vault]\nowner = { column = \"t_id\" }";
const SCHEMA: &str = "create table t(id integer primary key); insert into t values (1);
    create table purse(id integer primary key, t_id int, amount int); insert into purse values (1, 1, 1000); create table vault(id integer primary key, t_id int, amount int); insert into vault values (1, 1, 0);";

/// One move, there and back in turns.
fn transfer(turn: usize) -> String {
    let amount = 1 + turn % 7;
    let (from, to) = if turn % 20 < 10 { ("purse", "vault") } else { ("vault", "purse") };
    format!("begin; update {from} set amount = amount - {amount}; update {to} set amount = amount + {amount}; commit")
}

fn amount(archive: &Archive, table: &str) -> i64 {
    let sheet = archive.sheet(table);
    let place = sheet.columns.iter().position(|column| column == "amount").unwrap();
    sheet.rows.iter().map(|row| row[place].parse::<i64>().unwrap()).sum()
}

/// Makes the archives while somebody writes; the sum is that of the beginning in each, though the parts are not.
async fn the_sum_is_constant(url: &str, engine: &str) {
    let mut purses = BTreeSet::new();
    for number in 0..ARCHIVES {
        let archive = archive(url, &CATALOG.replace("ENGINE", engine), "1").await;
        let purse = amount(&archive, "purse");
        assert_eq!(purse + amount(&archive, "vault"), 1000, "archive {number}");
        purses.insert(purse);
    }
    assert!(purses.len() > 10, "the writer hardly wrote: {purses:?}");
}

#[tokio::test]
async fn a_hundred_archives_of_postgres_hold_the_same_sum() {
    let database = Postgres::shared().await.create_database("money").await;
    run_postgres(&database.url, SCHEMA).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let writer = tokio::spawn(async move {
        for turn in 0.. {
            sqlx::raw_sql(sqlx::AssertSqlSafe(transfer(turn))).execute(&mut connection).await.unwrap();
        }
    });
    the_sum_is_constant(&database.url, "postgres").await;
    assert!(!writer.is_finished());
    writer.abort();
}

#[tokio::test]
async fn a_hundred_archives_of_mariadb_hold_the_same_sum() {
    let database = MariaDb::shared().await.create_database("money").await;
    run_mysql(&database.url, SCHEMA).await;
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    let writer = tokio::spawn(async move {
        for turn in 0.. {
            sqlx::raw_sql(sqlx::AssertSqlSafe(transfer(turn))).execute(&mut connection).await.unwrap();
        }
    });
    the_sum_is_constant(&database.url, "mysql").await;
    assert!(!writer.is_finished());
    writer.abort();
}

#[tokio::test]
async fn a_hundred_archives_of_sqlite_hold_the_same_sum() {
    let (_folder, url) = sqlite(&format!("pragma journal_mode = wal; {SCHEMA}")).await;
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let writer = tokio::spawn(async move {
        for turn in 0.. {
            sqlx::raw_sql(sqlx::AssertSqlSafe(transfer(turn))).execute(&mut connection).await.unwrap();
        }
    });
    the_sum_is_constant(&url, "sqlite").await;
    assert!(!writer.is_finished());
    writer.abort();
}
