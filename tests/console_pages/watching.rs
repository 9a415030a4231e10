//! A real worker compares a real catalog with a real schema, and what it found is shown.

use crate::support::{
    client::Client,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    markers::marked,
    patience::{LONG, until},
};
use examples::customertrackr;
use serde_json::Value;

/// Asks for a comparison, and waits for what it found.
async fn compared(client: &Client) -> Value {
    let path = "/v1/sources/customertrackr";
    let asked = client.send(reqwest::Method::POST, &format!("{path}/check"), |request| request).await;
    assert_eq!((asked.status, &asked.json()["check_wanted"]), (202, &Value::Bool(true)));
    let done = until("the comparison", LONG, async || {
        let source = client.get(path).await.json();
        (source["check_wanted"] == false).then_some(source)
    });
    done.await["check"].clone()
}

#[tokio::test]
async fn a_table_that_nobody_decided_is_found_before_an_export_meets_it() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let embedded = Embedded::serve(&product).await;
    let client = Client::new(embedded.portal.base()).with_key(embedded.portal.key());

    let fits = compared(&client).await;
    assert_eq!((&fits["outcome"], &fits["findings_total"]), (&"compared".into(), &0.into()), "{fits}");
    assert!(fits["tables"].as_i64().unwrap() > 5 && fits["drifted"] == false, "{fits}");

    product.run("create table gifts (id integer primary key, account_id integer, secret_token text)").await;
    let drifted = compared(&client).await;
    assert_eq!((&drifted["findings_open"], &drifted["drifted"]), (&1.into(), &true.into()), "{drifted}");
    assert_eq!(
        (&drifted["findings"][0]["code"], &drifted["findings"][0]["table"]),
        (&"unclassified_table".into(), &"gifts".into())
    );
    assert_ne!(drifted["schema_fingerprint"], fits["schema_fingerprint"]);
    assert_eq!(drifted["catalog_fingerprint"], fits["catalog_fingerprint"]);
}
