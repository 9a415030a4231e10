//! Sources at the console.

use super::desk::Visitor;
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use shared::ledger::{
    keys::Role,
    source_checks::{self, Findings, Found, Outcome},
};

fn found(table: &str) -> Found {
    Found {
        code: "unclassified_table".into(),
        table: Some(table.into()),
        column: None,
        message: "nobody decided whose rows these are".into(),
        is_information: false,
    }
}

fn compared(schema: &str, tables: &[&str]) -> Findings {
    Findings {
        outcome: Outcome::Compared,
        message: None,
        tables: 12,
        found: tables.iter().map(|table| found(table)).collect(),
        schema_fingerprint: Some(format!("sha256:{schema}")),
        catalog_fingerprint: Some("sha256:catalog".into()),
    }
}

#[tokio::test]
async fn a_source_says_what_its_last_comparison_found_and_since_when_it_drifted() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    assert!(operator.read("/console/sources").await.contains("shop not compared yet"));
    for findings in [compared("one", &[]), compared("two", &["gifts", "vouchers"])] {
        source_checks::begin(&api.ledger, "shop", TimeDelta::zero(), now()).await.unwrap();
        source_checks::end(&api.ledger, "shop", &findings, now()).await.unwrap();
    }
    let list = operator.read("/console/sources").await;
    assert!(list.contains("shop 2 findings schema changed on"), "{list}");
    let text = operator.read("/console/sources/shop").await;
    for value in ["gifts nobody decided whose rows these are unclassified_table", "vouchers", "sha256:two", "12"] {
        assert!(text.contains(value), "{value} in {text}");
    }
    let said = api.admin().await.get("/v1/sources/shop").await.json();
    assert_eq!((said["check"]["findings_open"].as_i64(), said["check"]["drifted"].as_bool()), (Some(2), Some(true)));
    assert_eq!(said["check"]["findings"][0]["table"], "gifts");
    assert_eq!(operator.open("/console/sources/elsewhere").await.status, 404);
}

#[tokio::test]
async fn a_comparison_is_asked_for_by_the_button() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let pressed = operator.press("/console/sources/shop", "/console/sources/shop/check", &[]).await;
    assert_eq!(pressed.status, 303, "{}", pressed.text());
    assert!(operator.read("/console/sources/shop?done=check-wanted").await.contains("a comparison is asked for"));
    assert_eq!(api.admin().await.get("/v1/sources/shop").await.json()["check_wanted"], true);
    assert_eq!(api.events("source.check_requested").await.len(), 1);
}
