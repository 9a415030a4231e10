//! The table `audit_checkpoints`: what a signature vouches for. The signing key is not in the ledger, so whoever can only write to the ledger cannot make one.

use super::canonical;
use crate::export::words;
use crate::ledger::{Ledger, Result, Transaction, stored};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

words! {
    /// What a checkpoint is for.
    CheckpointKind {
        /// The chain up to here was found whole, and is vouched for.
        Signed = "signed",
        /// The entries up to here were whole and are gone; the chain begins behind them.
        Pruned = "pruned",
    }
}

/// A signed statement about the chain.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Checkpoint {
    /// What it says.
    pub kind: CheckpointKind,
    /// The entry it speaks of.
    pub seq: i64,
    /// That entry's hash, which stands for all entries before.
    pub hash: Vec<u8>,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// The number of the key's public half.
    pub key_id: String,
    /// Ed25519 (RFC 8032) over [`Checkpoint::message`].
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// What `sign` says to the message of this checkpoint.
    pub fn new(
        kind: CheckpointKind,
        head: &super::Head,
        at: DateTime<Utc>,
        key_id: String,
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Self {
        let mut checkpoint =
            Self { kind, seq: head.seq, hash: head.hash.clone(), at: stored(at), key_id, signature: Vec::new() };
        checkpoint.signature = sign(checkpoint.message().as_bytes());
        checkpoint
    }

    /// What is signed: canonical JSON (RFC 8785).
    pub fn message(&self) -> String {
        let statement = json!({
            "at": self.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "hash": hex::encode(&self.hash),
            "kind": self.kind,
            "seq": self.seq,
            "statement": "handover audit checkpoint",
            "version": 1,
        });
        let mut text = String::new();
        canonical::write(&statement, &mut text);
        text
    }
}

/// Every checkpoint, in the order of the chain.
pub async fn checkpoints(ledger: &Ledger) -> Result<Vec<Checkpoint>> {
    let mut transaction = ledger.snapshot().await?;
    all(&mut transaction).await
}

pub(super) async fn all(transaction: &mut Transaction) -> Result<Vec<Checkpoint>> {
    Ok(within!(transaction, connection =>
        sqlx::query_as("select * from audit_checkpoints order by seq, kind").fetch_all(connection).await?))
}

/// Where the chain begins: behind what was pruned.
pub(super) async fn pruned(transaction: &mut Transaction) -> Result<Option<Checkpoint>> {
    let mut checkpoints = all(transaction).await?;
    checkpoints.retain(|checkpoint| checkpoint.kind == CheckpointKind::Pruned);
    Ok(checkpoints.pop())
}

/// Keeps a signed checkpoint in the place of the ones before, which it includes. It tells of no change, so it leaves no event.
pub async fn keep(ledger: &Ledger, checkpoint: &Checkpoint) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    insert(&mut transaction, checkpoint).await?;
    transaction.commit().await
}

/// Enters a checkpoint and removes the older ones of its kind; `false` if there is one as new already.
pub(super) async fn insert(transaction: &mut Transaction, checkpoint: &Checkpoint) -> Result<bool> {
    let entered = within!(transaction, connection => sqlx::query(
        "insert into audit_checkpoints (kind, seq, hash, at, key_id, signature) select $1, $2, $3, $4, $5, $6
         where not exists (select 1 from audit_checkpoints where kind = $1 and seq >= $2) on conflict do nothing")
        .bind(checkpoint.kind)
        .bind(checkpoint.seq)
        .bind(&checkpoint.hash)
        .bind(checkpoint.at)
        .bind(&checkpoint.key_id)
        .bind(&checkpoint.signature)
        .execute(connection).await?.rows_affected());
    if entered == 0 {
        return Ok(false);
    }
    within!(transaction, connection => sqlx::query("delete from audit_checkpoints where kind = $1 and seq < $2")
        .bind(checkpoint.kind).bind(checkpoint.seq).execute(connection).await?.rows_affected());
    Ok(true)
}
