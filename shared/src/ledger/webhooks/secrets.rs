//! The table `webhook_secrets`: what a webhook's messages are signed with. After a rotation the old secret signs for a while, too.

use super::{Webhook, lock};
use crate::keyring::{KeyName, Keyring, KeyringError, Provider};
use crate::ledger::audit::{self, Actor};
use crate::ledger::{Ledger, Result, Transaction, stored};
use crate::webhook::{KeptSecret, Secret};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// How many secrets may sign at the same time: each adds to a header of every message.
pub const MOST: usize = 5;

/// A secret to keep.
#[derive(Debug, Clone)]
pub struct NewSecret {
    id: Uuid,
    kept: KeptSecret,
}

/// A secret as it is kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SecretRow {
    /// Its number.
    pub id: Uuid,
    /// The webhook whose messages it signs.
    pub webhook_id: Uuid,
    /// Who holds the key that wraps it; none where it is kept as it is.
    pub provider: Option<Provider>,
    /// That key's id.
    pub kek_id: Option<String>,
    /// The wrapped bytes.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When another key wrapped it last.
    pub rewrapped_at: Option<DateTime<Utc>>,
    /// From when on it signs nothing; none while it is the newest.
    pub ends_at: Option<DateTime<Utc>>,
}

/// What became of a rotation.
#[derive(Debug, Clone, PartialEq)]
pub enum Rotated {
    /// The new secret signs, and the old ones until then.
    Done(Box<Webhook>),
    /// There are [`MOST`] that sign.
    TooMany,
}

impl NewSecret {
    /// A new secret, and how it is kept.
    pub async fn make(keyring: &Keyring) -> std::result::Result<(Secret, Self), KeyringError> {
        let id = Uuid::now_v7();
        let (secret, kept) = Secret::make(keyring, id).await?;
        Ok((secret, Self { id, kept }))
    }
}

impl SecretRow {
    /// The secret as it is kept.
    pub fn kept(&self) -> KeptSecret {
        let by = self.provider.zip(self.kek_id.clone()).map(|(provider, id)| KeyName { provider, id });
        KeptSecret { by, bytes: self.secret.clone() }
    }
}

pub(super) async fn insert(
    transaction: &mut Transaction,
    webhook: Uuid,
    new: &NewSecret,
    now: DateTime<Utc>,
) -> Result<()> {
    let by = new.kept.by.as_ref();
    within!(transaction, connection => sqlx::query(
        "insert into webhook_secrets (id, webhook_id, provider, kek_id, secret, created_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(new.id)
        .bind(webhook)
        .bind(by.map(|by| by.provider))
        .bind(by.map(|by| &by.id))
        .bind(&new.kept.bytes)
        .bind(stored(now))
        .execute(connection).await?.rows_affected());
    Ok(())
}

/// Gives a webhook a new secret, with its audit event; those before sign for `overlap`, too, so that its receiver can change over without losing a message.
/// `None` if there is no such webhook.
pub async fn rotate(
    ledger: &Ledger,
    webhook: Uuid,
    new: &NewSecret,
    overlap: Duration,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Rotated>> {
    let mut transaction = ledger.begin().await?;
    let Some(webhook) = lock(&mut transaction, webhook).await? else { return Ok(None) };
    let until = stored(now + overlap);
    within!(&mut transaction, connection => sqlx::query(
        "update webhook_secrets set ends_at = $2 where webhook_id = $1 and (ends_at is null or ends_at > $2)")
        .bind(webhook.id).bind(until).execute(connection).await?.rows_affected());
    let signing: i64 = within!(&mut transaction, connection => sqlx::query_scalar(
        "select count(*) from webhook_secrets where webhook_id = $1 and ends_at > $2")
        .bind(webhook.id).bind(stored(now)).fetch_one(connection).await?);
    if usize::try_from(signing).is_ok_and(|signing| signing >= MOST) {
        return Ok(Some(Rotated::TooMany));
    }
    insert(&mut transaction, webhook.id, new, now).await?;
    let detail = json!({ "old_until": until });
    audit::write(&mut transaction, webhook.event("webhook.rotated", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(Some(Rotated::Done(Box::new(webhook))))
}

/// The secrets that sign a webhook's messages at `now`, the newest first.
pub async fn signing(ledger: &Ledger, webhook: Uuid, now: DateTime<Utc>) -> Result<Vec<SecretRow>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from webhook_secrets where webhook_id = $1 and (ends_at is null or ends_at > $2) order by created_at desc, id desc")
        .bind(webhook).bind(stored(now)).fetch_all(pool).await?))
}

/// Up to `limit` secrets that come after `after`, in the order of their numbers.
pub async fn page(ledger: &Ledger, after: Option<Uuid>, limit: i64) -> Result<Vec<SecretRow>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from webhook_secrets where id > $1 order by id limit $2")
        .bind(after.unwrap_or_default()).bind(limit).fetch_all(pool).await?))
}

/// One of the secrets that this key wraps.
pub async fn one_by(ledger: &Ledger, name: &KeyName) -> Result<Option<SecretRow>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from webhook_secrets where provider = $1 and kek_id = $2 limit 1")
        .bind(name.provider).bind(&name.id).fetch_optional(pool).await?))
}

/// Notes that another key wraps a secret now, with its audit event; `false` if somebody was faster.
pub async fn rewrapped(
    ledger: &Ledger,
    old: &SecretRow,
    new: &KeptSecret,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let Some(webhook) = lock(&mut transaction, old.webhook_id).await? else { return Ok(false) };
    let by = new.by.as_ref();
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update webhook_secrets set provider = $2, kek_id = $3, secret = $4, rewrapped_at = $5 where id = $1 and secret = $6")
        .bind(old.id)
        .bind(by.map(|by| by.provider))
        .bind(by.map(|by| &by.id))
        .bind(&new.bytes)
        .bind(stored(now))
        .bind(&old.secret)
        .execute(connection).await?.rows_affected());
    if changed == 0 {
        return Ok(false);
    }
    let name = |by: Option<&KeyName>| by.map(ToString::to_string);
    let detail = json!({ "from": name(old.kept().by.as_ref()), "to": name(by) });
    audit::write(&mut transaction, webhook.event("webhook.secret_rewrapped", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(true)
}
