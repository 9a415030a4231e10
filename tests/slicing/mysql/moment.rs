//! One snapshot, tables that change under it, and reading that ends early.

use super::filled;
use crate::{
    slicing::desk::{Slice, catalog, cells, keys, open, read, run_mysql},
    support::mariadb::Database,
};
use sqlx::{Connection, MySqlConnection};
use std::time::Duration;
use tokio::sync::mpsc;
use worker::error::ExportError;

const CATALOG: &str = "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.a]\nowner = { column = \"t_id\" }\n[tables.b]\nowner = { column = \"t_id\" }";
const SCHEMA: &str = "create table t(id int primary key); create table a(n int primary key, t_id int); create table b(n int primary key, t_id int);
    insert into t values (1); insert into a values (1, 1), (2, 1); insert into b values (3, 1);";

#[tokio::test]
async fn every_table_is_shown_as_it_was_when_the_snapshot_was_taken() {
    let database = filled("moment", SCHEMA).await;
    let (mut snapshot, plan, _) = open(&database.url, &catalog(CATALOG), "1").await.unwrap();
    assert_eq!(snapshot.proof().isolation, "repeatable read, consistent snapshot");
    assert!(snapshot.proof().proof.contains("binlog_snapshot_position="), "{:?}", snapshot.proof());
    let mut slice = Slice::new();
    for table in &plan.tables {
        if table.name == "a" {
            run_mysql(&database.url, "begin; delete from a where n = 2; insert into b values (2, 1), (4, 1); commit")
                .await;
        }
        slice.insert(table.name.clone(), read(&mut snapshot, table).await.unwrap().iter().flat_map(cells).collect());
    }
    assert_eq!((keys(&slice, "a"), keys(&slice, "b")), (vec!["1".into(), "2".into()], vec!["3".into()]));
    snapshot.close().await;
}

#[tokio::test]
async fn while_money_moves_between_two_tables_no_sum_is_ever_wrong() {
    let database = filled("money", "create table t(id int primary key); create table a(n int primary key, t_id int, cents int); create table b like a;
        insert into t values (1); insert into a select seq, 1, 100 from seq_1_to_50; insert into b select seq, 1, 100 from seq_1_to_50").await;
    let url = database.url.clone();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let writer = tokio::spawn(async move {
        let mut connection = MySqlConnection::connect(&url).await.unwrap();
        let mut moved = 0_u64;
        while stopped.try_recv().is_err() {
            let text = format!(
                "begin; update a set cents = cents - 1 where n = {0}; update b set cents = cents + 1 where n = {0}; commit",
                moved % 50 + 1
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
            moved += 1;
        }
        moved
    });
    for _ in 0..10 {
        let slice = crate::slicing::desk::export(&database.url, &catalog(CATALOG), "1").await.unwrap();
        let sum: i64 = ["a", "b"]
            .iter()
            .flat_map(|table| &slice[*table])
            .map(|row| row[2].as_ref().unwrap().parse::<i64>().unwrap())
            .sum();
        assert_eq!(sum, 10_000);
    }
    stop.send(()).unwrap();
    assert!(writer.await.unwrap() > 10);
}

#[tokio::test]
async fn a_table_that_was_changed_or_swapped_meanwhile_stops_the_export() {
    for (number, change) in [
        "alter table a add extra int",
        "alter table a modify n bigint",
        "truncate a",
        "drop table a",
        "drop table a; create table a(n int primary key, t_id int)",
        "rename table a to old, later to a",
        "alter table a drop t_id",
        "alter table m add extra int",
    ]
    .iter()
    .enumerate()
    {
        let database = filled(&format!("changed{number}"), SCHEMA).await;
        run_mysql(
            &database.url,
            "create table later like a; create table m(n int, t_id int) engine=myisam; insert into m values (1, 1)",
        )
        .await;
        let text = format!(
            "{CATALOG}\n[tables.later]\nowner = {{ column = \"t_id\" }}\n[tables.m]\nowner = {{ column = \"t_id\" }}"
        );
        // The time of creation is kept in whole seconds.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let (mut snapshot, plan, _) = open(&database.url, &catalog(&text), "1").await.unwrap();
        run_mysql(&database.url, change).await;
        let name = if change.contains("table m") { "m" } else { "a" };
        let table = plan.tables.iter().find(|table| table.name == name).unwrap();
        assert!(matches!(read(&mut snapshot, table).await, Err(ExportError::SchemaChanged)), "{change}");
        snapshot.close().await;
    }
}

#[tokio::test]
async fn the_product_can_alter_a_table_that_was_read_while_the_export_goes_on() {
    // The superuser may stay out of the binary log, without which MariaDB lets go of no table.
    let database = filled("altering", SCHEMA).await;
    let (mut snapshot, plan, _) = open(&database.url, &catalog(CATALOG), "1").await.unwrap();
    let table = |name: &str| plan.tables.iter().find(|table| table.name == name).unwrap();
    read(&mut snapshot, table("a")).await.unwrap();
    run_mysql(&database.url, "set lock_wait_timeout = 5; alter table a add extra int").await;
    run_mysql(&database.url, "delete from b").await;
    assert_eq!(read(&mut snapshot, table("b")).await.unwrap()[0].rows(), 1, "the snapshot is still the same");
    snapshot.close().await;
}

#[tokio::test]
async fn tables_that_know_no_snapshot_are_named() {
    let database = filled("engines", SCHEMA).await;
    run_mysql(&database.url, "alter table b engine = aria").await;
    let (snapshot, plan, _) = open(&database.url, &catalog(CATALOG), "1").await.unwrap();
    snapshot.close().await;
    let because = |name: &str| plan.tables.iter().find(|table| table.name == name).unwrap().because.clone();
    assert_eq!(because("a"), "t_id is the tenant's key");
    assert_eq!(
        because("b"),
        "t_id is the tenant's key; Aria knows no snapshot, so its rows are those of the moment when they were read"
    );
    assert_eq!(plan.schema.table("", "b").unwrap().untransacted.as_deref(), Some("Aria"));
}

#[tokio::test]
async fn when_nobody_takes_the_rows_any_more_the_server_stops_reading() {
    let database = filled("early", SCHEMA).await;
    run_mysql(&database.url, "insert into a select seq, 1 from seq_10_to_400000").await;
    let (mut snapshot, plan, _) = open(&database.url, &catalog(CATALOG), "1").await.unwrap();
    let a = plan.tables.iter().find(|table| table.name == "a").unwrap();
    let (sender, mut receiver) = mpsc::channel(1);
    let (read, ()) = tokio::join!(snapshot.read(a, sender), async {
        receiver.recv().await.unwrap();
        drop(receiver);
    });
    assert!(matches!(read, Err(ExportError::Cancelled)));
    snapshot.close().await;
    until_nobody_works(&database).await;
}

#[tokio::test]
async fn a_query_that_prints_nothing_is_killed_when_its_export_is_dropped() {
    let database = filled("dropped", SCHEMA).await;
    let (mut snapshot, plan, _) = open(&database.url, &catalog(CATALOG), "1").await.unwrap();
    let mut slow = plan.tables.iter().find(|table| table.name == "a").unwrap().clone();
    slow.select = slow.select.replace(" where ", " where sleep(300) = 0 and ");
    let (sender, _receiver) = mpsc::channel(1);
    let mut watcher = MySqlConnection::connect(&database.url).await.unwrap();
    {
        let reading = snapshot.read(&slow, sender);
        tokio::pin!(reading);
        for _ in 0..200 {
            tokio::select! {
                _ = &mut reading => panic!("it ended"),
                () = tokio::time::sleep(Duration::from_millis(25)) => {}
            }
            if working(&mut watcher, &database).await == 1 {
                break;
            }
        }
        assert_eq!(working(&mut watcher, &database).await, 1);
    }
    drop(snapshot);
    until_nobody_works(&database).await;
}

/// How many sessions of ours, known by the name in their statement, are at work in this database.
async fn working(watcher: &mut MySqlConnection, database: &Database) -> i64 {
    sqlx::query_scalar(
        "select count(*) from information_schema.processlist where db = ? and info like '/* handover/test */%'",
    )
    .bind(&database.name)
    .fetch_one(watcher)
    .await
    .unwrap()
}

async fn until_nobody_works(database: &Database) {
    let mut watcher = MySqlConnection::connect(&database.url).await.unwrap();
    for _ in 0..100 {
        if working(&mut watcher, database).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the session is still at work");
}
