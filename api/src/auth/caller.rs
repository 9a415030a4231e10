//! Who is asking: a program with a key, or one of the product's own people with a token that its back end signed.

use super::{Bounds, Permission, Portal};
use crate::{Context, problem::Problem};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
};
use chrono::{DateTime, Utc};
use shared::export::SubjectId;
use shared::ledger::keys::{self, ApiKey};

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// An API key.
    Key(ApiKey),
    /// One of the product's own people.
    #[cfg_attr(not(test), expect(dead_code, reason = "no token is read yet"))]
    Portal(PortalCaller),
}

/// One of the product's own people, as the product's back end signed for them.
#[derive(Debug, Clone)]
pub(crate) struct PortalCaller {
    /// The source their tenant is in.
    pub(crate) source: String,
    /// Their tenant.
    pub(crate) tenant: String,
    /// Their person in the tenant's data; `None` for one who answers for the whole tenant.
    pub(crate) subject: Option<SubjectId>,
    /// Their number in the product.
    pub(crate) user: String,
    /// Where they get mail.
    #[expect(dead_code, reason = "no token is read yet")]
    pub(crate) email: Option<String>,
    /// When the token was signed.
    #[expect(dead_code, reason = "no token is read yet")]
    pub(crate) issued_at: DateTime<Utc>,
    /// The token's own number, which starts one export.
    #[expect(dead_code, reason = "no token is read yet")]
    pub(crate) jti: Option<String>,
}

impl Caller {
    /// Who presents the credential of this request; refused with the same 401 whether it is missing, malformed, unknown, expired or revoked.
    pub(super) async fn identify(
        request: &HttpRequest,
        context: &Context,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let presented = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(bearer)
            .ok_or_else(unauthorized)?;
        let key = keys::authenticate(&context.ledger, presented, now).await?.ok_or_else(unauthorized)?;
        Ok(Self::Key(key))
    }

    /// The name in the audit.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Key(key) => format!("key:{}", key.prefix),
            Self::Portal(person) => format!("portal:{}", person.user),
        }
    }

    /// Whether the caller has the permission, for whatever lies within its bounds.
    pub(crate) fn has<P: Permission>(&self) -> bool {
        match self {
            Self::Key(key) => key.may(P::SCOPE),
            Self::Portal(person) => match P::PORTAL {
                Portal::Nobody => false,
                Portal::Admins => person.subject.is_none(),
                Portal::Members => true,
            },
        }
    }

    /// What the caller is for.
    pub(crate) fn bounds(&self) -> Bounds {
        match self {
            Self::Key(key) => Bounds { source: key.source.clone(), tenant: key.tenant.clone(), subject: None },
            Self::Portal(person) => Bounds {
                source: Some(person.source.clone()),
                tenant: Some(person.tenant.clone()),
                subject: person.subject.clone(),
            },
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
        "A valid API key is needed",
        "Send `Authorization: Bearer hk_…` with a key that is neither expired nor revoked.",
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
        let admin = PortalCaller {
            source: "shop".into(),
            tenant: "t1".into(),
            subject: None,
            user: "7".into(),
            email: None,
            issued_at: DateTime::UNIX_EPOCH,
            jti: None,
        };
        let member = PortalCaller { subject: Some(SubjectId::new("customer", "7").unwrap()), ..admin.clone() };
        for (person, deletes) in [(admin, true), (member, false)] {
            let caller = Caller::Portal(person.clone());
            assert!(caller.has::<ExportsRead>() && caller.has::<ExportsWrite>());
            assert!(!caller.has::<ExportsOperate>() && !caller.has::<SchedulesRead>());
            assert_eq!(caller.has::<ArchivesDelete>(), deletes);
            assert!(caller.bounds().covers("shop", "t1", person.subject.as_ref()));
            assert!(!caller.bounds().covers("shop", "t2", person.subject.as_ref()));
        }
    }
}
