//! The products' own web server: the pages of `examples/portal/`, and a token for whoever is signed in. It has a port, and so an origin, of its own.

use super::products::Product;
use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::header,
    web::{self, Data, Path},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use shared::clock;
use std::net::TcpListener;
use url::Url;
use uuid::Uuid;

/// Address, media type and text of each file.
const FILES: [(&str, &str, &str); 8] = [
    ("", HTML, include_str!("../../../examples/portal/index.html")),
    ("portal.js", "text/javascript; charset=utf-8", include_str!("../../../examples/portal/portal.js")),
    ("ceppro/", HTML, include_str!("../../../examples/portal/ceppro/index.html")),
    ("ceppro/style.css", CSS, include_str!("../../../examples/portal/ceppro/style.css")),
    ("proecommerce/", HTML, include_str!("../../../examples/portal/proecommerce/index.html")),
    ("proecommerce/style.css", CSS, include_str!("../../../examples/portal/proecommerce/style.css")),
    ("customertrackr/", HTML, include_str!("../../../examples/portal/customertrackr/index.html")),
    ("customertrackr/style.css", CSS, include_str!("../../../examples/portal/customertrackr/style.css")),
];
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// The web server, before it runs.
pub(super) struct Pages {
    listener: TcpListener,
    address: Url,
    secret: String,
}

struct Portals {
    handover: String,
    issuer: String,
    secret: String,
    /// The claims of whoever is signed in, by the product's source.
    people: Vec<(&'static str, Value)>,
}

impl Pages {
    /// On a free port of this machine, with a new secret.
    pub(super) fn bind() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let secret = STANDARD.encode([Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat());
        Ok(Self { listener, address, secret })
    }

    /// Where the products are.
    pub(super) fn address(&self) -> &Url {
        &self.address
    }

    /// The key of their tokens, as the settings have it.
    pub(super) fn keys(&self) -> String {
        format!("demo:{}", self.secret)
    }

    /// Serves the products beside the Handover at this address, until it is told to stop.
    pub(super) fn run(self, handover: &Url, products: &[Product]) -> anyhow::Result<ServerHandle> {
        let person = |product: &Product| {
            let claims = json!({ "sub": "1", "tenant": product.tenant.key, "role": "admin", "email": product.person });
            (product.source, claims)
        };
        let portals = Data::new(Portals {
            handover: handover.as_str().trim_end_matches('/').to_owned(),
            issuer: self.address.as_str().trim_end_matches('/').to_owned(),
            secret: self.secret,
            people: products.iter().map(person).collect(),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(portals.clone())
                .route("/{source}/token", web::post().to(token))
                .route("/{file:.*}", web::get().to(file))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(1).listen(self.listener)?.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(handle)
    }
}

async fn file(portals: Data<Portals>, file: Path<String>) -> HttpResponse {
    let Some((_, content_type, text)) = FILES.iter().find(|(address, ..)| *address == file.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let handover = &portals.handover;
    // As strict as a product's page can be: nothing but Handover is added to it for the button.
    let policy = format!(
        "default-src 'none'; script-src 'self' {handover}; style-src 'self'; img-src data:; connect-src 'self' {handover}; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HttpResponse::Ok()
        .content_type(*content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text.replace("%HANDOVER%", handover))
}

/// A token for whoever is signed in; in the demo that is always the same person, and always just now.
async fn token(portals: Data<Portals>, source: Path<String>) -> HttpResponse {
    let Some((source, person)) = portals.people.iter().find(|(known, _)| *known == source.as_str()) else {
        return HttpResponse::NotFound().finish();
    };
    let now = clock::now().timestamp();
    let mut claims = json!({
        "iss": portals.issuer, "aud": "handover", "source": source, "iat": now, "exp": now + 300, "jti": Uuid::new_v4(),
    });
    if let (Some(claims), Some(person)) = (claims.as_object_mut(), person.as_object()) {
        claims.extend(person.clone());
    }
    let header = Header { kid: Some("demo".into()), ..Header::new(Algorithm::HS256) };
    let token =
        EncodingKey::from_base64_secret(&portals.secret).and_then(|key| jsonwebtoken::encode(&header, &claims, &key));
    match token {
        Ok(token) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).body(token),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
