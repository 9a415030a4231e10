//! Who may call: an API key as `Authorization: Bearer hk_…`, turned into an argument that a handler cannot do without.

use crate::{Context, exchange, problem::Problem};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
    web::Data,
};
use futures::{FutureExt, future::LocalBoxFuture};
use shared::clock;
use shared::ledger::{
    audit::{self, Actor, NewEvent},
    exports::Export,
    keys::{self, ApiKey, KeyScope},
};
use shared::schedule::Tenants;
use std::marker::PhantomData;

/// What a route asks of a key.
pub(crate) trait Permission: 'static {
    /// The scope that gives it, besides those that include it.
    const SCOPE: KeyScope;
}

/// Reading exports and their progress.
pub(crate) struct ExportsRead;

/// Asking for exports, cancelling them, making and revoking links.
pub(crate) struct ExportsWrite;

/// Reading schedules and their runs.
pub(crate) struct SchedulesRead;

/// Making, changing, running and deleting schedules.
pub(crate) struct SchedulesWrite;

impl Permission for ExportsRead {
    const SCOPE: KeyScope = KeyScope::ExportsRead;
}

impl Permission for ExportsWrite {
    const SCOPE: KeyScope = KeyScope::ExportsWrite;
}

impl Permission for SchedulesRead {
    const SCOPE: KeyScope = KeyScope::SchedulesRead;
}

impl Permission for SchedulesWrite {
    const SCOPE: KeyScope = KeyScope::SchedulesWrite;
}

/// A caller whose key counts and gives the permission.
pub(crate) struct Authorized<P> {
    key: ApiKey,
    actor: Actor,
    permission: PhantomData<P>,
}

impl<P> Authorized<P> {
    /// The number of the key.
    pub(crate) fn key_id(&self) -> uuid::Uuid {
        self.key.id
    }

    /// The caller, for the audit.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// Whether the key is for this source and tenant.
    pub(crate) fn covers(&self, source: &str, tenant: &str) -> bool {
        let source_fits = self.key.source.as_deref().is_none_or(|only| only == source);
        let tenant_fits = self.key.tenant.as_deref().is_none_or(|only| only == tenant);
        source_fits && tenant_fits
    }

    /// Whether the key is for this source and each of these tenants; one that is bound to a tenant is not for all of them.
    pub(crate) fn covers_each(&self, source: &str, tenants: &Tenants) -> bool {
        let source_fits = self.key.source.as_deref().is_none_or(|only| only == source);
        source_fits
            && match tenants {
                Tenants::Every => self.key.tenant.is_none(),
                Tenants::These(tenants) => tenants.iter().all(|tenant| self.covers(source, tenant.as_str())),
            }
    }

    /// The export, if the key may see it; what it may not see does not exist for it.
    pub(crate) fn seeing(&self, export: Option<Export>) -> Option<Export> {
        export.filter(|export| self.covers(&export.source, export.tenant.as_str()))
    }

    /// Narrows a wish to what the key is for; `None` if nothing is left.
    pub(crate) fn narrow(
        &self,
        source: Option<String>,
        tenant: Option<String>,
    ) -> Option<(Option<String>, Option<String>)> {
        let narrowed = |wish: Option<String>, only: &Option<String>| match (wish, only) {
            (Some(wish), Some(only)) if wish != *only => None,
            (None, Some(only)) => Some(Some(only.clone())),
            (wish, _) => Some(wish),
        };
        Some((narrowed(source, &self.key.source)?, narrowed(tenant, &self.key.tenant)?))
    }
}

/// Whether scopes give what is needed: `admin` gives everything, writing includes reading; exports and schedules are apart.
fn gives(scopes: &[KeyScope], needed: KeyScope) -> bool {
    scopes.iter().any(|scope| match scope {
        KeyScope::Admin => true,
        KeyScope::ExportsWrite => matches!(needed, KeyScope::ExportsRead | KeyScope::ExportsWrite),
        KeyScope::SchedulesWrite => matches!(needed, KeyScope::SchedulesRead | KeyScope::SchedulesWrite),
        KeyScope::ExportsRead | KeyScope::SchedulesRead => needed == *scope,
    })
}

/// The key's text in an `Authorization` header; the scheme is case-insensitive (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    let key = key.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

fn unauthorized() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "A valid API key is needed",
        "Send `Authorization: Bearer hk_…` with a key that is neither expired nor revoked.",
    )
}

impl<P: Permission> FromRequest for Authorized<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move { authorize(&request).await }.boxed_local()
    }
}

async fn authorize<P: Permission>(request: &HttpRequest) -> Result<Authorized<P>, Problem> {
    let context = request
        .app_data::<Data<Context>>()
        .ok_or_else(|| Problem::internal("a route was built without its context"))?;
    let presented = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|header| header.to_str().ok())
        .and_then(bearer)
        .ok_or_else(unauthorized)?;
    let now = clock::now();
    let key = keys::authenticate(&context.ledger, presented, now).await?.ok_or_else(unauthorized)?;
    let actor = exchange::actor(request, format!("key:{}", key.prefix));
    if !gives(&key.scopes.0, P::SCOPE) {
        let event = NewEvent {
            actor,
            action: "access.refused",
            export_id: None,
            source: None,
            tenant: None,
            detail: serde_json::json!({ "needed": P::SCOPE, "route": request.match_pattern() }),
        };
        audit::record(&context.ledger, event, now).await?;
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "The key may not do this",
            format!("This needs a key with the scope `{}`.", P::SCOPE),
        ));
    }
    Ok(Authorized { key, actor, permission: PhantomData })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use uuid::Uuid;

    fn caller(source: Option<&str>, tenant: Option<&str>) -> Authorized<ExportsRead> {
        let key = ApiKey {
            id: Uuid::nil(),
            name: "portal".into(),
            prefix: "hk_aaaaaaaa".into(),
            hash: Vec::new(),
            scopes: serde_json::from_str("[]").unwrap(),
            source: source.map(Into::into),
            tenant: tenant.map(Into::into),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        Authorized { key, actor: Actor::default(), permission: PhantomData }
    }

    #[test]
    fn writing_includes_reading_but_not_the_other_way_round() {
        assert!(gives(&[KeyScope::ExportsWrite], KeyScope::ExportsRead));
        assert!(!gives(&[KeyScope::ExportsRead], KeyScope::ExportsWrite));
        assert!(!gives(&[KeyScope::ExportsRead, KeyScope::ExportsWrite], KeyScope::Admin));
        assert!(KeyScope::ALL.iter().all(|needed| gives(&[KeyScope::Admin], *needed)));
        assert!(!gives(&[], KeyScope::ExportsRead));
        assert!(gives(&[KeyScope::SchedulesWrite], KeyScope::SchedulesRead));
        assert!(!gives(&[KeyScope::SchedulesRead], KeyScope::SchedulesWrite));
        assert!(!gives(&[KeyScope::ExportsWrite], KeyScope::SchedulesRead));
        assert!(!gives(&[KeyScope::SchedulesWrite], KeyScope::ExportsRead));
    }

    #[test]
    fn only_a_bearer_header_holds_a_key() {
        assert_eq!(bearer("Bearer hk_x"), Some("hk_x"));
        assert_eq!(bearer("bearer  hk_x "), Some("hk_x"));
        for header in ["", "hk_x", "Bearer", "Bearer ", "Basic aGs6", "Bearerhk_x"] {
            assert_eq!(bearer(header), None, "{header:?}");
        }
    }

    #[test]
    fn a_bound_key_covers_its_own_tenant_only() {
        let caller = caller(Some("ceppro"), Some("t1"));
        assert!(caller.covers("ceppro", "t1"));
        assert!(!caller.covers("ceppro", "t2"));
        assert!(!caller.covers("other", "t1"));
    }

    #[test]
    fn a_bound_key_covers_no_list_with_others_in_it() {
        let these = |tenants: &[&str]| {
            Tenants::These(tenants.iter().map(|tenant| shared::export::TenantId::new(*tenant).unwrap()).collect())
        };
        let bound = caller(Some("ceppro"), Some("t1"));
        assert!(bound.covers_each("ceppro", &these(&["t1"])));
        assert!(!bound.covers_each("ceppro", &these(&["t1", "t2"])));
        assert!(!bound.covers_each("ceppro", &Tenants::Every));
        assert!(!bound.covers_each("other", &these(&["t1"])));
        let source = caller(Some("ceppro"), None);
        assert!(source.covers_each("ceppro", &Tenants::Every));
        assert!(!source.covers_each("other", &Tenants::Every));
        assert!(!source.covers_each("other", &these(&[])));
        assert!(caller(None, None).covers_each("other", &Tenants::Every));
    }

    #[test]
    fn a_wish_is_narrowed_to_what_the_key_is_for() {
        let bound = caller(Some("ceppro"), Some("t1"));
        let own = Some((Some("ceppro".into()), Some("t1".into())));
        assert_eq!(bound.narrow(None, None), own);
        assert_eq!(bound.narrow(Some("ceppro".into()), None), own);
        assert_eq!(bound.narrow(Some("other".into()), None), None);
        assert_eq!(bound.narrow(None, Some("t2".into())), None);
        let free = caller(None, None);
        assert_eq!(free.narrow(None, Some("t2".into())), Some((None, Some("t2".into()))));
    }
}
