//! A whole installation of CustomerTrackr, and the people around it.

use crate::support::{
    archive::Archive, browser::Browser, client::Client, customertrackr::CustomerTrackr, embedded::Embedded, secrets,
};
use examples::{Tenant, customertrackr};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::path::Path;

/// The program with its worker, and a browser in front of it.
pub(super) struct House {
    pub(super) embedded: Embedded,
    pub(super) browser: Browser,
    /// A caller who may do everything.
    pub(super) admin: Client,
    pub(super) tenants: Vec<Tenant>,
    pub(super) product: CustomerTrackr,
}

impl House {
    pub(super) async fn open() -> House {
        House::open_with(&[]).await
    }

    /// The same with more settings.
    pub(super) async fn open_with(settings: &[(&str, &str)]) -> House {
        let tenants = customertrackr::tenants(3);
        let product = CustomerTrackr::create(tenants.clone()).await;
        let (embedded, browser) = tokio::join!(Embedded::serve_with(&product, settings), Browser::start());
        let created = embedded.command(&["key", "create", "--name", "house", "--scope", "admin"]).run().await;
        assert!(created.status.success(), "{created:?}");
        let key = created.stdout.trim();
        secrets::keep("an API key", key);
        let admin = Client::new(embedded.portal.base()).with_key(key);
        House { embedded, browser, admin, tenants, product }
    }

    /// A ready export of the tenant with this place in the list, as `wish` completes the request.
    pub(super) async fn export(&self, tenant: usize, wish: Value) -> Value {
        let id = self.ask(tenant, wish).await;
        self.embedded.portal.until_state(&id, "ready").await
    }

    /// An export that fails, because the product has got a table that nobody has classified.
    pub(super) async fn fail(&self, tenant: usize, wish: Value) {
        self.product.run("create table if not exists surprises (id integer primary key, account_id text)").await;
        let id = self.ask(tenant, wish).await;
        self.embedded.portal.until_state(&id, "failed").await;
    }

    async fn ask(&self, tenant: usize, wish: Value) -> String {
        let mut body = json!({ "source": "customertrackr", "tenant": self.tenants[tenant].key });
        body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        let (status, answer) = self.embedded.portal.ask(&body).await;
        assert_eq!(status, 202, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    /// A new link to an export.
    pub(super) async fn link(&self, export: &Value, wish: Value) -> NewLink {
        let answer = self.admin.post(&format!("/v1/exports/{}/links", export["id"].as_str().unwrap()), wish).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made = answer.json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        NewLink { id: text("id"), url: text("url") }
    }

    /// Asks the API for something that it answers without a word.
    pub(super) async fn order(&self, method: Method, path: &str) {
        let answer = self.admin.send(method, path, |request| request).await;
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
    }

    /// What only time does to the ledger.
    pub(super) async fn change(&self, statement: &'static str, id: &str) {
        let options = SqliteConnectOptions::new().filename(self.embedded.data().join("ledger.sqlite"));
        let mut ledger = SqliteConnection::connect_with(&options).await.unwrap();
        let id = uuid::Uuid::parse_str(id).unwrap();
        let changed = sqlx::query(statement).bind(id).execute(&mut ledger).await.unwrap().rows_affected();
        assert_eq!(changed, 1, "{statement}");
    }
}

/// A link, as the API gave it.
pub(super) struct NewLink {
    pub(super) id: String,
    pub(super) url: String,
}

/// What a browser saved, opened.
pub(super) fn opened(file: &Path) -> Archive {
    Archive::keep(&std::fs::read(file).unwrap())
}
