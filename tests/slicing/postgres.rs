//! Slices of a PostgreSQL source: rows, row level security, schema.

use super::desk::{catalog, export, keys, open, read, run_postgres, source, tenant};
use crate::support::postgres::{Database, Postgres};
use worker::error::{Consequence, ExportError};

const CATALOG: &str = r#"
version = 1
engine = "postgres"
[tenant]
table = "workspaces"
key = "id"
label = "name"
[tables.workspaces]
owner = { column = "id" }
[tables.sales]
owner = { column = "workspace_id" }
[tables.lines]
owner = { through = "sale_year, sale_no" }
[tables.returns]
owner = { through = "line_id" }
[tables.messages]
owner = { through = ["sender", "recipient"] }
[tables.people]
owner = { column = "workspace_id" }
[tables.people.columns]
phone = { mask = "last4" }
email = { mask = "email" }
pin = { omit = "secret" }
[tables.products]
share = "referenced"
[tables.categories]
share = "referenced"
[tables.events]
owner = { column = "workspace_id" }
"#;

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

const SCHEMA: &str = "
create extension citext;
create table workspaces(id uuid primary key, name text);
create table categories(id int primary key, parent int references categories, marker text);
create table products(code citext primary key, category int references categories, marker text);
create table people(id serial primary key, workspace_id uuid not null references workspaces, phone varchar(8), email varchar(12), pin text);
create table sales(workspace_id uuid not null references workspaces, year int, no int, marker text, primary key (year, no));
create table lines(id int generated always as identity primary key, sale_no int, sale_year int, product citext references products, marker text,
    foreign key (sale_year, sale_no) references sales(year, no));
create table returns(id int primary key, line_id int references lines, marker text);
create table messages(id int primary key, sender int references people, recipient int references people, marker text);
create table events(workspace_id uuid not null, at date not null, marker text) partition by range (at);
create table events_1 partition of events for values from ('2026-01-01') to ('2026-07-01');
create table events_2 partition of events for values from ('2026-07-01') to ('2027-01-01');
insert into workspaces values ('aaaaaaaa-0000-4000-8000-000000000001', 'Alpha'), ('bbbbbbbb-0000-4000-8000-000000000002', 'Beta');
insert into categories values (1, null, 'both'), (2, 1, 'A'), (3, 1, 'B'), (4, 2, 'nobody');
insert into products values ('Cable', 2, 'A'), ('case', 3, 'B'), ('dock', 4, 'nobody');
insert into people(workspace_id, phone, email, pin) values
    ('aaaaaaaa-0000-4000-8000-000000000001', '12345678', 'jo@a.example', '1'), ('bbbbbbbb-0000-4000-8000-000000000002', null, null, '2'),
    ('aaaaaaaa-0000-4000-8000-000000000001', '1234', 'no address', '3');
insert into sales values ('aaaaaaaa-0000-4000-8000-000000000001', 2026, 1, 'A'), ('bbbbbbbb-0000-4000-8000-000000000002', 2026, 2, 'B'),
    ('bbbbbbbb-0000-4000-8000-000000000002', 2025, 1, 'B');
insert into lines(sale_no, sale_year, product, marker) values (1, 2026, 'CABLE', 'A'), (2, 2026, 'case', 'B'), (1, 2025, 'case', 'B'), (1, null, 'dock', 'nobody');
insert into returns values (1, 1, 'A'), (2, 2, 'B'), (3, 4, 'nobody'), (4, null, 'nobody');
insert into messages values (1, 1, 3, 'A'), (2, 2, 1, 'both'), (3, 2, 2, 'B'), (4, null, null, 'nobody');
insert into events values ('aaaaaaaa-0000-4000-8000-000000000001', '2026-02-01', 'A'), ('aaaaaaaa-0000-4000-8000-000000000001', '2026-08-01', 'A'),
    ('bbbbbbbb-0000-4000-8000-000000000002', '2026-08-01', 'B');
";

async fn shop(hint: &str) -> Database {
    let database = Postgres::shared().await.create_database(hint).await;
    run_postgres(&database.url, SCHEMA).await;
    database
}

#[tokio::test]
async fn a_tenant_gets_all_of_its_rows_and_nobody_elses() {
    let database = shop("rows").await;
    let slice = export(&database.url, &catalog(CATALOG), A).await.unwrap();
    assert_eq!(keys(&slice, "lines"), ["1"]);
    assert_eq!(keys(&slice, "returns"), ["1"]);
    assert_eq!(keys(&slice, "messages"), ["1", "2"]);
    assert_eq!(keys(&slice, "products"), ["Cable"], "found without regard to case, as its foreign key does");
    assert_eq!(keys(&slice, "categories"), ["1", "2"]);
    assert_eq!(slice["sales"].len(), 1);
    assert_eq!(slice["events"].len(), 2);
    for (table, rows) in &slice {
        for cell in rows.iter().flatten().flatten() {
            assert!(!["B", "nobody"].contains(&cell.as_str()) && cell != B, "{table}");
        }
    }
}

#[tokio::test]
async fn masks_run_in_the_database_and_fit_their_columns() {
    let database = shop("masks").await;
    let slice = export(&database.url, &catalog(CATALOG), A).await.unwrap();
    let row = |index: usize| -> Vec<&str> {
        slice["people"][index].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect()
    };
    assert_eq!(row(0), ["1", A, "****5678", "j***@a.examp"]);
    assert_eq!(row(1), ["3", A, "****", "***"]);
    let slice = export(&database.url, &catalog(CATALOG), B).await.unwrap();
    assert_eq!(slice["people"][0][2..], [None, None]);
}

#[tokio::test]
async fn the_tripwire_stops_a_query_that_returns_too_much() {
    let database = shop("tripwire").await;
    let (mut snapshot, plan, row) = open(&database.url, &catalog(CATALOG), A).await.unwrap();
    assert_eq!((row.key.as_str(), row.label.as_deref()), (A, Some("Alpha")));
    let mut sales = plan.tables.iter().find(|table| table.name == "sales").unwrap().clone();
    sales.select = sales.select.replace(" where ", " where true or ");
    let error = read(&mut snapshot, &sales).await.unwrap_err();
    assert!(matches!(&error, ExportError::Tripwire { table } if table == "sales"));
    assert_eq!(error.consequence(), Consequence::Fail);
    assert!(read(&mut snapshot, &sales).await.is_err(), "a broken session is not used again");
    snapshot.close().await;
}

#[tokio::test]
async fn a_new_table_and_a_new_secret_stop_every_export_and_are_named() {
    let database = shop("findings").await;
    run_postgres(
        &database.url,
        "create table gifts(id int); alter table people add api_token text; alter table people add nickname text",
    )
    .await;
    let Err(ExportError::Catalog(findings)) = export(&database.url, &catalog(CATALOG), A).await else {
        panic!("exported");
    };
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[0].starts_with("gifts: nobody has decided"), "{findings:?}");
    assert!(findings[1].starts_with("people.api_token: looks like a secret"), "{findings:?}");
}

#[tokio::test]
async fn a_foreign_table_is_never_skipped_in_silence() {
    let database = shop("foreign").await;
    run_postgres(&database.url, "create foreign data wrapper w; create server s foreign data wrapper w; create foreign table orders(id int) server s").await;
    for (rule, refused) in [
        ("", Some("orders: nobody has decided about this table; exclude it")),
        ("[tables.orders]\nshare = \"all\"\n", Some("orders: something else than this database keeps")),
        ("[tables.orders]\nexclude = \"kept by the shop system\"\n", None),
    ] {
        let exported = export(&database.url, &catalog(&[CATALOG, rule].concat()), A).await;
        let told = exported.err().map(|error| error.to_string());
        assert_eq!(told.is_some_and(|told| told.contains(refused.unwrap_or_default())), refused.is_some(), "{rule}");
    }
}

#[tokio::test]
async fn row_level_security_filters_only_where_the_catalog_says_how() {
    let database = shop("policies").await;
    let postgres = Postgres::shared().await;
    let role = format!("reader_{}", database.name);
    run_postgres(
        &database.url,
        &format!(
            "create role {role} login; grant usage on schema public to {role}; grant select on all tables in schema public to {role};
             alter table sales enable row level security; alter table sales force row level security;
             create policy own on sales using (workspace_id = current_setting('app.workspace')::uuid);
             alter table workspaces enable row level security; alter table workspaces force row level security;
             create policy own on workspaces using (id = current_setting('app.workspace')::uuid);"
        ),
    )
    .await;
    let url = postgres.url_as(&role, &database.name);
    let error = export(&url, &catalog(CATALOG), A).await.unwrap_err();
    let text = error.to_string();
    assert_eq!(error.code(), "source_refused");
    assert!(text.contains(&role) && text.contains("row_level_security") && text.contains("BYPASSRLS"), "{text}");

    let with_setting = catalog(
        &CATALOG.replace("label = \"name\"", "label = \"name\"\nrow_level_security = { setting = \"app.workspace\" }"),
    );
    let slice = export(&url, &with_setting, A).await.unwrap();
    assert_eq!(slice["sales"].len(), 1);
    assert_eq!(slice["sales"][0][3].as_deref(), Some("A"));
    assert_eq!(keys(&slice, "lines"), ["1"]);
    for hostile in ["'", "' OR 1=1 --", "cccccccc-0000-4000-8000-000000000003"] {
        assert!(!source(&url).has_tenant(&with_setting, &tenant(hostile)).await.unwrap());
    }
}

#[tokio::test]
async fn a_role_without_rights_and_a_server_that_is_away_are_told_apart_without_secrets() {
    let database = shop("refusals").await;
    let postgres = Postgres::shared().await;
    let role = format!("nobody_{}", database.name);
    run_postgres(&database.url, &format!("create role {role} login")).await;
    let refused = export(&postgres.url_as(&role, &database.name), &catalog(CATALOG), A).await.unwrap_err();
    assert_eq!(refused.code(), "source_refused");
    assert!(refused.to_string().contains("42501") && refused.to_string().contains("grant"), "{refused}");
    let nowhere =
        source("postgres://someone:hunter2@127.0.0.1:1/x").has_tenant(&catalog(CATALOG), &tenant(A)).await.unwrap_err();
    assert_eq!(nowhere.code(), "source_unavailable");
    assert_eq!(nowhere.consequence(), Consequence::Retry);
    assert!(!format!("{nowhere} {nowhere:?}").contains("hunter2"));
    let unknown = export(&postgres.url_as("postgres", "no_such_database"), &catalog(CATALOG), A).await.unwrap_err();
    assert!(unknown.to_string().contains("3D000"), "{unknown}");
}

#[tokio::test]
async fn the_live_schema_is_read_as_it_stands() {
    let database = Postgres::shared().await.create_database("schema").await;
    run_postgres(
        &database.url,
        "create extension citext; create schema crm; create type crm.mood as enum ('it''s', 'b'); create domain crm.plz as text not null check (value <> '');
         create type crm.pair as (a int, b crm.mood); create function own() returns text language sql as 'select ''x''';
         create sequence free; create sequence other;
         create table crm.parent(id int primary key, code text unique, extra citext);
         create table crm.heir(more int) inherits (crm.parent);
         create table crm.t(id bigserial primary key, gone int, mood crm.mood default 'b', plz crm.plz, pairs crm.pair[], parent text references crm.parent(code) deferrable,
            twice int generated always as (1 + 1) stored, own text default own(), free int default nextval('free'), who int generated by default as identity,
            c text collate \"C\", v varchar(40) not null default 'x', check (v <> c));
         alter table crm.t drop column gone;
         create index part on crm.t (lower(v)) where c is not null; create unique index whole on crm.t (v, c) include (mood);
         insert into crm.t(parent, plz) values (null, 'x'); insert into crm.heir values (1, 'h', 'h', 1); comment on column crm.t.v is 'a comment';",
    )
    .await;
    let schema = source(&database.url).schema(&["crm".to_owned()]).await.unwrap();
    assert_eq!(
        schema.prelude.iter().map(|prelude| prelude.statement.as_str()).collect::<Vec<_>>(),
        [
            "create schema if not exists \"crm\"",
            "create extension if not exists citext with schema \"public\"",
            "create type crm.mood as enum ('it''s', 'b')",
            "create domain crm.plz as text constraint plz_check CHECK ((VALUE <> ''::text)) not null",
            "create type crm.pair as (a integer, b crm.mood)",
            "create sequence if not exists crm.t_id_seq as bigint",
            "create sequence if not exists public.free as bigint",
        ]
    );
    let t = schema.table("crm", "t").unwrap();
    let names: Vec<&str> = t.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "mood", "plz", "pairs", "parent", "twice", "own", "free", "who", "c", "v"]);
    assert_eq!(t.primary_key, ["id"]);
    assert_eq!(t.unique, [vec!["id".to_owned()], vec!["v".to_owned(), "c".to_owned()]]);
    assert_eq!(t.column("plz").unwrap().base_type, "text");
    assert_eq!(t.column("pairs").unwrap().base_type, "_pair");
    assert_eq!(t.column("v").unwrap().type_name, "character varying(40)");
    assert_eq!(t.column("v").unwrap().comment.as_deref(), Some("a comment"));
    assert_eq!(t.column("own").unwrap().default, None);
    assert_eq!(t.column("mood").unwrap().default.as_deref(), Some("'b'::crm.mood"));
    assert_eq!(t.column("who").unwrap().identity.as_deref(), Some("BY DEFAULT"));
    assert_eq!(t.column("c").unwrap().collation.as_deref(), Some("pg_catalog.\"C\""));
    assert!(t.column("twice").unwrap().generated.as_ref().unwrap().stored);
    assert_eq!(t.foreign_keys[0].columns, ["parent"]);
    assert_eq!(t.foreign_keys[0].to_columns, ["code"]);
    assert_eq!(
        t.foreign_keys[0].definition.as_deref(),
        Some("FOREIGN KEY (parent) REFERENCES crm.parent(code) DEFERRABLE")
    );
    let part = t.indexes.iter().find(|index| index.name == "part").unwrap();
    assert_eq!(part.columns, ["c", "v"]);
    let check = t.constraints.iter().find(|constraint| constraint.text.starts_with("CHECK")).unwrap();
    assert_eq!(check.columns.len(), 2);
    let fed: Vec<(&str, &str)> =
        t.sequences.iter().map(|sequence| (sequence.column.as_str(), sequence.name.as_str())).collect();
    assert_eq!(fed, [("id", "crm.t_id_seq"), ("free", "public.free"), ("who", "crm.t_who_seq")]);
    assert_eq!(schema.table("crm", "parent").unwrap().column("extra").unwrap().equality.as_deref(), Some("public"));
    let fingerprint = schema.fingerprint();
    run_postgres(&database.url, "analyze; comment on table crm.t is 'new'").await;
    let again = source(&database.url).schema(&["crm".to_owned()]).await.unwrap();
    assert_eq!(again.fingerprint(), fingerprint);
    run_postgres(&database.url, "alter table crm.t alter free set not null").await;
    let changed = source(&database.url).schema(&["crm".to_owned()]).await.unwrap();
    assert_ne!(changed.fingerprint(), fingerprint);
}

#[tokio::test]
async fn an_inheritance_parent_is_read_without_its_children() {
    let database = Postgres::shared().await.create_database("heirs").await;
    run_postgres(
        &database.url,
        "create table t(id int primary key); create table note(t_id int, marker text); create table secret_note() inherits (note);
         insert into t values (1); insert into note values (1, 'own'); insert into secret_note values (1, 'heir');",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.note]\nowner = { column = \"t_id\" }\n[tables.secret_note]\nexclude = \"internal\"",
    );
    let slice = export(&database.url, &catalog, "1").await.unwrap();
    assert_eq!(slice["note"], [[Some("1".to_owned()), Some("own".to_owned())]]);
}

#[tokio::test]
async fn restored_sequences_go_on_after_the_rows_that_are_there() {
    let database = shop("sequences").await;
    let (mut snapshot, plan, _) = open(&database.url, &catalog(CATALOG), A).await.unwrap();
    let mut statements = Vec::new();
    for table in &plan.tables {
        statements.extend(snapshot.sequence_statements(table, plan.live(table).unwrap()).await.unwrap());
    }
    snapshot.close().await;
    assert_eq!(statements.len(), 2, "{statements:?}");
    run_postgres(&database.url, "delete from returns; delete from lines where id > 2; delete from messages; delete from people where id > 2; alter sequence people_id_seq restart; select setval('lines_id_seq', 900)").await;
    run_postgres(&database.url, &statements.join(";")).await;
    run_postgres(
        &database.url,
        &format!("insert into people(workspace_id) values ('{A}'); insert into lines default values"),
    )
    .await;
    let slice = export(&database.url, &catalog(CATALOG), A).await.unwrap();
    assert_eq!(keys(&slice, "people"), ["1", "3"]);
}

#[tokio::test]
async fn tables_of_the_same_name_in_two_schemas_are_two_tables() {
    let database = Postgres::shared().await.create_database("schemas").await;
    run_postgres(
        &database.url,
        "create schema crm; create table t(id int primary key); create table note(id int primary key, t_id int references t);
         create table crm.note(id int primary key, note_id int references note); create table crm.\"a.b\"(t_id int);
         insert into t values (1), (2); insert into note values (1, 1), (2, 2); insert into crm.note values (11, 1), (12, 2); insert into crm.\"a.b\" values (1), (2);",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\nschemas = [\"public\", \"crm\"]\n[tenant]\ntable = \"public.t\"\nkey = \"id\"\n[tables.\"public.t\"]\nowner = { column = \"id\" }\n\
         [tables.\"public.note\"]\nowner = { column = \"t_id\" }\n[tables.\"crm.note\"]\nowner = { through = \"note_id\" }\n[tables.\"crm.a.b\"]\nowner = { column = \"t_id\" }",
    );
    let (snapshot, plan, _) = open(&database.url, &catalog, "1").await.unwrap();
    snapshot.close().await;
    let mut stems: Vec<&str> = plan.tables.iter().map(|table| table.file_stem.as_str()).collect();
    stems.sort_unstable();
    assert_eq!(stems, ["crm.a.b", "crm.note", "public.note", "public.t"]);
    let slice = export(&database.url, &catalog, "1").await.unwrap();
    assert_eq!(keys(&slice, "public.note"), ["1"]);
    assert_eq!(keys(&slice, "crm.note"), ["11"]);
    assert_eq!(keys(&slice, "crm.a.b"), ["1"]);
}

#[tokio::test]
async fn keys_without_case_find_every_spelling_and_no_other_tenant() {
    let database = Postgres::shared().await.create_database("spelling").await;
    run_postgres(
        &database.url,
        "create extension citext; create table t(slug citext primary key); create table c(id int primary key, t_slug citext references t);
         create table d(id int primary key, t_slug citext references t);
         insert into t values ('Acme'), ('Beta'); insert into c values (1, 'ACME'), (2, 'acme'), (3, 'beta'); insert into d values (1, 'aCME'), (2, 'BETA');",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"slug\"\n[tables.t]\nowner = { column = \"slug\" }\n[tables.c]\nowner = { column = \"t_slug\" }\n[tables.d]\nowner = { through = \"t_slug\" }",
    );
    let slice = export(&database.url, &catalog, "Acme").await.unwrap();
    assert_eq!(keys(&slice, "c"), ["1", "2"]);
    assert_eq!(keys(&slice, "d"), ["1"]);
    assert!(!source(&database.url).has_tenant(&catalog, &tenant("ACME")).await.unwrap());
}

#[tokio::test]
async fn two_tenants_that_differ_only_in_case_stay_apart_where_a_child_ignores_case() {
    let database = Postgres::shared().await.create_database("apart").await;
    run_postgres(
        &database.url,
        "create extension citext; create table t(slug text primary key); create table c(id int primary key, t_slug citext references t);
         insert into t values ('Acme'), ('ACME'); insert into c values (1, 'Acme'), (2, 'ACME')",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"slug\"\n[tables.t]\nowner = { column = \"slug\" }\n[tables.c]\nowner = { column = \"t_slug\" }",
    );
    assert_eq!(keys(&export(&database.url, &catalog, "Acme").await.unwrap(), "c"), ["1"]);
    assert_eq!(keys(&export(&database.url, &catalog, "ACME").await.unwrap(), "c"), ["2"]);
}

#[tokio::test]
async fn a_column_that_code_of_the_product_computes_from_a_hidden_one_stops_every_export() {
    let database = Postgres::shared().await.create_database("derived").await;
    run_postgres(
        &database.url,
        "create table t(id int primary key); create function bare(text) returns text immutable language sql as 'select lower($1)';
         create table c(t_id int, \"e\"\"mail\" text, search text generated always as (bare(\"e\"\"mail\")) stored)",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n[tables.c.columns]\n'e\"mail' = { omit = \"private\" }",
    );
    let refused = open(&database.url, &catalog, "1").await.err().unwrap().to_string();
    assert!(refused.contains("c.search"), "{refused}");
}

#[tokio::test]
async fn a_key_over_texts_of_different_collations_is_followed() {
    let database = Postgres::shared().await.create_database("collations").await;
    run_postgres(
        &database.url,
        "create table t(id text collate \"C\" primary key); create table c(id int primary key, t_id text references t);
         create table p(code text collate \"POSIX\" primary key); alter table c add p text references p;
         insert into t values ('x'), ('y'); insert into p values ('1'), ('2'); insert into c values (1, 'x', '1'), (2, 'y', '2');",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { through = \"t_id\" }\n[tables.p]\nshare = \"referenced\"",
    );
    let slice = export(&database.url, &catalog, "x").await.unwrap();
    assert_eq!((keys(&slice, "c"), keys(&slice, "p")), (vec!["1".to_owned()], vec!["1".to_owned()]));
}
