//! The keys of portal tokens as they stand in a setting.

use aws_lc_rs::{
    rsa::PublicEncryptingKey,
    signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use zeroize::Zeroizing;

/// What a PEM block begins and ends with.
const MARK: &str = "-----";
/// RFC 7518, section 3.2: a key for HS256 has at least as many bytes as the hash.
const SHORTEST_SECRET: usize = 32;

/// The algorithms that tokens may be signed with (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, of 2048 to 8192 bits.
    Rs256,
    /// HMAC-SHA-256.
    Hs256,
}

/// A key for the one algorithm that its kind decides.
#[derive(Clone)]
pub struct PortalKey {
    /// What `kid` of a token calls it.
    pub id: String,
    /// What it verifies.
    pub algorithm: PortalAlgorithm,
    /// A SubjectPublicKeyInfo (RFC 5280) in DER, or the secret.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Reads keys; what is wrong quotes no key.
pub(super) fn parse(text: &str) -> Result<Vec<PortalKey>, String> {
    let mut keys: Vec<PortalKey> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter == ',' || letter.is_whitespace());
        if rest.is_empty() {
            break;
        }
        let number = keys.len() + 1;
        let (id, after) = rest.split_once(':').filter(|(id, _)| is_id(id)).ok_or_else(|| {
            format!("key {number} is not written as id:key, with an id of 1 to 128 letters, digits, `_`, `-` or `.`")
        })?;
        let (written, after) =
            entry(after.trim_start()).ok_or_else(|| format!("the PEM of the key `{id}` has no end"))?;
        if keys.iter().any(|key| key.id == id) {
            return Err(format!("there are two keys `{id}`"));
        }
        keys.push(key(id, written)?);
        rest = after;
    }
    if keys.is_empty() { Err("holds no key".into()) } else { Ok(keys) }
}

/// One key as it is written, and what follows it.
fn entry(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(MARK) {
        let end = text.find(|letter: char| letter == ',' || letter.is_whitespace()).unwrap_or(text.len());
        return Some(text.split_at(end));
    }
    let last_line = text.find("-----END")?;
    let end = text.get(last_line + MARK.len()..)?.find(MARK)?;
    text.split_at_checked(last_line + MARK.len() + end + MARK.len())
}

fn key(id: &str, written: &str) -> Result<PortalKey, String> {
    if !written.starts_with(MARK) {
        let secret = STANDARD.decode(written).or_else(|_| URL_SAFE_NO_PAD.decode(written));
        let secret = Zeroizing::new(secret.map_err(|_| format!("the key `{id}` is neither PEM nor base64"))?);
        if secret.len() < SHORTEST_SECRET {
            return Err(format!("the secret `{id}` has less than {SHORTEST_SECRET} bytes"));
        }
        // 0x30 begins a SubjectPublicKeyInfo (RFC 5280, in DER); any 32 bytes alone are a key of Ed25519 too.
        if secret.starts_with(MARK.as_bytes()) || secret.starts_with(&[0x30]) && algorithm_of(&secret).is_some() {
            return Err(format!(
                "the key `{id}` is a public key without the lines of PEM around it: everybody could sign with it"
            ));
        }
        return Ok(PortalKey { id: id.into(), algorithm: PortalAlgorithm::Hs256, bytes: secret });
    }
    let public = SubjectPublicKeyInfoDer::from_pem_slice(written.as_bytes())
        .map_err(|_| format!("the key `{id}` is no PEM of a PUBLIC KEY"))?;
    let algorithm = algorithm_of(&public)
        .ok_or_else(|| format!("the key `{id}` is none that counts: Ed25519, P-256, or RSA of 2048 to 8192 bits"))?;
    Ok(PortalKey { id: id.into(), algorithm, bytes: Zeroizing::new(public.to_vec()) })
}

/// The algorithm for a public key.
fn algorithm_of(public: &[u8]) -> Option<PortalAlgorithm> {
    if ParsedPublicKey::new(&ED25519, public).is_ok() {
        Some(PortalAlgorithm::EdDsa)
    } else if ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).is_ok() {
        Some(PortalAlgorithm::Es256)
    } else if PublicEncryptingKey::from_der(public).is_ok() {
        Some(PortalAlgorithm::Rs256)
    } else {
        None
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
