//! Ids and names that try to be more than ids and names.

use super::desk::{catalog, export, run_postgres, source, sqlite, tenant};
use crate::support::postgres::Postgres;
use sqlx::{Connection, PgConnection, SqliteConnection};

const IDS: [&str; 10] =
    ["' OR 1=1 --", "%", "\"", "😀", "\\", "\\N", "a\tb\nc\rd", "'; drop table t; --", "$1 ?1 {}", " "];

const CATALOG: &str = r#"
version = 1
engine = "ENGINE"
[tenant]
table = "t"
key = "id"
[tables.t]
owner = { column = "id" }
[tables."we\"ird \n '--; 😀"]
owner = { column = "own\"er' --\n" }
"#;

const SCHEMA: &str = "create table t(id text primary key); \
    create table \"we\"\"ird \n '--; 😀\"(\"own\"\"er' --\n\" text references t(id), \"select\" integer);";

#[tokio::test]
async fn hostile_ids_get_their_own_rows_from_postgres_and_no_others() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("hostile").await;
    run_postgres(&database.url, SCHEMA).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    for (number, id) in IDS.iter().enumerate() {
        sqlx::query("insert into t values ($1)").bind(id).execute(&mut connection).await.unwrap();
        sqlx::query("insert into \"we\"\"ird \n '--; 😀\" values ($1, $2)")
            .bind(id)
            .bind(i32::try_from(number).unwrap())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    every_id_gets_its_row(&database.url, "postgres").await;
}

#[tokio::test]
async fn hostile_ids_get_their_own_rows_from_sqlite_and_no_others() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for (number, id) in IDS.iter().enumerate() {
        sqlx::query("insert into t values (?)").bind(id).execute(&mut connection).await.unwrap();
        sqlx::query("insert into \"we\"\"ird \n '--; 😀\" values (?, ?)")
            .bind(id)
            .bind(i32::try_from(number).unwrap())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    every_id_gets_its_row(&url, "sqlite").await;
}

async fn every_id_gets_its_row(url: &str, engine: &str) {
    let catalog = catalog(&CATALOG.replace("ENGINE", engine));
    for (number, id) in IDS.iter().enumerate() {
        let slice = export(url, &catalog, id).await.unwrap();
        let rows = &slice["we\"ird \n '--; 😀"];
        assert_eq!(rows.len(), 1, "{id}");
        assert_eq!(rows[0][1], Some(number.to_string()), "{id}");
    }
    for stranger in ["' or '1'='1", "_", "%%", "''", "\\\\", "t"] {
        assert!(!source(url).has_tenant(&catalog, &tenant(stranger)).await.unwrap(), "{stranger}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_uuid_is_no_tenant_instead_of_an_error() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("uuid").await;
    run_postgres(
        &database.url,
        "create table t(id uuid primary key); insert into t values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }",
    );
    let source = source(&database.url);
    for (id, found) in [
        ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", true),
        ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", false),
        ("'", false),
        ("' OR 1=1 --", false),
        ("😀", false),
        ("b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", false),
    ] {
        assert_eq!(source.has_tenant(&catalog, &tenant(id)).await.unwrap(), found, "{id}");
    }
}

#[tokio::test]
async fn a_long_id_is_not_cut_down_to_somebody_elses() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("cut").await;
    run_postgres(
        &database.url,
        "create table t(id varchar(20) primary key); create table c(id int primary key, t_id varchar(4));
         insert into t values ('abcd'), ('abcdefgh'); insert into c values (1, 'abcd');",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }",
    );
    assert!(export(&database.url, &catalog, "abcdefgh").await.unwrap()["c"].is_empty());
    assert_eq!(export(&database.url, &catalog, "abcd").await.unwrap()["c"].len(), 1);
}
