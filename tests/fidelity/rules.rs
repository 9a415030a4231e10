//! Rules around the rows: what of them is carried, what is left out and named, and what must not tell of other tenants.

use super::{
    archive, left_out,
    postgres::{reader, restore},
    psql, sqlite3, try_archive,
};
use crate::{
    slicing::desk::{catalog, run_postgres, source, sqlite},
    support::{archive::Archive, postgres::Postgres},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use worker::check;

const CATALOG: &str = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n";

async fn exported(hint: &str, schema: &str, catalog: &str, with_triggers: bool) -> Archive {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database(hint).await;
    run_postgres(&database.url, schema).await;
    let role = reader(&database.url, &database.name, &["public".to_owned()]).await;
    try_archive(&postgres.url_as(&role, &database.name), catalog, "1", with_triggers).await.unwrap()
}

fn member(archive: &Archive, path: &str) -> String {
    std::fs::read_to_string(archive.root().join(path)).unwrap()
}

async fn run(url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.map(|_| ())
}

#[tokio::test]
async fn the_schema_holds_only_what_delivered_columns_need() {
    let archive = exported(
        "needed",
        "create schema secret_things; create type secret_things.level as enum ('acquired by Initech'); create type mood as enum ('good'); create domain happy as mood default 'good';
         create table t(id int primary key); insert into t values (1); create table c(id int primary key, t_id int, m happy[], hidden secret_things.level not null, n int not null, s serial);
         create table x(id serial primary key, l secret_things.level); insert into c values (1, 1, '{good}', 'acquired by Initech', 1)",
        &format!("{CATALOG}[tables.c.columns]\nhidden = {{ omit = \"internal\" }}\n[tables.x]\nexclude = \"internal\""),
        false,
    )
    .await;
    let schema = member(&archive, "sql/schema.sql");
    assert!(
        !schema.contains("Initech") && !schema.contains("secret_things") && !schema.contains("x_id_seq"),
        "{schema}"
    );
    assert!(
        schema.contains("create type public.mood") && schema.contains("create sequence if not exists public.c_s_seq"),
        "{schema}"
    );
    // Only the rule of the column that is not there is given up, and the archive says so.
    assert_eq!(left_out(&archive), ["not null hidden"]);
    let (url, _) = restore("needed_restored", &archive).await;
    run(&url, "insert into public.c(id, t_id, n) values (2, 1, 5)").await.unwrap();
    assert!(run(&url, "insert into public.c(id, t_id) values (3, 1)").await.is_err());
}

#[tokio::test]
async fn rules_that_hold_fixed_values_beside_a_tenants_key_stay_behind() {
    let archive = exported(
        "fixed",
        "create table t(id text primary key default 'initech', slug text check (slug <> 'x')); insert into t values ('1', 'a'), ('initech', 'b');
         create table c(id int primary key, t_id text default 'initech' references t check (t_id <> 'initech'), n int check (n < 100), kind text generated always as (case t_id when 'initech' then 'vip' else 'one' end) stored,
             up int default 42 references c, constraint never check (t_id <> ''));
         create index vip on c(n) where t_id = 'initech'; create index plain on c(t_id, n) with (fillfactor = 70); create index large on c(n) where n > 5; insert into c(id, t_id, n, up) values (1, '1', 2, null)",
        CATALOG,
        false,
    )
    .await;
    for path in ["sql/schema.sql", "sql/constraints.sql", "manifest.json", "START-HERE.html"] {
        assert!(!member(&archive, path).contains("initech"), "{path}");
    }
    assert!(!member(&archive, "sql/schema.sql").contains("42"));
    let mut named = left_out(&archive);
    named.sort();
    assert_eq!(
        named,
        ["check c_t_id_check", "default id", "default t_id", "default up", "generation rule kind", "index vip"]
    );
    let constraints = member(&archive, "sql/constraints.sql");
    for kept in ["never", "c_n_check", "INDEX plain", "INDEX large"] {
        assert!(constraints.contains(kept), "{kept}");
    }
    restore("fixed_restored", &archive).await;
}

#[tokio::test]
async fn rules_that_cannot_be_carried_are_named() {
    let archive = exported(
        "uncarried",
        "create extension btree_gist; create extension citext; create function own(int) returns int immutable language sql as 'select $1'; create domain amount as int;
         create table t(id int primary key); insert into t values (1);
         create table c(id int primary key default own(1), t_id int, n amount, m int check (own(m) > 0), name text, unique (id, t_id), exclude using gist (n with =));
         create index by_own on c(own(m)); create index by_citext on c((name::citext)); create table heir() inherits (c);
         alter domain amount add constraint positive check (value > 0) not valid; create policy p on c using (true); create rule r as on delete to c do instead nothing;
         insert into c values (1, 1, 5, 1, 'x')",
        &format!("{CATALOG}[tables.heir]\nowner = {{ column = \"t_id\" }}"),
        false,
    )
    .await;
    let named = left_out(&archive);
    for expected in [
        "default id",
        "check c_m_check",
        "index by_own",
        "domain rule positive",
        "policy p",
        "rewrite rule r",
        "inheritance c",
    ] {
        assert!(named.iter().any(|one| one == expected), "{expected} is not in {named:?}");
    }
    // Every role may create these extensions, so that what needs them is carried.
    let constraints = member(&archive, "sql/constraints.sql");
    assert!(constraints.contains("EXCLUDE USING gist") && constraints.contains("by_citext"), "{constraints}");
    restore("uncarried_restored", &archive).await;
}

#[tokio::test]
async fn triggers_are_exported_when_asked_and_fire_only_for_whoever_creates_them() {
    let schema = "create table t(id int primary key); insert into t values (1); create table c(id int primary key, t_id int, n int); insert into c values (1, 1, 1);
        create function \"it's\\\"() returns trigger language plpgsql as $f$ begin raise exception '\\! touch $$ fired'; end $f$;
        create trigger \"a;b\" before insert on c for each row when (new.n > 0) execute function \"it's\\\"(); create trigger off before delete on c for each row execute function \"it's\\\"(); alter table c disable trigger off;
        create trigger hiding before update of n on c for each row execute function \"it's\\\"()";
    let without = exported("untriggered", schema, CATALOG, false).await;
    assert!(!without.root().join("sql/triggers.sql").exists());
    assert_eq!(left_out(&without), ["trigger a;b", "trigger hiding", "trigger off"]);
    let with = exported("triggered", schema, &format!("{CATALOG}columns = {{ n = {{ keep = \"x\" }} }}"), true).await;
    assert_eq!(left_out(&with), [""; 0]);
    let (url, _) = restore("triggered_restored", &with).await;
    psql(&url, &["-f", "sql/triggers.sql"], &with.root());
    assert!(run(&url, "insert into c values (2, 1, 1)").await.unwrap_err().to_string().contains("fired"));
    run(&url, "delete from c").await.unwrap();
    let hidden =
        exported("hidden_trigger", schema, &format!("{CATALOG}columns = {{ n = {{ omit = \"internal\" }} }}"), true)
            .await;
    assert_eq!(left_out(&hidden), ["trigger a;b", "trigger hiding"]);
}

#[tokio::test]
async fn values_that_would_not_come_back_stop_the_export_before_it_starts() {
    let database = Postgres::shared().await.create_database("unrestorable").await;
    run_postgres(
        &database.url,
        "create extension lo; create table t(id int primary key); create table c(id int primary key, t_id int, whole t, many t[], big lo, number oid, kept oid)",
    )
    .await;
    let schema = source(&database.url).schema(&["public".to_owned()]).await.unwrap();
    let text = format!("{CATALOG}columns = {{ kept = {{ keep = \"a number of the system\" }} }}");
    let findings = check::check(&catalog(&text), &schema);
    let found: Vec<(&str, &str)> = findings.iter().map(|one| (one.code, one.column.as_deref().unwrap())).collect();
    assert_eq!(
        found,
        [
            ("large_object", "big"),
            ("unrestorable_type", "many"),
            ("large_object", "number"),
            ("unrestorable_type", "whole")
        ]
    );
    assert!(findings[3].message.contains("public.t"), "{}", findings[3]);
}

#[tokio::test]
async fn rows_that_point_to_one_partition_bring_their_parents() {
    let archive = exported(
        "one_partition",
        "create table t(id int primary key); insert into t values (1); create table p(id int, k text, v text) partition by list (k); create table p_a partition of p for values in ('a'); create table p_b partition of p for values in ('b');
         alter table p_a add primary key (id); insert into p values (1, 'a', 'needed'), (2, 'a', 'not needed'), (1, 'b', 'another');
         create table c(id int primary key, t_id int, p_id int references p_a); insert into c values (1, 1, 1)",
        &format!("{CATALOG}[tables.p]\nshare = \"referenced\""),
        false,
    )
    .await;
    let rows = archive.sheet("p").rows;
    assert!(rows.iter().any(|row| row[2] == "needed") && !rows.iter().any(|row| row[2] == "not needed"), "{rows:?}");
    assert!(left_out(&archive).iter().any(|one| one == "foreign key c_p_id_fkey"));
    restore("one_partition_restored", &archive).await;
}

const FILE: &str = "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n";

#[tokio::test]
async fn a_sqlite_table_composed_anew_keeps_its_checks_its_deferred_keys_and_its_direction() {
    let (_folder, url) = sqlite(
        "create table t(id integer primary key); insert into t values (1);
         create table c(id integer primary key desc, t_id int references t deferrable initially deferred, up int references c(id), n int constraint \"small\" check (n < 10), secret text check (secret <> 'x'), check (t_id <> 42));
         insert into c values (null, 1, null, 3, 's'), ('x', 1, null, 3, 's');
         create trigger fires after insert on c begin select raise(abort, 'fired'); end; create trigger hidden after update of secret on c begin select 1; end",
    )
    .await;
    let text = format!("{FILE}columns = {{ secret = {{ omit = \"secret\" }} }}");
    let made = try_archive(&url, &text, "1", true).await.unwrap();
    let schema = member(&made, "sql/schema.sql");
    for kept in ["constraint \"small\" check (n < 10)", "deferrable initially deferred", "primary key desc"] {
        assert!(schema.contains(kept), "{kept} is not in {schema}");
    }
    assert!(!schema.contains("42") && !schema.contains("secret <>"), "{schema}");
    let mut named = left_out(&made);
    named.sort();
    assert_eq!(named, ["check c", "check c", "trigger hidden"]);
    let file = made.root().join("restored.db");
    assert_eq!(sqlite3(&file, "sql/restore.sql", &made.root()), "");
    assert_eq!(sqlite3(&file, "sql/triggers.sql", &made.root()), "");
    let shell = |sql: &str| std::process::Command::new("sqlite3").args([file.to_str().unwrap(), sql]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shell("select typeof(id) from c order by id").stdout), "null\ntext\n");
    assert!(String::from_utf8_lossy(&shell("insert into c(id) values (1)").stderr).contains("fired"));
    let without = archive(&url, &text, "1").await;
    assert!(left_out(&without).contains(&"trigger fires".to_owned()));
}
