//! The page of API keys.

use super::{ApiCall, Section, Shell, page, to};
use crate::{
    Context,
    auth::{Authorized, KeysRead, KeysWrite},
    body,
    form::{Button, Form},
    problem::Problem,
    routes::keys::{self as api, KeyQuery, KeyRequest},
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
use serde_json::json;
use shared::{
    clock, display,
    export::TenantId,
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
pub(crate) struct KeyForm(KeyRequest);

impl From<Vec<(String, String)>> for KeyForm {
    fn from(fields: Vec<(String, String)>) -> Self {
        let value = |wanted: &str| {
            fields
                .iter()
                .find(|(name, value)| name == wanted && !value.trim().is_empty())
                .map(|(_, value)| value.trim())
        };
        let scopes = fields.iter().filter(|(name, _)| name == "scope").filter_map(|(_, scope)| scope.parse().ok());
        Self(KeyRequest {
            name: value("name").unwrap_or_default().to_owned(),
            role: value("role").and_then(|role| role.parse().ok()),
            scopes: scopes.collect(),
            source: value("source").map(str::to_owned),
            tenant: value("tenant").and_then(|tenant| TenantId::new(tenant).ok()),
            expires_in: value("days")
                .and_then(|days| days.parse::<i64>().ok())
                .filter(|days| *days > 0)
                .map(|days| days.saturating_mul(DAY)),
        })
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
    let KeyForm(wish) = form.into_inner();
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
    use actix_web::web::Query;

    #[test]
    fn a_form_is_the_request_that_the_api_takes() {
        let KeyForm(wish) = Query::<KeyForm>::from_query(
            "name=+backups+&role=&scope=exports%3Awrite&scope=audit%3Aread&scope=nonsense&source=shop&tenant=+&days=30",
        )
        .unwrap()
        .into_inner();
        assert_eq!((wish.name.as_str(), wish.role), ("backups", None));
        assert_eq!(wish.scopes, [KeyScope::ExportsWrite, KeyScope::AuditRead]);
        assert_eq!(
            (wish.source.as_deref(), wish.tenant.is_none(), wish.expires_in),
            (Some("shop"), true, Some(2_592_000))
        );
        let KeyForm(wish) = Query::<KeyForm>::from_query("name=a&role=viewer&days=0").unwrap().into_inner();
        assert_eq!((wish.role, wish.expires_in), (Some(Role::Viewer), None));
    }
}
