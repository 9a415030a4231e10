//! The table `api_keys`: who may call the API. Only the hash of a key's secret is stored.

mod role;
mod scope;
mod uses;

pub use role::Role;
pub use scope::KeyScope;
pub use uses::note_use;

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, LedgerError, Result, storable, stored};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How many letters of base32 a key is recognised by.
const PREFIX_LETTERS: usize = 8;

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
    /// What it may do by the name of a role.
    pub role: Option<Role>,
    /// What it may do besides.
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

impl ApiKey {
    /// Whether its role or its scopes give what is needed, for whatever it is bound to.
    pub fn may(&self, needed: KeyScope) -> bool {
        self.all_scopes().any(|scope| scope.includes(needed))
    }

    /// What its role gives and what it has besides; one may be there twice.
    pub fn all_scopes(&self) -> impl Iterator<Item = KeyScope> {
        all_scopes(self.role, &self.scopes)
    }

    /// Whether it is neither revoked nor expired.
    pub fn counts_at(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

fn all_scopes(role: Option<Role>, besides: &[KeyScope]) -> impl Iterator<Item = KeyScope> {
    role.map_or(&[][..], Role::scopes).iter().chain(besides).copied()
}

/// What a new key shall be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// What it may do by the name of a role.
    pub role: Option<Role>,
    /// What it may do besides; not empty where there is no role.
    pub scopes: Vec<KeyScope>,
    /// The only source it may use.
    pub source: Option<String>,
    /// The only tenant it may use.
    pub tenant: Option<String>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewKey {
    /// What its role gives and what it has besides; one may be there twice.
    pub fn all_scopes(&self) -> impl Iterator<Item = KeyScope> {
        all_scopes(self.role, &self.scopes)
    }
}

/// Makes a key; the secret text (`hk_<8 base32>_<43 base64url>`, RFC 4648) is returned once and stored nowhere.
///
/// [`LedgerError::TenantWithoutSource`] and [`LedgerError::KeyWithoutScope`] if it is not a key that makes sense.
pub async fn create(ledger: &Ledger, new: NewKey, actor: Actor, now: DateTime<Utc>) -> Result<(ApiKey, SecretString)> {
    if new.tenant.is_some() && new.source.is_none() {
        return Err(LedgerError::TenantWithoutSource);
    }
    if new.role.is_none() && new.scopes.is_empty() {
        return Err(LedgerError::KeyWithoutScope);
    }
    let (prefix, text) = random_key()?;
    let hash = Sha256::digest(text.expose_secret()).to_vec();
    let mut transaction = ledger.begin().await?;
    let key: ApiKey = within!(&mut transaction, connection => sqlx::query_as(
        "insert into api_keys (id, name, prefix, hash, scopes, source, tenant, created_at, expires_at, role)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *")
        .bind(Uuid::now_v7())
        .bind(&new.name)
        .bind(&prefix)
        .bind(&hash)
        .bind(Json(&new.scopes))
        .bind(&new.source)
        .bind(&new.tenant)
        .bind(stored(now))
        .bind(new.expires_at.map(stored))
        .bind(new.role)
        .fetch_one(connection).await?);
    audit::write(&mut transaction, event("key.created", &key, actor), now).await?;
    transaction.commit().await?;
    Ok((key, text))
}

/// The key that this text is, if it counts at `now`: found by prefix, compared in constant time; notes the use (at most once a minute).
pub async fn authenticate(ledger: &Ledger, presented: &str, now: DateTime<Utc>) -> Result<Option<ApiKey>> {
    let Some(prefix) = prefix_of(presented) else {
        return Ok(None);
    };
    let now = stored(now);
    let key: Option<ApiKey> = on!(ledger, pool =>
        sqlx::query_as("select * from api_keys where prefix = $1").bind(prefix).fetch_optional(pool).await?);
    let Some(mut key) = key else { return Ok(None) };
    let genuine: bool = Sha256::digest(presented).as_slice().ct_eq(&key.hash).into();
    if !genuine || !key.counts_at(now) {
        return Ok(None);
    }
    let a_minute_ago = now - TimeDelta::minutes(1);
    if key.last_used_at.is_none_or(|last| last <= a_minute_ago) {
        on!(ledger, pool => sqlx::query(
            "update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)")
            .bind(key.id).bind(now).bind(a_minute_ago).execute(pool).await?.rows_affected());
        key.last_used_at = Some(now);
    }
    Ok(Some(key))
}

/// All keys, oldest first.
pub async fn list(ledger: &Ledger) -> Result<Vec<ApiKey>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from api_keys order by created_at, id").fetch_all(pool).await?))
}

/// One key by its number.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<ApiKey>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from api_keys where id = $1").bind(id).fetch_optional(pool).await?))
}

/// At most `limit` keys that are bound to this source and tenant, where they are given, newest first; with `before` only older ones than it.
pub async fn page(
    ledger: &Ledger,
    source: Option<&str>,
    tenant: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ApiKey>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from api_keys
         where ($1 is null or source = $1) and ($2 is null or tenant = $2) and ($3 is null or id < $3)
         order by id desc limit $4")
        .bind(source.map(storable)).bind(tenant.map(storable)).bind(before).bind(limit.max(0)).fetch_all(pool).await?))
}

/// Revokes the key with this number or prefix; `false` if there is none. Revoking twice is one revocation.
pub async fn revoke(ledger: &Ledger, id_or_prefix: &str, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let id = Uuid::parse_str(id_or_prefix).ok();
    let prefix = storable(id_or_prefix);
    let mut transaction = ledger.begin().await?;
    let key: Option<ApiKey> = within!(&mut transaction, connection =>
        sqlx::query_as("select * from api_keys where id = $1 or prefix = $2").bind(id).bind(&prefix).fetch_optional(connection).await?);
    let Some(key) = key else { return Ok(false) };
    let changed = within!(&mut transaction, connection =>
        sqlx::query("update api_keys set revoked_at = $2 where id = $1 and revoked_at is null")
            .bind(key.id).bind(stored(now)).execute(connection).await?.rows_affected());
    if changed > 0 {
        audit::write(&mut transaction, event("key.revoked", &key, actor), now).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

fn event(action: &'static str, key: &ApiKey, actor: Actor) -> NewEvent {
    NewEvent {
        actor,
        action,
        export_id: None,
        source: key.source.clone(),
        tenant: key.tenant.clone(),
        detail: json!({ "key": key.id, "prefix": key.prefix, "role": key.role, "scopes": key.scopes }),
    }
}

/// 40 bits to find the key by and 256 to prove it with.
fn random_key() -> Result<(String, SecretString)> {
    const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let (mut name, mut secret) = ([0; PREFIX_LETTERS], Zeroizing::new([0; 32]));
    getrandom::fill(&mut name).map_err(LedgerError::Random)?;
    getrandom::fill(secret.as_mut_slice()).map_err(LedgerError::Random)?;
    let letters: String = name.iter().map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect();
    let prefix = format!("hk_{letters}");
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret));
    let text = Zeroizing::new(format!("{prefix}_{}", *secret));
    Ok((prefix, text.as_str().into()))
}

/// The prefix of a text that has the form of a key.
fn prefix_of(presented: &str) -> Option<&str> {
    let letters = presented.strip_prefix("hk_")?.get(..PREFIX_LETTERS)?;
    let secret = presented.get(3 + PREFIX_LETTERS..)?.strip_prefix('_')?;
    let well_formed = letters.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        && secret.len() == 43
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if well_formed { presented.get(..3 + PREFIX_LETTERS) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_key_has_its_own_prefix_and_no_two_are_alike() {
        let (prefix, text) = random_key().unwrap();
        assert_eq!((prefix.len(), text.expose_secret().len()), (11, 55));
        assert_eq!(prefix_of(text.expose_secret()), Some(prefix.as_str()));
        assert_ne!(random_key().unwrap().1.expose_secret(), text.expose_secret());
    }

    proptest! {
        #[test]
        fn only_a_text_in_the_form_of_a_key_has_a_prefix(text in "(hk_)?[a-z2-7é]{7,9}_?[A-Za-z0-9_-]{42,44}|\\PC{0,60}") {
            let shaped = text.is_ascii() && text.len() == 55 && text.starts_with("hk_") && text.as_bytes()[11] == b'_'
                && text[3..11].bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte))
                && text[12..].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            prop_assert_eq!(prefix_of(&text), shaped.then(|| &text[..11]));
        }
    }
}
