//! Who is asking: a program with a key, one of the product's own people with a token that its back end signed, or an operator who is signed in.

use super::{Bounds, Permission, Portal};
use crate::{
    Context, console, form,
    portal::{PortalToken, Verifier},
    problem::Problem,
};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Data,
};
use chrono::{DateTime, Utc};
use shared::ledger::{
    keys::{self, ApiKey},
    operators::{self, SignedIn},
};

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// An API key.
    Key(Box<ApiKey>),
    /// One of the product's own people.
    Portal(Box<PortalToken>),
    /// An operator with a session of the console.
    Operator(Box<SignedIn>),
}

impl Caller {
    /// Who presents the credential of this request; refused with the same 401 whether it is missing, malformed, unknown, expired or revoked.
    pub(super) async fn identify(
        request: &HttpRequest,
        context: &Context,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let header = request.headers().get(header::AUTHORIZATION);
        // Whoever presents a key is judged by it, and pages are for people.
        if header.is_none() || console::is_page(request.path()) {
            return Self::signed_in(request, context, now).await;
        }
        let presented = header.and_then(|header| header.to_str().ok()).and_then(bearer).ok_or_else(unauthorized)?;
        // A token has two dots, a key none.
        if presented.contains('.') {
            let verifier = request
                .app_data::<Data<Verifier>>()
                .ok_or_else(|| Problem::internal("the server was built without its verifier"))?;
            return match verifier.verify(presented, now).await {
                Ok(token) => Ok(Self::Portal(Box::new(token))),
                Err(reason) => {
                    tracing::info!(%reason, "Refused a portal token");
                    Err(unauthorized())
                }
            };
        }
        let key = keys::authenticate(&context.ledger, presented, now).await?.ok_or_else(unauthorized)?;
        Ok(Self::Key(Box::new(key)))
    }

    /// The operator whose session the cookie of this request is. A browser adds it to whatever it sends, so the request must also be one of our own pages'.
    async fn signed_in(request: &HttpRequest, context: &Context, now: DateTime<Utc>) -> Result<Self, Problem> {
        let cookie = console::cookie(request);
        let token = cookie.read(request).ok_or_else(unauthorized)?;
        if !console::is_page(request.path()) && !form::is_of_own_page(request) {
            return Err(Problem::of_another_site());
        }
        let found = operators::find_session(&context.ledger, token, now).await?;
        let whole = found.filter(|found| found.session.tries_left.is_none()).ok_or_else(unauthorized)?;
        Ok(Self::Operator(Box::new(whole)))
    }

    /// The name in the audit.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Key(key) => format!("key:{}", key.prefix),
            Self::Portal(token) => format!("portal:{}", token.audit_name()),
            Self::Operator(signed_in) => signed_in.operator.audit_name(),
        }
    }

    /// Whether the caller has the permission, for whatever lies within its bounds.
    pub(crate) fn has<P: Permission>(&self) -> bool {
        match self {
            Self::Key(key) => key.may(P::SCOPE),
            Self::Portal(token) => match P::PORTAL {
                Portal::Nobody => false,
                Portal::Admins => token.person.is_none(),
                Portal::Members => true,
            },
            Self::Operator(signed_in) => signed_in.operator.may(P::SCOPE),
        }
    }

    /// What the caller is for.
    pub(crate) fn bounds(&self) -> Bounds {
        match self {
            Self::Key(key) => Bounds { source: key.source.clone(), tenant: key.tenant.clone(), subject: None },
            Self::Portal(token) => Bounds {
                source: Some(token.source.clone()),
                tenant: Some(token.tenant.as_str().to_owned()),
                subject: token.person.clone(),
            },
            Self::Operator(_) => Bounds::default(),
        }
    }
}

/// The credential in an `Authorization` header; the scheme is case-insensitive (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, credential) = header.split_once(' ')?;
    let credential = credential.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty()).then_some(credential)
}

fn unauthorized() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "A valid API key or portal token is needed",
        "Send `Authorization: Bearer hk_…` with a key that is neither expired nor revoked, or a portal token that counts now.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{ArchivesDelete, ExportsOperate, ExportsRead, ExportsWrite, SchedulesRead};

    #[test]
    fn only_a_bearer_header_holds_a_credential() {
        assert_eq!(bearer("Bearer hk_x"), Some("hk_x"));
        assert_eq!(bearer("bearer  hk_x "), Some("hk_x"));
        for header in ["", "hk_x", "Bearer", "Bearer ", "Basic aGs6", "Bearerhk_x"] {
            assert_eq!(bearer(header), None, "{header:?}");
        }
    }

    #[test]
    fn the_products_people_ask_for_their_data_and_operate_nothing() {
        for (role, deletes) in [("admin", true), ("member", false)] {
            let token = PortalToken::example("shop", "t1", role);
            let caller = Caller::Portal(Box::new(token.clone()));
            assert!(caller.has::<ExportsRead>() && caller.has::<ExportsWrite>());
            assert!(!caller.has::<ExportsOperate>() && !caller.has::<SchedulesRead>());
            assert_eq!(caller.has::<ArchivesDelete>(), deletes);
            assert!(caller.bounds().covers("shop", "t1", token.person.as_ref()));
            assert_eq!(caller.bounds().covers("shop", "t1", None), deletes);
            assert!(!caller.bounds().covers("shop", "t2", token.person.as_ref()));
            assert!(!caller.bounds().covers("crm", "t1", token.person.as_ref()));
        }
    }
}
