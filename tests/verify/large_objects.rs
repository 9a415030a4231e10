//! `handover verify` of archives with large objects.

use super::desk::{Desk, forge};
use crate::{
    slicing::desk::run_postgres,
    support::{postgres::Postgres, process::text},
};
use serde_json::Value;

const CATALOG: &str = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\ncolumns = { photo = { deliver = \"large_objects\" } }";

async fn empty() -> String {
    Postgres::shared().await.create_database("verify_objects").await.url
}

/// An archive with the objects 50100 and 50101.
async fn exported(formats: &str) -> Desk {
    let (desk, url) = (Desk::new(), empty().await);
    run_postgres(
        &url,
        "create table t(id int primary key, photo oid, scan oid); insert into t values (1, lo_from_bytea(50100, decode(repeat('00ff', 200000), 'hex')), lo_create(50101))",
    )
    .await;
    let catalog = CATALOG.replace("} }", "}, scan = { deliver = \"large_objects\" } }");
    let export = desk.export(&url, &catalog, "1", formats).run().await;
    assert!(export.status.success(), "{export:?}");
    desk
}

#[tokio::test]
async fn restored_objects_are_compared_byte_by_byte() {
    let (desk, url) = (exported("csv,sql").await, empty().await);
    let restored = desk.verify(&[text(&desk.zip()), "--restore", &url, "--format", "json"]).await;
    assert_eq!(restored.status.code(), Some(0), "{restored:?}");
    let report: Value = serde_json::from_str(&restored.stdout).unwrap();
    assert_eq!(report["restored"]["large_objects"], 2);

    for (more, told) in [
        ("do $$begin perform pg_catalog.lo_put(50100, 399999, '\\x00'); end$$;\n", "large object 50100 is not"),
        ("do $$begin perform pg_catalog.lo_put(50101, 0, '\\x00'); end$$;\n", "large object 50101 is not"),
        ("do $$begin perform pg_catalog.lo_unlink(50101); end$$;\n", "no large object 50101"),
        ("do $$begin perform pg_catalog.lo_create(50102); end$$;\n", "has 3 large objects"),
    ] {
        let folder = desk.unpacked();
        forge(&folder, "sql/large_objects.sql", more);
        let restored = desk.verify(&[text(&folder), "--restore", &empty().await]).await;
        assert_eq!(restored.status.code(), Some(1), "{restored:?}");
        assert!(restored.stdout.contains(told), "{told}: {restored:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn a_changed_or_missing_object_is_found_and_objects_need_no_sql() {
    let desk = exported("csv").await;
    let folder = desk.unpacked();
    assert!(!folder.join("sql").exists());
    assert_eq!(desk.verify(&[text(&folder)]).await.status.code(), Some(0));
    std::fs::write(folder.join("large_objects/50101.bin"), "x").unwrap();
    std::fs::remove_file(folder.join("large_objects/50100.bin")).unwrap();
    let found = desk.verify(&[text(&folder)]).await;
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    for told in ["large_objects/50101.bin is not what was exported", "large_objects/50100.bin is missing"] {
        assert!(found.stdout.contains(told), "{told}: {found:?}");
    }
}
