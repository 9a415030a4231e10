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

#[tokio::test]
async fn the_examples_of_the_catalogs_reference_are_read_and_hold() {
    let reference = include_str!("../../docs/catalog.md");
    let chapter =
        reference.split("## A schema or a database for each tenant").nth(1).unwrap().split("\n## ").next().unwrap();
    let examples: Vec<&str> =
        chapter.split("```toml\n").skip(1).map(|part| part.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2);
    let database = schemas(&["a", "b"]).await;
    run_postgres(
        &database.url,
        "create table tenant_a.schema_migrations(v text); create table tenant_b.schema_migrations(v text); drop table invoices, countries;
         drop table tenant_a.orders, tenant_b.orders, tenant_a.customers, tenant_b.customers, tenant_a.tags, tenant_b.tags, tenant_a.migrations, tenant_b.migrations;
         create table tenant_a.orders(user_id int references users); create table tenant_b.orders(user_id int references users)",
    )
    .await;
    let checked = Desk::new(&database.url, examples[0]).catalog(&["check", "--data"]).await;
    assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");

    let (control, catalog) = mariadb_databases(&["a"]).await;
    let own = MariaDb::shared().await.url_as("root", &format!("{}_a", control.name));
    run_mysql(&own, "drop table orders, customers, tags, notes; create table orders(id int primary key)").await;
    let example = examples[1].replace("shop_{key}", &format!("{}_{{key}}", control.name));
    assert_ne!(example, catalog);
    let checked = Desk::new(&control.url, &example).catalog(&["check", "--data"]).await;
    assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?}");
}

#[tokio::test]
async fn the_least_rights_of_the_documentation_are_enough() {
    let database = schemas(&["a"]).await;
    let (reader, owner) = (format!("reader_{}", database.name), format!("owner_{}", database.name));
    run_postgres(
        &database.url,
        &format!(
            "create role {reader} login nobypassrls; create role {owner} login createrole; grant create on database \"{0}\" to {owner};
             grant usage on schema public, tenant_a to {reader}; grant select on all tables in schema public, tenant_a to {reader};
             grant usage on schema public to {owner}; grant all on all tables in schema public to {owner};
             alter default privileges for role {owner} grant usage on schemas to {reader};
             alter default privileges for role {owner} grant select on tables to {reader}",
            database.name
        ),
    )
    .await;
    // A tenant that comes later, made by the product's own role.
    super::desk::add_schema(
        &crate::support::postgres::Postgres::shared().await.url_as(&owner, &database.name),
        "later",
        2,
    )
    .await;
    let desk = Desk::new(&crate::support::postgres::Postgres::shared().await.url_as(&reader, &database.name), SCHEMAS);
    for own in ["a", "later"] {
        desk.export(own, &[]).await;
    }
    assert_eq!(desk.catalog(&["check", "--data"]).await.status.code(), Some(0));

    let (control, catalog) = mariadb_databases(&["a"]).await;
    let name = format!("role_{}", control.name);
    let pattern = control.name.replace('_', "\\_");
    run_mysql(
        &control.url,
        &format!(
            "create user {name} identified by '{}'; grant select, show view on `{pattern}`.* to {name}; grant select, show view on `{pattern}\\_%`.* to {name}",
            crate::support::postgres::PASSWORD
        ),
    )
    .await;
    let desk = Desk::new(&MariaDb::shared().await.url_as(&name, &control.name), &catalog);
    desk.export("a", &[]).await;
    assert_eq!(desk.catalog(&["check"]).await.status.code(), Some(0));
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_and_rows_behind_policies_are_said() {
    let (url, catalog) = super::desk::postgres_databases(&["a", "b"]).await;
    let server = crate::support::postgres::Postgres::shared().await;
    let control = url.rsplit_once('/').unwrap().1.to_owned();
    let role = format!("reader_{control}");
    run_postgres(
        &url,
        &format!("create role {role} login nobypassrls; grant select on accounts to {role}; revoke connect on database {control}_b from public"),
    )
    .await;
    let reader = Desk::new(&server.url_as(&role, &control), &catalog);
    let checked = reader.catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert_eq!(lines(&checked).len(), 1, "{checked:?}");
    assert!(
        checked.stdout.starts_with("cannot be read: ") && checked.stdout.contains(&format!("`{control}_b` only")),
        "{checked:?}"
    );

    let database = schemas(&["a", "b"]).await;
    let role = format!("reader_{}", database.name);
    run_postgres(
        &database.url,
        &format!(
            "create role {role} login nobypassrls; grant usage on schema public, tenant_a, tenant_b to {role};
             grant select on all tables in schema public, tenant_a, tenant_b to {role};
             alter table invoices enable row level security; create policy own on invoices using (tenant_id = current_setting('app.tenant'));
             alter table tenants enable row level security; create policy own on tenants using (id = current_setting('app.tenant'))"
        ),
    )
    .await;
    let policies =
        SCHEMAS.replace("label = \"name\"", "label = \"name\"\nrow_level_security = { setting = \"app.tenant\" }");
    let reader = Desk::new(&server.url_as(&role, &database.name), &policies);
    reader.export("a", &[]).await;
    let one = reader.catalog(&["check", "--tenant", "a"]).await;
    assert_eq!((one.status.code(), one.stdout.as_str()), (Some(0), ""), "{one:?}");
    for arguments in [vec!["check"], vec!["check", "--tenant", "a", "--data"]] {
        let all = reader.catalog(&arguments).await;
        assert!(!all.status.success() && all.stderr.contains("row level security would hide rows"), "{all:?}");
    }
}
