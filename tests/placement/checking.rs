//! `handover catalog check` over every tenant's schema or database.

use super::desk::{Desk, SCHEMAS, mariadb_databases, schemas, sqlite_files, tenant_in_schema};
use crate::{
    slicing::desk::{run_mysql, run_postgres},
    support::{mariadb::MariaDb, program::Ended},
};
use std::time::Instant;

fn lines(checked: &Ended) -> Vec<&str> {
    checked.stdout.lines().collect()
}

#[tokio::test]
async fn one_drifted_schema_is_named_and_many_alike_are_one_line() {
    let database = schemas(&["a", "b", "c", "d"]).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    let checked = desk.catalog(&["check"]).await;
    assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");
    run_postgres(
        &database.url,
        "create table tenant_c.gifts(id int); alter table tenant_b.orders drop column customer_id",
    )
    .await;
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let told = lines(&checked);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("tenant_{key}.gifts: nobody has decided")
            && told[0].ends_with("(in the schema `tenant_c` only)"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("tenant_{key}.orders.customer_id: ")
            && told[1].ends_with("(in the schema `tenant_b` only)"),
        "{told:?}"
    );
    run_postgres(&database.url, "create table tenant_a.gifts(id int)").await;
    let told = desk.catalog(&["check"]).await;
    assert!(lines(&told)[0].ends_with("(in 2 of 4 schemas, `tenant_a` the first)"), "{told:?}");
    run_postgres(
        &database.url,
        "create table tenant_b.gifts(id int); create table tenant_d.gifts(id int); create table public.more(id int)",
    )
    .await;
    let told = desk.catalog(&["check"]).await;
    assert!(lines(&told)[1].ends_with("(in all 4 schemas, `tenant_a` the first)"), "{told:?}");
    assert!(lines(&told)[0].starts_with("public.more: ") && lines(&told)[0].ends_with("with a reason"), "{told:?}");
    // One tenant alone.
    let one = desk.catalog(&["check", "--tenant", "c"]).await;
    assert_eq!(lines(&one).len(), 2, "{one:?}");
    assert!(lines(&one)[1].ends_with("(in the schema `tenant_c`)"), "{one:?}");
    let json = desk.catalog(&["check", "--format", "json"]).await;
    let findings: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(findings[1]["table"], "tenant_{key}.gifts");
}

#[tokio::test]
async fn schemas_of_nobody_and_tenants_without_one_are_said() {
    let database = schemas(&["a", "b"]).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    run_postgres(&database.url, "create schema tenant_old; create schema other; create schema tenant_older").await;
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert_eq!(
        lines(&checked),
        [
            "the schema `tenant_old`, like 1 more, fits `tenant_{key}`, but belongs to no tenant: it is in nobody's export"
        ]
    );
    run_postgres(&database.url, "insert into tenants values ('x', ''), ('y', '')").await;
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert!(
        checked.stdout.contains("there is no schema `tenant_x`")
            && checked.stdout.contains("so it is with 1 more tenants"),
        "{checked:?}"
    );
    run_postgres(&database.url, "delete from invoices; update tenant_a.notes set tenant_id = null; update tenant_b.notes set tenant_id = null; delete from tenants").await;
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert!(checked.stdout.contains("no tenant has a schema of its own"), "{checked:?}");
    run_postgres(&database.url, "alter table tenants rename id to key").await;
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(
        lines(&checked),
        ["public.tenants.id: the table has no such column, but the catalog names it as the tenant's key"]
    );
}

#[tokio::test]
async fn the_rows_of_every_schema_are_asked_and_those_of_all_once() {
    let database = schemas(&["a", "b", "c"]).await;
    run_postgres(
        &database.url,
        "update tenant_a.notes set tenant_id = 'b'; update tenant_c.notes set tenant_id = null;
         alter table invoices drop constraint invoices_tenant_id_fkey; insert into invoices values (99, 'gone', 1)",
    )
    .await;
    let checked = Desk::new(&database.url, SCHEMAS).catalog(&["check", "--data"]).await;
    let told = lines(&checked);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("public.invoices: 1 rows belong to no tenant"), "{told:?}");
    assert!(told[1].starts_with("tenant_{key}.notes: 1 rows belong to no tenant"), "{told:?}");
    assert!(told[1].ends_with("(in the schema `tenant_a`, and alike in 1 more)"), "{told:?}");
}

#[tokio::test]
async fn hundreds_of_schemas_take_seconds_and_stay_readable() {
    let database = schemas(&[]).await;
    let tenants: String = (0..120).map(|number| tenant_in_schema(&format!("t{number:03}"), 3)).collect();
    run_postgres(&database.url, &tenants).await;
    run_postgres(&database.url, "create table tenant_t077.extra(id int)").await;
    let begun = Instant::now();
    let checked = Desk::new(&database.url, SCHEMAS).catalog(&["check"]).await;
    assert_eq!(lines(&checked).len(), 1, "{checked:?}");
    assert!(checked.stdout.contains("`tenant_t077` only"), "{checked:?}");
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn databases_and_files_are_compared_one_by_one() {
    let (control, catalog) = mariadb_databases(&["a", "b"]).await;
    let other = format!("{}_b", control.name);
    run_mysql(&MariaDb::shared().await.url_as("root", &other), "create table gifts(id int)").await;
    run_mysql(&control.url, &format!("create database {}_old", control.name)).await;
    let checked = Desk::new(&control.url, &catalog).catalog(&["check"]).await;
    let told = lines(&checked);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains(&format!("the database `{}_old` fits", control.name)), "{told:?}");
    assert!(
        told[1].starts_with("gifts: ") && told[1].ends_with(&format!("(in the database `{other}` only)")),
        "{told:?}"
    );

    let (folder, url, catalog) = sqlite_files(&["a", "b"]).await;
    super::desk::run_sqlite(&folder.path().join("shops/a.db"), "pragma foreign_keys = off; drop table tags").await;
    std::fs::copy(folder.path().join("shops/b.db"), folder.path().join("shops/old.db")).unwrap();
    let checked = Desk::new(&url, &catalog).catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert!(
        checked.stdout.contains("the file `shops/old.db` fits")
            && checked.stdout.contains("(in the file `shops/a.db` only)"),
        "{checked:?}"
    );
}
