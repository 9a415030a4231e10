//! The table `api_keys`: who may call the API. Only the hash of a key's secret is stored.

use super::{Ledger, Result};
use crate::export::words;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::types::Json;
use uuid::Uuid;

words! {
    /// What a key may do.
    KeyScope {
        /// Read exports and their progress.
        ExportsRead = "exports:read",
        /// Ask for exports, cancel them, make and revoke links.
        ExportsWrite = "exports:write",
        /// Everything.
        Admin = "admin",
    }
}

/// A key.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ApiKey {
    /// Its number.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// The public start of the key (`hk_` and eight characters), to recognise it by.
    pub prefix: String,
    /// SHA-256 of the whole key. A key holds 256 random bits, so a slow password hash would add nothing.
    pub hash: Vec<u8>,
    /// What it may do.
    pub scopes: Json<Vec<KeyScope>>,
    /// The only source it may use.
    pub source: Option<String>,
    /// The only tenant it may use; only together with a source.
    pub tenant: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a new key shall be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// What it may do; not empty.
    pub scopes: Vec<KeyScope>,
    /// The only source it may use.
    pub source: Option<String>,
    /// The only tenant it may use.
    pub tenant: Option<String>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes a key; the secret text (`hk_<8 base32>_<43 base64url>`) is returned once and stored nowhere.
pub async fn create(_ledger: &Ledger, _new: NewKey, _now: DateTime<Utc>) -> Result<(ApiKey, SecretString)> {
    todo!()
}
/// The key that this text is, if it counts at `now`: found by prefix, compared in constant time; notes the use (at most once a minute).
pub async fn authenticate(_ledger: &Ledger, _presented: &str, _now: DateTime<Utc>) -> Result<Option<ApiKey>> {
    todo!()
}
/// All keys, oldest first.
pub async fn list(_ledger: &Ledger) -> Result<Vec<ApiKey>> {
    todo!()
}
/// Revokes the key with this number or prefix; `false` if there is none.
pub async fn revoke(_ledger: &Ledger, _id_or_prefix: &str, _now: DateTime<Utc>) -> Result<bool> {
    todo!()
}
