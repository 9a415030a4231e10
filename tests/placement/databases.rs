//! A database for each tenant.

use super::desk::{Desk, assert_only, mariadb_databases, postgres_at, postgres_databases, run_sqlite, sqlite_files};
use crate::{
    slicing::desk::{run_mysql, run_postgres},
    support::{
        archive::Archive,
        mariadb::MariaDb,
        postgres::Postgres,
        process::{run, text},
        tools,
    },
};
use serde_json::Value;
use std::process::Command;

const TENANTS: [&str; 3] = ["acme", "beta", "7"];

/// One archive of each tenant, each checked for strangers and restored.
async fn assert_whole(desk: &Desk, restored: impl AsyncFn(&Archive)) {
    for own in TENANTS {
        let others: Vec<&str> = TENANTS.into_iter().filter(|other| *other != own && *other != "7").collect();
        let archive = desk.export(own, &[]).await;
        assert_only(&archive, own, &others);
        assert_eq!(archive.sheet("orders").rows.len(), 3);
        assert_eq!(archive.sheet("customers").rows.len(), 2);
        assert_eq!(archive.sheet("tags").rows, [["1".to_owned(), format!("tag-of-{own}")]]);
        let manifest = archive.manifest();
        let left: Vec<&Value> = manifest["excluded"].as_array().unwrap().iter().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0]["table"], "accounts");
        let reason = left[0]["reason"].as_str().unwrap();
        assert!(reason.contains("accounts are exported as the source billing"), "{reason}");
        let index = std::fs::read_to_string(archive.root().join("START-HERE.html")).unwrap();
        assert!(
            index.contains("accounts are exported as the source billing") && index.contains(&format!("name-of-{own}"))
        );
        restored(&archive).await;
    }
    let person = desk.export("beta", &["--subject", "customer:2"]).await;
    assert_eq!(person.sheet("orders").rows.len(), 1);
    assert_eq!(person.sheet("customers").rows, [["2", "two-of-beta"]]);
    let told = desk.refused("nobody").await;
    assert!(told.contains("no such tenant"), "{told}");
}

#[tokio::test]
async fn postgres_each_tenant_gets_its_own_database_whole_and_nobody_elses() {
    let (url, catalog) = postgres_databases(&TENANTS).await;
    let desk = Desk::new(&url, &catalog);
    assert_whole(&desk, async |archive| {
        desk.restores(&Postgres::shared().await.create_database("restored").await.url).await;
        let into = Postgres::shared().await.create_database("restored").await.url;
        run(Command::new(tools::postgres("psql")).current_dir(archive.root()).args([
            "-v",
            "ON_ERROR_STOP=1",
            "-q",
            "-d",
            &into,
            "-f",
            "sql/restore.sql",
        ]));
    })
    .await;
    let checked = desk.catalog(&["check", "--data"]).await;
    assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");
    run_postgres(&url, "insert into accounts values ('gone', 'x')").await;
    assert!(desk.refused("gone").await.contains("there is no database `control_"));
    // The database that tells who exists is nobody's.
    let own = catalog.replace(&format!("\"{}_{{key}}\"", url.rsplit_once('/').unwrap().1), "\"{key}\"");
    run_postgres(
        &url,
        &format!("insert into accounts values ('{}', 'x'), ('postgres', 'y')", url.rsplit_once('/').unwrap().1),
    )
    .await;
    let bare = Desk::new(&url, &own);
    assert!(bare.refused(url.rsplit_once('/').unwrap().1).await.contains("there is no database"));
    assert!(bare.refused("postgres").await.contains("no tenant's own"));
}

#[tokio::test]
async fn mariadb_each_tenant_gets_its_own_database_whole_and_nobody_elses() {
    let (control, catalog) = mariadb_databases(&TENANTS).await;
    let desk = Desk::new(&control.url, &catalog);
    assert_whole(&desk, async |archive| {
        let server = MariaDb::shared().await;
        desk.restores(&server.create_database("restored").await.url).await;
        let into = server.create_database("restored").await;
        let restored = server.client(&into.name, &archive.root(), b"source sql/restore.sql\n");
        assert!(restored.status.success(), "{restored:?}");
    })
    .await;
    let checked = desk.catalog(&["check", "--data"]).await;
    assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");
    run_mysql(&control.url, "insert into accounts values ('gone', 'x'), ('ACME', 'other'), ('../x', 'y')").await;
    for (id, told) in
        [("gone", "there is no database `control_"), ("ACME", "there is no database"), ("../x", "there is no database")]
    {
        assert!(desk.refused(id).await.contains(told), "{id}");
    }
    let bare = Desk::new(&control.url, &catalog.replace(&format!("\"{}_{{key}}\"", control.name), "\"{key}\""));
    run_mysql(&control.url, &format!("insert into accounts values ('mysql', 'x'), ('{}', 'y')", control.name)).await;
    assert!(bare.refused("mysql").await.contains("no tenant's own"));
    assert!(bare.refused(&control.name).await.contains("there is no database"));
}

#[tokio::test]
async fn sqlite_each_tenant_gets_its_own_file_whole_and_nobody_elses() {
    let (folder, url, catalog) = sqlite_files(&TENANTS).await;
    let desk = Desk::new(&url, &catalog);
    let count = std::sync::atomic::AtomicU32::new(0);
    assert_whole(&desk, async |archive| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        desk.restores(&format!("sqlite://{}", desk.path(&format!("restored{number}.db")).display())).await;
        let into = desk.path(&format!("by_hand{number}.db"));
        run(Command::new("sh")
            .current_dir(archive.root())
            .args(["-c", &format!("sqlite3 -bail {} < sql/restore.sql", text(&into))]));
    })
    .await;
    let checked = desk.catalog(&["check", "--data"]).await;
    assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");
    run_sqlite(&folder.path().join("control.db"), "insert into accounts values ('gone', 'x')").await;
    assert!(desk.refused("gone").await.contains("there is no file `shops/gone.db`"));
    assert!(!folder.path().join("shops/gone.db").exists(), "a file was made");
}

#[tokio::test]
async fn a_row_of_somebody_elses_in_a_tenants_database_stays_and_is_found() {
    let (url, catalog) = postgres_databases(&["acme", "beta"]).await;
    let name = format!("{}_acme", url.rsplit_once('/').unwrap().1);
    run_postgres(&postgres_at(&url, &name), "insert into notes values (2, 'beta', 'strayed'), (3, 'acme', 'kept')")
        .await;
    let desk = Desk::new(&url, &catalog);
    let archive = desk.export("acme", &[]).await;
    assert_eq!(archive.sheet("notes").rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["1", "3"]);
    let checked = desk.catalog(&["check", "--data"]).await;
    assert!(checked.stdout.contains("notes: 1 rows belong to no tenant"), "{checked:?}");
    assert!(checked.stdout.contains(&format!("(in the database `{name}`)")), "{checked:?}");
}

#[tokio::test]
async fn a_catalog_for_another_engine_is_the_only_finding() {
    let (_folder, url, catalog) = sqlite_files(&["acme"]).await;
    let desk = Desk::new(&url, &catalog.replace("\"sqlite\"", "\"mysql\""));
    assert!(desk.refused("acme").await.contains("the catalog is for mysql, the source is sqlite"));
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.stdout.lines().count(), 1, "{checked:?}");
}

#[tokio::test]
async fn a_server_that_ignores_case_does_not_open_another_tenants_database() {
    let server = MariaDb::start(&["--lower-case-table-names=1"]).await;
    let control = server.create_database("control").await;
    let (upper, lower) = (format!("{}_A", control.name), format!("{}_a", control.name));
    run_mysql(
        &control.url,
        &format!("create table accounts(id varchar(20) character set utf8mb4 collate utf8mb4_bin primary key, name varchar(20)); insert into accounts values ('A', 'x'), ('a', 'y'); create database `{upper}`"),
    )
    .await;
    run_mysql(&server.url_as("root", &lower), "create table orders(id int primary key); insert into orders values (1)")
        .await;
    let catalog = format!(
        "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"accounts\"\nkey = \"id\"\nplacement = {{ database = \"{}_{{key}}\" }}\ncontrol = \"elsewhere\"\n[tables.orders]\nowner = {{ placement = true }}\n",
        control.name
    );
    let desk = Desk::new(&control.url, &catalog);
    let told = desk.refused("A").await;
    assert!(told.contains(&format!("there is no database `{upper}`")), "{told}");
    assert_eq!(desk.export("a", &[]).await.sheet("orders").rows.len(), 1);
    let checked = desk.catalog(&["check"]).await;
    assert_eq!((checked.status.code(), checked.stdout.lines().count()), (Some(1), 1), "{checked:?}");
}

#[tokio::test]
async fn a_key_into_the_database_that_lists_the_tenants_is_named_and_not_carried() {
    let (control, catalog) = mariadb_databases(&["acme", "beta"]).await;
    let own = MariaDb::shared().await.url_as("root", &format!("{}_acme", control.name));
    let accounts = format!("`{}`.accounts", control.name);
    run_mysql(&own, &format!("alter table notes modify account_id varchar(200) character set utf8mb4 collate utf8mb4_bin not null, add constraint whose foreign key (account_id) references {accounts}(id)")).await;
    let desk = Desk::new(&control.url, &catalog);
    let archive = desk.export("acme", &[]).await;
    assert_only(&archive, "acme", &["beta"]);
    assert!(archive.manifest()["left_out"].to_string().contains("whose"), "{}", archive.manifest()["left_out"]);
    let sql: String = archive
        .members()
        .iter()
        .filter(|member| member.name.ends_with(".sql"))
        .map(|member| String::from_utf8_lossy(&member.bytes).into_owned())
        .collect();
    assert!(!sql.contains(&control.name), "the other database is named");
    desk.restores(&MariaDb::shared().await.create_database("restored").await.url).await;
}
