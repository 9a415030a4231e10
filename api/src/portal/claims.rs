//! What a token claims, and which of it must be how.

use super::{PortalToken, Product, Refused, Role};
use crate::{language_tag::LanguageTag, mail_address::MailAddress};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use shared::export::{SubjectId, TenantId};
use std::fmt;

/// By how much the clocks of product and Handover may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// From `iat` to `exp`.
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// The longest `jti` and `sub`, in bytes.
const LONGEST_NAME: usize = 512;

/// A claim, by its name (RFC 7519, and our own).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// For whom the token is.
    Audience,
    /// The token's own number.
    Id,
    /// The person.
    Subject,
    /// One of them all: the claims could not be read.
    Any,
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Audience => "aud",
            Self::Id => "jti",
            Self::Subject => "sub",
            Self::Any => "iss, aud, exp, nbf, iat, jti, sub, tenant, role, email, locale or source",
        })
    }
}

/// The claims of a token whose signature was right. One that stands there twice is refused.
#[derive(Deserialize)]
pub(super) struct Claims {
    aud: Audience,
    exp: Moment,
    #[serde(default)]
    nbf: Option<Moment>,
    iat: Moment,
    jti: String,
    sub: String,
    tenant: TenantId,
    role: Role,
    #[serde(default)]
    email: Option<MailAddress>,
    #[serde(default)]
    locale: Option<String>,
}

/// One recipient or several (RFC 7519, section 4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519, section 2).
struct Moment(DateTime<Utc>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // To the end of the year 9999; a comparison with NaN is false.
        let plausible = (0.0..=253_402_300_799.0).contains(&seconds);
        let moment = plausible.then(|| DateTime::from_timestamp_micros((seconds * 1e6) as i64)).flatten();
        moment.map(Self).ok_or_else(|| serde::de::Error::custom("no time"))
    }
}

impl Audience {
    fn holds(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

impl Claims {
    /// What the token stands for, if its claims are as they must be at `now`. Its issuer and source are those of the product: they chose its keys.
    pub(super) fn check(self, audience: &str, product: &Product, now: DateTime<Utc>) -> Result<PortalToken, Refused> {
        if !self.aud.holds(audience) {
            return Err(Refused::Claim(Claim::Audience));
        }
        let (issued_at, expires_at) = (self.iat.0, self.exp.0);
        if expires_at + LEEWAY <= now {
            return Err(Refused::Expired);
        }
        if issued_at > now + LEEWAY || self.nbf.is_some_and(|begin| begin.0 > now + LEEWAY) {
            return Err(Refused::Early);
        }
        if expires_at - issued_at > LONGEST {
            return Err(Refused::Lifetime);
        }
        if !is_name(&self.jti) {
            return Err(Refused::Claim(Claim::Id));
        }
        if !is_name(&self.sub) {
            return Err(Refused::Claim(Claim::Subject));
        }
        let person = match (self.role, &product.member) {
            (Role::Admin, _) => None,
            (Role::Member, None) => return Err(Refused::NoMembers),
            (Role::Member, Some(kind)) => {
                Some(SubjectId::new(kind, &self.sub).map_err(|_| Refused::Claim(Claim::Subject))?)
            }
        };
        Ok(PortalToken {
            issuer: product.issuer.clone(),
            source: product.source.clone(),
            tenant: self.tenant,
            user: self.sub,
            role: self.role,
            person,
            email: self.email.map(Into::into),
            // Some write `de_AT` (OpenID Connect Core 1.0, section 5.1); what is no tag at all keeps nobody out.
            locale: self.locale.and_then(|tag| LanguageTag::try_from(tag.replace('_', "-")).ok()),
            id_hash: Sha256::digest(&self.jti).into(),
            issued_at,
            expires_at,
            refused_from: expires_at + LEEWAY,
        })
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len()) && !text.contains(char::is_control)
}
