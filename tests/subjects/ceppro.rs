//! One customer of a CepPro workspace, and one of its users, on PostgreSQL with Row Level Security.

use super::{archive, assert_names, excluded};
use crate::{
    slicing::desk::{source, tenant},
    support::{archive::Archive, ceppro::CepPro, markers::holds, postgres::Postgres},
};
use examples::ceppro;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::process::Command;
use worker::{catalog::Catalog, check, error::ExportError};

/// For each table of a customer's export: the columns that are not in it, and the rows that are, in which `$person` stands for the customer.
const CUSTOMER: [(&str, &[&str], &str); 11] = [
    ("customers", &[], "id = $person"),
    ("devices", &["passcode"], "customer_id = $person"),
    ("repair_tickets", &["technician_id"], "customer_id = $person"),
    ("ticket_history", &["user_id"], "ticket_id in (select id from repair_tickets where customer_id = $person)"),
    (
        "notes",
        &["author_id"],
        "customer_id = $person or ticket_id in (select id from repair_tickets where customer_id = $person)",
    ),
    ("retail_sales", &["shift_id"], "customer_id = $person"),
    ("sale_lines", &[], "sale_id in (select id from retail_sales where customer_id = $person)"),
    ("refunds", &["refunded_by"], "sale_id in (select id from retail_sales where customer_id = $person)"),
    ("accounting_entries", &[], "sale_id in (select id from retail_sales where customer_id = $person)"),
    ("countries", &[], "true"),
    ("currencies", &[], "true"),
];

const USER: [(&str, &[&str], &str); 15] = [
    ("users", &["password_hash", "totp_secret", "backup_codes", "recovery_phone"], "id = $person"),
    ("memberships", &[], "user_id = $person"),
    ("roles", &[], "id in (select role_id from memberships where user_id = $person)"),
    ("preferences", &[], "user_id = $person"),
    ("api_tokens", &["token_hash"], "user_id = $person"),
    ("user_sessions", &["token_hash"], "user_id = $person"),
    ("security_events", &[], "user_id = $person"),
    ("cashier_shifts", &[], "user_id = $person"),
    ("stock_movements", &[], "user_id = $person"),
    ("receiving_records", &[], "received_by = $person"),
    ("ticket_history", &["comment", "change"], "user_id = $person"),
    ("refunds", &["reason"], "refunded_by = $person"),
    (
        "branches",
        &[],
        "id in (with recursive known as (
            select id, parent_id from branches where id in (
                select branch_id from memberships where user_id = $person
                union select branch_id from cashier_shifts where user_id = $person)
            union select up.id, up.parent_id from branches up join known on known.parent_id = up.id) select id from known)",
    ),
    ("countries", &[], "true"),
    ("currencies", &[], "true"),
];

/// What must not be in a customer's archive: staff, and the other customers.
const STRANGERS: &str = "
    update users set name = 'STRANGER ' || name, email = 'STRANGER' || email;
    update customers set name = 'STRANGER', remark = 'STRANGER' where id <> $person;
    update devices set model = 'STRANGER' where customer_id <> $person;
    update repair_tickets set problem = 'STRANGER', diagnosis = 'STRANGER' where customer_id <> $person;
    update ticket_history set comment = 'STRANGER' where ticket_id not in (select id from repair_tickets where customer_id = $person);
    update notes set body = 'STRANGER' where customer_id is distinct from $person
        and (ticket_id is null or ticket_id not in (select id from repair_tickets where customer_id = $person));
    update retail_sales set remark = 'STRANGER' where customer_id is distinct from $person;
    update sale_lines set description = 'STRANGER' where sale_id not in (select id from retail_sales where customer_id = $person);
    update refunds set reason = 'STRANGER' where sale_id not in (select id from retail_sales where customer_id = $person);
    update accounting_entries set description = 'STRANGER'
        where sale_id is null or sale_id not in (select id from retail_sales where customer_id = $person)";

async fn rows(
    connection: &mut PgConnection,
    table: &str,
    omitted: &[&str],
    condition: &str,
) -> (Vec<String>, Vec<Vec<String>>) {
    let named = "select attname::text from pg_attribute
        where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attname <> all($2) order by attnum";
    let columns: Vec<String> =
        sqlx::query_scalar(named).bind(table).bind(omitted).fetch_all(&mut *connection).await.unwrap();
    let values: Vec<String> = columns.iter().map(|column| format!("format('%s', {column})")).collect();
    let query = format!("select array[{}] from {table} where {condition}", values.join(", "));
    let mut rows: Vec<Vec<String>> = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(connection).await.unwrap();
    rows.sort();
    (columns, rows)
}

/// Every table of the archive equals what plain SQL finds, as CSV and after a restore, and there is no other table.
async fn assert_equals(product: &CepPro, archive: &Archive, tables: &[(&str, &[&str], &str)], person: &str) {
    archive.assert_sound().await;
    let restored = Postgres::shared().await.create_database("person").await;
    let mut psql = Command::new("psql");
    psql.args(["-v", "ON_ERROR_STOP=1", "-q", "-f", "sql/restore.sql", &restored.url]).current_dir(archive.root());
    let output = psql.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut source = PgConnection::connect(&product.database.url).await.unwrap();
    let mut restored = PgConnection::connect(&restored.url).await.unwrap();

    let mut expected: Vec<String> = tables.iter().map(|(table, ..)| (*table).to_owned()).collect();
    expected.sort();
    let mut found: Vec<String> =
        ["owned", "referenced", "shared"].iter().flat_map(|kind| archive.tables(kind)).collect();
    found.sort();
    assert_eq!(found, expected);
    for (table, omitted, condition) in tables {
        let (columns, expected) = rows(&mut source, table, omitted, &condition.replace("$person", person)).await;
        let (_, kept) = rows(&mut restored, table, omitted, "true").await;
        assert!(!expected.is_empty(), "the example has nothing of the person in {table}");
        assert_eq!(kept, expected, "sql: {table}");
        let sheet = archive.sheet(table);
        if !omitted.contains(&"recovery_phone") {
            assert_eq!((sheet.columns, sheet.rows), (columns, expected), "csv: {table}");
        }
    }
}

/// A person of the first workspace with rows in as many tables as possible.
async fn most_busy(product: &CepPro, query: &str) -> String {
    let mut source = PgConnection::connect(&product.database.url).await.unwrap();
    let query = query.replace("$tenant", &format!("'{}'", product.tenants[0].key));
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut source).await.unwrap()
}

async fn customer(product: &CepPro) -> String {
    let person = most_busy(
        product,
        "select c.id::text from customers c where workspace_id = $tenant
         order by (select count(*) from ticket_history h join repair_tickets t on t.id = h.ticket_id where t.customer_id = c.id) desc, c.id
         limit 1",
    )
    .await;
    // What the example's chance left out, for the test needs a row of each kind.
    let own = format!("workspace_id = (select workspace_id from customers where id = {person})");
    product
        .run(&format!(
            "update retail_sales set customer_id = {person} where {own} and (id = (select min(sale_id) from refunds r join retail_sales s on s.id = sale_id where s.{own})
                or id = (select min(sale_id) from accounting_entries where {own}))"
        ))
        .await;
    person
}

#[tokio::test]
async fn a_customer_gets_what_is_theirs_and_no_word_about_anybody_else() {
    let product = CepPro::create().await;
    let (url, catalog) = (product.source_url().await, Catalog::parse(&catalog_text()).unwrap());
    let person = customer(&product).await;
    product.run(&STRANGERS.replace("$person", &person)).await;

    let archive = archive(&url, &catalog, &product.tenants[0].key, &format!("customer:{person}")).await.unwrap();
    assert_names(&archive, "customer", &person);
    assert_equals(&product, &archive, &CUSTOMER, &person).await;
    for member in archive.members() {
        for never in ["STRANGER", examples::SECRET, &product.tenants[1].marker, &product.tenants[2].marker] {
            assert!(!holds(&member.bytes, never), "{never} in {}", member.name);
        }
    }
    let excluded = excluded(&archive);
    let reason = |table: &str| excluded.iter().find(|(name, _)| name == table).map(|(_, reason)| reason.as_str());
    assert_eq!(reason("suppliers"), Some("nothing leads from its rows to this person"));
    assert_eq!(reason("users"), Some("nothing leads from its rows to this person"));
    assert_eq!(reason("schema_migrations"), Some("bookkeeping of the deploy tool"));
    let manifest = archive.manifest();
    let table = |name: &str| {
        manifest["tables"].as_array().unwrap().iter().find(|table| table["table"] == name).unwrap().clone()
    };
    assert_eq!(table("devices")["because"], "customer_id points to the person");
    assert_eq!(table("sale_lines")["because"], "sale_id points to the person's retail_sales");
    let hidden = serde_json::json!([{ "column": "technician_id", "reason": "data about other people" }]);
    assert_eq!(table("repair_tickets")["omitted"], hidden);
}

#[tokio::test]
async fn a_user_gets_their_own_account_and_work_without_the_customers() {
    let product = CepPro::create().await;
    let (url, catalog) = (product.source_url().await, Catalog::parse(&catalog_text()).unwrap());
    let person = most_busy(
        &product,
        "select u.id::text from users u where workspace_id = $tenant order by
           (select count(distinct kind) from (
              select 1 as kind from memberships where user_id = u.id union all select 2 from preferences where user_id = u.id
              union all select 3 from api_tokens where user_id = u.id union all select 4 from user_sessions where user_id = u.id
              union all select 5 from security_events where user_id = u.id union all select 6 from cashier_shifts where user_id = u.id
              union all select 7 from stock_movements where user_id = u.id union all select 8 from receiving_records where received_by = u.id
              union all select 9 from ticket_history where user_id = u.id union all select 10 from refunds where refunded_by = u.id) as seen) desc, u.id
         limit 1",
    )
    .await;
    // What the example's chance left out, for the test needs a row of each kind.
    product
        .run(&format!(
            "update api_tokens set user_id = {person} where id = (select min(id) from api_tokens where workspace_id = (select workspace_id from users where id = {person}));
             update receiving_records set received_by = {person} where id in (select r.id from receiving_records r join purchase_orders o on o.id = r.purchase_order_id
                where o.workspace_id = (select workspace_id from users where id = {person}) order by r.id limit 1);
             update refunds set refunded_by = {person} where id in (select r.id from refunds r join retail_sales s on s.id = r.sale_id
                where s.workspace_id = (select workspace_id from users where id = {person}) order by r.id limit 1);
             update user_sessions set user_id = {person} where id = (select min(s.id) from user_sessions s join users u on u.id = s.user_id
                where u.workspace_id = (select workspace_id from users where id = {person}));
             update cashier_shifts set user_id = {person} where id = (select min(id) from cashier_shifts where workspace_id = (select workspace_id from users where id = {person}));
             update security_events set user_id = {person} where id = (select min(id) from security_events where workspace_id = (select workspace_id from users where id = {person}));
             update customers set name = 'STRANGER', remark = 'STRANGER'; update users set name = 'STRANGER' where id <> {person};
             update ticket_history set comment = 'STRANGER', change = '{{\"said\": \"STRANGER\"}}'; update refunds set reason = 'STRANGER'"
        ))
        .await;
    let archive = archive(&url, &catalog, &product.tenants[0].key, &format!("user:{person}")).await.unwrap();
    assert_names(&archive, "user", &person);
    assert_equals(&product, &archive, &USER, &person).await;
    for member in archive.members() {
        assert!(!holds(&member.bytes, "STRANGER") && !holds(&member.bytes, examples::SECRET), "{}", member.name);
    }
    let phone = archive.sheet("users").columns.iter().position(|column| column == "recovery_phone").unwrap();
    assert!(archive.sheet("users").rows[0][phone].chars().rev().skip(4).all(|character| character == '*'));
}

#[tokio::test]
async fn a_person_of_another_workspace_does_not_exist() {
    let product = CepPro::create().await;
    let (url, catalog) = (product.source_url().await, Catalog::parse(&catalog_text()).unwrap());
    let person = customer(&product).await;
    let [own, other, _] = &product.tenants[..] else { panic!("three workspaces") };
    for (tenant_key, subject) in [
        (&other.key, format!("customer:{person}")),
        (&own.key, "customer:0".to_owned()),
        (&own.key, format!("customer: {person}")),
        (&own.key, format!("customer:{person} or true")),
        (&own.key, format!("customer:0{person}")),
        (&own.key, "customer:' OR 1=1 --".to_owned()),
    ] {
        let refused = archive(&url, &catalog, tenant_key, &subject).await.err();
        assert!(matches!(refused, Some(ExportError::SubjectNotFound)), "{subject}: {refused:?}");
        let found = source(&url).has_subject(&catalog, &tenant(tenant_key), &super::person(&subject)).await;
        assert!(!found.unwrap(), "{subject}");
    }
    let own_one = super::person(&format!("customer:{person}"));
    assert!(source(&url).has_subject(&catalog, &tenant(&own.key), &own_one).await.unwrap());
    let nobody = source(&url).has_subject(&catalog, &tenant("0"), &own_one).await;
    assert!(matches!(nobody, Err(ExportError::TenantNotFound)), "{nobody:?}");
}

#[tokio::test]
async fn the_catalog_of_the_example_decides_about_every_table_for_every_person() {
    let product = CepPro::create().await;
    let catalog = Catalog::parse(&catalog_text()).unwrap();
    let schema = source(&product.source_url().await).schema(&catalog.schemas).await.unwrap();
    assert_eq!(check::check(&catalog, &schema), []);
    let text = catalog_text().replace("in_subject.customer = { through = [\"customer_id\", \"ticket_id\"] }\n", "");
    let findings = check::check(&Catalog::parse(&text).unwrap(), &schema);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].code, findings[0].table.as_deref()), ("undecided_subject", Some("notes")));
    assert!(
        findings[0].message.contains("in_subject = { customer = { through = \"customer_id\" } }"),
        "{}",
        findings[0]
    );
}

fn catalog_text() -> String {
    ceppro::CATALOG.to_owned()
}
