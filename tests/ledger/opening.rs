//! Opening and migrating.

use super::*;
use std::os::unix::fs::PermissionsExt;

on_both_engines! {
    migrating_again_changes_nothing
    a_ledger_with_an_unknown_migration_is_refused
    a_ledger_with_a_changed_migration_is_refused
    a_migrated_ledger_answers
}

async fn migrating_again_changes_nothing(ledger: Ledger) {
    let export = queued(&ledger, "acme", at(0)).await;
    assert_eq!(ledger.migrate().await.unwrap(), 0);
    assert_eq!(found(&ledger, export.id).await, export);
}

async fn a_migrated_ledger_answers(ledger: Ledger) {
    ledger.ping().await.unwrap();
    ledger.require_migrated().await.unwrap();
}

async fn run(ledger: &Ledger, statement: &'static str) {
    let changed = match ledger {
        Ledger::Postgres(pool) => sqlx::query(statement).execute(pool).await.unwrap().rows_affected(),
        Ledger::Sqlite(pool) => sqlx::query(statement).execute(pool).await.unwrap().rows_affected(),
    };
    assert_eq!(changed, 1);
}

async fn a_ledger_with_an_unknown_migration_is_refused(ledger: Ledger) {
    run(&ledger, "update _sqlx_migrations set version = 9999 where version = 12").await;
    assert!(matches!(ledger.require_migrated().await, Err(LedgerError::NotMigrated)));
    assert!(matches!(ledger.migrate().await, Err(LedgerError::Migration(_))));
}

async fn a_ledger_with_a_changed_migration_is_refused(ledger: Ledger) {
    run(&ledger, "update _sqlx_migrations set checksum = (select checksum from _sqlx_migrations where version = 2) where version = 1").await;
    assert!(matches!(ledger.require_migrated().await, Err(LedgerError::NotMigrated)));
    assert!(matches!(ledger.migrate().await, Err(LedgerError::Migration(_))));
}

/// Six processes start at once on an empty database; the steps are applied once.
async fn migrate_at_once(url: &str) {
    let ledger = Ledger::open(&url.into()).await.unwrap();
    assert!(matches!(ledger.require_migrated().await, Err(LedgerError::NotMigrated)));
    let processes = (0..6).map(|_| {
        let url = url.to_owned();
        tokio::spawn(async move { Ledger::open(&url.into()).await.unwrap().migrate().await.unwrap() })
    });
    let mut counts: Vec<u64> = Vec::new();
    for process in processes.collect::<Vec<_>>() {
        counts.push(process.await.unwrap());
    }
    counts.sort_unstable();
    let steps = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).unwrap().count() as u64;
    assert_eq!(counts, [0, 0, 0, 0, 0, steps]);
    ledger.require_migrated().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_migrate_sqlite_at_once_apply_each_step_once() {
    migrate_at_once(&sqlite_url(&tempfile::tempdir().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_migrate_postgres_at_once_apply_each_step_once() {
    migrate_at_once(&postgres_url().await).await;
}

#[tokio::test]
async fn a_sqlite_ledger_is_readable_by_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = migrated(&sqlite_url(&directory)).await;
    queued(&ledger, "acme", at(0)).await;
    let mut names = Vec::new();
    for entry in directory.path().read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["ledger.db", "ledger.db-shm", "ledger.db-wal"]);
}

#[tokio::test]
async fn another_kind_of_database_is_refused() {
    for url in ["mysql://root@127.0.0.1/x", "ledger.db", ""] {
        assert!(matches!(Ledger::open(&url.into()).await, Err(LedgerError::UnknownScheme)), "{url}");
    }
}
