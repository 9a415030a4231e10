//! Roles that read, and can do nothing else.

use super::block;
use crate::{
    slicing::desk,
    support::{
        archive::Archive, ceppro::CepPro, grown::Blueprint, mariadb::MariaDb, postgres::Postgres, process::text,
        program::handover,
    },
};
use examples::ceppro;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};

const SHOP: &str = "create table shops (id varchar(20) primary key, name varchar(20) not null);
    insert into shops values ('acme', 'Acme'), ('zenith', 'Zenith')";

fn catalog(engine: &str) -> String {
    format!(
        "version = 1\nengine = \"{engine}\"\n[tenant]\ntable = \"shops\"\nkey = \"id\"\n[tables.shops]\nowner.column = \"id\"\n"
    )
}

/// An export with the role of this URL holds the tenant's row.
async fn assert_exports(url: &str, engine: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (file, zip) = (folder.path().join("catalog.toml"), folder.path().join("acme.zip"));
    std::fs::write(&file, catalog(engine)).unwrap();
    let export = ["export", "--source", url, "--catalog", text(&file), "--tenant", "acme", "--output", text(&zip)];
    let ended = handover(&export).run().await;
    assert!(ended.status.success(), "{ended:?}");
    let archive = Archive::keep(&std::fs::read(&zip).unwrap());
    assert_eq!(archive.sheet("shops").rows, [["acme", "Acme"]]);
}

#[tokio::test]
async fn the_role_of_a_postgresql_source_exports_and_writes_nothing() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("least").await;
    desk::run_postgres(&database.url, SHOP).await;
    let role = format!("reader_of_{}", database.name);
    let statements = block("A PostgreSQL source").replace("database shop", &format!("database \"{}\"", database.name));
    desk::run_postgres(
        &database.url,
        &statements.replace("role handover", &format!("role {role}")).replace("to handover", &format!("to {role}")),
    )
    .await;
    let url = postgres.url_as(&role, &database.name);
    assert_exports(&url, "postgres").await;

    let mut reader = PgConnection::connect(&url).await.unwrap();
    let default: String = sqlx::query_scalar("show transaction_read_only").fetch_one(&mut reader).await.unwrap();
    assert_eq!(default, "on");
    for statement in [
        "insert into shops values ('x', 'x')",
        "update shops set name = 'x'",
        "delete from shops",
        "truncate shops",
        "alter table shops add column x int",
        "drop table shops",
        "create table public.mine (id int)",
        "create temporary table mine (id int)",
        "create schema mine",
        "create function public.mine() returns int language sql as 'select 1'",
        "lock table shops in exclusive mode",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "copy shops to '/tmp/handover-least'",
        "copy shops to program 'true'",
        "select pg_read_file('/etc/passwd')",
        "create role mine",
        "alter system set work_mem = '1MB'",
    ] {
        // The setting of the role alone would keep nobody from writing: what counts is the rights.
        let script = format!("begin read write; {statement}; rollback");
        let told = sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut reader).await;
        let refused = told.err().unwrap_or_else(|| panic!("allowed: {statement}"));
        let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
        sqlx::raw_sql("rollback").execute(&mut reader).await.unwrap();
        // Refused for lack of a right; `alter system` also for standing in a transaction.
        assert!(
            code == "42501" || (code == "25001" && statement.starts_with("alter system")),
            "{statement}: {refused}"
        );
    }
}

#[tokio::test]
async fn the_user_of_a_mariadb_source_exports_and_writes_nothing() {
    let server = MariaDb::shared().await;
    let database = server.create_database("least").await;
    desk::run_mysql(&database.url, SHOP).await;
    let user = format!("reader_of_{}", database.name);
    let url = server.url_as(&user, &database.name);
    let password = url.split(':').nth(2).unwrap().split('@').next().unwrap();
    let statements = block("A MySQL or MariaDB source")
        .replace("choose one", password)
        .replace("user handover", &format!("user {user}"))
        .replace("to handover", &format!("to {user}"))
        .replace("shop.*", &format!("`{}`.*", database.name));
    desk::run_mysql(&database.url, &statements).await;
    assert_exports(&url, "mysql").await;

    let mut reader = MySqlConnection::connect(&url).await.unwrap();
    for statement in [
        "insert into shops values ('x', 'x')",
        "update shops set name = 'x'",
        "delete from shops",
        "truncate shops",
        "alter table shops add column x int",
        "drop table shops",
        "create table mine (id int)",
        "create temporary table mine (id int)",
        "create view mine as select 1",
        "create procedure mine() select 1",
        "create trigger mine before insert on shops for each row set @x = 1",
        "lock tables shops write",
        "select * from shops into outfile '/tmp/handover-least'",
        "grant select on shops to handover_nobody",
        "create database mine",
        "set global max_connections = 1",
        "select * from mysql.user",
    ] {
        let refused = sqlx::raw_sql(statement).execute(&mut reader).await.unwrap_err().to_string();
        assert!(refused.contains("denied") || refused.contains("SUPER privilege"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn the_ledgers_role_serves_exports_and_changes_neither_tables_nor_the_audit() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("ledger-roles").await;
    let name = blueprint.ledger_name().to_owned();
    let statements = block("The ledger").replace("database handover", &format!("database \"{name}\""));
    let statements =
        statements.replace("handover_owner", &format!("owner_{name}")).replace("handover_app", &format!("app_{name}"));
    desk::run_postgres(blueprint.ledger_url(), &statements).await;
    let postgres = Postgres::shared().await;
    let url = |role: &str| postgres.url_as(&format!("{role}_{name}"), &name);
    let blueprint = blueprint.migrated_by(&url("owner")).set("HANDOVER_LEDGER__URL", url("app"));
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, "owner@example.com").await;
    grown.apis[0].until_state(&export, "ready").await;
    let link = grown.apis[0].link(&export).await;
    assert!(!crate::support::person::press_button(&link).await.bytes.is_empty());

    let mut app = PgConnection::connect(&url("app")).await.unwrap();
    for statement in [
        "drop table exports",
        "alter table exports add column x int",
        "truncate exports",
        "create table public.mine (id int)",
        "create schema mine",
        "create temporary table mine (id int)",
        "alter table audit_events disable trigger all",
        "drop trigger audit_rows_stay on audit_events",
    ] {
        let refused = sqlx::raw_sql(statement).execute(&mut app).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{statement}: {refused}");
    }
    for statement in ["update audit_events set actor = 'nobody'", "delete from audit_events", "truncate audit_events"] {
        assert!(sqlx::raw_sql(statement).execute(&mut app).await.is_err(), "{statement}");
    }
}
