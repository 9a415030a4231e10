//! The page of API keys.

use super::{ApiCall, Section, Shell, form::Document, page, to};
use crate::{
    Context,
    auth::{Authorized, KeysRead, KeysWrite},
    body,
    form::{Button, Form},
    problem::Problem,
    routes::keys::{self as api, KeyQuery},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    clock, display,
    ledger::{
        keys::{ApiKey, KeyScope, Role},
        sources,
    },
};

const DAY: i64 = 24 * 60 * 60;

/// How long a key may count, in days; 0 for ever.
const LIFETIMES: [(i64, &str); 5] =
    [(90, "90 days"), (30, "30 days"), (365, "one year"), (1, "one day"), (0, "until it is revoked")];

/// What the form asks for; of the scopes each has a field of its own.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub(crate) struct KeyForm(Value);

impl From<Vec<(String, String)>> for KeyForm {
    fn from(fields: Vec<(String, String)>) -> Self {
        let value = |wanted: &str| {
            fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let scopes: Vec<&str> =
            fields.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope.as_str()).collect();
        let mut document = Document::default();
        document.value("name", json!(value("name").trim()));
        document.text("role", value("role"));
        document.value("scopes", json!(scopes));
        document.text("source", value("source"));
        // As it stands: what cannot be a tenant must be refused, and not become a key for all of them.
        if !value("tenant").is_empty() {
            document.value("tenant", json!(value("tenant")));
        }
        match value("days") {
            "0" => {}
            days => document.value(
                "expires_in",
                match days.parse::<u32>() {
                    Ok(days) => json!(i64::from(days).saturating_mul(DAY)),
                    Err(_) => json!(days),
                },
            ),
        }
        Self(document.finish())
    }
}

/// A key as a line of the list.
struct Line {
    id: String,
    name: String,
    prefix: String,
    may: Vec<&'static str>,
    bound: String,
    created: String,
    used: String,
    state: &'static str,
    /// When it ends or ended.
    until: String,
    revoke: Option<ApiCall>,
}

impl Line {
    fn of(key: ApiKey, request: &HttpRequest, offers_revoking: bool, now: DateTime<Utc>) -> Self {
        let (state, until) = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => ("revoked", display::moment(at)),
            (None, Some(end)) if end <= now => ("expired", display::moment(end)),
            (None, end) => ("valid", end.map(|end| format!("until {}", display::moment(end))).unwrap_or_default()),
        };
        let revoke = offers_revoking && key.revoked_at.is_none();
        Self {
            may: key
                .role
                .map(Role::as_str)
                .into_iter()
                .chain(key.scopes.0.iter().map(|scope| scope.as_str()))
                .collect(),
            bound: match (&key.source, &key.tenant) {
                (Some(source), Some(tenant)) => format!("{source} / {tenant}"),
                (Some(source), None) => source.clone(),
                _ => "everything".into(),
            },
            created: display::moment(key.created_at),
            used: key.last_used_at.map_or_else(|| "never".into(), display::moment),
            revoke: revoke.then(|| ApiCall::new(request, "DELETE", &format!("v1/keys/{}", key.id), None)),
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            state,
            until,
        }
    }
}

#[derive(Template)]
#[template(path = "console/keys.html")]
struct KeyPage {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<String>,
    sources: Vec<String>,
    list: ApiCall,
    create: ApiCall,
}

#[derive(Template)]
#[template(path = "console/new-key.html")]
struct NewKeyPage {
    shell: Shell,
    key: ApiKey,
    secret: SecretString,
    /// That it works.
    call: ApiCall,
}

/// The page.
pub(crate) async fn show(
    access: Authorized<KeysRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    #[derive(Deserialize)]
    struct Query {
        cursor: Option<String>,
    }
    let Query { cursor } = body::query(&request)?;
    let (found, next) = api::page(&access, &context, KeyQuery { limit: Some(50), cursor }).await?;
    let shell = Shell::of(&context, &request, Section::Keys);
    let (now, revokes) = (clock::now(), shell.may(KeyScope::KeysWrite));
    let lines = found.into_iter().map(|key| Line::of(key, &request, revokes, now)).collect();
    let sources = sources::list(&context.ledger).await?.into_iter().map(|source| source.name).collect();
    let body = json!({ "name": "nightly backups", "scopes": ["exports:write"], "expires_in": 90 * DAY });
    let create = ApiCall::new(&request, "POST", "v1/keys", Some(&body));
    let list = ApiCall::new(&request, "GET", "v1/keys", None);
    Ok(page(StatusCode::OK, &KeyPage { shell, lines, next, sources, list, create }))
}

/// Makes a key and shows it this once.
pub(crate) async fn create(
    access: Authorized<KeysWrite>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<KeyForm>,
) -> Result<HttpResponse, Problem> {
    let KeyForm(document) = form.into_inner();
    let wish = body::from_value(document)?;
    let (key, secret) = api::make(&access, &context, wish, clock::now()).await?;
    let shell = Shell::of(&context, &request, Section::Keys);
    let call = ApiCall::new(&request, "GET", "v1/exports", None);
    Ok(page(StatusCode::CREATED, &NewKeyPage { shell, key, secret, call }))
}

/// Revokes a key.
pub(crate) async fn revoke(
    access: Authorized<KeysWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    api::withdraw(&access, &context, &id, clock::now()).await?;
    Ok(to(&request, "console/keys?done=key-revoked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::keys::KeyRequest;
    use actix_web::web::Query;

    fn read(query: &str) -> Result<KeyRequest, Problem> {
        let KeyForm(document) = Query::<KeyForm>::from_query(query).unwrap().into_inner();
        body::from_value(document)
    }

    #[test]
    fn a_form_is_the_request_that_the_api_takes() {
        let wish =
            read("name=+backups+&role=&scope=exports%3Awrite&scope=audit%3Aread&source=shop&tenant=&days=30").unwrap();
        assert_eq!((wish.name.as_str(), wish.role), ("backups", None));
        assert_eq!(wish.scopes, [KeyScope::ExportsWrite, KeyScope::AuditRead]);
        assert_eq!(
            (wish.source.as_deref(), wish.tenant.is_none(), wish.expires_in),
            (Some("shop"), true, Some(2_592_000))
        );
        let wish = read("name=a&role=viewer&tenant=+7&days=0").unwrap();
        assert_eq!((wish.role, wish.expires_in), (Some(Role::Viewer), None));
        assert_eq!(wish.tenant.unwrap().as_str(), " 7");
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_never_becomes_a_key_that_may_more() {
        let long = "7".repeat(513);
        for query in [
            "name=a&role=viewer&tenant=7%00&days=1".to_owned(),
            format!("name=a&role=viewer&tenant={long}&days=1"),
            "name=a&role=viewer&days=soon".to_owned(),
            "name=a&role=viewer".to_owned(),
            "name=a&role=king&days=1".to_owned(),
            "name=a&scope=nonsense&days=1".to_owned(),
        ] {
            assert!(read(&query).is_err(), "{query}");
        }
    }
}
