//! API keys: making one, listing them, revoking one. No key ever makes one that may more than itself.

mod view;

use self::view::{KeyList, KeyView, NewKeyView};
use super::parse_id;
use crate::{
    Context,
    auth::{Authorized, KeysRead, KeysWrite},
    body::{self, Body},
    cursor,
    problem::{Finding, Problem},
    words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::{
    clock,
    export::TenantId,
    ledger::{
        audit::{self, NewEvent},
        keys::{self, ApiKey, KeyScope, NewKey, Role},
    },
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const LONGEST_NAME: usize = 100;
const LONGEST_SOURCE: usize = 64;
const SHORTEST: i64 = 60;
const LONGEST: i64 = 10 * 366 * 24 * 60 * 60;

/// A request for a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    /// What people call it: one line of at most 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "nightly backups")]
    pub(crate) name: String,
    /// What it may do, by name.
    #[schema(schema_with = words::role_or_null, required = false)]
    pub(crate) role: Option<Role>,
    /// What it may do besides; not empty where there is no role.
    #[serde(default)]
    #[schema(schema_with = words::key_scopes, required = false)]
    pub(crate) scopes: Vec<KeyScope>,
    /// The only source it may use; default is that of the key that asks.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) source: Option<String>,
    /// The only tenant it may use; default is that of the key that asks.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 512)]
    pub(crate) tenant: Option<TenantId>,
    /// For how many seconds it counts, 60 to 316,224,000; default is as long as the key that asks, which it never outlives.
    #[schema(minimum = 60, maximum = 316_224_000)]
    pub(crate) expires_in: Option<i64>,
}

/// Make a key
///
/// A key makes only keys that may no more than itself: no other scopes, no wider bounds, no longer life.
#[utoipa::path(post, path = "/v1/keys", operation_id = "create_key", tag = "keys", request_body = KeyRequest,
    responses(
        (status = 201, body = NewKeyView, description = "The key; its text is shown this once"),
        (status = 400, description = "`invalid_json`"),
        (status = 403, description = "`forbidden`; `forbidden_scope`, `forbidden_tenant`: it would be a key that may more than this one"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`"),
    ))]
pub(crate) async fn create(
    access: Authorized<KeysWrite>,
    context: Data<Context>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let wish = Body::<KeyRequest>::read(&request, payload).await?.value;
    let (key, text) = make(&access, &context, wish, clock::now()).await?;
    Ok(HttpResponse::Created().json(NewKeyView { key: KeyView::from(key), secret: text.expose_secret() }))
}

/// Makes the key that is asked for, and gives its text away this once.
pub(crate) async fn make(
    access: &Authorized<KeysWrite>,
    context: &Context,
    wish: KeyRequest,
    now: DateTime<Utc>,
) -> Result<(ApiKey, SecretString), Problem> {
    match planned(access, wish, now) {
        Ok(new) => Ok(keys::create(&context.ledger, new, access.actor(), now).await?),
        Err(problem) => {
            if problem.status() == StatusCode::FORBIDDEN {
                refused(access, context, &problem, now).await?;
            }
            Err(problem)
        }
    }
}

/// The key that is asked for, if it makes sense and may no more than the one that asks.
fn planned(access: &Authorized<KeysWrite>, wish: KeyRequest, now: DateTime<Utc>) -> Result<NewKey, Problem> {
    let findings = findings(&wish);
    if !findings.is_empty() {
        return Err(Problem::invalid_request(findings));
    }
    let within = access.narrow(wish.source, wish.tenant.map(Into::into)).ok_or_else(outside_of_key)?;
    if within.tenant.is_some() && within.source.is_none() {
        return Err(invalid("/tenant", "a tenant is one of a source: name it too"));
    }
    let wished = wish.expires_in.and_then(|seconds| now.checked_add_signed(TimeDelta::seconds(seconds)));
    let expires_at = match (wished, access.ends_at()) {
        (Some(wished), Some(own)) if wished > own => {
            return Err(invalid("/expires_in", "a key never outlives the one that makes it"));
        }
        (wished, own) => wished.or(own),
    };
    let new = NewKey {
        name: wish.name,
        role: wish.role,
        scopes: wish.scopes,
        source: within.source,
        tenant: within.tenant,
        expires_at,
    };
    // A role grows with later versions: only who has it, or everything, gives it on.
    let role_fits = new.role.is_none_or(|role| access.may(KeyScope::Admin) || access.role() == Some(role));
    if role_fits && new.all_scopes().all(|scope| access.may(scope)) { Ok(new) } else { Err(more_than_key()) }
}

fn findings(wish: &KeyRequest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |pointer: &str, detail: String| findings.push(Finding { pointer: pointer.into(), detail });
    let length = wish.name.chars().count();
    if wish.name.trim().is_empty() || length > LONGEST_NAME || wish.name.chars().any(char::is_control) {
        find("/name", format!("must be one line of 1 to {LONGEST_NAME} characters"));
    }
    if wish.role.is_none() && wish.scopes.is_empty() {
        find("/scopes", "must name at least one scope where there is no role".into());
    }
    if let Some(source) = &wish.source
        && (source.is_empty() || source.chars().count() > LONGEST_SOURCE || source.chars().any(char::is_control))
    {
        find("/source", format!("must be 1 to {LONGEST_SOURCE} characters"));
    }
    if wish.expires_in.is_some_and(|seconds| !(SHORTEST..=LONGEST).contains(&seconds)) {
        find("/expires_in", format!("must be from {SHORTEST} to {LONGEST} seconds"));
    }
    findings
}

/// Which keys to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyQuery {
    /// At most so many, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// List keys, newest first
///
/// Also those that are revoked or expired. A key that is bound to a source or a tenant lists only keys that are bound to the same.
#[utoipa::path(get, path = "/v1/keys", operation_id = "list_keys", tag = "keys", params(KeyQuery),
    responses(
        (status = 200, body = KeyList, description = "One page"),
        (status = 400, description = "`invalid_query`"),
    ))]
pub(crate) async fn list(
    access: Authorized<KeysRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (found, next_cursor) = page(&access, &context, body::query(&request)?).await?;
    Ok(HttpResponse::Ok().json(KeyList { items: found.into_iter().map(Into::into).collect(), next_cursor }))
}

/// One page of the keys that the caller may see, and the cursor of the next one.
pub(crate) async fn page(
    access: &Authorized<KeysRead>,
    context: &Context,
    query: KeyQuery,
) -> Result<(Vec<ApiKey>, Option<String>), Problem> {
    let limit = body::page_size(query.limit)?;
    let before = match query.cursor.as_deref() {
        None => None,
        Some(text) => Some(place_of(context, access, text).await?),
    };
    let Some(within) = access.narrow(None, None) else { return Ok((Vec::new(), None)) };
    let (source, tenant) = (within.source.as_deref(), within.tenant.as_deref());
    // One more than asked for tells whether there is a next page.
    let mut found = keys::page(&context.ledger, source, tenant, before, limit + 1).await?;
    let next_cursor = body::cut_page(&mut found, limit, |one| one.id);
    Ok((found, next_cursor))
}

async fn place_of(context: &Context, access: &Authorized<KeysRead>, cursor: &str) -> Result<Uuid, Problem> {
    let key = match cursor::decode(cursor) {
        Some(id) => seen(access, keys::find(&context.ledger, id).await?),
        None => None,
    };
    key.map(|key| key.id).ok_or_else(body::invalid_cursor)
}

/// Revoke a key
///
/// From then on it is refused; a key may revoke itself. Revoking twice is one revocation. The last key of all can be revoked too: `handover key create` always makes another.
#[utoipa::path(delete, path = "/v1/keys/{id}", operation_id = "revoke_key", tag = "keys", params(("id" = Uuid, Path, description = "The key's number")),
    responses(
        (status = 204, description = "It is revoked"),
        (status = 400, description = "`invalid_id`"),
        (status = 403, description = "`forbidden`; `forbidden_scope`: that key may more than this one"),
        (status = 404, description = "`key_not_found`: unknown, or outside of what this key is for"),
    ))]
pub(crate) async fn revoke(
    access: Authorized<KeysWrite>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    withdraw(&access, &context, &id, clock::now()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revokes the key of this number, if the caller may.
pub(crate) async fn withdraw(
    access: &Authorized<KeysWrite>,
    context: &Context,
    id: &str,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let key = keys::find(&context.ledger, parse_id(id)?).await?;
    let key = seen(access, key).ok_or_else(key_not_found)?;
    if !key.all_scopes().all(|scope| access.may(scope)) {
        let problem = more_than_key();
        refused(access, context, &problem, now).await?;
        return Err(problem);
    }
    keys::revoke(&context.ledger, &key.id.to_string(), access.actor(), now).await?;
    Ok(())
}

/// The key, if it is for nothing that the caller is not for.
fn seen<P>(access: &Authorized<P>, key: Option<ApiKey>) -> Option<ApiKey> {
    key.filter(|key| access.encloses(key.source.as_deref(), key.tenant.as_deref()))
}

async fn refused<P>(
    access: &Authorized<P>,
    context: &Context,
    problem: &Problem,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let event = NewEvent {
        actor: access.actor(),
        action: "access.refused",
        export_id: None,
        source: None,
        tenant: None,
        detail: serde_json::json!({ "code": problem.code() }),
    };
    Ok(audit::record(&context.ledger, event, now).await?)
}

fn invalid(pointer: &str, detail: &str) -> Problem {
    Problem::invalid_request(vec![Finding { pointer: pointer.into(), detail: detail.into() }])
}

fn outside_of_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_tenant",
        "The key is for other data",
        "This key may not make keys for this source and tenant.",
    )
}

fn more_than_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden_scope",
        "That would be more than this key may",
        "A key makes and revokes only keys that may no more than itself.",
    )
}

fn key_not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "key_not_found",
        "No such key",
        "There is no key with this id that this key may see.",
    )
}
