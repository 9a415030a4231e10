//! The examples, with their declared keys and without them, against their reviewed catalogs.

use examples::{ceppro, customertrackr, proecommerce};
use worker::catalog::{Catalog, ColumnRule};

use super::desk::{decision, draft, request};
use crate::support::{ceppro::CepPro, customertrackr::CustomerTrackr, markers::marked, proecommerce::ProEcommerce};

const DROP_KEYS: &str = "do $$ declare found record; begin
    for found in select conrelid::regclass as relation, conname from pg_constraint where contype = 'f' loop
        execute format('alter table %s drop constraint %I', found.relation, found.conname);
    end loop;
end $$";

/// Every table and every secret as reviewed, or a question; at most these tables may be questions.
fn assert_agree(reviewed: &str, inferred: &Catalog, text: &str, open: &[&str]) {
    let reviewed = Catalog::parse(reviewed).unwrap();
    let names = |catalog: &Catalog| catalog.tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(inferred), names(&reviewed));
    assert_eq!((&inferred.tenant.key, &inferred.tenant.label), (&reviewed.tenant.key, &reviewed.tenant.label));
    let mut undecided = Vec::new();
    for (name, rule) in &reviewed.tables {
        let found = &inferred.tables[name];
        match found.undecided {
            Some(_) => undecided.push(name.as_str()),
            // Without its keys the line's tax is found by the invoice that the line is of: the same tenant.
            None if name == "invoice_line_taxes" && decision(found) == "through invoice_id" => {}
            None => assert_eq!(decision(found), decision(rule), "{name}\n{text}"),
        }
        // What else a person keeps back of a table is theirs to know.
        let secret = |rule: &ColumnRule| rule.omit.as_ref().is_some_and(|reason| reason.starts_with("secret"));
        for (column, rule) in rule.columns.iter().filter(|(_, rule)| secret(rule)) {
            let found = found.columns.get(column).unwrap_or_else(|| panic!("{name}.{column} would leave\n{text}"));
            assert_eq!(found.omit.is_some() || found.undecided.is_some(), rule.omit.is_some(), "{name}.{column}");
        }
        for (column, found) in &found.columns {
            let wrong = found.omit.is_some() && rule.columns.get(column).is_none_or(|rule| rule.omit.is_none());
            assert!(!wrong, "{name}.{column} is no secret\n{text}");
        }
    }
    assert!(undecided.iter().all(|name| open.contains(name)), "undecided: {undecided:?}\n{text}");
}

#[tokio::test]
async fn ceppro_with_its_keys_is_read_as_reviewed() {
    let product = CepPro::create().await;
    let (inferred, catalog) = draft(&product.database.url, &request("workspaces")).await;
    assert_agree(ceppro::CATALOG, &catalog, &inferred.text, &[]);
    assert_eq!(catalog.tenant.row_level_security.unwrap().setting, "app.workspace_id");
    assert!(inferred.text.contains("open_tickets"), "{}", inferred.text);
}

#[tokio::test]
async fn ceppro_without_its_keys_is_read_as_reviewed_or_asked_about() {
    let product = CepPro::create().await;
    product.run(DROP_KEYS).await;
    let (inferred, catalog) = draft(&product.database.url, &request("workspaces")).await;
    // What hangs on `ticket_id` and `sale_id`: no table has these names.
    assert_agree(ceppro::CATALOG, &catalog, &inferred.text, &["notes", "refunds", "sale_lines", "ticket_history"]);
    assert_eq!(catalog.tables["devices"].references["customer_id"].table, "customers");
    assert!(inferred.text.contains("sampled values are found in customers.id"), "{}", inferred.text);
}

#[tokio::test]
async fn a_role_from_which_policies_hide_the_rows_gets_a_draft_without_samples() {
    let product = CepPro::create().await;
    let (inferred, catalog) = draft(&product.source_url().await, &request("workspaces")).await;
    assert_agree(ceppro::CATALOG, &catalog, &inferred.text, &[]);
    assert!(inferred.text.contains("row level security hides rows from the role"), "{}", inferred.text);
}

#[tokio::test]
async fn customertrackr_with_its_keys_is_read_as_reviewed() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(3))).await;
    let (inferred, catalog) = draft(&product.source_url(), &request("accounts")).await;
    assert_agree(customertrackr::CATALOG, &catalog, &inferred.text, &[]);
    assert!(inferred.text.contains("contact_overview"), "{}", inferred.text);
}

#[tokio::test]
async fn customertrackr_without_its_keys_is_read_as_reviewed_or_asked_about() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(3))).await;
    product.forget_keys().await;
    let schema = super::desk::source(&product.source_url()).schema(&["main".to_owned()]).await.unwrap();
    assert!(schema.tables.iter().all(|table| table.foreign_keys.is_empty()));
    let (inferred, catalog) = draft(&product.source_url(), &request("accounts")).await;
    assert_agree(customertrackr::CATALOG, &catalog, &inferred.text, &[]);
    assert_eq!(catalog.tables["companies"].references["parent_id"].table, "companies");
}

#[tokio::test]
async fn proecommerce_with_its_keys_is_read_as_reviewed_or_asked_about() {
    let product = ProEcommerce::create().await;
    let (inferred, catalog) = draft(&product.database.url, &request("accounts")).await;
    // Our own people and machines are decided about by a person; an attachment hangs on one of two things.
    assert_agree(proecommerce::CATALOG, &catalog, &inferred.text, &["staff", "servers", "attachments", "traffic_days"]);
}

#[tokio::test]
async fn proecommerce_without_its_keys_is_read_as_reviewed_or_asked_about() {
    let product = ProEcommerce::create().await;
    product.forget_keys().await;
    let (inferred, catalog) = draft(&product.database.url, &request("accounts")).await;
    // `service_id` and `category_id` have the end of their tables' names only.
    assert_agree(
        proecommerce::CATALOG,
        &catalog,
        &inferred.text,
        &["staff", "servers", "attachments", "traffic_days", "server_credentials", "ticket_categories"],
    );
}
