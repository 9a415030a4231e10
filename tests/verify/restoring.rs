//! `handover verify --restore`.

use super::desk::{Desk, forge};
use crate::{
    slicing::desk::sqlite,
    support::{
        ceppro::CepPro,
        mariadb::MariaDb,
        postgres::{PASSWORD, Postgres},
        process::text,
        program::{Ended, handover},
    },
};
use examples::ceppro;
use serde_json::Value;

/// A workspace of CepPro.
async fn ceppro() -> Desk {
    let (desk, product) = (Desk::new(), CepPro::create().await);
    let tenant = &product.tenants[1].key;
    let export = desk.export(&product.source_url().await, ceppro::CATALOG, tenant, "csv,sql").run().await;
    assert!(export.status.success(), "{export:?}");
    desk
}

async fn empty() -> String {
    Postgres::shared().await.create_database("verify").await.url
}

async fn restore(desk: &Desk, archive: &std::path::Path, url: &str) -> Ended {
    desk.verify(&[text(archive), "--restore", url]).await
}

#[tokio::test]
async fn a_postgres_archive_restores_into_exactly_its_rows() {
    let (desk, url) = (ceppro().await, empty().await);
    let restored = desk.verify(&[text(&desk.zip()), "--restore", &url, "--format", "json"]).await;
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let report: Value = serde_json::from_str(&restored.stdout).unwrap();
    assert_eq!(report["sound"], true);
    assert_eq!(report["restored"]["rows"], report["rows"]);
    assert_eq!(report["restored"]["tables"], report["tables"].as_array().unwrap().len());
    assert_eq!(report["restored"]["keys_not_valid"], serde_json::json!([]));

    // It is not empty any more.
    let again = restore(&desk, &desk.zip(), &url).await;
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(again.stderr.contains("the database is not empty"), "{again:?}");
    assert!(!again.stderr.contains(PASSWORD), "{again:?}");
}

#[tokio::test]
async fn a_sqlite_archive_restores_into_exactly_its_rows() {
    let desk = Desk::exported("csv,sql,jsonl").await;
    let url = format!("sqlite://{}", desk.path("restored.db").display());
    let restored = restore(&desk, &desk.unpacked(), &url).await;
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    assert!(restored.stdout.contains("\nRestored: "), "{restored:?}");
    let again = restore(&desk, &desk.zip(), &url).await;
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(again.stderr.contains("not empty"), "{again:?}");
}

#[tokio::test]
async fn a_row_that_is_changed_missing_or_new_after_the_restore_is_found() {
    let desk = ceppro().await;
    for (number, (statement, told)) in [
        (
            "update public.products set sku = sku || '!' where ctid in (select ctid from public.products limit 1);",
            "not the same",
        ),
        (
            "delete from public.security_events where ctid in (select ctid from public.security_events limit 1);",
            "rows, but its member has",
        ),
        ("insert into public.countries values ('ZZ', 'Nowhere', '0');", "rows, but its member has"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = desk.path(&format!("forged-{number}"));
        std::fs::rename(desk.unpacked(), &folder).unwrap();
        forge(&folder, "sql/constraints.sql", &format!("\n{statement}\n"));
        let sound = desk.verify(&[text(&folder)]).await;
        assert_eq!(sound.status.code(), Some(0), "{sound:?}");
        let restored = restore(&desk, &folder, &empty().await).await;
        assert_eq!(restored.status.code(), Some(1), "{statement} {restored:?}");
        assert!(restored.stdout.contains(told) && restored.stdout.lines().count() == 1, "{restored:?}");
    }
}

#[tokio::test]
async fn sql_that_does_not_run_is_told_with_the_clients_words() {
    let desk = Desk::exported("sql").await;
    let folder = desk.unpacked();
    forge(&folder, "sql/constraints.sql", "\ninsert into nowhere values (1);\n");
    let url = format!("sqlite://{}", desk.path("restored.db").display());
    let failed = restore(&desk, &folder, &url).await;
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(failed.stderr.contains("sqlite3") && failed.stderr.contains("nowhere"), "{failed:?}");
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_before_anything_happens() {
    let desk = Desk::exported("csv").await;
    let file = desk.path("restored.db");
    let url = format!("sqlite://{}", file.display());
    let without_sql = restore(&desk, &desk.zip(), &url).await;
    assert_eq!(without_sql.status.code(), Some(2), "{without_sql:?}");
    assert!(without_sql.stderr.contains("holds no SQL"), "{without_sql:?}");

    let desk = Desk::exported("sql").await;
    let other = restore(&desk, &desk.zip(), &empty().await).await;
    assert_eq!(other.status.code(), Some(2), "{other:?}");
    assert!(other.stderr.contains("the archive is of sqlite"), "{other:?}");

    let bare = handover(&["verify", text(&desk.zip()), "--restore", &url]).set("PATH", "/nowhere").run().await;
    assert_eq!(bare.status.code(), Some(1), "{bare:?}");
    assert!(bare.stderr.contains("sqlite3 is not on the PATH"), "{bare:?}");
    assert!(!file.exists());
}

const CATALOG: &str = "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n";

#[tokio::test]
async fn keys_that_rows_break_are_named() {
    let (_folder, url) = sqlite(
        "pragma foreign_keys = off; create table t(id integer primary key); insert into t values (1), (2);
         create table c(id integer primary key, t_id int references t, other int references c);
         insert into c values (1, 1, 2), (2, 2, null), (3, 1, 999)",
    )
    .await;
    let desk = Desk::new();
    let export = desk.export(&url, CATALOG, "1", "sql").run().await;
    assert!(export.status.success(), "{export:?}");
    let restored = restore(&desk, &desk.zip(), &format!("sqlite://{}", desk.path("restored.db").display())).await;
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let named = "Key to c of table c is not valid: 2 rows point to rows that are not in the archive.\n";
    assert!(restored.stdout.ends_with(named), "{restored:?}");
}

#[tokio::test]
async fn every_kind_of_value_comes_back_the_same() {
    let postgres = Postgres::shared().await;
    let product = postgres.create_database("values").await;
    crate::slicing::desk::run_postgres(
        &product.url,
        "create table t(id int primary key); insert into t values (1);
         create table c(t_id int, n numeric(10, 3), f float8, r float4, b bytea, j json, d timestamptz, a text[], x text, m money, i interval, g int generated always as (t_id + 1) stored);
         create table empty_rows(t_id int references t);
         insert into c values
             (1, 1.500, 'NaN', 1e-7, '\\x00ff', '{\"a\":  1, \"a\":2}', 'infinity', '{\"x,\\\\\",null}', E'tab\\t\\\\.\\nline', 12.34, '1 year 2 days'),
             (1, null, '-0', 'Infinity', '', 'null', '0044-03-15 BC', '{}', '\\.', null, null),
             (1, null, '-0', 'Infinity', '', 'null', '0044-03-15 BC', '{}', '\\.', null, null)",
    )
    .await;
    let catalog = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n[tables.empty_rows]\nowner = { column = \"t_id\" }\n";
    let desk = Desk::new();
    let export = desk.export(&product.url, catalog, "1", "csv,sql,jsonl").run().await;
    assert!(export.status.success(), "{export:?}");
    let restored = restore(&desk, &desk.zip(), &empty().await).await;
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    assert!(restored.stdout.contains("Restored: 3 tables with 4 rows"), "{restored:?}");
    let line = std::fs::read_to_string(desk.unpacked().join("jsonl/c.jsonl")).unwrap();
    let first: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    assert_eq!((&first["n"], &first["f"], &first["b"]), (&"1.500".into(), &"NaN".into(), &"\\x00ff".into()));
    assert!(line.contains("\"j\":{\"a\":  1, \"a\":2},"), "{line}");
}

#[tokio::test]
async fn a_mariadb_archive_restores_into_exactly_its_rows() {
    let server = MariaDb::shared().await;
    let product = server.create_database("verify").await;
    let made = server.client(
        &product.name,
        std::path::Path::new("/"),
        b"create table t(id int primary key) engine=innodb; insert into t values (1), (2);
          create table c(id bigint unsigned auto_increment primary key, t_id int, n decimal(10, 3), f float, b varbinary(20), bits bit(9), x text, e enum('a', 'b'),
              twice int generated always as (t_id * 2) stored, foreign key (t_id) references t(id)) engine=innodb;
          insert into c(t_id, n, f, b, bits, x, e) values (1, 1.500, 0.1, x'00ff', b'100000001', 'it''s (\\\\ \\n); \xc3\xa4', 'a'), (1, null, null, '', null, '', null), (1, null, null, '', null, '', null),
              (2, 7, 7, '7', b'111', 'another tenant', 'b')",
    );
    assert!(made.status.success(), "{made:?}");
    let desk = Desk::new();
    let catalog = CATALOG.replace("sqlite", "mysql");
    let export = desk.export(&product.url, &catalog, "1", "csv,sql,jsonl").run().await;
    assert!(export.status.success(), "{export:?}");

    let target = server.create_database("verify").await;
    let restored = restore(&desk, &desk.zip(), &target.url).await;
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    assert!(restored.stdout.contains("Restored: 2 tables with 4 rows"), "{restored:?}");
    let again = restore(&desk, &desk.zip(), &target.url).await;
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(again.stderr.contains("not empty (2 tables)") && !again.stderr.contains(PASSWORD), "{again:?}");

    let folder = desk.unpacked();
    let lines = std::fs::read_to_string(folder.join("jsonl/c.jsonl")).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["n"], &first["bits"], &first["b"]), (&"1.500".into(), &257.into(), &"\\x00ff".into()));
    forge(&folder, "sql/constraints.sql", "\nupdate c set x = 'changed' where id = 1;\n");
    let changed = restore(&desk, &folder, &server.create_database("verify").await.url).await;
    assert_eq!(changed.status.code(), Some(1), "{changed:?}");
    assert!(
        changed.stdout.contains("The restored table c has as many rows as its member, but not the same"),
        "{changed:?}"
    );
}
