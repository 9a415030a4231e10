//! A grown installation: processes of the real program on PostgreSQL, Redis, S3 and SMTP.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use super::{
    bucket::Bucket,
    mail_server::MailServer,
    object_store::ObjectStore,
    patience::{LONG, until},
    port,
    portal::Portal,
    postgres::{Database, Postgres},
    program::{Ended, Invocation, Program, handover},
    redis::Redis,
    secrets,
};

/// What is to be installed.
pub(crate) struct Blueprint {
    ledger: Database,
    bucket: Bucket,
    folder: TempDir,
    shared: BTreeMap<String, String>,
    sources: BTreeMap<String, String>,
    of_api: BTreeMap<String, String>,
    migrated_by: Option<String>,
    apis: usize,
    workers: usize,
    strangers: usize,
}

/// A running installation. Its processes end with it.
pub(crate) struct Grown {
    pub(crate) bucket: Bucket,
    pub(crate) apis: Vec<Portal>,
    pub(crate) workers: Vec<Worker>,
    ledger: Database,
    shared: BTreeMap<String, String>,
    addresses: Vec<Url>,
    api_programs: Vec<Program>,
    _folder: TempDir,
}

/// A worker process.
pub(crate) struct Worker {
    /// As the ledger names it.
    pub(crate) id: String,
    pub(crate) program: Program,
}

impl Blueprint {
    /// One API and one worker without a source, on the shared servers, with the shortest leases.
    pub(crate) async fn new(hint: &str) -> Blueprint {
        let bucket = Bucket::on(ObjectStore::moto().await, hint).await;
        Blueprint::storing_in(bucket, "AES256").await
    }

    /// The same with a vault of the test's choice.
    pub(crate) async fn storing_in(bucket: Bucket, encryption: &str) -> Blueprint {
        let (redis, mail) = (Redis::shared().await, MailServer::shared().await);
        let ledger = Postgres::shared().await.create_database("ledger").await;
        let folder = tempfile::Builder::new().prefix("handover-grown-").tempdir().unwrap();
        let keys = format!("test:{}", STANDARD.encode([7; 32]));
        secrets::keep("a key of links", &STANDARD.encode([7; 32]));
        secrets::keep("a key-encryption key", &STANDARD.encode([9; 32]));
        secrets::keep("a password", bucket.store.secret_access_key);
        let shared = [
            ("DATA_DIR", folder.path().join("data").display().to_string()),
            ("PRODUCT", "CepPro".to_owned()),
            ("LEDGER__URL", ledger.url.clone()),
            ("QUEUE__URL", redis.url()),
            ("QUEUE__PREFIX", redis.prefix("journey")),
            ("QUEUE__LEASE", "5s".to_owned()),
            ("VAULT__BUCKET", bucket.name.clone()),
            ("VAULT__REGION", bucket.store.region.to_owned()),
            ("VAULT__ENDPOINT", bucket.store.endpoint.clone()),
            ("VAULT__PATH_STYLE", "true".to_owned()),
            ("VAULT__ACCESS_KEY_ID", bucket.store.access_key_id.to_owned()),
            ("VAULT__SECRET_ACCESS_KEY", bucket.store.secret_access_key.to_owned()),
            ("VAULT__ENCRYPTION", encryption.to_owned()),
            ("MAIL__URL", mail.url()),
            ("MAIL__FROM", "CepPro exports <exports@ceppro.example>".to_owned()),
            ("MAIL__CA_FILE", mail.authority().display().to_string()),
            ("LINKS__KEYS", keys),
            ("ENCRYPTION__KEYS", format!("test:{}", STANDARD.encode([9; 32]))),
            ("WORKER__LEASE", "5s".to_owned()),
            ("WORKER__RECONCILE_EVERY", "1s".to_owned()),
            // A test looks at its exports more often than a product does.
            ("LIMITS__REQUESTS_PER_MINUTE", "0".to_owned()),
            ("LIMITS__EXPORTS_PER_MINUTE", "0".to_owned()),
            ("LIMITS__DOWNLOADS_PER_MINUTE", "0".to_owned()),
        ];
        let shared = shared.map(|(name, value)| (format!("HANDOVER_{name}"), value)).into();
        Blueprint {
            ledger,
            bucket,
            folder,
            shared,
            sources: BTreeMap::new(),
            of_api: BTreeMap::new(),
            migrated_by: None,
            apis: 1,
            workers: 1,
            strangers: 0,
        }
    }

    /// Adds a source to the workers.
    pub(crate) fn source(mut self, name: &str, url: &str, catalog: &str) -> Blueprint {
        let file = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, catalog).unwrap();
        let variable = |part: &str| format!("HANDOVER_SOURCES__{}__{part}", name.to_uppercase());
        self.sources.insert(variable("URL"), url.to_owned());
        self.sources.insert(variable("CATALOG"), file.display().to_string());
        self
    }

    /// Sets something of a source.
    pub(crate) fn of_source(mut self, name: &str, setting: &str, value: &str) -> Blueprint {
        self.sources.insert(format!("HANDOVER_SOURCES__{}__{setting}", name.to_uppercase()), value.to_owned());
        self
    }

    pub(crate) fn processes(mut self, apis: usize, workers: usize) -> Blueprint {
        (self.apis, self.workers) = (apis, workers);
        self
    }

    /// Adds workers that serve none of the sources.
    pub(crate) fn strangers(mut self, strangers: usize) -> Blueprint {
        self.strangers = strangers;
        self
    }

    /// Sets a variable of every process.
    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Blueprint {
        self.shared.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a variable of the API alone.
    pub(crate) fn of_api(mut self, name: &str, value: &str) -> Blueprint {
        self.of_api.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Migrates the ledger under another URL.
    pub(crate) fn migrated_by(mut self, url: &str) -> Blueprint {
        self.migrated_by = Some(url.to_owned());
        self
    }

    /// The ledger's database.
    pub(crate) fn ledger_name(&self) -> &str {
        &self.ledger.name
    }

    /// The ledger, as its superuser.
    pub(crate) fn ledger_url(&self) -> &str {
        &self.ledger.url
    }

    /// Where the vault is.
    pub(crate) fn endpoint(&self) -> &str {
        &self.bucket.store.endpoint
    }

    /// Mails go to a server of the test's own.
    pub(crate) fn mailing(self, server: &MailServer) -> Blueprint {
        let authority = server.authority().display().to_string();
        self.set("HANDOVER_MAIL__URL", server.url()).set("HANDOVER_MAIL__CA_FILE", authority)
    }

    /// Migrates the ledger, makes a key, starts every process and waits until the whole is ready.
    pub(crate) async fn build(mut self) -> Grown {
        let listens: Vec<String> = (0..self.apis).map(|_| format!("127.0.0.1:{}", port::free())).collect();
        let addresses: Vec<Url> = listens.iter().map(|listen| format!("http://{listen}/").parse().unwrap()).collect();
        self.shared.insert("HANDOVER_PUBLIC_URL".into(), addresses[0].to_string());

        let migrate = with(handover(&["migrate"]), &self.shared);
        let migrate = match &self.migrated_by {
            Some(url) => migrate.set("HANDOVER_LEDGER__URL", url),
            None => migrate,
        };
        let migrated = migrate.run().await;
        assert!(migrated.status.success(), "{migrated:?}");
        let create = ["key", "create", "--name", "tests", "--scope", "exports:write", "--scope", "exports:read"];
        let created = with(handover(&create), &self.shared).run().await;
        assert!(created.status.success(), "{created:?}");
        let key = created.stdout.trim();

        // The API refuses what it has no use for.
        let mut of_api = self.shared.clone();
        of_api.retain(|name, _| !["HANDOVER_MAIL__URL", "HANDOVER_SIGNING__KEY_FILE"].contains(&name.as_str()));
        of_api.extend(self.of_api);
        let mut grown = Grown {
            apis: addresses.iter().map(|address| Portal::new(address, key)).collect(),
            workers: Vec::new(),
            bucket: self.bucket,
            ledger: self.ledger,
            addresses,
            api_programs: listens
                .iter()
                .map(|listen| with(handover(&["api"]), &of_api).set("HANDOVER_LISTEN", listen).start())
                .collect(),
            shared: self.shared,
            _folder: self.folder,
        };
        let worker = || with(handover(&["worker"]), &grown.shared);
        let strangers = (0..self.strangers).map(|_| worker().start());
        let programs: Vec<Program> =
            strangers.chain((0..self.workers).map(|_| with(worker(), &self.sources).start())).collect();
        for mut program in programs {
            let line = program.says("The worker begins", LONG).await;
            // As text or as JSON.
            let rest = line.split_once("worker=").or_else(|| line.split_once("\"worker\":"));
            let id = rest.and_then(|(_, rest)| rest.trim_matches('"').split(['"', ' ']).next());
            let id = id.unwrap_or_else(|| panic!("no id in {line}")).to_owned();
            grown.workers.push(Worker { id, program });
        }
        for api in &grown.apis {
            api.until_ready().await;
        }
        grown
    }
}

impl Grown {
    /// Another command of this installation's operator.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Ended {
        self.commanding(arguments).run().await
    }

    /// The same before it is started.
    pub(crate) fn commanding(&self, arguments: &[&str]) -> Invocation {
        let listen = format!("127.0.0.1:{}", self.addresses[0].port().unwrap());
        with(handover(arguments), &self.shared).set("HANDOVER_LISTEN", listen)
    }

    /// The programs of the API.
    pub(crate) fn api_programs(&mut self) -> &mut [Program] {
        &mut self.api_programs
    }

    /// One value from the ledger.
    pub(crate) async fn ledger<T>(&self, query: &str) -> T
    where
        T: Send + Unpin + sqlx::Type<sqlx::Postgres> + for<'row> sqlx::Decode<'row, sqlx::Postgres>,
    {
        let mut ledger = PgConnection::connect(&self.ledger.url).await.unwrap();
        let value = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&mut ledger).await.unwrap();
        ledger.close().await.unwrap();
        value
    }

    /// Does something to the ledger that Handover itself would not do.
    pub(crate) async fn change_ledger(&self, statements: &str) {
        let mut ledger = PgConnection::connect(&self.ledger.url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut ledger).await.unwrap();
        ledger.close().await.unwrap();
    }

    /// The worker that the ledger says is running an export.
    pub(crate) async fn take_worker_of(&mut self, export: &str) -> Worker {
        let id: String = self.ledger(&format!("select worker from exports where id = '{export}'")).await;
        let place = self.workers.iter().position(|worker| worker.id == id).unwrap();
        self.workers.remove(place)
    }

    /// Everything that this installation keeps is the archives of these exports, one object each, and no remains:
    /// those of attempts that failed are swept away soon.
    pub(crate) async fn assert_keeps_only(&self, exports: &[&str]) {
        until("the remains of attempts to be swept away", LONG, async || {
            (self.ledger::<i64>("select count(*) from uploads").await == 0).then_some(())
        })
        .await;
        let mut kept: Vec<String> = self.bucket.keys().await;
        kept.sort();
        let mut known = Vec::new();
        for export in exports {
            let key = format!("select object_key from files where export_id = '{export}' and deleted_at is null");
            known.push(self.ledger::<String>(&key).await);
        }
        known.sort();
        assert_eq!(kept, known);
        assert_eq!(self.bucket.unfinished().await, 0);
    }

    /// Everything that the running processes have logged.
    pub(crate) fn logs(&self) -> String {
        let workers = self.workers.iter().map(|worker| worker.program.stderr());
        self.api_programs.iter().map(Program::stderr).chain(workers).collect()
    }
}

fn with(invocation: Invocation, variables: &BTreeMap<String, String>) -> Invocation {
    variables.iter().fold(invocation, |invocation, (name, value)| invocation.set(name, value))
}
