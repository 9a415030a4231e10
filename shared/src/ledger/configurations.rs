//! The table `configurations`: with which settings each kind of process ran last. Values are kept as keyed fingerprints, of secrets and of everything else.

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, Result, Transaction, stored};
use crate::config::Config;
use crate::link::LinkSigner;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};

/// Any number, as long as nothing else in the ledger is alone under it.
const LOCK: i64 = 0x636f_6e66_6967;

/// The fingerprints of the settings that were set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprints {
    /// The version of the program.
    program: String,
    /// The key they were made with.
    key: String,
    /// By variable.
    settings: BTreeMap<String, String>,
}

/// Compares the settings of a process that starts with those that its kind ran with before; a difference is the event `configuration.changed`, with the names of what
/// was set, unset or changed, and no values.
pub async fn note(ledger: &Ledger, role: &str, config: &Config, signer: &LinkSigner, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    transaction.alone(LOCK).await?;
    let before: Option<Json<Fingerprints>> = within!(&mut transaction, connection =>
        sqlx::query_scalar("select fingerprints from configurations where role = $1").bind(role).fetch_optional(connection).await?);
    let before = before.map(|before| before.0);
    let current = fingerprints(config, signer, None);
    // After the link keys were rotated, the old one still tells what else has changed.
    let comparable = before.as_ref().map(|before| fingerprints(config, signer, Some(&before.key)));
    let changed = match (&before, &comparable) {
        (Some(before), Some(comparable)) => changes(before, comparable),
        _ => current.settings.keys().cloned().collect(),
    };
    let program_changed = before.as_ref().is_none_or(|before| before.program != current.program);
    if changed.is_empty() && !program_changed {
        return Ok(());
    }
    within!(&mut transaction, connection => sqlx::query(
        "insert into configurations (role, fingerprints, seen_at) values ($1, $2, $3)
         on conflict (role) do update set fingerprints = excluded.fingerprints, seen_at = excluded.seen_at")
        .bind(role).bind(Json(&current)).bind(stored(now)).execute(connection).await?.rows_affected());
    let detail = json!({ "process": role, "program": current.program, "settings": changed, "first": before.is_none() });
    event(&mut transaction, detail, now).await?;
    transaction.commit().await
}

async fn event(transaction: &mut Transaction, detail: serde_json::Value, now: DateTime<Utc>) -> Result<()> {
    let event = NewEvent {
        actor: Actor::operator(),
        action: "configuration.changed",
        export_id: None,
        source: None,
        tenant: None,
        detail,
    };
    audit::write(transaction, event, now).await
}

fn fingerprints(config: &Config, signer: &LinkSigner, key: Option<&str>) -> Fingerprints {
    let key = signer.key_for_fingerprints(key);
    let of = |(variable, value): (&str, &str)| (variable.to_owned(), signer.fingerprint(key, &[variable, value]));
    Fingerprints {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        key: key.to_owned(),
        settings: config.given.iter().map(of).collect(),
    }
}

/// The variables that are not the same in both.
fn changes(before: &Fingerprints, now: &Fingerprints) -> BTreeSet<String> {
    let names = before.settings.keys().chain(now.settings.keys());
    names.filter(|name| before.settings.get(*name) != now.settings.get(*name)).cloned().collect()
}
