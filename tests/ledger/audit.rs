//! The audit trail.

mod chain;
mod documented;
mod migrating;
mod pruning;
mod tampering;

use super::*;
use serde_json::json;
use shared::ledger::audit::{self, Checkpoint, Entry, Fault, Finding, NewEvent, Question, Report, Trust};
use sqlx::AssertSqlSafe;

on_both_engines! {
    a_refusal_is_recorded_even_for_an_export_that_never_was
    a_change_that_is_rolled_back_leaves_no_event
}

async fn a_refusal_is_recorded_even_for_an_export_that_never_was(ledger: Ledger) {
    let nobody = Uuid::now_v7();
    let detail = json!({ "reason": "unknown", "zeta": 1, "a": [1.5, null, "ü"] });
    let event = NewEvent::about(nobody, "access.refused", portal(), detail.clone());
    audit::record(&ledger, event, at(1)).await.unwrap();
    let export = queued(&ledger, "acme", at(0)).await;
    audit::record(&ledger, NewEvent::about(export.id, "access.refused", portal(), json!({})), at(2)).await.unwrap();

    let events = audit::of_export(&ledger, nobody).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].at, &events[0].detail.0, &events[0].tenant), (at(1), &detail, &None));
    let events = audit::of_export(&ledger, export.id).await.unwrap();
    assert_eq!(events[1].tenant.as_deref(), Some("acme"), "whose data it was is filled in");
    assert_eq!(events[1].source.as_deref(), Some("shop"));
}

async fn a_change_that_is_rolled_back_leaves_no_event(ledger: Ledger) {
    ready(&ledger, "acme").await;
    let second = running(&ledger, "acme").await;
    // The object key is taken by the first export, so the completion fails after its first statement.
    let result = exports::complete(&ledger, second.id, 1, &[archive("acme")], at(99), at(20)).await;
    assert!(matches!(result, Err(LedgerError::Database(_))));
    assert_eq!(found(&ledger, second.id).await, second);
    assert_eq!(actions(&ledger, second.id).await, ["export.requested", "export.claimed"]);
    assert_eq!(shared::ledger::notifications::of_export(&ledger, second.id).await.unwrap(), []);
}

/// Runs a statement of somebody with all rights on the ledger's database.
async fn run(ledger: &Ledger, statement: &str) -> u64 {
    let query = AssertSqlSafe(statement.to_owned());
    match ledger {
        Ledger::Postgres(pool) => sqlx::query(query).execute(pool).await.unwrap().rows_affected(),
        Ledger::Sqlite(pool) => sqlx::query(query).execute(pool).await.unwrap().rows_affected(),
    }
}

/// A signature that anybody can make and check: in these tests it stands for one that needs a key.
fn signed(message: &[u8]) -> Vec<u8> {
    [b"signed: ", message].concat()
}

fn trust(checkpoint: &Checkpoint) -> Trust {
    match checkpoint.key_id.as_str() {
        "k1" if checkpoint.signature == signed(checkpoint.message().as_bytes()) => Trust::Good,
        "k1" => Trust::Wrong,
        _ => Trust::Unknown,
    }
}

async fn verified(ledger: &Ledger) -> Report {
    audit::verify(ledger, &Question::default(), trust).await.unwrap()
}

async fn assert_whole(ledger: &Ledger) -> Report {
    let report = verified(ledger).await;
    assert_eq!(report.findings, []);
    report
}

async fn entries(ledger: &Ledger) -> Vec<Entry> {
    use futures::TryStreamExt;
    audit::stream(ledger.clone(), audit::Filter::default()).try_collect().await.unwrap()
}

/// A refusal at that second, about nothing.
async fn refused(ledger: &Ledger, second: i64) {
    let event = NewEvent {
        actor: portal(),
        action: "access.refused",
        export_id: None,
        source: None,
        tenant: None,
        detail: json!({ "second": second }),
    };
    audit::record(ledger, event, at(second)).await.unwrap();
}
