//! A set of public keys (JWK set, RFC 7517).

use super::key::{VerifyingKey, select};
use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;

/// A set as it is written. A key that is not understood is none (RFC 7517, section 5), and does not spoil the others.
#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// The keys of a set that tokens can be verified with, in its order; `None` if this is no set.
///
/// Secrets (`oct`) are left out: a set is public.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<VerifyingKey>> {
    let document: Document = serde_json::from_slice(bytes).ok()?;
    let mut keys: Vec<VerifyingKey> = Vec::new();
    for value in document.keys {
        let Some(key) = serde_json::from_value::<Jwk>(value).ok().and_then(|jwk| verifying(&jwk)) else { continue };
        let is_double = key.id.is_some() && select(&keys, key.id.as_deref()).is_some();
        if !is_double {
            keys.push(key);
        }
    }
    Some(keys)
}

fn verifying(jwk: &Jwk) -> Option<VerifyingKey> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    let common = &jwk.common;
    let is_for_it = common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    let key = DecodingKey::from_jwk(jwk).ok().filter(|key| has_right_length(key, algorithm))?;
    (is_for_it && signs && verifies).then(|| VerifyingKey { id: common.key_id.clone(), algorithm, key })
}

fn has_right_length(key: &DecodingKey, algorithm: Algorithm) -> bool {
    match (key.kind(), algorithm) {
        (DecodingKeyKind::SecretOrDer(point), Algorithm::EdDSA) => point.len() == 32,
        (DecodingKeyKind::SecretOrDer(point), Algorithm::ES256) => point.len() == 65,
        (DecodingKeyKind::RsaModulusExponent { n, .. }, Algorithm::RS256) => (256..=1024).contains(&n.len()),
        _ => false,
    }
}
