//! `handover catalog infer` where each tenant has a schema or a database of its own: drafted, answered, checked, exported.

use super::desk::{
    Desk, add_schema, assert_no_strangers, assert_only, mariadb_databases, postgres_databases, schemas, sqlite_files,
};
use crate::{
    slicing::desk::run_postgres,
    support::{
        process::text,
        program::{Ended, handover},
    },
};
use std::fs;
use worker::catalog::Catalog;

async fn infer(desk: &Desk, url: &str, tenants: &str, more: &[&str]) -> Ended {
    let file = desk.path("catalog.toml");
    let from = ["catalog", "infer", "--source", url, "--tenant-table", tenants, "-o", text(&file)];
    handover(&[&from[..], more].concat()).run().await
}

/// Replaces what the person must answer.
fn answer(desk: &Desk, answers: &[(&str, &str)]) -> String {
    let file = desk.path("catalog.toml");
    let mut drafted = fs::read_to_string(&file).unwrap();
    for (question, answer) in answers {
        let line = drafted
            .lines()
            .find(|line| line.contains(question))
            .unwrap_or_else(|| panic!("{question} in {drafted}"))
            .to_owned();
        drafted = drafted.replace(&line, answer);
    }
    fs::write(&file, &drafted).unwrap();
    drafted
}

#[tokio::test]
async fn a_schema_for_each_tenant_is_drafted_from_the_first_and_exports_all() {
    let database = schemas(&["acme", "beta"]).await;
    run_postgres(
        &database.url,
        "insert into tenants values ('aaa', 'has no schema');
         alter table tenant_acme.customers add column api_token text; alter table tenant_beta.customers add column api_token text;
         create table tenant_acme.schema_migrations(version text); create table tenant_beta.schema_migrations(version text)",
    )
    .await;
    let desk = Desk::new(&database.url, "");
    fs::remove_file(desk.path("catalog.toml")).unwrap();
    let template = ["--placement-schema", "tenant_{key}", "--subject", "customer=tenant_{key}.customers"];
    let drafted = infer(&desk, &database.url, "tenants", &template).await;
    assert!(drafted.status.success(), "{drafted:?}");
    let text = fs::read_to_string(desk.path("catalog.toml")).unwrap();
    assert!(text.contains("that of the tenants' first, `tenant_acme`"), "{text}");
    for part in [
        "schemas = [\"public\", \"tenant_{key}\"]",
        "table = \"public.tenants\"",
        "placement = { schema = \"tenant_{key}\" }",
        "[tables.\"tenant_{key}.orders\"]\nowner = { placement = true }",
        "in_subject.customer = { through = \"customer_id\" }",
        "[tables.\"public.invoices\"]\nowner = { column = \"tenant_id\" }",
        "[tables.\"tenant_{key}.schema_migrations\"]\nexclude = ",
        "api_token = { omit = ",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("tenant_beta") && text.matches("tenant_acme").count() == 1, "{text}");
    let questions: Vec<String> = Catalog::parse(&text)
        .unwrap()
        .tables
        .iter()
        .filter(|(_, rule)| rule.undecided.is_some())
        .map(|(name, _)| name.clone())
        .collect();
    let answered: String = text
        .split("\n\n")
        .map(|block| match questions.iter().any(|name| block.contains(&format!("[tables.\"{name}\"]"))) {
            true => block
                .lines()
                .map(|line| if line.starts_with("undecided = ") { "share = \"referenced\"" } else { line })
                .collect::<Vec<_>>()
                .join("\n"),
            false => block.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n\n");
    fs::write(desk.path("catalog.toml"), &answered).unwrap();
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.stdout.lines().count(), 1, "{checked:?} of {answered}");
    assert!(checked.stdout.contains("there is no schema `tenant_aaa`"), "{checked:?}");
    run_postgres(&database.url, "delete from tenants where id = 'aaa'").await;
    assert_eq!(desk.catalog(&["check", "--data"]).await.status.code(), Some(0));
    let archive = desk.export("beta", &[]).await;
    assert_no_strangers(&archive, "beta", &["acme"]);
    assert_eq!(archive.sheet("tenant_beta.orders").rows.len(), 3);
    // Again: nothing is new; then a table that only the first tenant has yet.
    let again = infer(&desk, &database.url, "tenants", &[]).await;
    assert!(again.stderr.contains("nothing is new"), "{again:?}");
    run_postgres(&database.url, "create table tenant_acme.gifts(id int primary key)").await;
    let again = infer(&desk, &database.url, "tenants", &["--placement-schema", "tenant_{key}"]).await;
    assert!(again.status.success(), "{again:?}");
    let more = fs::read_to_string(desk.path("catalog.toml")).unwrap();
    assert!(
        more.starts_with(&answered) && more.contains("[tables.\"tenant_{key}.gifts\"]\nowner = { placement = true }"),
        "{more}"
    );
    let other = infer(&desk, &database.url, "tenants", &["--placement-schema", "t_{key}"]).await;
    assert!(!other.status.success() && other.stderr.contains("another `placement`"), "{other:?}");
    add_schema(&database.url, "zeta", 1).await;
}

#[tokio::test]
async fn a_database_for_each_tenant_is_drafted_and_waits_for_a_word_about_the_others() {
    let (folder, sqlite, of_sqlite) = sqlite_files(&["acme", "beta"]).await;
    let (postgres, of_postgres) = postgres_databases(&["acme", "beta"]).await;
    let (mariadb, of_mariadb) = mariadb_databases(&["acme", "beta"]).await;
    for (url, expected) in [(&sqlite, of_sqlite), (&postgres, of_postgres), (&mariadb.url, of_mariadb)] {
        let template = expected.split("database = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let desk = Desk::new(url, "");
        fs::remove_file(desk.path("catalog.toml")).unwrap();
        let drafted =
            infer(&desk, url, "accounts", &["--placement-database", &template, "--subject", "customer=customers"])
                .await;
        assert!(drafted.status.success(), "{drafted:?}");
        let checked = desk.catalog(&["check"]).await;
        assert_eq!(checked.status.code(), Some(1), "{checked:?}");
        assert!(checked.stdout.contains("`control`: a person must answer first"), "{checked:?}");
        assert!(desk.refused("acme").await.contains("`control`"));
        let text = answer(&desk, &[("control = ", "control = \"accounts are exported as the source billing\"")]);
        assert!(!text.contains("[tables.accounts]") && text.contains("label = \"name\""), "{text}");
        assert_eq!(text.matches("owner = { placement = true }").count(), 4, "{text}");
        let checked = desk.catalog(&["check", "--data"]).await;
        assert_eq!((checked.status.code(), checked.stdout.as_str()), (Some(0), ""), "{checked:?} of {text}");
        assert_only(&desk.export("beta", &[]).await, "beta", &["acme"]);
        let again = infer(&desk, url, "accounts", &["--subject", "customer=customers"]).await;
        assert!(again.stderr.contains("nothing is new"), "{again:?}");
    }
    drop(folder);
}

#[tokio::test]
async fn a_draft_without_any_tenants_tables_is_refused_with_what_is_missing() {
    let database = schemas(&[]).await;
    let desk = Desk::new(&database.url, "");
    fs::remove_file(desk.path("catalog.toml")).unwrap();
    let drafted = infer(&desk, &database.url, "tenants", &["--placement-schema", "tenant_{key}"]).await;
    assert!(
        !drafted.status.success() && drafted.stderr.contains("no tenant of `public.tenants` has a schema"),
        "{drafted:?}"
    );
    let wrong = infer(&desk, &database.url, "tenants", &["--placement-schema", "tenant"]).await;
    assert!(!wrong.status.success() && wrong.stderr.contains("exactly once"), "{wrong:?}");
}
