//! A schema for each tenant.

use super::desk::{Desk, SCHEMAS, add_schema, assert_only, schemas};
use crate::{
    slicing::desk::{noon, run_postgres, source, tenant},
    support::{
        postgres::{PASSWORD, Postgres},
        process::{run, text},
        tools,
    },
};
use shared::export::{CsvProfile, Format, Origin};
use std::process::Command;
use std::sync::Arc;
use tokio::sync::mpsc;
use worker::{archive::Request, catalog::Catalog, error::ExportError, export::write_archive, plan::Plan};

const TENANTS: [&str; 3] = ["acme", "beta", "gamma"];

fn others(own: &str) -> Vec<&'static str> {
    TENANTS.into_iter().filter(|other| *other != own).collect()
}

async fn empty() -> String {
    Postgres::shared().await.create_database("restored").await.url
}

#[tokio::test]
async fn each_tenant_gets_its_own_schema_whole_and_nobody_elses() {
    let database = schemas(&TENANTS).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    for (own, user) in TENANTS.into_iter().zip(["acme", "beta", "nobody"]) {
        let archive = desk.export(own, &[]).await;
        assert_only(&archive, own, &others(own));
        let manifest = archive.manifest();
        let named: Vec<(&str, &str, &str)> = manifest["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|table| {
                (
                    table["schema"].as_str().unwrap(),
                    table["table"].as_str().unwrap(),
                    table["because"].as_str().unwrap(),
                )
            })
            .collect();
        let schema = format!("tenant_{own}");
        assert!(named.contains(&(&schema, "orders", "the schema is the tenant's own")), "{named:?}");
        assert!(named.contains(&(&schema, "notes", "tenant_id is the tenant's key")), "{named:?}");
        assert_eq!(archive.sheet(&format!("{schema}.orders")).rows.len(), 3);
        assert_eq!(archive.sheet(&format!("{schema}.tags")).rows, [["1".to_owned(), format!("tag-of-{own}")]]);
        assert_eq!(archive.sheet("public.users").rows.concat()[1], format!("user-of-{user}"));
        assert_eq!(archive.sheet("public.invoices").rows.len(), 1);
        assert_eq!(archive.sheet("public.countries").rows.len(), 2);
        assert_eq!(manifest["excluded"][0]["schema"], schema.as_str());
        desk.restores(&empty().await).await;
        let url = empty().await;
        run(Command::new(tools::postgres("psql")).current_dir(archive.root()).args([
            "-v",
            "ON_ERROR_STOP=1",
            "-q",
            "-d",
            &url,
            "-f",
            "sql/restore.sql",
        ]));
        let answer = Command::new(tools::postgres("psql"))
            .args(["-Atd", &url, "-c", &format!("select string_agg(note, ',' order by id) from {schema}.orders")])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), format!("note-of-{own},more-of-{own}"));
    }
}

#[tokio::test]
async fn the_catalogs_fingerprint_is_the_files_and_the_schemas_is_the_tenants() {
    let database = schemas(&["acme", "beta"]).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    let (acme, beta) = (desk.export("acme", &[]).await.manifest(), desk.export("beta", &[]).await.manifest());
    assert_eq!(acme["source"]["catalog_fingerprint"], Catalog::parse(SCHEMAS).unwrap().fingerprint.as_str());
    assert_eq!(acme["source"]["catalog_fingerprint"], beta["source"]["catalog_fingerprint"]);
    assert_ne!(acme["source"]["schema_fingerprint"], beta["source"]["schema_fingerprint"]);
}

#[tokio::test]
async fn a_tenant_without_its_schema_is_an_error_that_names_it() {
    let database = schemas(&["acme"]).await;
    run_postgres(&database.url, "insert into tenants values ('lost', 'x'); create schema \"tenant_Lost\"").await;
    let desk = Desk::new(&database.url, SCHEMAS);
    let told = desk.refused("lost").await;
    assert!(told.contains("there is no schema `tenant_lost`") && told.contains("handover catalog check"), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
    // A schema without tables is no empty export either.
    run_postgres(&database.url, "create schema tenant_lost").await;
    let told = desk.refused("lost").await;
    assert!(told.contains("tenant_lost.orders: the source has no such table"), "{told}");
    assert!(desk.refused("nobody").await.contains("no such tenant"));
}

#[tokio::test]
async fn a_person_gets_their_rows_of_their_tenants_schema() {
    let database = schemas(&["acme", "beta"]).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    let archive = desk.export("acme", &["--subject", "customer:1"]).await;
    let orders = archive.sheet("tenant_acme.orders");
    assert_eq!(orders.rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(archive.sheet("tenant_acme.customers").rows.len(), 1);
    let all: String =
        archive.members().iter().map(|member| String::from_utf8_lossy(&member.bytes).into_owned()).collect();
    assert!(all.contains("one-of-acme") && !all.contains("two-of-acme") && !all.contains("-of-beta"));
    desk.restores(&empty().await).await;
    let nobody = desk.try_export("acme", &["--subject", "customer:7"]).await;
    assert!(nobody.stderr.contains("no such person"), "{nobody:?}");
}

#[tokio::test]
async fn a_key_into_another_tenants_schema_is_named_and_not_carried() {
    let database = schemas(&["acme", "beta"]).await;
    run_postgres(
        &database.url,
        "alter table tenant_beta.orders add constraint astray foreign key (customer_id) references tenant_acme.customers;
         create table public.picks(tenant_id text references tenants, order_id int references tenant_acme.orders);
         insert into picks values ('acme', 1), ('beta', 2)",
    )
    .await;
    let catalog = format!("{SCHEMAS}[tables.\"public.picks\"]\nowner = {{ column = \"tenant_id\" }}\n");
    let desk = Desk::new(&database.url, &catalog);
    let archive = desk.export("beta", &[]).await;
    assert_only(&archive, "beta", &["acme"]);
    let left_out = archive.manifest()["left_out"].to_string();
    assert!(left_out.contains("astray") && left_out.contains("picks_order_id_fkey"), "{left_out}");
    desk.restores(&empty().await).await;
    let archive = desk.export("acme", &[]).await;
    assert!(!archive.manifest()["left_out"].to_string().contains("picks_order_id_fkey"));
    assert_eq!(archive.sheet("public.picks").rows, [["acme", "1"]]);
    desk.restores(&empty().await).await;
}

#[tokio::test]
async fn a_tenant_that_came_after_the_check_is_exported_and_rows_of_others_in_its_schema_stay() {
    let database = schemas(&["acme"]).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    assert_eq!(desk.catalog(&["check"]).await.status.code(), Some(0));
    add_schema(&database.url, "late", 2).await;
    run_postgres(&database.url, "insert into tenant_late.notes values (2, 'acme', 'strayed')").await;
    let archive = desk.export("late", &[]).await;
    assert_only(&archive, "late", &["acme"]);
    assert_eq!(archive.sheet("tenant_late.notes").rows.len(), 1);
    let checked = desk.catalog(&["check", "--data"]).await;
    assert!(checked.stdout.contains("tenant_{key}.notes: 1 rows belong to no tenant"), "{checked:?}");
    assert!(checked.stdout.contains("(in the schema `tenant_late`)"), "{checked:?}");
}

#[tokio::test]
async fn a_table_that_is_made_in_the_tenants_schema_during_its_export_stops_it() {
    let database = schemas(&["acme", "beta"]).await;
    let much =
        "insert into tenant_acme.customers(name) select repeat(md5(n::text), 20) from generate_series(1, 20000) n";
    run_postgres(&database.url, much).await;
    let catalog = Catalog::parse(SCHEMAS).unwrap();
    for (change, stops) in
        [("create table tenant_beta.more(id int)", false), ("create table tenant_acme.more(id int)", true)]
    {
        let (output, mut chunks) = mpsc::channel(1);
        let (source, request, meter) = (source(&database.url), request("acme"), Arc::default());
        let writing = write_archive(&source, &catalog, &request, &meter, output);
        let changing = async {
            // The archive has begun and cannot end before somebody takes it.
            chunks.recv().await.unwrap();
            run_postgres(&database.url, change).await;
            while chunks.recv().await.is_some() {}
        };
        let (written, ()) = tokio::join!(writing, changing);
        match stops {
            true => assert!(matches!(written, Err(ExportError::SchemaChanged)), "{change}"),
            false => assert_eq!(written.unwrap().tables.len(), 8, "{change}"),
        }
    }
}

fn request(id: &str) -> Request {
    Request {
        export: uuid::Uuid::now_v7(),
        tenant: tenant(id),
        subject: None,
        origin: Origin::Cli,
        source: "test".to_owned(),
        product: "test".to_owned(),
        accent: shared::config::Colour::USUAL,
        formats: vec![Format::Csv],
        csv_profile: CsvProfile::Lossless,
        with_triggers: false,
        language: shared::language::Language::English,
        now: noon(),
        signing: None,
    }
}

#[tokio::test]
async fn a_tenants_schema_that_changes_while_it_is_read_is_noticed() {
    let database = schemas(&["acme", "beta"]).await;
    let catalog = Catalog::parse(SCHEMAS).unwrap();
    let mut opened = source(&database.url).open(&catalog, &tenant("acme"), "test", noon()).await.unwrap();
    let schema = opened.snapshot.schema(&opened.catalog.schemas).await.unwrap();
    let plan = Plan::tenant(&opened.catalog, schema).unwrap();
    opened.bind(&plan.schema).await.unwrap();
    let before = plan.schema.fingerprint();
    let now = async || source(&database.url).schema(&opened.catalog.schemas).await.unwrap().fingerprint();
    run_postgres(&database.url, "alter table tenant_beta.orders add column other int").await;
    assert_eq!(now().await, before, "another tenant's schema is nothing of this one's");
    run_postgres(&database.url, "alter table tenant_acme.orders add column other int").await;
    assert_ne!(now().await, before);
    opened.snapshot.close().await;
}

#[tokio::test]
async fn policies_are_told_the_tenant_and_a_role_that_sees_too_little_is_an_error() {
    let database = schemas(&["acme", "beta"]).await;
    let role = format!("reader_{}", database.name);
    run_postgres(
        &database.url,
        &format!(
            "create role {role} login nobypassrls;
             grant usage on schema public, tenant_acme, tenant_beta to {role};
             grant select on all tables in schema public, tenant_acme, tenant_beta to {role};
             alter table invoices enable row level security;
             create policy own on invoices using (tenant_id = current_setting('app.tenant'));
             alter table tenant_acme.notes enable row level security;
             create policy own on tenant_acme.notes using (tenant_id = current_setting('app.tenant'));
             alter table tenant_beta.orders enable row level security;
             create policy own on tenant_beta.orders using (false)"
        ),
    )
    .await;
    let url = Postgres::shared().await.url_as(&role, &database.name);
    let catalog =
        SCHEMAS.replace("label = \"name\"", "label = \"name\"\nrow_level_security = { setting = \"app.tenant\" }");
    let desk = Desk::new(&url, &catalog);
    assert_only(&desk.export("acme", &[]).await, "acme", &["beta"]);
    let told = desk.refused("beta").await;
    assert!(told.contains("row level security may hide rows of tenant_beta.orders") && told.contains(&role), "{told}");
    // Without rights on a tenant's schema nothing leaves either.
    run_postgres(&database.url, &format!("revoke usage on schema tenant_acme from {role}")).await;
    let told = desk.refused("acme").await;
    assert!(told.contains("has no right") && told.contains("usage on the schema"), "{told}");
}

#[tokio::test]
async fn an_explanation_speaks_of_every_tenant_or_of_one() {
    let database = schemas(&["acme", "beta"]).await;
    let desk = Desk::new(&database.url, SCHEMAS);
    let all = desk.catalog(&["explain", "tenant_{key}.orders"]).await;
    assert!(all.stdout.contains("tenant_{key}.orders in the tenant's own schema"), "{all:?}");
    assert!(all.stdout.contains("\"tenant_{key}\".\"orders\"") && !all.stdout.contains("acme"), "{all:?}");
    let tags = desk.catalog(&["explain", "tenant_{key}.tags", "--tenant", "beta"]).await;
    assert!(tags.stdout.contains("tenant_beta.orders.tag_id points to it"), "{tags:?}");
    let strange = desk.catalog(&["explain", "tenant_{key}.tags", "--tenant", "nobody"]).await;
    assert!(!strange.status.success() && strange.stderr.contains("no such tenant"), "{strange:?}");
    assert!(text(&desk.path("x")).ends_with('x'));
}

#[tokio::test]
async fn tables_that_were_copied_from_another_tenant_do_not_name_it() {
    let database = schemas(&["acme", "beta"]).await;
    let catalog = format!("{SCHEMAS}[tables.\"tenant_{{key}}.copies\"]\nowner = {{ placement = true }}\n");
    run_postgres(
        &database.url,
        "create table tenant_acme.copies(id serial primary key, note text);
         create table tenant_beta.copies(like tenant_acme.copies including all);
         create function tenant_acme.touch() returns trigger language plpgsql as $$ begin return new; end $$;
         create function tenant_acme.fine(text) returns bool language plpgsql immutable as $$ begin return true; end $$;
         create trigger touched before insert on tenant_beta.copies for each row execute function tenant_acme.touch();
         create trigger touched before insert on tenant_acme.copies for each row execute function tenant_acme.touch();
         alter table tenant_beta.copies add column size int default 4, add constraint finely check (tenant_acme.fine(note));
         create index by_fine on tenant_beta.copies(tenant_acme.fine(note));
         alter table tenant_acme.copies add column size int;
         insert into tenant_acme.copies(note) values ('copy-of-acme'); insert into tenant_beta.copies(note) values ('copy-of-beta')",
    )
    .await;
    let desk = Desk::new(&database.url, &catalog);
    let archive = desk.export("beta", &["--with-triggers"]).await;
    assert_only(&archive, "beta", &["acme"]);
    assert_eq!(archive.sheet("tenant_beta.copies").rows, [["2", "copy-of-beta", "4"]]);
    let left_out = archive.manifest()["left_out"].to_string();
    let reasons = ["a sequence in a schema that is not the tenant's", "calls code of a schema"];
    for told in ["\"id\"", "touched", "finely", "by_fine"].into_iter().chain(reasons) {
        assert!(left_out.contains(told), "{told}: {left_out}");
    }
    desk.restores(&empty().await).await;
    let archive = desk.export("acme", &["--with-triggers"]).await;
    assert!(!archive.manifest()["left_out"].to_string().contains("not the tenant's"));
    assert!(std::fs::read_to_string(archive.root().join("sql/triggers.sql")).unwrap().contains("touched"));

    // A type cannot be left out: nothing leaves before it is moved.
    run_postgres(&database.url, "alter table tenant_beta.copies add column mood tenant_acme.mood").await;
    run_postgres(&database.url, "alter table tenant_acme.copies add column mood tenant_acme.mood").await;
    let told = desk.refused("beta").await;
    assert!(told.contains("tenant_beta.copies.mood: its type") && !told.contains("tenant_acme"), "{told}");
    let checked = desk.catalog(&["check"]).await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert_eq!(checked.stdout.lines().count(), 1, "{checked:?}");
    assert!(
        checked.stdout.starts_with("tenant_{key}.copies.mood: ") && checked.stdout.contains("`tenant_beta` only"),
        "{checked:?}"
    );
    desk.export("acme", &[]).await;
}
