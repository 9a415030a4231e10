//! Slices of a SQLite source.

use super::desk::{catalog, export, keys, open, read, source, sqlite, tenant};
use worker::error::ExportError;

const CATALOG: &str = r#"
version = 1
engine = "sqlite"
[tenant]
table = "accounts"
key = "id"
label = "name"
[tables.accounts]
owner = { column = "id" }
[tables.users]
owner = { column = "account_id" }
[tables.users.columns]
phone = { mask = "last4" }
email = { mask = "email" }
nickname = { mask = "redact" }
password_hash = { omit = "secret" }
[tables.tickets]
owner = { through = "user_id" }
[tables.notes]
owner = { through = "ticket_id" }
[tables.messages]
owner = { through = ["sender_id", "recipient_id"] }
[tables.plans]
share = "referenced"
[tables.currencies]
share = "referenced"
[tables.categories]
share = "referenced"
[tables.countries]
share = "all"
[tables.migrations]
exclude = "bookkeeping"
"#;

const SCHEMA: &str = "
create table currencies(code text primary key, name text);
create table plans(id integer primary key, currency text references currencies, marker text);
create table categories(id integer primary key, parent_id integer references categories, marker text);
create table countries(code text primary key);
create table migrations(version text);
create table accounts(id integer primary key, name text, plan_id integer references plans);
create table users(id integer primary key, account_id text not null, phone text, email text, nickname text, password_hash text);
create table tickets(id integer primary key, user_id integer references USERS(ID), category_id integer references categories, marker text);
create table notes(id integer primary key, ticket_id integer references tickets, marker text);
create table messages(id integer primary key, sender_id integer references users, recipient_id integer references users, marker text);
insert into currencies values('EUR', 'x'), ('USD', 'x'), ('JPY', 'x');
insert into plans values(1, 'EUR', 'A'), (2, 'USD', 'B'), (3, 'JPY', 'nobody');
insert into categories values(1, null, 'both'), (2, 1, 'A'), (3, 2, 'A'), (4, 1, 'B'), (5, 3, 'nobody');
insert into countries values('DE'), ('FR');
insert into accounts values(1, 'Alpha', 1), (2, 'Beta', 2), (3, 'Empty', null);
insert into users values(1, '1', '+49123456', 'anna@alpha.example', 'Anni', 'h'), (2, '2', '12', 'b@b@x', null, 'h'), (3, '1', '1234', '@x', '', null);
insert into tickets values(1, 1, 3, 'A'), (2, 2, 4, 'B'), (3, null, 5, 'nobody'), (4, 3, null, 'A');
insert into notes values(1, 1, 'A'), (2, 2, 'B'), (3, 3, 'nobody'), (4, 4, 'A');
insert into messages values(1, 1, 3, 'A'), (2, 1, 2, 'both'), (3, 2, 2, 'B'), (4, null, 1, 'A'), (5, null, null, 'nobody');
";

#[tokio::test]
async fn a_tenant_gets_all_of_its_rows_and_nobody_elses() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let slice = export(&url, &catalog(CATALOG), "1").await.unwrap();
    assert_eq!(keys(&slice, "accounts"), ["1"]);
    assert_eq!(keys(&slice, "users"), ["1", "3"]);
    assert_eq!(keys(&slice, "tickets"), ["1", "4"]);
    assert_eq!(keys(&slice, "notes"), ["1", "4"]);
    assert_eq!(keys(&slice, "messages"), ["1", "2", "4"]);
    assert_eq!(keys(&slice, "plans"), ["1"]);
    assert_eq!(keys(&slice, "currencies"), ["EUR"]);
    assert_eq!(keys(&slice, "categories"), ["1", "2", "3"]);
    assert_eq!(keys(&slice, "countries"), ["DE", "FR"]);
    assert!(!slice.contains_key("migrations"));

    let slice = export(&url, &catalog(CATALOG), "3").await.unwrap();
    assert_eq!(keys(&slice, "accounts"), ["3"]);
    for table in ["users", "tickets", "notes", "messages", "plans", "currencies", "categories"] {
        assert!(slice[table].is_empty(), "{table}");
    }
}

#[tokio::test]
async fn masks_hide_what_they_promise_and_omitted_columns_are_not_read() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let slice = export(&url, &catalog(CATALOG), "1").await.unwrap();
    let row = |index: usize| -> Vec<&str> {
        slice["users"][index].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect()
    };
    assert_eq!(row(0), ["1", "1", "*****3456", "a***@alpha.example", "***"]);
    assert_eq!(row(1), ["3", "1", "****", "***", "***"]);
    let slice = export(&url, &catalog(CATALOG), "2").await.unwrap();
    assert_eq!(slice["users"][0][2..], [Some("**".into()), Some("***".into()), None]);
}

#[tokio::test]
async fn the_tripwire_stops_a_query_that_returns_too_much() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let (mut snapshot, plan, row) = open(&url, &catalog(CATALOG), "1").await.unwrap();
    assert_eq!((row.key.as_str(), row.label.as_deref()), ("1", Some("Alpha")));
    let mut users = plan.tables.iter().find(|table| table.name == "users").unwrap().clone();
    users.select = users.select.replace("= ?1", "is not ?1");
    let error = read(&mut snapshot, &users).await.unwrap_err();
    assert!(matches!(error, ExportError::Tripwire { table } if table == "users"));
}

#[tokio::test]
async fn keys_of_every_storage_class_find_their_tenant() {
    let text = r#"
version = 1
engine = "sqlite"
[tenant]
table = "t"
key = "k"
[tables.t]
owner = { column = "k" }
[tables.c]
owner = { column = "k" }
"#;
    for (declared, stored, id, wrong) in [
        ("integer primary key", "5", "5", "05"),
        ("text primary key", "'5'", "5", "5.0"),
        ("primary key", "5", "5", " 5"),
        ("primary key", "'x''y'", "x'y", "X'Y"),
        ("blob primary key", "x'00ff'", "00ff", "00FF"),
        ("text collate nocase primary key", "'Acme'", "Acme", "acme"),
    ] {
        let (_folder, url) = sqlite(&format!(
            "create table t(k {declared}); create table c(k {}, id integer); insert into t values({stored}); insert into c values({stored}, 1);",
            declared.replace("primary key", "")
        ))
        .await;
        let catalog = catalog(text);
        assert!(source(&url).has_tenant(&catalog, &tenant(id)).await.unwrap(), "{declared}");
        assert!(!source(&url).has_tenant(&catalog, &tenant(wrong)).await.unwrap(), "{declared}");
        assert_eq!(export(&url, &catalog, id).await.unwrap()["c"].len(), 1, "{declared}");
    }
}

#[tokio::test]
async fn two_tenants_that_differ_only_in_case_stay_apart_whatever_the_children_collate() {
    let (_folder, url) = sqlite(
        "create table t(k text primary key); create table c(k text collate nocase, id integer primary key);
         create table d(id integer primary key, c_k text collate nocase references t(k));
         insert into t values('acme'), ('ACME'); insert into c values('acme', 1), ('ACME', 2); insert into d values(1, 'acme'), (2, 'ACME');",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"k\"\n[tables.t]\nowner = { column = \"k\" }\n[tables.c]\nowner = { column = \"k\" }\n[tables.d]\nowner = { through = \"c_k\" }",
    );
    let slice = export(&url, &catalog, "acme").await.unwrap();
    assert_eq!(slice["c"], [[Some("acme".to_owned()), Some("1".to_owned())]]);
    assert_eq!(keys(&slice, "d"), ["1"]);
}

#[tokio::test]
async fn children_are_found_by_the_collation_of_the_parent() {
    let (_folder, url) = sqlite(
        "create table t(k text collate nocase primary key); create table c(id integer primary key, k text references t(k));
         insert into t values('acme'); insert into c values(1, 'ACME');",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"k\"\n[tables.t]\nowner = { column = \"k\" }\n[tables.c]\nowner = { through = \"k\" }",
    );
    assert_eq!(keys(&export(&url, &catalog, "acme").await.unwrap(), "c"), ["1"]);
}

#[tokio::test]
async fn a_full_text_table_is_never_skipped_in_silence() {
    let (_folder, url) = sqlite(
        "create table t(k integer primary key); create virtual table search using fts5(body); insert into search values('x');",
    )
    .await;
    let text = "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"k\"\n[tables.t]\nowner = { column = \"k\" }\n";
    let refusal = export(&url, &catalog(text), "1").await.unwrap_err().to_string();
    assert!(refusal.contains("search: nobody has decided about this table; exclude it"), "{refusal}");
    let shared = format!("{text}[tables.search]\nshare = \"all\"\n");
    let refusal = export(&url, &catalog(&shared), "1").await.unwrap_err().to_string();
    assert!(refusal.contains("cannot be exported"), "{refusal}");
    let excluded = format!("{text}[tables.search]\nexclude = \"rebuilt from notes\"\n");
    assert!(matches!(export(&url, &catalog(&excluded), "1").await, Err(ExportError::TenantNotFound)));
}

#[tokio::test]
async fn the_plan_says_what_it_reads_and_why_parents_first() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let (snapshot, plan, _) = open(&url, &catalog(CATALOG), "1").await.unwrap();
    snapshot.close().await;
    let place = |name: &str| plan.tables.iter().position(|table| table.name == name).unwrap();
    for (parent, child) in [
        ("currencies", "plans"),
        ("plans", "accounts"),
        ("users", "tickets"),
        ("categories", "tickets"),
        ("tickets", "notes"),
    ] {
        assert!(place(parent) < place(child), "{parent} before {child}");
    }
    let because = |name: &str| plan.tables[place(name)].because.as_str();
    assert_eq!(because("users"), "account_id is the tenant's key");
    assert_eq!(
        because("messages"),
        "sender_id points to the tenant's users or recipient_id points to the tenant's users"
    );
    assert_eq!(plan.excluded.len(), 1);
    assert_eq!(plan.excluded[0].reason, "bookkeeping");
    let users = &plan.tables[place("users")];
    assert_eq!(users.omitted, [("password_hash".to_owned(), "secret".to_owned())]);
    assert_eq!(users.owner_column, Some(1));
    assert!(!users.select.contains("password_hash"));
}
