//! Deleting what is over: archives past their time, and rows of the ledger that nobody asks for any more.

use crate::context::Context;
use shared::{
    clock,
    export::ExportId,
    ledger::{
        Result as LedgerResult, checks, estimates,
        exports::{self, Export},
        files, workers,
    },
    vault::ObjectKey,
};
use std::{sync::Arc, time::Duration};

/// How many of each kind one sweep handles; the next one goes on.
const BATCH: i64 = 100;
/// A question that old was answered or given up long ago.
const QUESTION_LIFETIME: Duration = Duration::from_secs(600);
/// How long an `Idempotency-Key` is honoured; the API's documentation promises it.
const IDEMPOTENCY: Duration = Duration::from_secs(24 * 3600);
/// A worker silent for that long is forgotten.
const WORKER_SILENCE: Duration = Duration::from_secs(24 * 3600);

/// Sweeps once. Whatever cannot be deleted stays in the ledger and is tried again by the next sweep.
pub async fn run(context: Arc<Context>, _: ExportId) {
    if let Err(error) = sweep(&context).await {
        tracing::warn!(error = %error, "The sweep was cut short; the next one goes on");
    }
}

async fn sweep(context: &Context) -> LedgerResult<()> {
    let now = clock::now();
    for export in exports::outdated(&context.ledger, BATCH, now).await? {
        expire(context, &export).await?;
    }
    checks::prune(&context.ledger, now - QUESTION_LIFETIME).await?;
    estimates::prune(&context.ledger, now - QUESTION_LIFETIME).await?;
    exports::forget_idempotency_keys(&context.ledger, now - IDEMPOTENCY).await?;
    workers::forget(&context.ledger, "", now - WORKER_SILENCE).await
}

/// The ledger says `expired` only after every object is confirmed to be gone.
async fn expire(context: &Context, export: &Export) -> LedgerResult<()> {
    for file in files::of_export(&context.ledger, export.id).await? {
        if let Err(error) = context.vault.delete(&ObjectKey::from_ledger(file.object_key)).await {
            tracing::warn!(export = %export.id, error = %error, "An expired archive could not be deleted; the next sweep tries again");
            return Ok(());
        }
    }
    let now = clock::now();
    files::deleted(&context.ledger, export.id, now).await?;
    if exports::expire(&context.ledger, export.id, now).await? {
        tracing::info!(export = %export.id, "The archive reached the end of its time and was deleted");
    }
    Ok(())
}
