//! Ids that try to be more than ids, and keys that the database takes for one.

use super::filled;
use crate::slicing::desk::{catalog, export, keys, source, tenant};
use sqlx::{Connection, MySqlConnection};
use worker::error::ExportError;

const CATALOG: &str = "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"t\"\nkey = \"k\"\n[tables.t]\nowner = { column = \"k\" }\n[tables.c]\nowner = { column = \"k\" }";

#[tokio::test]
async fn keys_of_every_type_find_their_tenant_and_no_other_spelling_does() {
    for (number, (declared, stored, id, strangers)) in [
        ("int", "1", "1", ["1abc", "01", "1.0", " 1", "1 ", "0x1", "+1", "1e0", ""].as_slice()),
        (
            "bigint unsigned",
            "18446744073709551615",
            "18446744073709551615",
            &["18446744073709551616", "-1", "1.8446744073709552e19"],
        ),
        ("int(4) zerofill", "7", "0007", &["7", "07", "00007"]),
        ("decimal(10,2)", "10", "10.00", &["10", "10.0", "1e1", "010.00"]),
        ("varchar(20) collate utf8mb4_unicode_ci", "'acme'", "acme", &["ACME", "acmé", "acme ", "acm", "acme\\0", "%"]),
        ("varchar(20) collate utf8mb4_bin", "'acme'", "acme", &["ACME", "acme "]),
        ("varchar(20) character set latin1", "'caf\u{e9}'", "café", &["cafe", "CAFÉ", "caf?", "caf日"]),
        ("char(8)", "'x''y'", "x'y", &["X'Y", "x'y ", "x''y", "x\\'y"]),
        ("enum('a','b')", "'b'", "b", &["B", "2", "a", "0"]),
        ("binary(4)", "x'00ff0100'", "00ff0100", &["00FF0100", "00ff01", "\\0", "0x00ff0100"]),
        ("varbinary(9)", "x'27'", "27", &["'", "0027"]),
        (
            "uuid",
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            &["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "'", "1"],
        ),
        ("inet6", "'::1'", "::1", &["0:0:0:0:0:0:0:1", "'"]),
        ("date", "'2026-01-02'", "2026-01-02", &["20260102", "2026-1-2", "x"]),
    ]
    .into_iter()
    .enumerate()
    {
        let database = filled(
            &format!("kind{number}"),
            &format!("create table t(k {declared} primary key); create table c(k {declared}, id int, key (k)); insert into t values({stored}); insert into c values({stored}, 1);"),
        )
        .await;
        let catalog = catalog(CATALOG);
        let source = source(&database.url);
        assert!(source.has_tenant(&catalog, &tenant(id)).await.unwrap(), "{declared}");
        for stranger in strangers.iter().filter(|stranger| !stranger.is_empty()) {
            assert!(!source.has_tenant(&catalog, &tenant(stranger)).await.unwrap(), "{declared} {stranger}");
        }
        let slice = export(&database.url, &catalog, id).await.unwrap();
        assert_eq!((slice["t"].len(), slice["c"].len()), (1, 1), "{declared}");
    }
}

#[tokio::test]
async fn hostile_ids_get_their_own_rows_and_no_others() {
    const IDS: [&str; 11] = [
        "' OR 1=1 --",
        "%",
        "\"",
        "😀",
        "\\",
        "\\N",
        "a\tb\nc\rd",
        "'; drop table t; --",
        "$1 ?1 {}",
        "@handover_number",
        "*/ select",
    ];
    let database =
        filled("hostile", "create table t(k varchar(40) primary key); create table c(k varchar(40), id int)").await;
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    for (number, id) in IDS.iter().enumerate() {
        sqlx::query("insert into t values (?)").bind(id).execute(&mut connection).await.unwrap();
        sqlx::query("insert into c values (?, ?)")
            .bind(id)
            .bind(i32::try_from(number).unwrap())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let catalog = catalog(CATALOG);
    for (number, id) in IDS.iter().enumerate() {
        let slice = export(&database.url, &catalog, id).await.unwrap();
        assert_eq!(slice["c"], [[Some((*id).to_owned()), Some(number.to_string())]]);
    }
    for stranger in ["' or '1'='1", "_", "%%", "''", "\\\\", "t", "?"] {
        assert!(!source(&database.url).has_tenant(&catalog, &tenant(stranger)).await.unwrap(), "{stranger}");
    }
}

#[tokio::test]
async fn two_tenants_that_differ_only_in_case_stay_apart_whatever_the_children_collate() {
    let database = filled(
        "case",
        "create table t(k varchar(20) collate utf8mb4_bin primary key); create table c(k varchar(20) collate utf8mb4_general_ci, id int);
         insert into t values ('acme'), ('ACME'); insert into c values ('acme', 1), ('ACME', 2), ('Acme', 3);",
    )
    .await;
    let slice = export(&database.url, &catalog(CATALOG), "acme").await.unwrap();
    assert_eq!(slice["c"], [[Some("acme".to_owned()), Some("1".to_owned())]]);
}

#[tokio::test]
async fn rows_that_spell_the_tenant_otherwise_are_its_own_where_its_collation_says_so() {
    let database = filled(
        "spelling",
        "create table t(k varchar(20) collate utf8mb4_unicode_ci primary key); create table c(k varchar(20) collate utf8mb4_unicode_ci, id int);
         insert into t values ('Straße'), ('other'); insert into c values ('Straße', 1), ('STRASSE', 2), ('strasse  ', 3), ('stráße', 4), ('other', 5), ('Strase', 6);",
    )
    .await;
    let slice = export(&database.url, &catalog(CATALOG), "Straße").await.unwrap();
    let ids: Vec<_> = slice["c"].iter().map(|row| row[1].clone().unwrap()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn columns_of_another_kind_or_character_set_are_compared_exactly_or_stop() {
    for (number, (key, child, own)) in [
        ("int", "varchar(20)", 1_usize),
        ("varchar(20)", "int", 1),
        ("varchar(20) character set latin1", "varchar(20) character set utf8mb4", 1),
        ("varchar(20) character set utf8mb4", "varchar(20) character set latin1", 1),
        ("varchar(20) character set latin2", "varchar(20) character set latin1", 1),
        ("decimal(10,2)", "int", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let database = filled(
            &format!("mixed{number}"),
            &format!("create table t(k {key} primary key); create table c(k {child}, id int); insert into t values ('1'), ('2'); insert into c values ('1', 1), ('2', 2), ('11', 3);"),
        )
        .await;
        if child.starts_with("varchar") {
            crate::slicing::desk::run_mysql(
                &database.url,
                "insert into c values ('1abc', 4), (' 1', 5), ('1.0', 6), ('01', 7), ('', 8), ('?', 9)",
            )
            .await;
        }
        let id = if key.starts_with("decimal") { "1.00" } else { "1" };
        let slice = export(&database.url, &catalog(CATALOG), id).await.unwrap();
        assert_eq!(slice["c"].len(), own, "{key} and {child}: {:?}", slice["c"]);
        assert_eq!(slice["c"][0], [Some("1".to_owned()), Some("1".to_owned())]);
    }
    let database = filled("foreign", "create table t(k uuid primary key); create table c(k int, id int);").await;
    assert!(matches!(export(&database.url, &catalog(CATALOG), "1").await, Err(ExportError::Catalog(_))));
}

#[tokio::test]
async fn a_reference_between_kinds_leads_only_where_the_printed_values_are_one() {
    let database = filled(
        "virtual",
        "create table t(k int primary key); create table c(k int, id bigint unsigned primary key); create table n(id int primary key, about varchar(40), key (about));
         insert into t values (1), (2); insert into c values (1, 5), (2, 6), (1, 18446744073709551615);
         insert into n values (1, '5'), (2, '5abc'), (3, '6'), (4, ' 5'), (5, '05'), (6, '5.0'), (7, null), (8, '18446744073709551615');",
    )
    .await;
    let text =
        format!("{CATALOG}\n[tables.n]\nowner = {{ through = \"about\" }}\nreferences.about = {{ table = \"c\" }}");
    assert_eq!(keys(&export(&database.url, &catalog(&text), "1").await.unwrap(), "n"), ["1", "8"]);
    assert_eq!(keys(&export(&database.url, &catalog(&text), "2").await.unwrap(), "n"), ["3"]);
}

#[tokio::test]
async fn two_rows_with_one_key_are_no_tenant() {
    let database = filled("twice", "create table t(k varchar(9), n int primary key); create table c(k varchar(9)); insert into t values ('acme', 1), ('ACME', 2)").await;
    let error = export(&database.url, &catalog(CATALOG), "acme").await.unwrap_err();
    assert!(error.to_string().contains("several rows"), "{error}");
}
