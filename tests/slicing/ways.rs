//! Every way in which a row can belong to a tenant, with rows of two.

use super::desk::{catalog, export, keys, open, read, run_mysql, run_postgres, sqlite};
use crate::support::{mariadb::MariaDb, postgres::Postgres};
use worker::error::ExportError;

const TENANTS: &str = "[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n";

fn rules(engine: &str, tables: &str) -> String {
    format!("version = 1\nengine = \"{engine}\"\n{TENANTS}{tables}")
}

/// What tenant 1 gets of table `c`, from every engine.
async fn all(hint: &str, statements: &str, tables: &str) -> [Vec<String>; 3] {
    let (_folder, url) = sqlite(statements).await;
    let from_sqlite = keys(&export(&url, &catalog(&rules("sqlite", tables)), "1").await.unwrap(), "c");
    let database = Postgres::shared().await.create_database(hint).await;
    run_postgres(&database.url, statements).await;
    let from_postgres = keys(&export(&database.url, &catalog(&rules("postgres", tables)), "1").await.unwrap(), "c");
    let database = MariaDb::shared().await.create_database(hint).await;
    run_mysql(&database.url, statements).await;
    let from_mariadb = keys(&export(&database.url, &catalog(&rules("mysql", tables)), "1").await.unwrap(), "c");
    [from_sqlite, from_postgres, from_mariadb]
}

#[tokio::test]
async fn an_owners_column_decides_and_other_ways_only_where_it_is_null() {
    let statements = "create table t(id integer primary key); insert into t values (1), (2);
        create table p(id integer primary key, t_id integer); insert into p values (1, 1), (2, 2);
        create table c(id integer primary key, t_id integer, p_id integer references p(id));
        insert into c values (10, 1, null), (11, 1, 2), (12, null, 1), (13, null, 2), (14, 2, 1), (15, null, null), (16, 2, null);";
    let tables =
        "[tables.p]\nowner = { column = \"t_id\" }\n[tables.c]\nowner = { column = \"t_id\", through = \"p_id\" }\n";
    assert_eq!(all("union", statements, tables).await, [["10", "11", "12"]; 3]);
}

#[tokio::test]
async fn the_tripwire_lets_null_pass_only_where_other_ways_decide_and_never_another_tenant() {
    let statements = "create table t(id integer primary key); insert into t values (1), (2);
        create table c(id integer primary key, t_id integer, p_id integer references t);
        insert into c values (10, 1, null), (12, null, 1), (14, 2, 1);";
    let union = "[tables.c]\nowner = { column = \"t_id\", through = \"p_id\" }\n";
    let (_folder, url) = sqlite(statements).await;
    let database = Postgres::shared().await.create_database("null_passes").await;
    run_postgres(&database.url, statements).await;
    for (url, engine) in [(&url, "sqlite"), (&database.url, "postgres")] {
        for (tables, widened, stops) in [
            (union, "t0.\"id\" <> 14", false),
            (union, "true", true),
            ("[tables.c]\nowner = { column = \"t_id\" }\n", "t0.\"id\" <> 14", true),
        ] {
            let (mut snapshot, plan, _) = open(url, &catalog(&rules(engine, tables)), "1").await.unwrap();
            let mut table = plan.tables.iter().find(|table| table.name == "c").unwrap().clone();
            let (before, after) = table.select.split_once(" where ").unwrap();
            table.select = format!("{before} where {widened} or {after}");
            let read = read(&mut snapshot, &table).await;
            assert_eq!(matches!(read, Err(ExportError::Tripwire { .. })), stops, "{engine} {tables} {widened}");
            snapshot.close().await;
        }
    }
}

#[tokio::test]
async fn pairs_of_type_and_id_point_to_the_table_that_the_word_means() {
    let statements = "create table t(id integer primary key); insert into t values (1), (2);
        create table tickets(id integer primary key, t_id integer); insert into tickets values (1, 1), (2, 2), (5, 1);
        create table notes(id integer primary key, t_id integer); insert into notes values (1, 2), (2, 1), (5, 2);
        create table c(id integer primary key, kind varchar(20), subject integer, code text);
        insert into c values (10, 'Ticket', 1, '1'), (11, 'Note', 1, '1'), (12, 'Ticket', 2, '2'), (13, 'Note', 2, '2'), (14, 'Other', 1, '1'), (15, null, 1, '1'),
            (16, 'Ticket', null, null), (17, 'ticket', 1, '1'), (18, 'It''s', 1, '1'), (19, 'Ticket', 5, '05');";
    let owned = "[tables.tickets]\nowner = { column = \"t_id\" }\n[tables.notes]\nowner = { column = \"t_id\" }\n";
    for (id, expected) in [("subject", &["10", "13", "18", "19"][..]), ("code", &["10", "13", "18"])] {
        let tables = format!(
            "{owned}[tables.c]\nowner = {{ polymorphic = {{ type = \"kind\", id = \"{id}\", map = {{ Ticket = \"tickets\", Note = \"notes\", \"It's\" = \"tickets\" }} }} }}\n"
        );
        let found = all("pairs", statements, &tables).await;
        assert_eq!(found[..2], [expected, expected], "by {id}");
        // By MariaDB's own collation of the column, words have no case.
        let without_case: Vec<&str> =
            ["10", "13", "17", "18", "19"].into_iter().filter(|row| *row == "17" || expected.contains(row)).collect();
        assert_eq!(found[2], without_case, "by {id}");
    }
}

#[tokio::test]
async fn words_of_enums_and_citext_and_ids_of_other_types_are_compared_as_postgres_prints_them() {
    let database = Postgres::shared().await.create_database("words").await;
    run_postgres(
        &database.url,
        "create extension citext; create type kind as enum ('Ticket', 'Note');
         create table t(id uuid primary key); insert into t values ('aaaaaaaa-0000-4000-8000-000000000001'), ('bbbbbbbb-0000-4000-8000-000000000002');
         create table tickets(id uuid primary key, t_id uuid); insert into tickets values ('aaaaaaaa-0000-4000-8000-00000000000a', 'aaaaaaaa-0000-4000-8000-000000000001'), ('aaaaaaaa-0000-4000-8000-00000000000b', 'bbbbbbbb-0000-4000-8000-000000000002');
         create table c(id int primary key, kind kind, soft citext, subject text);
         insert into c values (10, 'Ticket', 'TICKET', 'aaaaaaaa-0000-4000-8000-00000000000a'), (11, 'Ticket', 'ticket', 'aaaaaaaa-0000-4000-8000-00000000000b'),
            (12, 'Note', 'note', 'aaaaaaaa-0000-4000-8000-00000000000a'), (13, 'Ticket', 'ticket', 'AAAAAAAA-0000-4000-8000-00000000000A'), (14, 'Ticket', 'ticket', 'no uuid');",
    )
    .await;
    for kind in ["kind", "soft"] {
        let tables = format!(
            "[tables.tickets]\nowner = {{ column = \"t_id\" }}\n[tables.c]\nowner = {{ polymorphic = {{ type = \"{kind}\", id = \"subject\", map = {{ Ticket = \"tickets\", Gone = \"tickets\" }} }} }}\n"
        );
        let slice =
            export(&database.url, &catalog(&rules("postgres", &tables)), "aaaaaaaa-0000-4000-8000-000000000001")
                .await
                .unwrap();
        assert_eq!(keys(&slice, "c"), ["10"], "{kind}");
    }
}

#[tokio::test]
async fn virtual_keys_are_followed_like_declared_ones_up_and_down() {
    let statements = "create table t(id integer primary key); insert into t values (1), (2);
        create table sales(t_id integer, year integer, no integer, primary key (year, no)); insert into sales values (1, 2026, 1), (2, 2026, 2), (2, 2025, 1);
        create table plans(code varchar(9) primary key); insert into plans values ('a'), ('b'), ('z');
        create table c(id integer primary key, year integer, no integer, plan text);
        insert into c values (10, 2026, 1, 'a'), (11, 2026, 2, 'b'), (12, 2025, 1, 'b'), (13, 2026, null, 'z'), (14, null, null, 'z');";
    let tables = "[tables.sales]\nowner = { column = \"t_id\" }\n[tables.plans]\nshare = \"referenced\"\n[tables.c]\nowner = { through = \"sale\" }\n\
        [tables.c.references]\nsale = { column = \"no, year\", table = \"sales\", key = \"no, year\" }\nplan = { table = \"plans\" }\n";
    let (_folder, url) = sqlite(statements).await;
    let database = Postgres::shared().await.create_database("virtual").await;
    run_postgres(&database.url, statements).await;
    for (url, engine) in [(&url, "sqlite"), (&database.url, "postgres")] {
        let slice = export(url, &catalog(&rules(engine, tables)), "1").await.unwrap();
        assert_eq!(
            (keys(&slice, "c"), keys(&slice, "plans")),
            (vec!["10".to_owned()], vec!["a".to_owned()]),
            "{engine}"
        );
    }
}

#[tokio::test]
async fn half_null_keys_double_keys_and_keys_to_unique_indexes_match_as_the_database_matches_them() {
    let statements = "create table t(id integer primary key); insert into t values (1), (2);
        create table p(id integer primary key, t_id integer, a integer, b varchar(9)); create unique index p_ab on p(a, b);
        insert into p values (1, 1, 7, 'x'), (2, 2, 7, 'y'), (3, 1, 8, null), (4, 2, null, 'x');
        create table c(id integer primary key, a integer, b varchar(9), a2 integer, b2 varchar(9), foreign key (a, b) references p(a, b), foreign key (a2, b2) references p(a, b));
        insert into c values (10, 7, 'x', null, null), (11, 7, 'y', 7, 'x'), (12, 7, null, null, 'x'), (13, 7, 'y', 7, 'y'), (14, null, null, null, null), (15, null, 'x', 7, 'y');";
    let tables =
        "[tables.p]\nowner = { column = \"t_id\" }\n[tables.c]\nowner = { through = [\"a, b\", \"b2, a2\"] }\n";
    assert_eq!(all("halves", statements, tables).await, [["10", "11"]; 3]);
}

#[tokio::test]
async fn arrays_name_tenants_and_rows_in_postgres() {
    let database = Postgres::shared().await.create_database("arrays").await;
    run_postgres(
        &database.url,
        "create table t(id bigint primary key); insert into t values (1), (2), (11);
         create table tags(id int primary key, t_id bigint); insert into tags values (1, 1), (2, 2), (11, 2);
         create table labels(code text primary key); insert into labels values ('a'), ('b'), ('z'), ('1');
         create table c(id int primary key, owners bigint[], names text[], tag_ids bigint[], codes text[]);
         insert into c values (10, '{1,2}', '{1}', '{1,2}', '{a,b}'), (11, '{2}', '{2,11}', '{2,11}', '{z}'), (12, '{}', '{}', '{}', '{}'), (13, null, null, null, null),
            (14, '{NULL,1}', '{NULL,\"1\"}', '{NULL,1}', '{NULL,a}'), (15, '{{2,1},{3,4}}', '{{2,1},{3,4}}', '{{2,1},{3,4}}', '{{a,b}}'), (16, '{11}', '{\" 1\",01}', '{11}', '{z}');",
    )
    .await;
    let labels = "[tables.labels]\nshare = \"referenced\"\n";
    for owner in ["array = \"owners\"", "array = \"names\"", "through = \"tag_ids\"", "through = \"names\""] {
        let tables = format!(
            "{labels}[tables.tags]\nowner = {{ column = \"t_id\" }}\n[tables.c]\nowner = {{ {owner} }}\n[tables.c.references]\n\
             tag_ids = {{ table = \"tags\", array = true }}\nnames = {{ table = \"tags\", array = true }}\ncodes = {{ table = \"labels\", array = true }}\n"
        );
        let slice = export(&database.url, &catalog(&rules("postgres", &tables)), "1").await.unwrap();
        assert_eq!(keys(&slice, "c"), ["10", "14", "15"], "{owner}");
        assert_eq!(keys(&slice, "labels"), ["a", "b"], "{owner}");
    }
}

#[tokio::test]
async fn collations_of_the_product_decide_as_they_do_in_the_database() {
    let database = Postgres::shared().await.create_database("letters").await;
    run_postgres(
        &database.url,
        "create collation lax (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
         create table t(id int primary key); insert into t values (1), (2);
         create table p(code text collate lax primary key, t_id int); insert into p values ('Jose', 1), ('Anna', 2);
         create table q(code text primary key, t_id int); insert into q values ('jose', 1), ('JOSE', 2);
         create table c(id int primary key, p text collate lax references p, q text collate lax references q);
         insert into c values (10, 'JOSÉ', null), (11, 'anna', null), (12, null, 'jose'), (13, null, 'JOSE');",
    )
    .await;
    let owned = "[tables.p]\nowner = { column = \"t_id\" }\n[tables.q]\nowner = { column = \"t_id\" }\n";
    for (way, expected) in [("p", "10"), ("q", "12")] {
        let tables = format!("{owned}[tables.c]\nowner = {{ through = \"{way}\" }}\n");
        let slice = export(&database.url, &catalog(&rules("postgres", &tables)), "1").await.unwrap();
        assert_eq!(keys(&slice, "c"), [expected], "through {way}");
    }
}

#[tokio::test]
async fn partitions_inherited_tables_and_schemas_are_followed_in_postgres() {
    let database = Postgres::shared().await.create_database("kinds").await;
    run_postgres(
        &database.url,
        "create schema crm; create table t(id int primary key); insert into t values (1), (2);
         create table crm.sales(id int, at date, t_id int, primary key (id, at)) partition by range (at);
         create table crm.s1 partition of crm.sales for values from ('2026-01-01') to ('2026-07-01');
         create table crm.s2 partition of crm.sales default;
         insert into crm.sales values (1, '2026-02-01', 1), (1, '2026-08-01', 2), (2, '2026-09-01', 1);
         create table note(id int primary key, sale int, at date, foreign key (sale, at) references crm.sales); create table heir(extra text) inherits (note);
         insert into note values (10, 1, '2026-02-01'), (11, 1, '2026-08-01'), (12, 2, '2026-09-01'), (13, 2, null); insert into heir values (14, 1, '2026-02-01', 'own'), (15, 1, '2026-08-01', 'other');",
    )
    .await;
    let text = "version = 1\nengine = \"postgres\"\nschemas = [\"public\", \"crm\"]\n[tenant]\ntable = \"public.t\"\nkey = \"id\"\n[tables.\"public.t\"]\nowner = { column = \"id\" }\n\
        [tables.\"crm.sales\"]\nowner = { column = \"t_id\" }\n[tables.\"public.note\"]\nowner = { through = \"sale, at\" }\n\
        [tables.\"public.heir\"]\nowner = { through = \"sale\" }\n[tables.\"public.heir\".references]\nsale = { column = \"sale, at\", table = \"crm.sales\" }\n";
    let slice = export(&database.url, &catalog(text), "1").await.unwrap();
    assert_eq!(keys(&slice, "public.note"), ["10", "12"]);
    assert_eq!(keys(&slice, "public.heir"), ["14"], "a child has keys of its own only if the catalog gives it some");
    assert_eq!(slice["crm.sales"].len(), 2);
}
