//! The table `key_uses`: from which addresses a key was used.

use super::ApiKey;
use crate::ledger::audit::{self, Actor, NewEvent};
use crate::ledger::{Ledger, Result, stored};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};
use uuid::Uuid;

/// How many uses this process remembers, so that it asks the ledger about each only once.
const REMEMBERED: usize = 10_000;

static SEEN: LazyLock<Mutex<HashSet<(Uuid, String)>>> = LazyLock::new(Mutex::default);

/// Notes that a key is used from the actor's address; the first time that happens is an event.
pub async fn note_use(ledger: &Ledger, key: &ApiKey, actor: &Actor, now: DateTime<Utc>) -> Result<()> {
    let Some(address) = actor.address.clone() else { return Ok(()) };
    let seen = (key.id, address);
    if SEEN.lock().unwrap_or_else(PoisonError::into_inner).contains(&seen) {
        return Ok(());
    }
    let known: bool = on!(ledger, pool => sqlx::query_scalar(
        "select exists (select 1 from key_uses where key_id = $1 and address = $2)")
        .bind(seen.0).bind(&seen.1).fetch_one(pool).await?);
    if !known {
        let mut transaction = ledger.begin().await?;
        let entered = within!(&mut transaction, connection => sqlx::query(
            "insert into key_uses (key_id, address, first_used_at) values ($1, $2, $3) on conflict do nothing")
            .bind(seen.0).bind(&seen.1).bind(stored(now)).execute(connection).await?.rows_affected());
        if entered > 0 {
            let event = NewEvent {
                actor: actor.clone(),
                action: "key.used",
                export_id: None,
                source: key.source.clone(),
                tenant: key.tenant.clone(),
                detail: json!({ "key": key.id, "first_from_this_address": true }),
            };
            audit::write(&mut transaction, event, now).await?;
        }
        transaction.commit().await?;
    }
    let mut all = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= REMEMBERED {
        all.clear();
    }
    all.insert(seen);
    Ok(())
}
