//! What the tests of schedules work with: workers in this process on a ledger, and sources with a table of tenants.

use crate::slicing::desk;
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    config::{Config, Role},
    export::{CsvProfile, Format, Layout, State},
    ledger::{
        Ledger,
        audit::Actor,
        exports::{self, Export, Filter},
        schedules::{self, Plan, Run, Schedule},
    },
    link::LinkSigner,
    queue::Queue,
    retention::Retention,
    schedule::{Recurrence, Tenants},
    vault::Vault,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;
use worker::{context::Context, schedule};

pub(super) const LEASE: Duration = Duration::from_secs(60);

/// A folder with a catalog and an embedded ledger, unless the ledger is told.
pub(super) struct Desk {
    pub(super) folder: TempDir,
    pub(super) context: Arc<Context>,
    source: (String, &'static str),
    ledger_url: Option<String>,
}

/// A shop whose table of tenants is this.
pub(super) fn tenants_of(keys: &[&str]) -> String {
    let rows: Vec<String> = keys.iter().map(|key| format!("('{}')", key.replace('\'', "''"))).collect();
    let insert = if rows.is_empty() { String::new() } else { format!("insert into shops values {}", rows.join(", ")) };
    format!("create table shops (id varchar(200) primary key); {insert}")
}

pub(super) fn catalog(engine: &str) -> String {
    format!(
        "version = 1\nengine = \"{engine}\"\n[tenant]\ntable = \"shops\"\nkey = \"id\"\n[tables.shops]\nowner.column = \"id\"\n"
    )
}

impl Desk {
    /// One on a SQLite source with these tenants.
    pub(super) async fn sqlite(keys: &[&str]) -> (Desk, TempDir) {
        let (folder, url) = desk::sqlite(&tenants_of(keys)).await;
        (Desk::of(url, "sqlite", None).await, folder)
    }

    pub(super) async fn of(source: String, engine: &'static str, ledger_url: Option<String>) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("catalog.toml"), catalog(engine)).unwrap();
        let context = context(folder.path(), Some(&source), ledger_url.as_deref()).await;
        context.ledger.migrate().await.unwrap();
        Desk { folder, context: Arc::new(context), source: (source, engine), ledger_url }
    }

    /// Another worker of the same installation, which serves the source or does not.
    pub(super) async fn colleague(&self, serves: bool) -> Arc<Context> {
        let source = serves.then_some(self.source.0.as_str());
        Arc::new(context(self.folder.path(), source, self.ledger_url.as_deref()).await)
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.folder.path().join("catalog.toml")
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.context.ledger
    }

    /// A schedule, made at `noon()`.
    pub(super) async fn schedule(&self, plan: Plan) -> Schedule {
        let recurrence = Recurrence::parse(&plan.cron, &plan.time_zone).unwrap();
        schedules::create(self.ledger(), &plan, &recurrence, None, Actor::named("cli"), noon()).await.unwrap()
    }

    pub(super) async fn turn(&self, now: DateTime<Utc>) {
        schedule::once(&self.context, now).await.unwrap();
    }

    pub(super) async fn reread(&self, id: Uuid) -> Schedule {
        schedules::find(self.ledger(), id).await.unwrap().unwrap()
    }

    pub(super) async fn runs(&self, id: Uuid) -> Vec<Run> {
        schedules::recent_runs(self.ledger(), id, 100).await.unwrap()
    }

    pub(super) async fn exports(&self) -> Vec<Export> {
        exports::list(self.ledger(), &Filter { limit: 100_000, ..Filter::default() }).await.unwrap()
    }

    /// The tenants that have an export, each as often as it has, sorted.
    pub(super) async fn exported(&self) -> Vec<String> {
        let mut tenants: Vec<String> =
            self.exports().await.into_iter().map(|export| export.tenant.as_str().to_owned()).collect();
        tenants.sort();
        tenants
    }

    /// Ends every queued export as ready or failed.
    pub(super) async fn end_all(&self, ready: bool, now: DateTime<Utc>) {
        for export in self.exports().await.into_iter().filter(|export| export.state == State::Queued) {
            let claimed = exports::claim(self.ledger(), export.id, "w", LEASE, now).await.unwrap().unwrap();
            if ready {
                let end = now + TimeDelta::days(9);
                exports::complete(self.ledger(), export.id, claimed.attempt, &[], end, now).await.unwrap();
            } else {
                exports::fail(self.ledger(), export.id, claimed.attempt, "source_refused", "no", now).await.unwrap();
            }
        }
    }
}

async fn context(folder: &Path, source: Option<&str>, ledger_url: Option<&str>) -> Context {
    let mut variables = vec![
        ("HANDOVER_DATA_DIR".to_owned(), folder.display().to_string()),
        ("HANDOVER_PRODUCT".to_owned(), "Shop & Co".to_owned()),
    ];
    if let Some(url) = source {
        variables.push(("HANDOVER_SOURCES__SHOP__URL".to_owned(), url.to_owned()));
        let catalog = folder.join("catalog.toml").display().to_string();
        variables.push(("HANDOVER_SOURCES__SHOP__CATALOG".to_owned(), catalog));
    }
    if let Some(url) = ledger_url {
        variables.push(("HANDOVER_LEDGER__URL".to_owned(), url.to_owned()));
    }
    let config = Config::read(None, variables, Role::Serve).unwrap();
    let ledger = Ledger::open(&config.ledger_url()).await.unwrap();
    let queue = Queue::open(&config.queue).await.unwrap();
    let (vault, signer) = (Vault::open(&config).await.unwrap(), LinkSigner::open(&config).unwrap());
    Context::new(config, ledger, queue, vault, signer).unwrap()
}

/// Every hour at its full, for every tenant.
pub(super) fn hourly() -> Plan {
    Plan {
        name: "nightly".into(),
        source: "shop".into(),
        cron: "0 * * * *".into(),
        time_zone: "UTC".into(),
        tenants: Tenants::Every,
        formats: Format::USUAL.to_vec(),
        csv_profile: CsvProfile::Lossless,
        layout: Layout::Zip,
        compression: None,
        language: shared::language::Language::English,
        retention: Retention::default(),
        notify: vec!["ops@shop.example".into()],
        jitter: 0,
        pause_after: 3,
        paused: false,
    }
}

pub(super) fn noon() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// So many hours after noon, which is when the first run is due: at 1.
pub(super) fn hours(hours: i64) -> DateTime<Utc> {
    noon() + TimeDelta::hours(hours)
}
