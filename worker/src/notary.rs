//! The notary of the audit: signs where the chain stands, and prunes what is older than it must be kept, leaving a signed checkpoint.
//!
//! It signs only what it has found whole since it last signed. Without a key nothing is signed, and so nothing is pruned.

use crate::context::Context;
use crate::signing::{KeyError, SigningKey};
use chrono::{DateTime, Days, TimeDelta, Utc};
use shared::{
    config::Config,
    ledger::{
        Result as LedgerResult,
        audit::{self, Checkpoint, CheckpointKind, Head, Prunable, Question, Trust},
    },
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// How often the chain is signed while it grows.
const SIGNING: TimeDelta = TimeDelta::minutes(5);
/// How often it is looked for what may be pruned.
const PRUNING: TimeDelta = TimeDelta::hours(1);
/// How many entries are pruned in one transaction.
const BATCH: i64 = 2_000;
/// How many such transactions one sweep makes.
const BATCHES: usize = 50;

/// Signs for the audit.
pub struct Notary {
    key: Option<Arc<SigningKey>>,
    memory: Mutex<Memory>,
}

/// What this process knows by itself: the ledger cannot take that back.
#[derive(Debug, Clone, Default)]
struct Memory {
    signed: Option<Head>,
    looked_at: Option<DateTime<Utc>>,
    pruned_at: Option<DateTime<Utc>>,
}

/// The key of an installation with an embedded ledger and no key of its own.
pub fn embedded_key(config: &Config) -> PathBuf {
    config.data_dir.join("audit.pem")
}

impl Notary {
    /// Signs with the configured key; where none is configured and the ledger is in the data folder, with one that is made there.
    pub fn open(config: &Config, signing: Option<&Arc<SigningKey>>) -> Result<Self, KeyError> {
        let key = match signing {
            Some(key) => Some(key.clone()),
            None if config.ledger.url.is_none() => {
                let path = embedded_key(config);
                let key = if path.exists() { SigningKey::read(&path) } else { SigningKey::create(&path) };
                Some(Arc::new(key?))
            }
            None => None,
        };
        Ok(Self { key, memory: Mutex::default() })
    }

    /// Signs and prunes, each as often as it is due.
    pub(crate) async fn attend(&self, context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let memory = self.remembered();
        if memory.looked_at.is_none_or(|last| now - last >= SIGNING) {
            self.remember(|memory| memory.looked_at = Some(now));
            if !self.sign(context, key, memory.signed, now).await? {
                return Ok(());
            }
        }
        if memory.pruned_at.is_none_or(|last| now - last >= PRUNING) {
            self.remember(|memory| memory.pruned_at = Some(now));
            prune(context, key, now).await?;
        }
        Ok(())
    }

    /// `false` if the audit is not whole: then nothing of it is pruned either.
    async fn sign(
        &self,
        context: &Context,
        key: &SigningKey,
        remembered: Option<Head>,
        now: DateTime<Utc>,
    ) -> LedgerResult<bool> {
        let known = match remembered {
            Some(head) => Some(head),
            None => last_signed(context, key).await?,
        };
        if Some(audit::head(&context.ledger).await?) == known {
            self.remember(|memory| memory.signed = known);
            return Ok(true);
        }
        let question = Question { from: known.as_ref().map(|head| head.seq + 1), known };
        let report = audit::verify(&context.ledger, &question, |checkpoint| trust(key, checkpoint)).await?;
        if let Some(finding) = report.findings.first() {
            tracing::error!(%finding, "The audit is not whole and is not signed any more: run `handover audit verify`");
            return Ok(false);
        }
        let (head, sign) = (report.last, |message: &[u8]| key.sign(message));
        audit::keep(&context.ledger, &Checkpoint::new(CheckpointKind::Signed, &head, now, key.id(), sign)).await?;
        // Logs are kept elsewhere than the ledger, so this line is a witness.
        tracing::info!(entry = head.seq, hash = head.hex(), "The audit was found whole and signed");
        self.remember(|memory| memory.signed = Some(head));
        Ok(true)
    }

    fn remembered(&self) -> Memory {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, change: impl FnOnce(&mut Memory)) {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What this key signed last, as far as the ledger tells.
async fn last_signed(context: &Context, key: &SigningKey) -> LedgerResult<Option<Head>> {
    let mut checkpoints = audit::checkpoints(&context.ledger).await?;
    checkpoints.retain(|checkpoint| trust(key, checkpoint) == Trust::Good);
    Ok(checkpoints.pop().map(|last| Head { seq: last.seq, hash: last.hash }))
}

/// A key that was in use before this one is not known here.
fn trust(key: &SigningKey, checkpoint: &Checkpoint) -> Trust {
    match checkpoint.key_id == key.id() {
        false => Trust::Unchecked,
        true if key.public().is_signature(checkpoint.message().as_bytes(), &checkpoint.signature) => Trust::Good,
        true => Trust::Wrong,
    }
}

async fn prune(context: &Context, key: &SigningKey, now: DateTime<Utc>) -> LedgerResult<()> {
    let days = Days::new(context.config.audit.days.into());
    let Some(end) = now.checked_sub_days(days) else { return Ok(()) };
    for _ in 0..BATCHES {
        let believed = |checkpoint: &Checkpoint| trust(key, checkpoint) == Trust::Good;
        let head = match audit::prunable(&context.ledger, end, BATCH, believed).await? {
            Prunable::Nothing => return Ok(()),
            Prunable::Broken(finding) => {
                tracing::error!(%finding, "Nothing of the audit is pruned, for its beginning is not whole: run `handover audit verify`");
                return Ok(());
            }
            Prunable::Unbelieved(entry) => {
                tracing::error!(
                    entry,
                    "Nothing of the audit is pruned, for another key signed where it begins: run `handover audit verify`"
                );
                return Ok(());
            }
            Prunable::UpTo(head) => head,
        };
        let sign = |message: &[u8]| key.sign(message);
        let checkpoint = Checkpoint::new(CheckpointKind::Pruned, &head, now, key.id(), sign);
        if audit::prune(&context.ledger, &checkpoint, now).await? {
            tracing::info!(entry = head.seq, hash = head.hex(), "The audit was pruned up to this entry");
        }
    }
    Ok(())
}
