//! An archive restores whatever the source's schema and rows look like.

mod mysql;

use crate::{
    slicing::desk::{run_postgres, sqlite},
    support::{archive::Archive, postgres::Postgres},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::process::{Command, Output, Stdio};

/// The archive of tenant 1.
pub(crate) async fn archive(url: &str, catalog_text: &str) -> Archive {
    crate::fidelity::archive(url, catalog_text, "1").await
}

/// Leaves a PostgreSQL database of this schema and arrives in an empty one.
async fn restored(hint: &str, statements: &str, catalog: &str) -> (PgConnection, Archive) {
    let postgres = Postgres::shared().await;
    let product = postgres.create_database(hint).await;
    run_postgres(&product.url, statements).await;
    let archive = archive(&product.url, catalog).await;
    let database = postgres.create_database(&format!("{hint}_restored")).await;
    let mut psql = Command::new("psql");
    psql.args(["-v", "ON_ERROR_STOP=1", "-q", "-f", "sql/restore.sql", &database.url]).current_dir(archive.root());
    succeeded(&psql.output().unwrap());
    (PgConnection::connect(&database.url).await.unwrap(), archive)
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(connection).await.unwrap()
}

fn sqlite3(file: &str, archive: &Archive) -> Output {
    let script = std::fs::File::open(archive.root().join("sql/restore.sql")).unwrap();
    let mut sqlite = Command::new("sqlite3");
    sqlite.args(["-bail", file]).current_dir(archive.root()).stdin(script).stderr(Stdio::piped());
    sqlite.output().unwrap()
}

const OWNER: &str = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n";

#[tokio::test]
async fn a_sequence_that_its_column_no_longer_calls_does_not_stop_a_restore() {
    let (mut restored, _) = restored(
        "uncalled",
        "create table t(id int primary key); insert into t values (1);
         create table c(id bigserial primary key, t_id int); alter table c alter id drop default;
         insert into c values (7, 1)",
        OWNER,
    )
    .await;
    assert_eq!(texts(&mut restored, "select id::text from c").await, ["7"]);
}

#[tokio::test]
async fn a_column_computed_by_code_of_the_product_restores_with_its_values() {
    let (mut restored, archive) = restored(
        "computed",
        "create table t(id int primary key); insert into t values (1);
         create text search configuration public.plain (copy = simple);
         create function shout(text) returns text immutable language sql as 'select upper($1)';
         create table c(id int primary key, t_id int, note text,
             words tsvector generated always as (to_tsvector('public.plain', note)) stored,
             loud text generated always as (shout(note)) stored);
         insert into c values (7, 1, 'so it goes')",
        OWNER,
    )
    .await;
    assert_eq!(texts(&mut restored, "select words::text || loud from c").await, ["'goes':3 'it':2 'so':1SO IT GOES"]);
    let left_out = archive.manifest()["left_out"].to_string();
    assert!(left_out.contains("\"words\"") && left_out.contains("\"loud\""), "{left_out}");
}

#[tokio::test]
async fn a_domain_whose_rule_is_not_valid_for_old_values_restores_with_them() {
    let (mut restored, _) = restored(
        "domain",
        "create domain amount as int; create type mood as enum ('good', 'bad');
         create table t(id int primary key); insert into t values (1);
         create table c(id int primary key, t_id int, n amount, m text check (m::mood <> 'bad'));
         insert into c values (7, 1, -5, 'good');
         alter domain amount add constraint positive check (value > 0) not valid",
        OWNER,
    )
    .await;
    assert_eq!(texts(&mut restored, "select n::text || m from c").await, ["-5good"]);
}

#[tokio::test]
async fn rows_that_point_to_another_tenants_rows_restore_and_their_key_is_kept() {
    let (mut restored, _) = restored(
        "across",
        "create table t(id int primary key); insert into t values (1), (2);
         create table c(id int primary key, t_id int references t); insert into c values (1, 1), (2, 2);
         create table m(id int primary key, sender int references c, recipient int constraint \"a$handover$'b\" references c deferrable);
         insert into m values (1, 1, 1), (2, 1, 2), (3, 2, 2)",
        &format!("{OWNER}[tables.m]\nowner = {{ through = [\"sender\", \"recipient\"] }}\n"),
    )
    .await;
    assert_eq!(texts(&mut restored, "select id::text from m order by id").await, ["1", "2"]);
    let keys = "select conname || ' ' || convalidated || ' ' || condeferrable from pg_constraint
        where contype = 'f' and conrelid = 'm'::regclass order by 1";
    assert_eq!(texts(&mut restored, keys).await, ["a$handover$'b false true", "m_sender_fkey true false"]);
}

const FILE: &str = "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n";

#[tokio::test]
async fn a_sqlite_table_composed_anew_keeps_its_defaults_and_unique_rules() {
    let (_folder, url) = sqlite(
        "create table t(id integer primary key); insert into t values (1);
         create table c(code text unique, t_id int, a text default \"new\", b text default bare, n int default -1, x text default ('a' || 'b'), secret text);
         create index c_code on c(code); create table d(id integer primary key, c_code text references c(code), secret text);
         insert into c(code, t_id) values ('k', 1); insert into d(c_code) values ('k')",
    )
    .await;
    let hidden = "columns = { secret = { omit = \"secret\" } }\n";
    let archive =
        archive(&url, &format!("{FILE}{hidden}[tables.d]\nowner = {{ through = \"c_code\" }}\n{hidden}")).await;
    let file = archive.root().join("restored.db").display().to_string();
    succeeded(&sqlite3(&file, &archive));
    let insert = |code: &str| {
        let insert = format!(
            "pragma foreign_keys = on; insert into c(code) values ('{code}'); insert into d(c_code) values ('{code}'); select a, b, n, x from c where code = '{code}'"
        );
        Command::new("sqlite3").args(["-bail", &file, &insert]).output().unwrap()
    };
    let fresh = insert("fresh");
    succeeded(&fresh);
    assert_eq!(String::from_utf8_lossy(&fresh.stdout), "new|bare|-1|ab\n");
    assert!(!insert("k").status.success(), "the unique rule is gone");
}

#[tokio::test]
async fn sqlite_rows_that_point_to_rows_that_are_not_there_restore_and_are_named() {
    let (_folder, url) = sqlite(
        "pragma foreign_keys = off; create table t(id integer primary key); insert into t values (1), (2);
         create table c(id integer primary key, t_id int references t, other int references c);
         insert into c values (1, 1, 2), (2, 2, null), (3, 1, 999)",
    )
    .await;
    let archive = archive(&url, FILE).await;
    let file = archive.root().join("restored.db").display().to_string();
    let output = sqlite3(&file, &archive);
    succeeded(&output);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "c|1|c|0\nc|3|c|0\n");
    let rows = Command::new("sqlite3").args([&file, "select id, other from c"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&rows.stdout), "1|2\n3|999\n");
}
