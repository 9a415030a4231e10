//! A ledger from before there was a chain.

use super::*;
use sqlx::migrate::Migrator;
use std::path::Path;

/// The step that makes the chain.
const CHAINED: i64 = 23;

async fn before_the_chain(url: &str) -> Ledger {
    let ledger = Ledger::open(&url.into()).await.unwrap();
    let folder = if matches!(ledger, Ledger::Postgres(_)) { "postgres" } else { "sqlite" };
    let all = Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder)).await.unwrap();
    let older = all.iter().filter(|step| step.version < CHAINED).cloned().collect();
    let older = Migrator::with_migrations(older);
    match &ledger {
        Ledger::Postgres(pool) => older.run(pool).await.unwrap(),
        Ledger::Sqlite(pool) => older.run(pool).await.unwrap(),
    }
    ledger
}

/// Written as the program before wrote them, in another order than they happened.
async fn written_before(ledger: &Ledger, count: u32) {
    for number in 0..count {
        let second = (number * 7) % count;
        let action = if number % 3 == 0 { "link.refused" } else { "export.ready" };
        let detail = json!({ "zeta": 1.50, "alpha": [number, "ü", 1e30], "nested": { "b": null, "a": 1 } });
        let text =
            "insert into audit_events (id, at, actor, action, export_id, source, tenant, address, request_id, detail)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(text)
                    .bind(Uuid::now_v7())
                    .bind(at(second.into()))
                    .bind("key:hk_portal22")
                    .bind(action)
                    .bind(Uuid::from_u128(number.into()))
                    .bind("shop")
                    .bind("acme")
                    .bind((number % 2 == 0).then_some("192.0.2.7"))
                    .bind(None::<String>)
                    .bind(sqlx::types::Json(&detail))
                    .execute($pool)
                    .await
                    .unwrap()
                    .rows_affected()
            };
        }
        let added = match ledger {
            Ledger::Postgres(pool) => insert!(pool),
            Ledger::Sqlite(pool) => insert!(pool),
        };
        assert_eq!(added, 1);
    }
}

async fn is_taken_in(url: &str) {
    let ledger = before_the_chain(url).await;
    written_before(&ledger, 1203).await;
    assert!(matches!(ledger.require_migrated().await, Err(LedgerError::NotMigrated)));
    ledger.migrate().await.unwrap();
    let report = assert_whole(&ledger).await;
    assert_eq!((report.first, report.entries), (1, 1203));
    let entries = entries(&ledger).await;
    assert!(entries.is_sorted_by_key(|entry| entry.event.at), "in the order in which it happened");
    assert!(entries.iter().all(|entry| entry.event.tenant.as_deref() == Some("acme")));
    for entry in &entries {
        let outcome = if entry.event.action == "link.refused" { "refused" } else { "done" };
        assert_eq!(entry.event.outcome, outcome);
    }
    refused(&ledger, 5000).await;
    assert_eq!(assert_whole(&ledger).await.entries, 1204);
    assert_eq!(ledger.migrate().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_an_older_sqlite_ledger_are_taken_into_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    is_taken_in(&sqlite_url(&folder)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_an_older_postgres_ledger_are_taken_into_the_chain() {
    is_taken_in(&postgres_url().await).await;
}

#[tokio::test]
async fn a_ledger_without_entries_begins_an_empty_chain() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = before_the_chain(&sqlite_url(&folder)).await;
    ledger.migrate().await.unwrap();
    assert_eq!(assert_whole(&ledger).await.entries, 0);
    refused(&ledger, 1).await;
    assert_eq!(assert_whole(&ledger).await.entries, 1);
}
