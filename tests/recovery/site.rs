//! An installation of workers without an API, each part of which can be put behind a wire.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use shared::{
    clock,
    config::QueueConfig,
    export::{CsvProfile, ExportId, Format, Layout, Origin, State, TenantId},
    ledger::{
        Ledger, Person,
        audit::{self, Actor},
        exports::{self, Export, NewExport, Requested},
        files,
        notifications::{self, Delivery, Notification},
    },
    queue::{Kind, Place, Queue},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;
use worker::archive::verify::verify;

use super::bulk;
use crate::support::{
    bucket::Bucket,
    mail_server::MailServer,
    object_store::ObjectStore,
    patience::{LONG, until},
    postgres::{Database, Postgres},
    program::{Invocation, Program, handover},
    redis::Redis,
    sealed,
};

static TEMPLATE: OnceCell<Database> = OnceCell::const_new();

/// The name of the one source.
pub(super) const SOURCE: &str = "bulk";

/// Ledger, queue, vault and mailbox of one test, with the shortest leases.
pub(super) struct Site {
    pub(super) ledger: Ledger,
    pub(super) queue: Queue,
    pub(super) bucket: Bucket,
    pub(super) variables: BTreeMap<String, String>,
    folder: TempDir,
}

impl Site {
    pub(super) async fn new(hint: &str) -> Site {
        let ledger = Site::ledger().await;
        Site::on(hint, &ledger.url, Redis::shared().await, &bulk::url().await).await
    }

    /// An empty ledger.
    pub(super) async fn ledger() -> Database {
        let template = TEMPLATE
            .get_or_init(async || {
                let database = Postgres::shared().await.create_database("site_template").await;
                Site::migrate(&database.url).await;
                database
            })
            .await;
        Postgres::shared().await.create_database_like("site", &template.name).await
    }

    /// Makes an empty database a ledger.
    pub(super) async fn migrate(url: &str) {
        let ledger = Ledger::open(&url.into()).await.unwrap();
        ledger.migrate().await.unwrap();
        let Ledger::Postgres(pool) = ledger else { unreachable!() };
        pool.close().await;
    }

    /// The same with servers of the test's own.
    pub(super) async fn on(hint: &str, ledger: &str, redis: &Redis, source: &str) -> Site {
        let bucket = Bucket::on(ObjectStore::moto().await, hint).await;
        let mail = MailServer::shared().await;
        let folder = tempfile::Builder::new().prefix("handover-site-").tempdir().unwrap();
        let catalog = folder.path().join("catalog.toml");
        std::fs::write(&catalog, bulk::CATALOG).unwrap();
        let prefix = redis.prefix("site");
        let config = QueueConfig {
            url: Some(redis.url().into()),
            prefix: prefix.clone(),
            lease: Duration::from_secs(5),
            ..QueueConfig::default()
        };
        let variables = [
            ("DATA_DIR", folder.path().join("data").display().to_string()),
            ("PUBLIC_URL", "http://127.0.0.1:1/".to_owned()),
            ("LEDGER__URL", ledger.to_owned()),
            ("QUEUE__URL", redis.url()),
            ("QUEUE__PREFIX", prefix),
            ("QUEUE__LEASE", "5s".to_owned()),
            ("VAULT__BUCKET", bucket.name.clone()),
            ("VAULT__ENDPOINT", bucket.store.endpoint.clone()),
            ("VAULT__PATH_STYLE", "true".to_owned()),
            ("VAULT__ACCESS_KEY_ID", bucket.store.access_key_id.to_owned()),
            ("VAULT__SECRET_ACCESS_KEY", bucket.store.secret_access_key.to_owned()),
            ("VAULT__PART_MEBIBYTES", "5".to_owned()),
            ("MAIL__URL", mail.url()),
            ("MAIL__FROM", "Exports <exports@product.example>".to_owned()),
            ("MAIL__CA_FILE", mail.authority().display().to_string()),
            ("LINKS__KEYS", format!("test:{}", STANDARD.encode([7; 32]))),
            ("ENCRYPTION__KEYS", format!("test:{}", STANDARD.encode([9; 32]))),
            ("WORKER__LEASE", "5s".to_owned()),
            ("WORKER__RECONCILE_EVERY", "1s".to_owned()),
            ("WORKER__RETRY_AFTER", "1s".to_owned()),
            ("SOURCES__BULK__URL", source.to_owned()),
            ("SOURCES__BULK__CATALOG", catalog.display().to_string()),
        ];
        Site {
            ledger: Ledger::open(&ledger.into()).await.unwrap(),
            queue: Queue::open(&config).await.unwrap(),
            bucket,
            variables: variables.map(|(name, value)| (format!("HANDOVER_{name}"), value)).into(),
            folder,
        }
    }

    /// A setting of the workers that are started from now on.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(format!("HANDOVER_{name}"), value.into());
    }

    pub(super) fn get(&self, name: &str) -> &str {
        &self.variables[&format!("HANDOVER_{name}")]
    }

    /// Starts a worker and waits until it has begun.
    pub(super) async fn worker(&self) -> Program {
        self.begin(handover(&["worker"])).await
    }

    /// Starts a program that becomes a worker.
    pub(super) async fn begin(&self, program: Invocation) -> Program {
        let program = self.variables.iter().fold(program, |program, (name, value)| program.set(name, value));
        let mut program = program.start();
        program.says("The worker begins", LONG).await;
        program
    }

    /// Asks for an export of this tenant and rings for it.
    pub(super) async fn ask(&self, tenant: &str, notify: &str) -> ExportId {
        self.ask_for(tenant, notify, &["csv"]).await
    }

    /// The same in other formats.
    pub(super) async fn ask_for(&self, tenant: &str, notify: &str, formats: &[&str]) -> ExportId {
        let formats = formats.iter().map(|format| format.parse::<Format>().unwrap()).collect();
        let new = NewExport { notify: vec![notify.to_owned()], ..self.wish(tenant, formats) };
        self.request(new).await
    }

    /// A request of which nobody is told.
    pub(super) fn wish(&self, tenant: &str, formats: Vec<Format>) -> NewExport {
        NewExport {
            id: Uuid::now_v7(),
            source: SOURCE.into(),
            tenant: TenantId::new(tenant).unwrap(),
            subject: Person::default(),
            origin: Origin::Operator,
            formats,
            csv_profile: CsvProfile::Lossless,
            layout: Layout::Zip,
            compression: None,
            language: shared::language::Language::English,
            notify: Vec::new(),
            requested_by: None,
            schedule_id: None,
            idempotency: None,
        }
    }

    pub(super) async fn request(&self, new: NewExport) -> ExportId {
        match exports::request(&self.ledger, new, Actor::named("cli"), clock::now()).await.unwrap() {
            Requested::New(export) => {
                // A Redis that is down is what some tests are about.
                let _rung = self.queue.ring(Kind::Export, Place::Anywhere, export.id).await;
                export.id
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn show(&self, id: ExportId) -> Export {
        exports::find(&self.ledger, id).await.unwrap().unwrap()
    }

    /// Looks at an export until it is as wanted.
    pub(super) async fn until(&self, id: ExportId, what: &str, wanted: impl Fn(&Export) -> bool) -> Export {
        let mut last = None;
        let came = tokio::time::timeout(LONG, async {
            loop {
                if let Ok(Some(export)) = exports::find(&self.ledger, id).await {
                    if wanted(&export) {
                        return export;
                    }
                    last = Some(export);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        match came.await {
            Ok(export) => export,
            Err(_) => panic!("waited in vain for {what}: {last:?}"),
        }
    }

    pub(super) async fn until_state(&self, id: ExportId, state: State) -> Export {
        let export = self.until(id, state.as_str(), |export| export.state == state || export.state.is_final()).await;
        assert_eq!(export.state, state, "{:?} {:?}", export.reason_code, export.reason);
        export
    }

    pub(super) async fn mails(&self, id: ExportId) -> Vec<Notification> {
        notifications::of_export(&self.ledger, id).await.unwrap()
    }

    /// Waits until no mail is owed any more and nothing lost is left to clear away.
    pub(super) async fn until_quiet(&self, what: &str) {
        let owed =
            "select (select count(*) from uploads) + (select count(*) from notifications where delivery = 'pending')";
        until(&format!("everything to be over: {what}"), LONG, async || {
            let Ledger::Postgres(pool) = &self.ledger else { unreachable!() };
            let left: i64 = sqlx::query_scalar(owed).fetch_one(pool).await.ok()?;
            (left == 0).then_some(())
        })
        .await;
    }

    /// The export is ready with one archive that verifies and holds every row, told in one mail; every attempt has a beginning and an end.
    pub(super) async fn assert_delivered(&self, id: ExportId, tenant: &str, owner: &str, what: &str) -> Export {
        let export = self.until_state(id, State::Ready).await;
        self.until_quiet(what).await;
        let kept = files::of_export(&self.ledger, id).await.unwrap();
        let [file] = kept.as_slice() else { panic!("{what}: {kept:?}") };
        assert_eq!(file.attempt, export.attempt, "{what}");
        let zip = self.folder.path().join(format!("{id}.zip"));
        let content = sealed::read(self.variables.clone(), &self.ledger, file).await.unwrap();
        std::fs::write(&zip, content).unwrap();
        let verified = verify(&zip).unwrap_or_else(|problems| panic!("{what}: {problems:?}"));
        let pages = verified.manifest.tables.iter().find(|table| table.table == "pages").unwrap();
        assert_eq!(pages.rows, bulk::rows(tenant), "{what}");

        let mails = self.mails(id).await;
        assert_eq!(mails.iter().map(|mail| mail.delivery).collect::<Vec<_>>(), [Delivery::Sent], "{what}");
        // A mail may come twice when its worker dies between the relay's answer and the note of it; it is one mail all the same.
        let received = MailServer::shared().await.received(owner);
        let number = |mail: &String| {
            mail.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap().to_owned()
        };
        let numbers: BTreeSet<String> = received.iter().map(number).collect();
        assert_eq!(numbers.len(), 1, "{what}: {received:?}");
        self.assert_audit_is_complete(id, what).await;
        export
    }

    /// The vault holds the archives of these exports and nothing else.
    pub(super) async fn assert_keeps_only(&self, exports: &[ExportId], what: &str) {
        let mut known = BTreeSet::new();
        for id in exports {
            known.extend(files::of_export(&self.ledger, *id).await.unwrap().into_iter().map(|file| file.object_key));
        }
        let kept: BTreeSet<String> = self.bucket.keys().await.into_iter().collect();
        assert_eq!(kept, known, "{what}");
        assert_eq!(self.bucket.unfinished().await, 0, "{what}");
    }

    /// Every attempt was claimed once and ended once, in order.
    pub(super) async fn assert_audit_is_complete(&self, id: ExportId, what: &str) {
        let events = audit::of_export(&self.ledger, id).await.unwrap();
        let told: Vec<(String, i64)> = events
            .iter()
            .filter(|event| event.action.starts_with("export."))
            .map(|event| (event.action.clone(), event.detail.0.get("attempt").and_then(Value::as_i64).unwrap_or(0)))
            .collect();
        let (first, attempts) = told.split_first().unwrap();
        assert_eq!(first.0, "export.requested", "{what}");
        let attempts: Vec<_> = attempts.iter().filter(|(action, _)| action != "export.cancel_requested").collect();
        for (number, pair) in attempts.chunks(2).enumerate() {
            let number = i64::try_from(number).unwrap() + 1;
            let [claimed, ended] = pair else { panic!("{what}: an attempt has no end: {told:?}") };
            assert_eq!(**claimed, ("export.claimed".to_owned(), number), "{what}: {told:?}");
            let ends = ["worker_lost", "handed_over", "postponed", "ready", "failed", "cancelled"];
            let end = ended.0.strip_prefix("export.").unwrap();
            assert!(ends.contains(&end) && ended.1 == number, "{what}: {told:?}");
        }
    }
}
