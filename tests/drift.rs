//! A schema that went on without its catalog: the export stops and says what is new.

use examples::{ceppro, customertrackr};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    ceppro::CepPro, customertrackr::CustomerTrackr, embedded::Embedded, grown::Blueprint, mail_server::MailServer,
    markers::marked, patience::LONG, person::Letter, portal::Portal, program::handover,
};

/// What is done to the product, and how the export must then name it.
const CHANGES: [(&str, &str, &str); 2] = [
    (
        "create table loyalty_cards (id bigint primary key, owner_name text)",
        "drop table loyalty_cards",
        "loyalty_cards",
    ),
    (
        "alter table customers add column api_token text",
        "alter table customers drop column api_token",
        "customers.api_token",
    ),
];

#[tokio::test]
async fn a_new_table_and_a_new_secret_stop_exports_from_postgres_by_name() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("drift").await;
    let url = product.source_url().await;
    let grown = blueprint.source("ceppro", &url, ceppro::CATALOG).build().await;
    let (mail, tenant) = (MailServer::shared().await, &product.tenants[0].key);
    for (change, back, named) in CHANGES {
        product.run(change).await;
        let owner = mail.address("owner");
        let export = assert_stops(&grown.apis[0], "ceppro", tenant, &owner, named).await;
        let letter = Letter::read(mail.first(&owner, LONG).await.unwrap().as_bytes());
        assert_sorry(&letter, "CepPro", &export, named);
        assert_check_names(&url, ceppro::CATALOG, named).await;
        product.run(back).await;
    }
    assert!(grown.bucket.keys().await.is_empty());
    grown.apis[0].deliver("ceppro", tenant).await;
}

#[tokio::test]
async fn a_new_table_and_a_new_secret_stop_exports_from_sqlite_by_name() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let embedded = Embedded::serve(&product).await;
    let tenant = &product.tenants[0].key;
    for (change, back, named) in CHANGES.map(|(change, back, named)| {
        // The same product calls its people differently.
        let own = |text: &str| text.replace("customers", "contacts");
        (own(change), own(back), own(named))
    }) {
        product.run(&change).await;
        let owner = format!("{}@example.com", named.replace('.', "-"));
        let export = assert_stops(&embedded.portal, "customertrackr", tenant, &owner, &named).await;
        assert_sorry(&embedded.letter_to(&owner).await, "CustomerTrackr", &export, &named);
        assert_check_names(&product.source_url(), customertrackr::CATALOG, &named).await;
        product.run(&back).await;
    }
    assert_eq!(embedded.kept(), Vec::<std::path::PathBuf>::new());
    embedded.portal.deliver("customertrackr", tenant).await;
}

/// The request is accepted, the export fails at its first attempt, and its reason names what is new.
async fn assert_stops(portal: &Portal, source: &str, tenant: &str, owner: &str, named: &str) -> String {
    let (status, answer) = portal.ask(&json!({ "source": source, "tenant": tenant, "notify": [owner] })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    let export = answer["id"].as_str().unwrap();
    let failed = portal.until_state(export, "failed").await;
    assert_eq!((failed["attempt"].as_i64(), &failed["reason"]["code"]), (Some(1), &json!("catalog_refused")));
    assert!(failed["reason"]["message"].as_str().unwrap().contains(named), "{failed}");
    export.to_owned()
}

/// The person learns that it failed and which number to mention; what is wrong with the database is not theirs to know.
fn assert_sorry(letter: &Letter, product: &str, export: &str, named: &str) {
    letter.assert_discreet(product, &[named, "catalog"]);
    assert!(letter.text.contains(export) && letter.html.contains(export), "{}", letter.text);
    assert!(!letter.text.contains("/d/"));
}

async fn assert_check_names(url: &str, catalog: &str, named: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalog.toml");
    std::fs::write(&file, catalog).unwrap();
    let check = ["catalog", "check", "--source", url, "--catalog", file.to_str().unwrap()];
    let checked = handover(&check).run().await;
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let lines: Vec<&str> = checked.stdout.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with(named), "{checked:?}");
}
