//! Who may call: the credential of a request, turned into an argument that a handler cannot do without.

mod bounds;
mod caller;
mod permission;

pub(crate) use bounds::Bounds;
pub(crate) use caller::{Caller, PortalCaller};
pub use permission::Portal;
pub(crate) use permission::{
    ArchivesDelete, ExportsOperate, ExportsRead, ExportsWrite, Permission, SchedulesRead, SchedulesWrite,
};

use crate::{Context, exchange, problem::Problem, throttle};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Data};
use futures::{FutureExt, future::LocalBoxFuture};
use sha2::{Digest, Sha256};
use shared::clock;
use shared::export::SubjectId;
use shared::ledger::{
    audit::{self, Actor, NewEvent},
    exports::Export,
};
use shared::schedule::Tenants;
use std::marker::PhantomData;
use uuid::Uuid;

/// A caller who is known and has the permission.
pub(crate) struct Authorized<P> {
    caller: Caller,
    bounds: Bounds,
    actor: Actor,
    permission: PhantomData<P>,
}

impl<P> Authorized<P> {
    /// The number of the key, where the caller has one.
    pub(crate) fn key_id(&self) -> Option<Uuid> {
        match &self.caller {
            Caller::Key(key) => Some(key.id),
            Caller::Portal(_) => None,
        }
    }

    /// The caller's `Idempotency-Key` as it is kept: no two callers ever share one.
    pub(crate) fn idempotency(&self, key: String) -> String {
        match &self.caller {
            Caller::Key(_) => key,
            Caller::Portal(PortalCaller { source, tenant, user, .. }) => {
                let mut hash = Sha256::new();
                for part in [source, tenant, user, &key] {
                    hash.update(part.len().to_be_bytes());
                    hash.update(part);
                }
                format!("portal:{}", hex::encode(hash.finalize()))
            }
        }
    }

    /// The caller, for the audit.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// Whether the caller is for the data of this person, or with `None` of the whole tenant.
    pub(crate) fn covers(&self, source: &str, tenant: &str, subject: Option<&SubjectId>) -> bool {
        self.bounds.covers(source, tenant, subject)
    }

    /// Whether the caller is for all data of each of these tenants; one that is bound to a tenant is not for all of them.
    pub(crate) fn covers_each(&self, source: &str, tenants: &Tenants) -> bool {
        self.bounds.covers_each(source, tenants)
    }

    /// The export, if the caller may see it; what it may not see does not exist for it.
    pub(crate) fn seeing(&self, export: Option<Export>) -> Option<Export> {
        self.bounds.seeing(export)
    }

    /// Narrows a wish to what the caller is for; `None` if nothing is left.
    pub(crate) fn narrow(&self, source: Option<String>, tenant: Option<String>) -> Option<Bounds> {
        self.bounds.narrow(source, tenant)
    }
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
    let now = clock::now();
    let caller = Caller::identify(request, context, now).await?;
    let actor = exchange::actor(request, caller.name());
    let bounds = caller.bounds();
    let tenant = bounds.source.as_deref().zip(bounds.tenant.as_deref());
    throttle::known_caller(request, &caller.name(), tenant)?;
    if !caller.has::<P>() {
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
    Ok(Authorized { bounds, caller, actor, permission: PhantomData })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn person(tenant: &str, user: &str) -> Authorized<ExportsWrite> {
        let caller = Caller::Portal(PortalCaller {
            source: "shop".into(),
            tenant: tenant.into(),
            subject: None,
            user: user.into(),
            email: None,
            issued_at: DateTime::UNIX_EPOCH,
            jti: None,
        });
        Authorized { bounds: caller.bounds(), caller, actor: Actor::default(), permission: PhantomData }
    }

    #[test]
    fn no_two_people_share_an_idempotency_key() {
        let kept = |tenant, user, key: &str| person(tenant, user).idempotency(key.to_owned());
        let one = kept("t1", "7", "order-1");
        assert_eq!(one, kept("t1", "7", "order-1"));
        for other in [
            kept("t2", "7", "order-1"),
            kept("t1", "8", "order-1"),
            kept("t1", "7", "order-2"),
            kept("t17", "", "order-1"),
        ] {
            assert_ne!(one, other);
        }
    }
}
