//! Ids that try to lead elsewhere.

use super::desk::{Desk, SCHEMAS, assert_only, run_sqlite, schemas, sqlite_files};
use crate::slicing::desk::{run_postgres, source, tenant};
use worker::catalog::Catalog;

#[tokio::test]
async fn strange_keys_have_their_own_schema_and_no_other() {
    let strange = ["{key}", "o'x\"y", "A", "a", "..", "a.b", "a b\\c", "%s"];
    let database = schemas(&strange).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    for own in strange {
        let archive = desk.export(own, &[]).await;
        assert_eq!(archive.tables("owned"), ["customers", "invoices", "notes", "orders", "tenants"], "{own}");
        let all: String =
            archive.members().iter().map(|member| String::from_utf8_lossy(&member.bytes).into_owned()).collect();
        assert!(
            all.contains(&format!("one-of-{own}").replace('"', "\"\"")) || all.contains(&format!("one-of-{own}")),
            "{own}"
        );
        let markers = all.matches("one-of-").count();
        let stem = archive.manifest()["tables"]
            .as_array()
            .unwrap()
            .iter()
            .find(|table| table["table"] == "customers")
            .unwrap()["files"]["csv"]["path"]
            .as_str()
            .unwrap()
            .to_owned();
        let csv = std::fs::read_to_string(archive.root().join(&stem)).unwrap();
        assert_eq!(csv.matches("one-of-").count(), 1, "{csv}");
        assert_eq!(markers, 4, "{own}: one of each format, and the first rows in START-HERE.html");
        desk.restores(&crate::support::postgres::Postgres::shared().await.create_database("restored").await.url).await;
    }
    let checked = desk.catalog(&["check", "--data"]).await;
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

#[tokio::test]
async fn keys_that_no_schema_can_have_are_refused() {
    let database = schemas(&["acme"]).await;
    let long = "x".repeat(70);
    // The server would cut the name, and then it is this one.
    let cut = format!("tenant_{}", "x".repeat(63 - "tenant_".len()));
    run_postgres(&database.url, &format!("insert into tenants values ('{long}', 'x'); create schema {cut}")).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    let told = desk.refused(&long).await;
    assert!(told.contains("its name would have 77 letters"), "{told}");
    let bare = Desk::new(&database.url, &SCHEMAS.replace("tenant_{key}", "{key}"));
    run_postgres(&database.url, "insert into tenants values ('public', 'x'), ('pg_catalog', 'y'), ('Public', 'z')")
        .await;
    for (id, words) in
        [("public", "no tenant's own"), ("pg_catalog", "no tenant's own"), ("Public", "there is no schema `Public`")]
    {
        let told = bare.refused(id).await;
        assert!(told.contains(words), "{id}: {told}");
    }
    let checked = desk.catalog(&["check"]).await;
    assert!(
        checked.stdout.contains("its name would have 77 letters") && checked.stdout.contains("so it is with"),
        "{checked:?}"
    );
}

#[tokio::test]
async fn no_key_leads_out_of_the_folder_of_files() {
    let (folder, url, catalog) = sqlite_files(&["acme", "x y%3f#?&mode=rwc"]).await;
    let desk = Desk::new(&url, &catalog);
    assert_only(&desk.export("x y%3f#?&mode=rwc", &[]).await, "x y%3f#?&mode=rwc", &["acme"]);
    std::fs::copy(folder.path().join("shops/acme.db"), folder.path().join("secret.db")).unwrap();
    std::fs::create_dir(folder.path().join("shops/sub")).unwrap();
    std::fs::copy(folder.path().join("shops/acme.db"), folder.path().join("shops/sub/x.db")).unwrap();
    let control = folder.path().join("control.db");
    for id in ["../secret", "..", ".", "sub/x", "acme.db/../acme", "./acme", "ACME", "acme.db", "..\\secret"] {
        run_sqlite(&control, &format!("insert into accounts values ('{id}', 'x')")).await;
        let told = desk.refused(id).await;
        assert!(told.contains("no part of a file's name") || told.contains("there is no file"), "{id}: {told}");
    }
    let whole = folder.path().join("secret").display().to_string();
    run_sqlite(&control, &format!("insert into accounts values ('{whole}', 'x')")).await;
    assert!(desk.refused(&whole).await.contains("no part of a file's name"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_another_tenants_file_leads_nowhere() {
    let (folder, url, catalog) = sqlite_files(&["acme"]).await;
    run_sqlite(&folder.path().join("control.db"), "insert into accounts values ('beta', 'x')").await;
    std::os::unix::fs::symlink(folder.path().join("shops/acme.db"), folder.path().join("shops/beta.db")).unwrap();
    let told = Desk::new(&url, &catalog).refused("beta").await;
    assert!(told.contains("there is no file `shops/beta.db`") && told.contains("a link"), "{told}");
}

#[tokio::test]
async fn a_tenant_is_found_by_its_exact_key_only() {
    let database = schemas(&["acme", "7"]).await;
    let catalog = Catalog::parse(SCHEMAS).unwrap();
    for (id, known) in
        [("acme", true), ("ACME", false), ("acme ", false), ("07", false), ("7", true), ("' or 1=1 --", false)]
    {
        assert_eq!(source(&database.url).has_tenant(&catalog, &tenant(id)).await.unwrap(), known, "{id}");
    }
}
