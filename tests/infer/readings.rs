//! Small schemas in which something can be read in more than one way.

use super::desk::{attempt, decisions, draft, request};
use crate::slicing::desk::{run_postgres, sqlite};
use crate::support::postgres::Postgres;
use worker::infer::{Request, SubjectRequest};

const TENANTS: &str = "create table organizations(id integer primary key, name text not null);
    insert into organizations values (1, 'A'), (2, 'B');";

/// The decisions about a SQLite schema beside its table of tenants, and the text.
async fn read(statements: &str) -> (std::collections::BTreeMap<String, String>, String) {
    let (_folder, url) = sqlite(&format!("{TENANTS}{statements}")).await;
    let (inferred, catalog) = draft(&url, &request("organizations")).await;
    // Comments are wrapped.
    (decisions(&catalog), inferred.text.replace("\n# ", " "))
}

#[tokio::test]
async fn the_tenants_column_counts_without_a_declared_key_if_its_values_do() {
    let (found, text) = read(
        "create table invoices(id integer primary key, organization_id integer not null);
         insert into invoices values (1, 1), (2, 2);
         create table orders(id integer primary key, organization_id integer not null);
         insert into orders values (1, 1), (2, 77);
         create table drafts(id integer primary key, organization_id integer);
         insert into drafts values (1, 1), (2, null);",
    )
    .await;
    assert_eq!(found["invoices"], "column organization_id");
    assert!(text.contains("2 of 2 sampled values are found there"), "{text}");
    assert_eq!((found["orders"].as_str(), found["drafts"].as_str()), ("undecided", "undecided"));
    assert!(text.contains("only 1 of 2 sampled values are found there"), "{text}");
}

#[tokio::test]
async fn a_name_whose_values_lead_elsewhere_is_a_question() {
    let (found, text) = read(
        "create table customers(id integer primary key, organization_id integer not null references organizations);
         insert into customers values (1, 1), (2, 2);
         create table calls(id integer primary key, customer_id integer not null);
         insert into calls values (1, 1), (2, 2);
         create table visits(id integer primary key, customer_id integer not null);
         insert into visits values (1, 1), (2, 99);
         create table letters(id integer primary key, billing_customer_id integer not null);
         insert into letters values (1, 2);
         create table syncs(id integer primary key, stripe_customer_id integer not null);
         insert into syncs values (1, 1);",
    )
    .await;
    assert_eq!(found["calls"], "through customer_id");
    assert_eq!(found["visits"], "undecided");
    assert_eq!(found["letters"], "through billing_customer_id");
    assert_eq!(found["syncs"], "undecided");
    assert!(text.contains("only 1 of 2 sampled values are found in customers.id"), "{text}");
}

#[tokio::test]
async fn two_persons_of_one_table_are_never_chosen_between() {
    let (found, _) = read(
        "create table users(id integer primary key, organization_id integer not null references organizations);
         create table messages(id integer primary key, sender_id integer not null references users, recipient_id integer not null references users);
         create table transfers(id integer primary key, from_organization_id integer not null references organizations(id),
             to_organization_id integer not null references organizations(id));
         create table defaults(id integer primary key, last_organization integer references organizations(id));
         create table reports(id integer primary key, created_by integer not null references users);",
    )
    .await;
    for table in ["messages", "transfers", "defaults", "reports"] {
        assert_eq!(found[table], "undecided", "{table}");
    }
}

#[tokio::test]
async fn keys_that_contradict_each_other_in_the_rows_are_a_question() {
    let schema =
        "create table groups(id integer primary key, organization_id integer not null references organizations);
         create table people(id integer primary key, organization_id integer not null references organizations);
         insert into groups values (1, 1), (2, 2); insert into people values (1, 1), (2, 2);
         create table members(group_id integer not null references groups on delete cascade,
             person_id integer not null references people on delete cascade, primary key (group_id, person_id));";
    let (found, text) = read(&format!("{schema} insert into members values (1, 1), (2, 2);")).await;
    assert_eq!(found["members"], "through group_id", "{text}");
    let (found, text) = read(&format!("{schema} insert into members values (1, 1), (1, 2);")).await;
    assert_eq!(found["members"], "undecided");
    assert!(text.contains("only 1 of 2 sampled rows"), "{text}");
}

#[tokio::test]
async fn pairs_of_type_and_id_are_understood_only_if_every_word_names_a_table() {
    let schema = "create table repair_tickets(id integer primary key, organization_id integer not null references organizations);
         create table invoices(id integer primary key, organization_id integer not null references organizations);
         insert into repair_tickets values (1, 1); insert into invoices values (5, 2);
         create table comments(id integer primary key, subject_type text not null, subject_id integer not null);";
    let clear = "insert into comments values (1, 'RepairTicket', 1), (2, 'App\\Models\\Invoice', 5);";
    let (found, text) = read(&format!("{schema}{clear}")).await;
    assert!(found["comments"].starts_with("polymorphic subject_type, subject_id"), "{text}");
    let unknown = "insert into comments values (1, 'RepairTicket', 1), (2, 'Ticket', 1);";
    let (found, text) = read(&format!("{schema}{unknown}")).await;
    assert_eq!(found["comments"], "undecided");
    assert!(text.contains(r#"\"Ticket\""#), "{text}");
    let elsewhere = "insert into comments values (1, 'RepairTicket', 1), (2, 'Invoice', 1);";
    let (found, _) = read(&format!("{schema}{elsewhere}")).await;
    assert_eq!(found["comments"], "undecided");
}

#[tokio::test]
async fn a_shared_table_is_a_list_without_persons_or_a_question() {
    let (found, _) = read(
        "create table plans(id integer primary key, name text not null);
         create table agents(id integer primary key, name text not null, email text not null);
         create table baskets(id integer primary key, shopper_id integer not null);
         create table countries(code text primary key not null, name text not null);
         create table contracts(id integer primary key, organization_id integer not null references organizations,
             plan_id integer not null references plans, agent_id integer references agents, basket_id integer references baskets, country_code text not null);
         create table alone(id integer primary key, colour text);
         create table jobs(id integer primary key, title text);
         create table alembic_version(version_num text primary key);",
    )
    .await;
    assert_eq!(found["plans"], "share Referenced");
    assert_eq!(found["countries"], "share All");
    for table in ["agents", "baskets", "alone", "jobs"] {
        assert_eq!(found[table], "undecided", "{table}");
    }
    assert_eq!(found["alembic_version"], "exclude");
}

#[tokio::test]
async fn circles_are_decided_where_a_key_leads_out_of_them() {
    let (found, _) = read(
        "create table customers(id integer primary key, organization_id integer not null references organizations);
         create table orders(id integer primary key, customer_id integer not null references customers, last_shipment_id integer references shipments);
         create table shipments(id integer primary key, order_id integer not null references orders);
         create table chickens(id integer primary key, egg_id integer not null references eggs, customer_id integer not null references customers);
         create table eggs(id integer primary key, chicken_id integer not null references chickens);",
    )
    .await;
    assert_eq!((found["orders"].as_str(), found["shipments"].as_str()), ("through customer_id", "through order_id"));
    assert_eq!((found["chickens"].as_str(), found["eggs"].as_str()), ("undecided", "undecided"));
}

#[tokio::test]
async fn persons_are_named_with_the_key_that_leads_to_them() {
    let (_folder, url) = sqlite(&format!(
        "{TENANTS}
         create table customers(id integer primary key, organization_id integer not null references organizations, email text, backup_email text);
         create table phones(id integer primary key, customer_id integer not null references customers);"
    ))
    .await;
    let subject = |table: &str| SubjectRequest { name: "customer".to_owned(), table: table.to_owned(), key: None };
    let asked = |table: &str| Request { subjects: vec![subject(table)], ..request("organizations") };
    let (_, catalog) = draft(&url, &asked("customers")).await;
    assert_eq!(catalog.subjects["customer"].email.as_deref(), Some("email"));
    assert_eq!(catalog.tables["phones"].in_subject["customer"].through.as_ref().unwrap().keys(), ["customer_id"]);
    let refused = attempt(&url, &asked("nobody"), None).await.unwrap_err().to_string();
    assert!(refused.contains("no table `nobody`"), "{refused}");
}

#[tokio::test]
async fn partitions_and_schemas_are_one_table_each() {
    let database = Postgres::shared().await.create_database("infer_schemas").await;
    run_postgres(
        &database.url,
        "create schema crm;
         create table public.accounts(uid uuid primary key, name text);
         create table crm.leads(id int primary key, account_uid uuid not null);
         create table crm.events(account uuid not null references public.accounts, at date not null) partition by range (at);
         create table crm.events_1 partition of crm.events for values from ('2026-01-01') to ('2027-01-01');
         create materialized view crm.totals as select count(*) from crm.leads;
         comment on table crm.leads is E'first line\n[tables.evil]';",
    )
    .await;
    let asked = Request { schemas: vec!["public".to_owned(), "crm".to_owned()], ..request("accounts") };
    let (inferred, catalog) = draft(&database.url, &asked).await;
    let found = decisions(&catalog);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["crm.events", "crm.leads", "public.accounts"]);
    assert_eq!(found["crm.events"], "column account");
    assert_eq!(found["crm.leads"], "column account_uid");
    assert!(inferred.text.contains("crm.totals"), "{}", inferred.text);
}
