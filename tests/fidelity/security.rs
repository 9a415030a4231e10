//! Row level security: an archive that a policy made smaller is never made.

use super::{postgres::reader, try_archive};
use crate::{slicing::desk::run_postgres, support::postgres::Postgres};
use worker::error::ExportError;

const SCHEMA: &str = "create table t(id int primary key); create table c(id int primary key, t_id int references t); create table plan(id int primary key, name text);
    insert into t values (1), (2); insert into c values (1, 1), (2, 2); insert into plan values (1, 'free'), (2, 'paid');";
const CATALOG: &str = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\nSETTING\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n[tables.plan]\nshare = \"all\"";
const SETTING: &str = "row_level_security = { setting = \"app.tenant\" }";

/// What an export says, or the rows of the three tables.
async fn outcome(hint: &str, policies: &str, setting: &str) -> (String, Result<Vec<u64>, ExportError>) {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database(hint).await;
    run_postgres(&database.url, &format!("{SCHEMA}{policies}")).await;
    let role = reader(&database.url, &database.name, &["public".to_owned()]).await;
    let made =
        try_archive(&postgres.url_as(&role, &database.name), &CATALOG.replace("SETTING", setting), "1", false).await;
    let rows = made.map(|archive| {
        archive.manifest()["tables"].as_array().unwrap().iter().map(|table| table["rows"].as_u64().unwrap()).collect()
    });
    (role, rows)
}

fn force(table: &str) -> String {
    format!("alter table {table} enable row level security; alter table {table} force row level security;")
}

#[tokio::test]
async fn without_a_setting_every_hidden_row_is_an_error_for_owned_and_shared_tables() {
    for table in ["t", "c", "plan"] {
        let (role, rows) = outcome(&format!("hidden_{table}"), &force(table), "").await;
        let error = rows.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.code(), "source_refused");
        assert!(text.contains(&role) && text.contains("BYPASSRLS") && text.contains("row_level_security"), "{text}");
    }
}

#[tokio::test]
async fn policies_that_go_by_something_else_than_the_setting_are_an_error_that_names_table_role_and_fix() {
    let own = "create policy own on c using (t_id = current_setting('app.tenant')::int);";
    for (hint, policies) in [
        ("nobody", force("plan")),
        (
            "user",
            format!("{} create policy p on plan using (name = current_setting('app.user', true));", force("plan")),
        ),
        (
            "restricted",
            format!(
                "{} create policy p on plan using (true); create policy q on plan as restrictive using (id < 2);",
                force("plan")
            ),
        ),
        (
            "another",
            format!("{} {own} create policy p on plan to pg_monitor using (true); {}", force("c"), force("plan")),
        ),
    ] {
        let (role, rows) = outcome(&format!("policy_{hint}"), &policies, SETTING).await;
        let text = rows.unwrap_err().to_string();
        assert!(
            text.contains(" plan ")
                && text.contains(&role)
                && text.contains("app.tenant")
                && text.contains("BYPASSRLS"),
            "{hint}: {text}"
        );
    }
}

#[tokio::test]
async fn policies_that_go_by_the_setting_show_the_tenants_rows_and_all_reference_data() {
    let policies = format!(
        "{} {} {} create function me() returns int stable language sql as $$ select current_setting('app.tenant')::int $$;
         create policy own on t using (id = me()); create policy own on c using (exists (select from t where t.id = c.t_id)); create policy all_of_them on plan using (true);",
        force("t"), force("c"), force("plan")
    );
    let (_, rows) = outcome("policy_shown", &policies, SETTING).await;
    let mut rows = rows.unwrap();
    rows.sort_unstable();
    assert_eq!(rows, [1, 1, 2]);
}
