//! Placed tenants through the service: the API's question whether a tenant exists, and exports by a worker.

use super::desk::{SCHEMAS, assert_only, mariadb_databases, schemas};
use crate::{slicing::desk::run_postgres, support::grown::Blueprint};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn the_api_knows_placed_tenants_and_their_persons_and_delivers_them() {
    let database = schemas(&["acme", "beta"]).await;
    run_postgres(&database.url, "insert into tenants values ('lost', 'x')").await;
    let (control, databases) = mariadb_databases(&["acme", "beta"]).await;
    let blueprint = Blueprint::new("placed").await;
    let grown =
        blueprint.source("schemas", &database.url, SCHEMAS).source("databases", &control.url, &databases).build().await;
    let portal = &grown.apis[0];
    for source in ["schemas", "databases"] {
        let (status, answer) = portal.ask(&json!({ "source": source, "tenant": "nobody" })).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("tenant_not_found")),
            "{answer}"
        );
        let person = json!({ "source": source, "tenant": "acme", "subject": { "kind": "customer", "key": "77" } });
        let (status, answer) = portal.ask(&person).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("subject_not_found")),
            "{answer}"
        );
        assert_only(&portal.deliver(source, "beta").await, "beta", &["acme"]);
    }
    // Who has no schema is known; the export fails and says why.
    let (status, answer) = portal.ask(&json!({ "source": "schemas", "tenant": "lost" })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    let failed = portal.until_state(answer["id"].as_str().unwrap(), "failed").await;
    assert_eq!((failed["attempt"].as_i64(), &failed["reason"]["code"]), (Some(1), &json!("source_refused")));
    assert!(failed["reason"]["message"].as_str().unwrap().contains("there is no schema `tenant_lost`"), "{failed}");
    assert!(!grown.logs().contains("tenant_lost"), "a tenant's id is in the log");
}
