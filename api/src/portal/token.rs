//! A token that was verified.

use crate::language_tag::LanguageTag;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::{
    export::{SubjectId, TenantId},
    ledger::exports::PresentedToken,
};
use std::fmt;

/// From `iat` on, a token is fresh for so long.
pub(crate) const FRESH: TimeDelta = TimeDelta::minutes(5);

/// What a person is in the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// One who may have their own person's data.
    Member,
    /// One who answers for the tenant.
    Admin,
}

/// What a token stands for, after it was verified.
#[derive(Clone)]
pub struct PortalToken {
    /// Who signed it.
    pub issuer: String,
    /// The source it is for.
    pub source: String,
    /// The tenant that the person belongs to.
    pub tenant: TenantId,
    /// The product's id of the person.
    pub user: String,
    /// What the person is in the product.
    pub role: Role,
    /// A member's person in the tenant's data; `None` for an admin.
    pub person: Option<SubjectId>,
    /// The address on file.
    pub email: Option<String>,
    /// The language that the person reads.
    pub(crate) locale: Option<LanguageTag>,
    /// SHA-256 of its `jti`.
    pub id_hash: [u8; 32],
    /// When it was signed.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// From when on it is refused.
    pub refused_from: DateTime<Utc>,
}

impl PortalToken {
    /// Whether the person signed in just now, or so the product says.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.issued_at < FRESH
    }

    /// The person's name in the audit: the product's own id where it is plain, else its SHA-256, since it may be an address.
    pub(crate) fn audit_name(&self) -> String {
        let is_plain = (1..=64).contains(&self.user.len())
            && self.user.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        if is_plain { self.user.clone() } else { format!("sha256:{}", hex::encode(Sha256::digest(&self.user))) }
    }

    /// A text that no two people share, and one person not in two roles.
    fn identity(&self) -> Sha256 {
        let role = match self.role {
            Role::Member => "member",
            Role::Admin => "admin",
        };
        let mut hash = Sha256::new();
        for part in [&self.issuer, &self.source, self.tenant.as_str(), &self.user, role] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash
    }

    /// The person's `Idempotency-Key` as it is kept among those of everybody.
    pub(crate) fn idempotency(&self, key: &str) -> String {
        format!("portal:{}", hex::encode(self.identity().chain_update(key).finalize()))
    }

    /// The token as the ledger keeps it, for a request whose body has this SHA-256.
    pub(crate) fn presented(&self, body: &[u8; 32]) -> PresentedToken {
        PresentedToken {
            issuer: self.issuer.clone(),
            id_hash: self.id_hash,
            request_hash: self.identity().chain_update(body).finalize().into(),
            expires_at: self.refused_from,
        }
    }
}

impl fmt::Debug for PortalToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PortalToken({}, {:?}, …)", self.source, self.role)
    }
}

#[cfg(test)]
impl PortalToken {
    /// A token of a person of this role in this tenant.
    pub(crate) fn example(source: &str, tenant: &str, role: &str) -> Self {
        let role = serde_json::from_value(role.into()).unwrap();
        let person = SubjectId::new("user", "7").unwrap();
        Self {
            issuer: "https://app.example.com".into(),
            source: source.into(),
            tenant: TenantId::new(tenant).unwrap(),
            user: "7".into(),
            role,
            person: (role == Role::Member).then_some(person),
            email: None,
            locale: None,
            id_hash: [0; 32],
            issued_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
            refused_from: DateTime::UNIX_EPOCH,
        }
    }
}
