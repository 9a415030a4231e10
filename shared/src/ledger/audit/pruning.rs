//! Forgetting what is older than it must be kept. The chain loses whole beginnings only, and a signed checkpoint says where it begins now.

use super::checkpoints::{self, Checkpoint};
use super::walk::{self, Finding, Walk};
use super::{Actor, Head, NewEvent, ORIGIN};
use crate::ledger::{Ledger, Result, stored};
use chrono::{DateTime, Utc};
use serde_json::json;

/// What may be pruned.
#[derive(Debug, Clone, PartialEq)]
pub enum Prunable {
    /// Nothing.
    Nothing,
    /// Everything up to this entry.
    UpTo(Head),
    /// The beginning of the chain is not whole: then it is evidence, and stays.
    Broken(Finding),
    /// The checkpoint with this number, where the chain begins now, was not signed by whoever asks: what follows it may have been chosen by somebody else.
    Unbelieved(i64),
}

/// What may be pruned of what happened before `end`: at most so many entries, none from the first on that tells of an export under a legal hold, and only what is whole,
/// continues what was pruned before under a checkpoint that is `believed`, and is itself continued by what stays.
pub async fn prunable(
    ledger: &Ledger,
    end: DateTime<Utc>,
    most: i64,
    believed: impl Fn(&Checkpoint) -> bool,
) -> Result<Prunable> {
    let end = stored(end);
    let mut transaction = ledger.snapshot().await?;
    let pruned = checkpoints::pruned(&mut transaction).await?;
    if let Some(it) = pruned.as_ref().filter(|it| !believed(it)) {
        return Ok(Prunable::Unbelieved(it.seq));
    }
    let beginning = pruned.map_or(Head { seq: 0, hash: ORIGIN.to_vec() }, |it| Head { seq: it.seq, hash: it.hash });
    let held: Option<i64> = within!(&mut transaction, connection => sqlx::query_scalar(
        "select min(audit_events.seq) from audit_events join exports on exports.id = audit_events.export_id where exports.hold_since is not null")
        .fetch_one(connection).await?);
    let stop = held.unwrap_or(i64::MAX).min(beginning.seq.saturating_add(most).saturating_add(1));
    let mut walk = Walk { seq: beginning.seq, hash: Some(beginning.hash.clone()) };
    let mut through = beginning.clone();
    'walk: loop {
        let batch = walk::read(&mut transaction, through.seq).await?;
        if batch.is_empty() {
            break;
        }
        for found in batch {
            let stays = found.seq >= stop || found.entry.as_ref().is_some_and(|entry| entry.event.at >= end);
            // The first that stays must continue what goes, or a break between the two would be pruned away.
            if let Some(finding) = walk.step(&mut transaction, &found).await? {
                return Ok(Prunable::Broken(finding));
            }
            if stays {
                break 'walk;
            }
            through = Head { seq: walk.seq, hash: walk.hash.clone().unwrap_or_default() };
        }
    }
    Ok(if through == beginning { Prunable::Nothing } else { Prunable::UpTo(through) })
}

/// Removes the entries up to the checkpoint and keeps it in their place; `false` if others were faster, or an export that they tell of is held by now.
pub async fn prune(ledger: &Ledger, checkpoint: &Checkpoint, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    if !checkpoints::insert(&mut transaction, checkpoint).await? {
        return Ok(false);
    }
    let held: bool = within!(&mut transaction, connection => sqlx::query_scalar(
        "select exists (select 1 from audit_events join exports on exports.id = audit_events.export_id
                         where exports.hold_since is not null and audit_events.seq <= $1)")
        .bind(checkpoint.seq).fetch_one(connection).await?);
    if held {
        return Ok(false);
    }
    let entries = within!(&mut transaction, connection => sqlx::query("delete from audit_events where seq <= $1")
        .bind(checkpoint.seq).execute(connection).await?.rows_affected());
    let before: Option<DateTime<Utc>> = within!(&mut transaction, connection => sqlx::query_scalar(
        "select at from audit_events order by seq limit 1").fetch_optional(connection).await?);
    within!(&mut transaction, connection => sqlx::query("delete from key_uses where first_used_at < $1")
        .bind(before.unwrap_or(stored(now))).execute(connection).await?.rows_affected());
    let event = NewEvent {
        actor: Actor::named("system"),
        action: "audit.pruned",
        export_id: None,
        source: None,
        tenant: None,
        detail: json!({ "through": checkpoint.seq, "entries": entries }),
    };
    super::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(true)
}
