//! An API in this process, on embedded parts in a temporary folder, without a worker.

use super::{
    client::{Answer, Client},
    secrets,
};
use api::{Context, Server};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    config::{Config, LimitConfig},
    export::{CsvProfile, Engine, Format, Layout, Origin, TenantId},
    keyring::Keyring,
    ledger::{
        Ledger, Person,
        audit::Actor,
        exports::{self, Export, Filter, NewExport, Requested},
        files::NewFile,
        keys::{self, KeyScope, NewKey},
        links::{self, Link},
        recipients,
        sources::{self, Source},
        workers,
    },
    link::{LinkSigner, Protection},
    queue::Queue,
    vault::{ObjectKey, Vault},
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

/// A running API; stops when dropped.
pub(crate) struct Api {
    /// A caller without a key.
    pub(crate) anyone: Client,
    pub(crate) ledger: Ledger,
    pub(crate) vault: Vault,
    pub(crate) signer: LinkSigner,
    pub(crate) folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<Result<(), api::ApiError>>>,
}

impl Api {
    /// Starts one that knows the source `shop`.
    pub(crate) async fn start() -> Api {
        Api::start_with(|_| {}).await
    }

    /// Starts one whose configuration `adjust` has the last word on.
    pub(crate) async fn start_with(adjust: impl FnOnce(&mut Config)) -> Api {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: folder.path().to_owned(),
            product: "Phone & Repair".into(),
            // Hundreds of tests come from one address.
            limits: LimitConfig::default().unlimited(),
            ..Config::default()
        };
        adjust(&mut config);
        let ledger = Ledger::open(&config.ledger_url()).await.unwrap();
        ledger.migrate().await.unwrap();
        let vault = Vault::open(&config).await.unwrap();
        let signer = LinkSigner::open(&config).unwrap();
        let queue = Queue::open(&config.queue).await.unwrap();
        let source = Source { name: "shop".into(), engine: Engine::Sqlite, exports: 2, seen_at: now() };
        sources::announce(&ledger, &[source]).await.unwrap();

        let keyring = Keyring::open(&config).unwrap();
        let context =
            Context { config, ledger: ledger.clone(), queue, vault: vault.clone(), keyring, signer: signer.clone() };
        let server = Server::bind(context, Some(folder.path().join("mailbox"))).unwrap();
        let anyone = Client::new(format!("http://{}", server.address()));
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Api { anyone, ledger, vault, signer, folder, stop: Some(stop), running: Some(running) }
    }

    /// Asks the server to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap().unwrap();
    }

    /// A caller with a new key for everything.
    pub(crate) async fn admin(&self) -> Client {
        self.caller(&[KeyScope::Admin], None).await
    }

    /// A caller with a new key for these scopes, bound to a source and a tenant if given.
    pub(crate) async fn caller(&self, scopes: &[KeyScope], bound: Option<(&str, &str)>) -> Client {
        self.anyone.with_key(&self.key(scopes, bound, None).await)
    }

    /// The text of a new key.
    pub(crate) async fn key(
        &self,
        scopes: &[KeyScope],
        bound: Option<(&str, &str)>,
        expires_at: Option<DateTime<Utc>>,
    ) -> String {
        let new = NewKey {
            name: "test".into(),
            role: None,
            scopes: scopes.to_vec(),
            source: bound.map(|(source, _)| source.into()),
            tenant: bound.map(|(_, tenant)| tenant.into()),
            expires_at,
        };
        let (_, text) = keys::create(&self.ledger, new, Actor::named("cli"), now() - TimeDelta::days(2)).await.unwrap();
        secrets::keep("an API key", text.expose_secret());
        text.expose_secret().to_owned()
    }

    /// Fetches what is no part of the API and so not in its document: files of pages, the demo's mailbox.
    pub(crate) async fn undocumented(&self, path: &str) -> Answer {
        self.anyone.fetch(path).await
    }

    /// Every export there is.
    pub(crate) async fn exports(&self) -> Vec<Export> {
        exports::list(&self.ledger, &Filter { limit: 1000, ..Filter::default() }).await.unwrap()
    }

    /// A queued export of the source `shop`.
    pub(crate) async fn queued(&self, tenant: &str) -> Export {
        self.queued_of(tenant, Person::default()).await
    }

    /// The same for one person in the tenant's data.
    async fn queued_of(&self, tenant: &str, subject: Person) -> Export {
        let new = NewExport {
            id: Uuid::now_v7(),
            source: "shop".into(),
            tenant: TenantId::new(tenant).unwrap(),
            subject,
            origin: Origin::Operator,
            formats: Format::USUAL.to_vec(),
            csv_profile: CsvProfile::Lossless,
            layout: Layout::Zip,
            compression: None,
            language: shared::language::Language::English,
            notify: Vec::new(),
            requested_by: None,
            schedule_id: None,
            idempotency: None,
        };
        match exports::request(&self.ledger, new, Actor::default(), now()).await.unwrap() {
            Requested::New(export) => export,
            other => panic!("{other:?}"),
        }
    }

    /// An export of the source `shop` whose archive is `content` and is kept until `expires_at`.
    pub(crate) async fn ready(&self, tenant: &str, content: &'static [u8], expires_at: DateTime<Utc>) -> Export {
        self.ready_of(tenant, Person::default(), content, expires_at).await
    }

    /// The same for one person in the tenant's data.
    pub(crate) async fn ready_of(
        &self,
        tenant: &str,
        subject: Person,
        content: &'static [u8],
        expires_at: DateTime<Utc>,
    ) -> Export {
        let id = self.queued_of(tenant, subject).await.id;
        let export = exports::claim(&self.ledger, id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
        self.finish(&export, content, expires_at).await
    }

    /// Completes an export that a worker has begun.
    pub(crate) async fn finish(&self, export: &Export, content: &'static [u8], expires_at: DateTime<Utc>) -> Export {
        let id = export.id;
        let key = ObjectKey::random("archives", export.attempt);
        let sha256: [u8; 32] = Sha256::digest(content).into();
        if let Vault::Directory(_) = self.vault {
            let mut upload = self.vault.upload(&key, "application/zip", "export.zip").await.unwrap();
            upload.write(Bytes::from_static(content)).await.unwrap();
            upload.finish(sha256).await.unwrap();
        }
        let locked = !recipients::settle(&self.ledger, export, now()).await.unwrap().is_empty();
        let file = NewFile {
            name: format!("phone-repair-export.zip{}", if locked { ".age" } else { "" }),
            object_key: key.as_str().into(),
            bytes: content.len() as u64,
            sha256,
            content_type: "application/zip".into(),
            ..NewFile::default()
        };
        exports::complete(&self.ledger, id, export.attempt, &[file], expires_at, now()).await.unwrap();
        exports::find(&self.ledger, id).await.unwrap().unwrap()
    }

    /// A link to an export, and the path it is followed at.
    pub(crate) async fn link(&self, export: &Export, expires_at: DateTime<Utc>) -> (Link, String) {
        let (token, signed) = self.signer.mint();
        let link = Link {
            id: Uuid::now_v7(),
            export_id: export.id,
            token_hash: signed.hash.to_vec(),
            created_at: now() - TimeDelta::hours(1),
            expires_at,
            revoked_at: None,
            downloads: 0,
            download_limit: None,
            protection: Protection::None,
            recipient: None,
        };
        links::insert(&self.ledger, &link, Actor::default()).await.unwrap();
        secrets::keep(secrets::LINK, token.expose_secret());
        (link, format!("/d/{}", token.expose_secret()))
    }

    /// A link of another kind, as `shape` completes it.
    pub(crate) async fn link_like(&self, export: &Export, shape: impl FnOnce(&mut Link)) -> (Link, String) {
        let (token, signed) = self.signer.mint();
        let mut link = Link {
            id: Uuid::now_v7(),
            export_id: export.id,
            token_hash: signed.hash.to_vec(),
            created_at: now(),
            expires_at: now() + TimeDelta::hours(1),
            revoked_at: None,
            downloads: 0,
            download_limit: None,
            protection: Protection::None,
            recipient: None,
        };
        shape(&mut link);
        links::insert(&self.ledger, &link, Actor::default()).await.unwrap();
        secrets::keep(secrets::LINK, token.expose_secret());
        (link, format!("/d/{}", token.expose_secret()))
    }

    /// Presses the button of a link's page, with `form` filled in, and fetches what it leads to.
    pub(crate) async fn download(&self, path: &str, form: &str) -> Answer {
        let pressed = self.anyone.send(Method::POST, path, |request| request.body(form.to_owned())).await;
        if pressed.status != 303 {
            return pressed;
        }
        self.anyone.get(&self.ticket(&pressed)).await
    }

    /// The path of the ticket that an answer leads to.
    pub(crate) fn ticket(&self, pressed: &Answer) -> String {
        assert_eq!(pressed.status, 303, "{}", pressed.text());
        let ticket = pressed.header("location").strip_prefix("../f/").unwrap();
        format!("/f/{ticket}")
    }

    /// How often a link was used.
    pub(crate) async fn downloads(&self, link: &Link) -> i64 {
        links::find(&self.ledger, link.id).await.unwrap().unwrap().downloads
    }

    /// `(action, actor, address, detail)` of every event of these actions, oldest first.
    pub(crate) async fn events(&self, action: &str) -> Vec<(String, Option<String>, Value)> {
        let Ledger::Sqlite(pool) = &self.ledger else { panic!("embedded") };
        let rows: Vec<(String, Option<String>, sqlx::types::Json<Value>)> =
            sqlx::query_as("select actor, address, detail from audit_events where action = $1 order by at, id")
                .bind(action)
                .fetch_all(pool)
                .await
                .unwrap();
        rows.into_iter().map(|(actor, address, detail)| (actor, address, detail.0)).collect()
    }

    /// A worker that gives every question about a tenant this answer, until the returned task is aborted.
    pub(crate) async fn answering(&self, answer: &'static str) -> JoinHandle<()> {
        workers::polled(&self.ledger, "w1", now()).await.unwrap();
        let Ledger::Sqlite(pool) = self.ledger.clone() else { panic!("embedded") };
        tokio::spawn(async move {
            loop {
                let update = sqlx::query("update checks set answer = $1 where answer is null").bind(answer);
                update.execute(&pool).await.unwrap();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    chrono::SubsecRound::trunc_subsecs(DateTime::<Utc>::from(std::time::SystemTime::now()), 6)
}

/// A request for an export of a tenant of `shop`.
pub(crate) fn wanted(tenant: &str) -> Value {
    json!({ "source": "shop", "tenant": tenant })
}

/// The id in an answer.
pub(crate) fn id_of(answer: &Answer) -> Uuid {
    answer.json()["id"].as_str().unwrap().parse().unwrap()
}
