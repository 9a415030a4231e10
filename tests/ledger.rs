//! The ledger, every guarantee on both engines.

/// Runs each test on a migrated ledger of its own: once in SQLite, once in PostgreSQL.
macro_rules! on_both_engines {
    ($($test:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let directory = tempfile::tempdir().unwrap();
                super::$test($crate::ledger::migrated(&$crate::ledger::sqlite_url(&directory)).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::ledger::migrated(&$crate::ledger::postgres_url().await).await).await;
            })+
        }
    };
}

mod attempts;
mod audit;
mod cancelling;
mod codes;
mod cool_down;
mod data_keys;
mod fairness;
mod figures;
mod files;
mod keys;
mod links;
mod lists;
mod notifications;
mod opening;
mod operators;
mod overview;
mod recipients;
mod recovery;
mod reminders;
mod requests;
mod retention;
mod retrying;
mod schedules;
mod signs_of_life;
mod source_checks;
mod tokens;
mod webhooks;

use crate::support::postgres::Postgres;
use chrono::{DateTime, TimeDelta, Utc};
use shared::export::{CsvProfile, ExportId, Format, Layout, Origin, TenantId};
use shared::ledger::audit::Actor;
use shared::ledger::exports::{self, Deletion, Export, NewExport, Requested};
use shared::ledger::files::NewFile;
use shared::ledger::{Ledger, LedgerError, Person};
use std::time::Duration;
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(60);
const NO_EXPORTS: [ExportId; 0] = [];

/// The exports that a doorbell should be rung for.
async fn due(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Vec<ExportId> {
    exports::due(ledger, limit, now).await.unwrap().into_iter().map(|due| due.id).collect()
}

fn sqlite_url(directory: &tempfile::TempDir) -> String {
    format!("sqlite://{}", directory.path().join("ledger.db").display())
}

async fn postgres_url() -> String {
    Postgres::shared().await.create_database("ledger").await.url
}

async fn migrated(url: &str) -> Ledger {
    let ledger = Ledger::open(&url.into()).await.unwrap();
    ledger.migrate().await.unwrap();
    ledger
}

/// So many seconds after the tests' first moment.
fn at(seconds: i64) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2026-01-02T03:04:05.000100Z".parse().unwrap();
    first + TimeDelta::seconds(seconds)
}

fn portal() -> Actor {
    Actor { name: "key:hk_portal22".into(), address: Some("192.0.2.7".into()), request_id: Some("r-1".into()) }
}

fn wish(tenant: &str) -> NewExport {
    NewExport {
        id: Uuid::now_v7(),
        source: "shop".into(),
        tenant: TenantId::new(tenant).unwrap(),
        subject: Person::default(),
        origin: Origin::Portal,
        formats: vec![Format::Sql, Format::Csv, Format::Sql],
        csv_profile: CsvProfile::Spreadsheet,
        layout: Layout::Zip,
        compression: None,
        language: shared::language::Language::English,
        notify: vec!["ann@example.com".into(), "bob@example.com".into(), "ann@example.com".into()],
        requested_by: Some(Uuid::from_u128(7)),
        schedule_id: None,
        idempotency: None,
    }
}

/// Enters a request for the tenant at `now`.
async fn queued(ledger: &Ledger, tenant: &str, now: DateTime<Utc>) -> Export {
    match exports::request(ledger, wish(tenant), portal(), now).await.unwrap() {
        Requested::New(export) => export,
        other => panic!("{other:?}"),
    }
}

/// An export that the worker `w1` has claimed at `at(0)`.
async fn running(ledger: &Ledger, tenant: &str) -> Export {
    let export = queued(ledger, tenant, at(0)).await;
    exports::claim(ledger, export.id, "w1", LEASE, at(0)).await.unwrap().unwrap()
}

/// A ready export with one file, whose archive ends at `at(1000)`.
async fn ready(ledger: &Ledger, tenant: &str) -> Export {
    let export = running(ledger, tenant).await;
    let files = [archive(tenant)];
    exports::complete(ledger, export.id, 1, &files, at(1000), at(10)).await.unwrap();
    found(ledger, export.id).await
}

/// The number of a ready export that was made at `made`, in any ledger.
pub(crate) async fn ready_export(ledger: &Ledger, made: DateTime<Utc>) -> ExportId {
    let export = queued(ledger, "acme", made).await;
    exports::claim(ledger, export.id, "w1", LEASE, made).await.unwrap().unwrap();
    let end = made + TimeDelta::days(1);
    exports::complete(ledger, export.id, 1, &[archive("acme")], end, made).await.unwrap();
    export.id
}

/// Ends an export's time at `now` and deletes its archive; `false` if that was done before.
async fn expired(ledger: &Ledger, id: ExportId, now: DateTime<Utc>) -> bool {
    exports::end_now(ledger, id, portal(), now).await.unwrap();
    exports::begin_deletion(ledger, id, now).await.unwrap();
    exports::expire(ledger, id, now).await.unwrap()
}

fn archive(name: &str) -> NewFile {
    NewFile {
        name: format!("{name}.zip"),
        object_key: format!("archives/{name}"),
        bytes: 5_000_000_000,
        sha256: [0xab; 32],
        content_type: "application/zip".into(),
        ..NewFile::default()
    }
}

async fn found(ledger: &Ledger, id: ExportId) -> Export {
    exports::find(ledger, id).await.unwrap().unwrap()
}

fn is_fenced<T>(result: Result<T, LedgerError>, with: i64) -> bool {
    matches!(result, Err(LedgerError::Fenced { attempt }) if attempt == with)
}

async fn actions(ledger: &Ledger, id: ExportId) -> Vec<String> {
    let events = shared::ledger::audit::of_export(ledger, id).await.unwrap();
    events.into_iter().map(|event| event.action).collect()
}
