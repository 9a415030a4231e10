//! A key that verifies tokens, and the one algorithm it is for.

use jsonwebtoken::{Algorithm, DecodingKey};
use shared::config::{PortalAlgorithm, PortalKey};

/// A key for one algorithm.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    /// What `kid` of a token calls it; in a set it may have no name.
    pub(super) id: Option<String>,
    /// The only algorithm it verifies, whatever a token's header says.
    pub(super) algorithm: Algorithm,
    /// The key itself.
    pub(super) key: DecodingKey,
}

impl From<PortalKey> for VerifyingKey {
    fn from(key: PortalKey) -> Self {
        let (algorithm, decoding) = match key.algorithm {
            PortalAlgorithm::EdDsa => (Algorithm::EdDSA, DecodingKey::from_ed_der(&key.bytes)),
            PortalAlgorithm::Es256 => (Algorithm::ES256, DecodingKey::from_ec_der(&key.bytes)),
            PortalAlgorithm::Rs256 => (Algorithm::RS256, DecodingKey::from_rsa_der(&key.bytes)),
            PortalAlgorithm::Hs256 => (Algorithm::HS256, DecodingKey::from_secret(&key.bytes)),
        };
        Self { id: Some(key.id), algorithm, key: decoding }
    }
}

/// The key of this name; without a name the only one there is.
pub(super) fn select<'k>(keys: &'k [VerifyingKey], id: Option<&str>) -> Option<&'k VerifyingKey> {
    match (id, keys) {
        (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}
