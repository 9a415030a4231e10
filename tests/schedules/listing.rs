//! Every tenant of each kind of source is found, by the key it is exported under.

use super::desk::{Desk, hourly, hours, tenants_of};
use crate::{
    slicing::desk as slices,
    support::{mariadb::MariaDb, postgres::Postgres},
};
use shared::schedule::RunState;
use worker::{attempt, catalog::Catalog};

const KEYS: [&str; 9] = ["' OR 1=1 --", "007", "100%", "7", "Acme", "a\"b", "acme", "acme2", "日本語"];

/// The run enters each tenant once, and each key is one that an export binds.
async fn assert_every_tenant_is_exported_once(url: String, engine: &'static str) {
    let desk = Desk::of(url.clone(), engine, None).await;
    let schedule = desk.schedule(hourly()).await;
    desk.turn(hours(0)).await;
    assert!(desk.exported().await.is_empty(), "nothing is due yet");
    for _ in 0..3 {
        desk.turn(hours(1)).await;
    }
    let run = &desk.runs(schedule.id).await[0];
    assert_eq!(desk.exported().await, KEYS, "{run:?}");
    assert_eq!((run.state, run.entered, run.attempt), (RunState::Running, 9, 1));
    let catalog = Catalog::read(&desk.catalog()).unwrap();
    for key in KEYS {
        assert!(slices::source(&url).has_tenant(&catalog, &slices::tenant(key)).await.unwrap(), "{key}");
    }
    for export in desk.exports().await {
        assert_eq!((export.schedule_id, export.next_attempt_at), (Some(schedule.id), Some(hours(1))));
    }
}

#[tokio::test]
async fn a_due_run_exports_every_tenant_of_postgresql_once() {
    let database = Postgres::shared().await.create_database("scheduled").await;
    slices::run_postgres(&database.url, &tenants_of(&KEYS)).await;
    assert_every_tenant_is_exported_once(database.url, "postgres").await;
}

#[tokio::test]
async fn a_due_run_exports_every_tenant_of_mariadb_once() {
    let database = MariaDb::shared().await.create_database("scheduled").await;
    let statements = tenants_of(&KEYS).replace("varchar(200)", "varchar(200) collate utf8mb4_bin");
    slices::run_mysql(&database.url, &statements).await;
    assert_every_tenant_is_exported_once(database.url, "mysql").await;
}

#[tokio::test]
async fn a_due_run_exports_every_tenant_of_sqlite_once() {
    let (_folder, url) = slices::sqlite(&tenants_of(&KEYS)).await;
    assert_every_tenant_is_exported_once(url, "sqlite").await;
}

/// Keys of other types, as each engine prints them.
#[tokio::test]
async fn numbers_bytes_and_padded_texts_are_listed_as_exports_find_them() {
    let database = Postgres::shared().await.create_database("scheduled").await;
    for (column, values, expected) in [
        ("bigint", "(10), (9), (-3)", vec!["-3", "10", "9"]),
        ("uuid", "('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')", vec!["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
        ("char(5)", "('ab'), ('abc')", vec!["ab", "abc"]),
    ] {
        let statements = format!(
            "drop table if exists shops; create table shops (id {column} primary key); insert into shops values {values}"
        );
        slices::run_postgres(&database.url, &statements).await;
        assert_eq!(listed(&database.url, "postgres").await, expected, "{column}");
    }
    let database = MariaDb::shared().await.create_database("scheduled").await;
    for (column, values, expected) in [
        ("bigint", "(10), (9), (-3)", vec!["-3", "10", "9"]),
        ("int(5) unsigned zerofill", "(7)", vec!["00007"]),
        ("binary(4)", "(x'00ff1a2b')", vec!["00ff1a2b"]),
        ("varchar(9) character set latin1", "('Müller'), ('abc')", vec!["Müller", "abc"]),
    ] {
        let statements = format!(
            "drop table if exists shops; create table shops (id {column} primary key); insert into shops values {values}"
        );
        slices::run_mysql(&database.url, &statements).await;
        assert_eq!(listed(&database.url, "mysql").await, expected, "{column}");
    }
    let (_folder, url) =
        slices::sqlite("create table shops (id primary key); insert into shops values (7), ('8'), (x'0AFF')").await;
    assert_eq!(listed(&url, "sqlite").await, ["0aff", "7", "8"]);
}

async fn listed(url: &str, engine: &str) -> Vec<String> {
    let catalog = Catalog::parse(&super::desk::catalog(engine)).unwrap();
    let mut snapshot = slices::source(url).snapshot("test", slices::noon()).await.unwrap();
    let schema = snapshot.schema(&catalog.schemas).await.unwrap();
    let page = snapshot.tenant_keys(&catalog, &schema, 0, 100).await.unwrap();
    assert_eq!((page.unusable, page.more), (0, false));
    snapshot.close().await;
    for tenant in &page.tenants {
        assert!(slices::source(url).has_tenant(&catalog, tenant).await.unwrap(), "{}", tenant.as_str());
    }
    page.tenants.iter().map(|tenant| tenant.as_str().to_owned()).collect()
}

#[tokio::test]
async fn pages_hold_each_tenant_once() {
    let names: Vec<String> = (0..25).map(|number| format!("t{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_folder, url) = slices::sqlite(&tenants_of(&names)).await;
    let catalog = Catalog::parse(&super::desk::catalog("sqlite")).unwrap();
    let mut snapshot = slices::source(&url).snapshot("test", slices::noon()).await.unwrap();
    let schema = snapshot.schema(&catalog.schemas).await.unwrap();
    let mut listed = Vec::new();
    let mut more = Vec::new();
    for offset in [0, 10, 20, 30] {
        let page = snapshot.tenant_keys(&catalog, &schema, offset, 10).await.unwrap();
        listed.extend(page.tenants.iter().map(|tenant| tenant.as_str().to_owned()));
        more.push(page.more);
    }
    snapshot.close().await;
    assert_eq!(listed, names);
    assert_eq!(more, [true, true, false, false]);
}

#[tokio::test]
async fn a_key_that_can_be_no_tenants_id_fails_the_run_and_keeps_nobody_else_from_it() {
    let long = "x".repeat(600);
    let statements = format!(
        "create table shops (id); insert into shops values ('acme'), (''), ('{long}'), (null), (cast(x'ff41' as text)), ('umbrella'), ('acme')"
    );
    let (_folder, url) = slices::sqlite(&statements).await;
    let desk = Desk::of(url, "sqlite", None).await;
    let schedule = desk.schedule(hourly()).await;
    desk.turn(hours(1)).await;
    assert_eq!(desk.exported().await, ["acme", "umbrella"]);
    desk.end_all(true, hours(1)).await;
    desk.turn(hours(1)).await;
    let run = &desk.runs(schedule.id).await[0];
    assert_eq!((run.state, run.reason_code.as_deref()), (RunState::Failed, Some("unusable_tenant_key")));
    assert!(run.reason.as_ref().unwrap().starts_with("3 keys"), "{:?}", run.reason);
}

#[tokio::test]
async fn a_scheduled_export_is_made_like_any_other() {
    let (desk, _source) = Desk::sqlite(&["acme", "umbrella"]).await;
    let schedule = desk.schedule(hourly()).await;
    desk.turn(hours(1)).await;
    for export in desk.exports().await {
        attempt::run(desk.context.clone(), export.id).await;
    }
    let states: Vec<String> = desk.exports().await.iter().map(|export| export.state.to_string()).collect();
    assert_eq!(states, ["ready", "ready"]);
    desk.turn(hours(1)).await;
    assert_eq!(desk.runs(schedule.id).await[0].state, RunState::Succeeded);
}
