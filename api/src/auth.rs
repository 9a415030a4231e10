//! Who may call: the credential of a request, turned into an argument that a handler cannot do without.

mod bounds;
mod caller;
mod permission;

pub(crate) use bounds::Bounds;
pub(crate) use caller::Caller;
pub use permission::Portal;
pub(crate) use permission::{
    ArchivesDelete, AuditRead, ConsoleUse, ExportsOperate, ExportsRead, ExportsWrite, KeysRead, KeysWrite,
    OperatorsManage, Permission, RecipientsRead, RecipientsWrite, SchedulesRead, SchedulesWrite, SourcesCheck,
    SourcesRead, WebhooksRead, WebhooksReplay, WebhooksWrite,
};

use crate::{Context, console, exchange, portal::PortalToken, problem::Problem, throttle};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode, web::Data};
use chrono::{DateTime, Utc};
use futures::{FutureExt, future::LocalBoxFuture};
use shared::clock;
use shared::export::SubjectId;
use shared::ledger::{
    audit::{self, Actor, NewEvent},
    exports::Export,
    keys::{self, KeyScope, Role},
    operators::SignedIn,
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
            Caller::Portal(_) | Caller::Operator(_) => None,
        }
    }

    /// The operator who is signed in, and the session.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        match &self.caller {
            Caller::Operator(signed_in) => Some(signed_in),
            Caller::Key(_) | Caller::Portal(_) => None,
        }
    }

    /// The caller's `Idempotency-Key` as it is kept: no two callers ever share one.
    pub(crate) fn idempotency(&self, key: String) -> String {
        match &self.caller {
            Caller::Key(_) => key,
            Caller::Portal(token) => token.idempotency(&key),
            Caller::Operator(signed_in) => format!("{}:{key}", signed_in.operator.audit_name()),
        }
    }

    /// The token that the caller came with, where it is one of the product's own people.
    pub(crate) fn token(&self) -> Option<&PortalToken> {
        match &self.caller {
            Caller::Key(_) | Caller::Operator(_) => None,
            Caller::Portal(token) => Some(token),
        }
    }

    /// Refuses one of the product's own people who wants a whole tenant's data and did not sign in just now.
    pub(crate) fn require_fresh(&self, subject: Option<&SubjectId>, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.token() {
            Some(token) if subject.is_none() && !token.is_fresh(now) => Err(Problem::token_not_fresh()),
            _ => Ok(()),
        }
    }

    /// The export as it is shown to the caller. Why an archive is held is for operators, and so are the texts of errors, which name tables and settings: the
    /// product's people get their codes.
    pub(crate) fn shown(&self, mut export: Export) -> Export {
        if self.token().is_some() {
            (export.hold_reason, export.reason, export.deletion.error) = (None, None, None);
        }
        export
    }

    /// What the caller is for.
    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
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

    /// Whether the caller is for all that a key with these bounds would be for.
    pub(crate) fn encloses(&self, source: Option<&str>, tenant: Option<&str>) -> bool {
        self.bounds.encloses(source, tenant)
    }

    /// Whether the caller's key or role gives this scope.
    pub(crate) fn may(&self, scope: KeyScope) -> bool {
        match &self.caller {
            Caller::Key(key) => key.may(scope),
            Caller::Portal(_) => false,
            Caller::Operator(signed_in) => signed_in.operator.may(scope),
        }
    }

    /// The role of the caller or of its key.
    pub(crate) fn role(&self) -> Option<Role> {
        match &self.caller {
            Caller::Key(key) => key.role,
            Caller::Portal(_) => None,
            Caller::Operator(signed_in) => Some(signed_in.operator.role),
        }
    }

    /// When the caller's key ends.
    pub(crate) fn ends_at(&self) -> Option<DateTime<Utc>> {
        match &self.caller {
            Caller::Key(key) => key.expires_at,
            Caller::Portal(_) | Caller::Operator(_) => None,
        }
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
    match &caller {
        Caller::Key(key) => keys::note_use(&context.ledger, key, &actor, now).await?,
        Caller::Operator(signed_in) => {
            // Also a page of refusal shows who is signed in.
            request.extensions_mut().insert(SignedIn::clone(signed_in));
            console::account::require_settled(request, context, &signed_in.operator)?;
        }
        Caller::Portal(_) => {}
    }
    if !caller.has::<P>() {
        let Bounds { source, tenant, .. } = caller.bounds();
        let event = NewEvent {
            actor,
            action: "access.refused",
            export_id: None,
            source,
            tenant,
            detail: serde_json::json!({ "needed": P::SCOPE, "route": request.match_pattern() }),
        };
        audit::record(&context.ledger, event, now).await?;
        let detail = match (&caller, P::PORTAL) {
            (Caller::Portal(_), Portal::Admins) => "This needs a portal token with the role `admin`.".to_owned(),
            (Caller::Portal(_), _) => "This is for operators: no portal token does it.".to_owned(),
            (Caller::Key(_), _) => format!("This needs a key with the scope `{}`.", P::SCOPE),
            (Caller::Operator(signed_in), _) => format!(
                "Your role here, {}, does not include this. An administrator can do it, or give you another role.",
                signed_in.operator.role
            ),
        };
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "The caller may not do this", detail));
    }
    Ok(Authorized { bounds, caller, actor, permission: PhantomData })
}
