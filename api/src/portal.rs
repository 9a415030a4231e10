//! Portal tokens: short JWTs (RFC 7519) that a product's back end signs for the people who use it.
//!
//! Which key verifies a token is decided by its issuer and `kid`, and which algorithm by the key alone. What a token says is
//! believed after its signature, and nothing of a token is kept or logged.

mod claims;
mod jwks;
mod key;
mod key_set;
#[cfg(test)]
mod tests;
mod token;

pub use claims::Claim;
pub use key_set::KeySetError;
pub use token::{PortalToken, Role};

use self::{claims::Claims, key_set::KeySet};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Validation, dangerous::insecure_decode_claims, decode, decode_header};
use serde::Deserialize;
use shared::config::PortalConfig;
use std::collections::HashSet;

/// The longest token in bytes; one signed with RSA of 4096 bits has about 1200.
const LONGEST: usize = 4096;

/// Verifies the tokens of every product that is configured.
pub struct Verifier {
    audience: String,
    products: Vec<Product>,
}

/// The product of one source.
struct Product {
    source: String,
    issuer: String,
    /// The kind of person that a member is.
    member: Option<String>,
    keys: KeySet,
}

/// Why a token is refused. It is for the log: who presented the token is always told the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody signs tokens here.
    #[error("no portal is configured")]
    NoPortal,
    /// It is longer than 4096 bytes.
    #[error("the token is too long")]
    TooLong,
    /// It is not three parts of base64url with JSON in them, or its header names an algorithm, a type or an extension that is not taken.
    #[error("this is no token, or one of another kind")]
    NoToken,
    /// No product has this issuer; or several have, and the token does not name its source.
    #[error("the issuer is unknown, or the token does not say for which of its sources it is")]
    Issuer,
    /// No key has this `kid`; or there are several, and the token names none.
    #[error("the key that the token names is unknown")]
    Key,
    /// The signature is not of this key, or made with another algorithm than the key's own.
    #[error("the signature is not right")]
    Signature,
    /// A claim is missing, malformed, or not as it must be.
    #[error("the claim `{0}` is missing or not as it must be")]
    Claim(Claim),
    /// The token is over.
    #[error("the token has expired")]
    Expired,
    /// The token does not count yet.
    #[error("the token does not count yet")]
    Early,
    /// It would count for longer than 15 minutes.
    #[error("the token's lifetime is too long")]
    Lifetime,
    /// A member came, but the source has no kind of person for members.
    #[error("members of this source are not let in")]
    NoMembers,
}

/// What decides, before the signature is verified, which keys it is verified with.
#[derive(Deserialize)]
struct Address {
    iss: String,
    source: Option<String>,
}

impl Verifier {
    /// The verifier for these settings; refused only where a configured key cannot be read.
    pub fn open(config: &PortalConfig) -> Result<Self, KeySetError> {
        let product = |(source, settings): (&String, &shared::config::PortalSourceConfig)| {
            Ok(Product {
                source: source.clone(),
                issuer: settings.issuer.clone().unwrap_or_default(),
                member: settings.member.clone(),
                keys: KeySet::open(settings)?,
            })
        };
        let products = config.sources.iter().map(product).collect::<Result<_, _>>()?;
        Ok(Self { audience: config.audience.clone(), products })
    }

    /// What the token says, if it counts at `now`.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<PortalToken, Refused> {
        if self.products.is_empty() {
            return Err(Refused::NoPortal);
        }
        if token.len() > LONGEST {
            return Err(Refused::TooLong);
        }
        let header = decode_header(token).map_err(|_| Refused::NoToken)?;
        // RFC 7515, section 4.1.11: what is critical must be understood. RFC 8725, section 3.11: a token of another type is another thing.
        let is_jwt = header.typ.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("jwt"));
        if header.crit.is_some() || !is_jwt {
            return Err(Refused::NoToken);
        }
        let product = self.product(token)?;
        let key = product.keys.find(header.kid.as_deref(), now).await.ok_or(Refused::Key)?;
        let claims: Claims = decode(token, &key.key, &signature_only(key.algorithm)).map_err(refusal)?.claims;
        claims.check(&self.audience, product, now)
    }

    /// The product whose keys the token has to be verified with.
    fn product(&self, token: &str) -> Result<&Product, Refused> {
        let address: Address = insecure_decode_claims(token).map_err(|_| Refused::NoToken)?;
        let mut signing = self.products.iter().filter(|product| {
            product.issuer == address.iss && address.source.as_ref().is_none_or(|source| *source == product.source)
        });
        match (signing.next(), signing.next()) {
            (Some(product), None) => Ok(product),
            _ => Err(Refused::Issuer),
        }
    }
}

/// The claims are checked here, at a time that is an argument.
fn signature_only(algorithm: jsonwebtoken::Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn refusal(error: jsonwebtoken::errors::Error) -> Refused {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::Json(_) => Refused::Claim(Claim::Any),
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => Refused::NoToken,
        _ => Refused::Signature,
    }
}
