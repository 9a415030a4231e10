//! Keys inside JSON: found exactly, or not at all.

use super::desk::{catalog, export, keys, run_mysql, run_postgres, source, sqlite};
use crate::support::{mariadb::MariaDb, postgres::Postgres};
use worker::{
    check::{self, Finding},
    steps::Steps,
};

/// Each document with whether `$.account.id` in it is the key 7, and whether it is JSON in every engine.
const DOCUMENTS: [(&str, bool); 22] = [
    (r#"{"account": {"id": 7}}"#, true),
    (r#"{"account": {"id": "7"}}"#, true),
    (r#"{ "account" : { "x": null, "id" : 7 , "y": [] } }"#, true),
    (r#"{"account": {"id": 8}}"#, false),
    (r#"{"account": {"id": "07"}}"#, false),
    (r#"{"account": {"id": " 7"}}"#, false),
    (r#"{"account": {"id": "7 "}}"#, false),
    (r#"{"account": {"id": 7.0}}"#, false),
    (r#"{"account": {"id": 77}}"#, false),
    (r#"{"account": {"id": true}}"#, false),
    (r#"{"account": {"id": null}}"#, false),
    (r#"{"account": {"id": [7]}}"#, false),
    (r#"{"account": {"id": {"id": 7}}}"#, false),
    (r#"{"account": {"ID": 7}}"#, false),
    (r#"{"account": [{"id": 7}]}"#, false),
    (r#"{"account.id": 7}"#, false),
    (r#"{"id": 7}"#, false),
    (r#"{"account": "7"}"#, false),
    (r#"{"account": 7}"#, false),
    ("[]", false),
    ("7", false),
    ("null", false),
];

fn rules(engine: &str, docs: &str) -> String {
    format!(
        "version = 1\nengine = \"{engine}\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = {{ column = \"id\" }}\n[tables.users]\nowner = {{ column = \"t_id\" }}\n\
         [tables.plans]\nshare = \"referenced\"\n[tables.docs]\n{docs}\n"
    )
}

fn statements(json: &str, more: &str) -> String {
    let mut text = format!(
        "create table t(id bigint primary key); insert into t values (1), (7), (8), (77);
         create table users(id bigint primary key, t_id bigint); insert into users values (7, 7), (8, 8), (1, 7), (77, 77);
         create table plans(id bigint primary key); insert into plans values (7), (8), (1);
         create table docs(id int primary key, data {json});"
    );
    for (number, (document, _)) in DOCUMENTS.iter().enumerate() {
        text.push_str(&format!("insert into docs values ({number}, '{document}');"));
    }
    text.push_str(&format!("insert into docs values (100, null);{more}"));
    text
}

fn expected() -> Vec<String> {
    let own = DOCUMENTS.iter().enumerate().filter(|(_, (_, own))| *own);
    own.map(|(number, _)| number.to_string()).collect()
}

const OWNERS: [&str; 2] = [
    "owner = { json = { column = \"data\", path = \"$.account.id\" } }",
    "owner = { through = \"user\" }\n[tables.docs.references]\nuser = { column = \"data\", table = \"users\", json = \"$.account.id\" }\nplan = { column = \"data\", table = \"plans\", json = \"$.account.id\" }",
];

#[tokio::test]
async fn postgres_finds_keys_in_json_jsonb_and_text() {
    for json in ["jsonb", "json", "text"] {
        let database = Postgres::shared().await.create_database("json").await;
        run_postgres(&database.url, &statements(json, "")).await;
        for owner in OWNERS {
            let slice = export(&database.url, &catalog(&rules("postgres", owner)), "7").await.unwrap();
            assert_eq!(keys(&slice, "docs"), expected(), "{json} {owner}");
            let plans: &[&str] = if owner.contains("plans") { &["7"] } else { &[] };
            assert_eq!(keys(&slice, "plans"), plans, "{json}");
        }
    }
}

#[tokio::test]
async fn sqlite_finds_keys_in_json_and_passes_over_what_is_none() {
    let broken = "insert into docs values (101, '{\"account\": {\"id\": 7}'), (102, 'account'), (103, ''), (104, x'00ff'), (105, 7), (106, jsonb('{\"account\": {\"id\": 7}}'));";
    let (_folder, url) = sqlite(&statements("", broken)).await;
    for owner in OWNERS {
        let slice = export(&url, &catalog(&rules("sqlite", owner)), "7").await.unwrap();
        let mut own = expected();
        own.push("106".to_owned());
        own.sort();
        assert_eq!(keys(&slice, "docs"), own, "{owner}");
        let plans: &[&str] = if owner.contains("plans") { &["7"] } else { &[] };
        assert_eq!(keys(&slice, "plans"), plans);
    }
    // A truth is no key, though SQLite itself takes it for 1.
    let (_folder, url) = sqlite(&statements("text", "")).await;
    for owner in OWNERS {
        assert!(export(&url, &catalog(&rules("sqlite", owner)), "1").await.unwrap()["docs"].is_empty());
    }
}

#[tokio::test]
async fn a_text_of_postgres_that_is_no_json_stops_the_export_with_a_sentence() {
    let database = Postgres::shared().await.create_database("broken").await;
    run_postgres(&database.url, &statements("text", "insert into docs values (101, '{\"account\": ');")).await;
    let error = export(&database.url, &catalog(&rules("postgres", OWNERS[0])), "7").await.unwrap_err().to_string();
    assert!(error.contains("reading docs: docs.data holds a text that is no JSON"), "{error}");
    assert!(error.contains("check --data"), "{error}");
    assert!(!error.contains("account"), "no value is told: {error}");
    let source = source(&database.url);
    for owner in OWNERS {
        let found = check::data::check(&source, &catalog(&rules("postgres", owner)), &Steps::default()).await.unwrap();
        let broken: Vec<&Finding> = found.iter().filter(|finding| finding.code == "broken_json").collect();
        assert_eq!(broken.len(), 1, "{found:?}");
        assert_eq!((broken[0].table.as_deref(), broken[0].column.as_deref()), (Some("docs"), Some("data")));
    }
    run_postgres(&database.url, "update docs set data = '{}' where id = 101").await;
    let found = check::data::check(&source, &catalog(&rules("postgres", OWNERS[1])), &Steps::default()).await.unwrap();
    assert!(found.iter().all(|finding| finding.code != "broken_json"), "{found:?}");
    assert!(found.iter().any(|finding| finding.code == "dangling_reference"), "{found:?}");
}

#[tokio::test]
async fn names_that_look_like_paths_and_elements_are_taken_at_their_word() {
    let documents = "create table t(id int primary key); insert into t values (7); create table users(id int primary key, t_id int); create table plans(id int primary key);
        create table docs(id int primary key, data text);
        insert into docs values (1, '{\"a.b c''s\": {\"0\": 7}}'), (2, '{\"a.b c''s\": [7]}'), (3, '{\"a\": {\"b c''s\": [7]}}'), (4, '{\"größe\": [{\"x\": 8}, {\"x\": 7}]}'), (5, '[[7]]');";
    let (_folder, url) = sqlite(documents).await;
    let database = Postgres::shared().await.create_database("names").await;
    run_postgres(&database.url, documents).await;
    for (path, own) in [
        ("$.\\\"a.b c's\\\"[0]", "2"),
        ("$.\\\"a.b c's\\\".0", "1"),
        ("$.a.\\\"b c's\\\"[0]", "3"),
        ("$.größe[1].x", "4"),
        ("$[0][0]", "5"),
    ] {
        let owner = format!("owner = {{ json = {{ column = \"data\", path = \"{path}\" }} }}");
        for (url, engine) in [(&url, "sqlite"), (&database.url, "postgres")] {
            let slice = export(url, &catalog(&rules(engine, &owner)), "7").await.unwrap();
            assert_eq!(keys(&slice, "docs"), [own], "{engine} {path}");
        }
    }
}

#[tokio::test]
async fn json_arrays_name_tenants_and_rows_in_sqlite() {
    let (_folder, url) = sqlite(
        "create table t(id integer primary key); insert into t values (1), (2), (11);
         create table users(id integer primary key, t_id integer); insert into users values (1, 1), (2, 2), (11, 2);
         create table plans(id text primary key); insert into plans values ('1'), ('2'), ('x');
         create table docs(id integer primary key, data text);
         insert into docs values (10, '[1,2]'), (11, '[\"1\"]'), (12, '[2,11]'), (13, '[]'), (14, '{\"a\":1}'), (15, '[[1]]'), (16, '[true]'), (17, '[\"01\",\" 1\",1.0]'),
            (18, '[1'), (19, null), (20, 1), (21, '1'), (22, '[null,1]'), (23, x'01'), (24, '[\"1\",\"x\",\"1\"]');",
    )
    .await;
    let through = "owner = { through = \"user\" }\n[tables.docs.references]\nuser = { column = \"data\", table = \"users\", array = true }\nplan = { column = \"data\", table = \"plans\", array = true }";
    for owner in ["owner = { array = \"data\" }", through] {
        let slice = export(&url, &catalog(&rules("sqlite", owner)), "1").await.unwrap();
        assert_eq!(keys(&slice, "docs"), ["10", "11", "22", "24"], "{owner}");
        let plans: &[&str] = if owner.contains("plans") { &["1", "2", "x"] } else { &[] };
        assert_eq!(keys(&slice, "plans"), plans);
    }
}

#[tokio::test]
async fn mariadb_finds_keys_in_json_and_in_text_and_passes_over_what_is_none() {
    for json in ["json", "longtext"] {
        let database = MariaDb::shared().await.create_database("json").await;
        let broken = "insert into docs values (101, '{\"account\": {\"id\": 7'), (102, '');";
        run_mysql(&database.url, &statements(json, if json == "json" { "" } else { broken })).await;
        for owner in OWNERS {
            let slice = export(&database.url, &catalog(&rules("mysql", owner)), "7").await.unwrap();
            assert_eq!(keys(&slice, "docs"), expected(), "{json} {owner}");
            let plans: &[&str] = if owner.contains("plans") { &["7"] } else { &[] };
            assert_eq!(keys(&slice, "plans"), plans, "{json}");
        }
    }
}

#[tokio::test]
async fn json_arrays_name_tenants_and_rows_in_mariadb() {
    let database = MariaDb::shared().await.create_database("lists").await;
    run_mysql(
        &database.url,
        "create table t(id integer primary key); insert into t values (1), (2), (11);
         create table users(id integer primary key, t_id integer); insert into users values (1, 1), (2, 2), (11, 2);
         create table plans(id varchar(9) primary key); insert into plans values ('1'), ('2'), ('x');
         create table docs(id integer primary key, data longtext);
         insert into docs values (10, '[1,2]'), (11, '[\"1\"]'), (12, '[2,11]'), (13, '[]'), (14, '{\"a\":1}'), (15, '[[1]]'), (16, '[true]'), (17, '[\"01\",\" 1\",1.0]'),
            (18, '[1'), (19, null), (20, 1), (21, '1'), (22, '[null,1]'), (24, '[\"1\",\"x\",\"1\"]');",
    )
    .await;
    let through = "owner = { through = \"user\" }\n[tables.docs.references]\nuser = { column = \"data\", table = \"users\", array = true }\nplan = { column = \"data\", table = \"plans\", array = true }";
    for owner in ["owner = { array = \"data\" }", through] {
        let slice = export(&database.url, &catalog(&rules("mysql", owner)), "1").await.unwrap();
        assert_eq!(keys(&slice, "docs"), ["10", "11", "22", "24"], "{owner}");
        let plans: &[&str] = if owner.contains("plans") { &["1", "2", "x"] } else { &[] };
        assert_eq!(keys(&slice, "plans"), plans);
    }
}
