//! Every table of an archive is read at one point in time, and reading can end early without harm.

mod money;

use crate::{
    slicing::desk::{Slice, catalog, cells, keys, open, read, run_postgres, sqlite},
    support::postgres::Postgres,
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::time::Duration;
use tokio::sync::mpsc;
use worker::error::ExportError;

const CATALOG: &str = "version = 1\nengine = \"ENGINE\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.a]\nowner = { column = \"t_id\" }\n[tables.b]\nowner = { column = \"t_id\" }";
const SCHEMA: &str = "create table t(id int primary key); create table a(n int primary key, t_id int); create table b(n int primary key, t_id int);
    insert into t values (1); insert into a values (1, 1), (2, 1); insert into b values (3, 1);";
const MOVE: &str = "begin; delete from a where n = 2; insert into b values (2, 1), (4, 1); commit;";

#[tokio::test]
async fn postgres_shows_every_table_as_it_was_when_the_snapshot_was_taken() {
    let database = Postgres::shared().await.create_database("moment").await;
    run_postgres(&database.url, SCHEMA).await;
    let (mut snapshot, plan, _) =
        open(&database.url, &catalog(&CATALOG.replace("ENGINE", "postgres")), "1").await.unwrap();
    assert_eq!(snapshot.proof().isolation, "repeatable read");
    assert_eq!(snapshot.proof().proof.split(':').count(), 3);
    let mut slice = Slice::new();
    for table in &plan.tables {
        run_postgres(&database.url, if table.name == "a" { MOVE } else { "select 1" }).await;
        slice.insert(table.name.clone(), read(&mut snapshot, table).await.unwrap().iter().flat_map(cells).collect());
    }
    assert_eq!((keys(&slice, "a"), keys(&slice, "b")), (vec!["1".into(), "2".into()], vec!["3".into()]));
    snapshot.close().await;
}

#[tokio::test]
async fn sqlite_shows_every_table_as_it_was_when_the_snapshot_was_taken() {
    let (_folder, url) =
        sqlite(&format!("pragma journal_mode = wal; {}", SCHEMA.replace("int primary key", "integer primary key")))
            .await;
    let (mut snapshot, plan, _) = open(&url, &catalog(&CATALOG.replace("ENGINE", "sqlite")), "1").await.unwrap();
    assert_eq!(snapshot.proof().isolation, "sqlite read transaction");
    let mut writer = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(MOVE).execute(&mut writer).await.unwrap();
    let mut slice = Slice::new();
    for table in &plan.tables {
        slice.insert(table.name.clone(), read(&mut snapshot, table).await.unwrap().iter().flat_map(cells).collect());
    }
    assert_eq!((keys(&slice, "a"), keys(&slice, "b")), (vec!["1".into(), "2".into()], vec!["3".into()]));
    snapshot.close().await;
}

#[tokio::test]
async fn a_table_that_was_emptied_meanwhile_is_not_taken_for_an_empty_one() {
    let database = Postgres::shared().await.create_database("emptied").await;
    run_postgres(&database.url, SCHEMA).await;
    for statement in ["truncate a", "alter table a alter n type bigint"] {
        let (mut snapshot, plan, _) =
            open(&database.url, &catalog(&CATALOG.replace("ENGINE", "postgres")), "1").await.unwrap();
        run_postgres(&database.url, statement).await;
        let a = plan.tables.iter().find(|table| table.name == "a").unwrap();
        assert!(matches!(read(&mut snapshot, a).await, Err(ExportError::SchemaChanged)), "{statement}");
        snapshot.close().await;
        run_postgres(&database.url, "insert into a values (1, 1), (2, 1) on conflict do nothing").await;
    }
}

#[tokio::test]
async fn a_table_that_was_swapped_for_another_one_meanwhile_is_missed() {
    let database = Postgres::shared().await.create_database("swapped").await;
    run_postgres(&database.url, SCHEMA).await;
    run_postgres(&database.url, "create schema later; create table later.a (like a including all)").await;
    let (mut snapshot, plan, _) =
        open(&database.url, &catalog(&CATALOG.replace("ENGINE", "postgres")), "1").await.unwrap();
    let swap = "create schema old; alter table a set schema old; alter table later.a set schema public";
    run_postgres(&database.url, swap).await;
    let a = plan.tables.iter().find(|table| table.name == "a").unwrap();
    assert!(matches!(read(&mut snapshot, a).await, Err(ExportError::SchemaChanged)));
    snapshot.close().await;
}

#[tokio::test]
async fn when_nobody_takes_the_rows_any_more_the_server_stops_reading() {
    let database = Postgres::shared().await.create_database("early").await;
    run_postgres(&database.url, SCHEMA).await;
    run_postgres(&database.url, "insert into a select n, 1 from generate_series(10, 400000) n").await;
    let (mut snapshot, plan, _) =
        open(&database.url, &catalog(&CATALOG.replace("ENGINE", "postgres")), "1").await.unwrap();
    let a = plan.tables.iter().find(|table| table.name == "a").unwrap();
    let (sender, mut receiver) = mpsc::channel(1);
    let (read, ()) = tokio::join!(snapshot.read(a, sender), async {
        receiver.recv().await.unwrap();
        drop(receiver);
    });
    assert!(matches!(read, Err(ExportError::Cancelled)));
    snapshot.close().await;
    let mut watcher = PgConnection::connect(&database.url).await.unwrap();
    for _ in 0..100 {
        let running: i64 = sqlx::query_scalar("select count(*) from pg_stat_activity where datname = current_database() and application_name like 'handover/%'")
            .fetch_one(&mut watcher)
            .await
            .unwrap();
        if running == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the session is still there");
}

#[tokio::test]
async fn sqlite_can_stop_early_too() {
    let (_folder, url) = sqlite(&SCHEMA.replace("int primary key", "integer primary key")).await;
    let mut writer = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("insert into a with recursive n(n) as (select 10 union all select n + 1 from n where n < 60000) select n, 1 from n").execute(&mut writer).await.unwrap();
    let (mut snapshot, plan, _) = open(&url, &catalog(&CATALOG.replace("ENGINE", "sqlite")), "1").await.unwrap();
    let a = plan.tables.iter().find(|table| table.name == "a").unwrap();
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    assert!(matches!(snapshot.read(a, sender).await, Err(ExportError::Cancelled)));
    assert_eq!(read(&mut snapshot, a).await.unwrap().iter().map(|block| block.rows()).sum::<u64>(), 59_993);
    snapshot.close().await;
}

#[tokio::test]
async fn a_partition_that_was_detached_or_emptied_meanwhile_is_missed() {
    let database = Postgres::shared().await.create_database("detached").await;
    run_postgres(
        &database.url,
        "create table t(id int primary key); create table b(n int, t_id int); create table a(n int, t_id int) partition by list (n);
         create table a1 partition of a for values in (1); create table a2 partition of a for values in (2);
         insert into t values (1); insert into a values (1, 1), (2, 1);",
    )
    .await;
    for statement in ["select 1", "truncate a2", "alter table a detach partition a1"] {
        let (mut snapshot, plan, _) =
            open(&database.url, &catalog(&CATALOG.replace("ENGINE", "postgres")), "1").await.unwrap();
        run_postgres(&database.url, statement).await;
        let a = plan.tables.iter().find(|table| table.name == "a").unwrap();
        let outcome = read(&mut snapshot, a).await;
        match statement {
            "select 1" => assert_eq!(outcome.unwrap().iter().map(|block| block.rows()).sum::<u64>(), 2),
            _ => assert!(matches!(outcome, Err(ExportError::SchemaChanged)), "{statement}"),
        }
        snapshot.close().await;
    }
}
