//! Link tokens: random, signed with HMAC-SHA-256 (RFC 2104), known to the ledger only by their hash.

use crate::config::Config;
use secrecy::SecretString;

/// Signs and checks link tokens.
#[derive(Clone)]
pub struct LinkSigner {}

/// A token that this installation signed; its hash finds the link in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedToken {
    /// SHA-256 of the token's text.
    pub hash: [u8; 32],
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkKeyError {
    /// The key list is not `id:base64,…` with 32 bytes each.
    #[error("HANDOVER_LINKS__KEYS: {0}")]
    Malformed(String),
    /// The key file in the data folder cannot be read or made.
    #[error("the link key in the data folder cannot be used")]
    File(#[from] std::io::Error),
}

impl LinkSigner {
    /// The signer with the configured keys, or with the key in the data folder, which is made (mode 0600) at the first start.
    pub fn open(_config: &Config) -> Result<Self, LinkKeyError> {
        todo!()
    }
    /// A new token and its hash: `<key id>.<43 base64url of 32 random bytes>.<43 base64url of the HMAC>`.
    pub fn mint(&self) -> (SecretString, SignedToken) {
        todo!()
    }
    /// The token's hash if one of the keys signed exactly this text; checked in constant time.
    pub fn check(&self, _presented: &str) -> Option<SignedToken> {
        todo!()
    }
}
