//! A product of another origin, with the button in a page under the strictest policy, and an API without a worker: each step of an export is the test's.

use crate::support::{
    api::{Api, now},
    signer::Signer,
};
use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Data, Query},
};
use serde::Deserialize;
use serde_json::json;
use shared::{
    config::PortalSourceConfig,
    export::Phase,
    ledger::exports::{self, Export, Filter, Progress},
};
use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(600);

/// The product and its API.
pub(super) struct Product {
    pub(super) api: Api,
    /// Where its page is.
    pub(super) page: String,
    session: Arc<Mutex<Session>>,
    server: ServerHandle,
}

/// Who is signed in.
#[derive(Clone)]
pub(super) struct Session {
    /// The account; nobody is signed in without one.
    pub(super) tenant: Option<&'static str>,
    pub(super) role: &'static str,
    /// How many seconds ago the person signed in; `fresh=1` lets them sign in again.
    pub(super) age: i64,
}

struct Served {
    signer: Signer,
    session: Arc<Mutex<Session>>,
    handover: String,
}

#[derive(Deserialize)]
struct Wish {
    fresh: Option<String>,
}

impl Product {
    pub(super) async fn open() -> Product {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let signer = Signer::ed25519("k1");
        let keys = Some(signer.setting().into());
        let api = Api::start_with(|config| {
            config.portal.origins = Some(origin.clone());
            let source = PortalSourceConfig {
                issuer: Some("https://app.example.com".into()),
                member: Some("customer".into()),
                keys,
                ..PortalSourceConfig::default()
            };
            config.portal.sources.insert("shop".into(), source);
        })
        .await;
        let session = Arc::new(Mutex::new(Session { tenant: Some("t1"), role: "admin", age: 0 }));
        let served = Served { signer, session: session.clone(), handover: api.anyone.base().to_owned() };
        let served = Data::new(served);
        let app = move || {
            App::new().app_data(served.clone()).route("/", web::get().to(page)).route("/token", web::post().to(token))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::spawn(server);
        Product { api, page: format!("{origin}/"), session, server: handle }
    }

    /// Changes who is signed in.
    pub(super) fn sign_in(&self, change: impl FnOnce(&mut Session)) {
        change(&mut self.session.lock().unwrap());
    }

    /// The newest export there is.
    pub(super) async fn newest(&self) -> Export {
        let filter = Filter { limit: 1, ..Filter::default() };
        exports::list(&self.api.ledger, &filter).await.unwrap().remove(0)
    }

    /// A worker begins the newest export.
    pub(super) async fn begin(&self) -> Export {
        let id = self.newest().await.id;
        exports::claim(&self.api.ledger, id, "w1", LEASE, now()).await.unwrap().unwrap()
    }

    /// Its worker has read so many of 12 tables.
    pub(super) async fn read(&self, export: &Export, tables: i64, table: &str) {
        let progress = Progress {
            phase: Phase::Reading,
            tables_done: tables,
            tables_total: 12,
            rows_done: tables * 1000,
            bytes_done: 1,
            table: Some(table.into()),
        };
        exports::renew(&self.api.ledger, export.id, export.attempt, progress, LEASE, now()).await.unwrap();
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // Told at once; nobody has to wait for it.
        drop(self.server.stop(false));
    }
}

async fn page(served: Data<Served>) -> HttpResponse {
    let handover = &served.handover;
    let text = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'>
        <title>Shop</title><link rel=icon href='data:,'><script type=module src='{handover}/embed/handover.js'></script></head>
        <body><main><h1>Your data</h1><handover-export token-url='token' estimate=off>Write to us for a copy.</handover-export></main></body></html>"
    );
    let policy = format!(
        "default-src 'none'; script-src {handover}; connect-src 'self' {handover}; img-src data:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", policy))
        .insert_header(("cache-control", "no-store"))
        .body(text)
}

async fn token(served: Data<Served>, wish: Query<Wish>) -> HttpResponse {
    let Session { tenant, role, mut age } = served.session.lock().unwrap().clone();
    let Some(tenant) = tenant else { return HttpResponse::Unauthorized().finish() };
    if wish.fresh.is_some() {
        age = 0;
    }
    let issued_at = now().timestamp() - age;
    let claims = json!({
        "iss": "https://app.example.com", "aud": "handover", "iat": issued_at, "exp": issued_at + 800, "jti": Uuid::new_v4(),
        "sub": "7", "tenant": tenant, "role": role, "email": "ann@example.com",
    });
    HttpResponse::Ok().json(json!({ "token": served.signer.sign(&claims) }))
}
