//! Deleting archives whose time is over. The ledger says `expired` only after every object is confirmed to be gone.

use super::BATCH;
use crate::context::Context;
use chrono::{DateTime, Utc};
use shared::{
    ledger::{
        LedgerError, Result as LedgerResult,
        exports::{self, Export},
        files,
    },
    vault::{ObjectKey, VaultError},
};

/// After so many archives in a row that the vault did not answer for, it is left alone until the next sweep.
const PATIENCE: u32 = 3;

/// Deletes every archive that is due. One that cannot be deleted waits before it is tried again, so that it stands before no other.
pub(super) async fn delete(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    let mut silent = 0;
    loop {
        let batch = exports::outdated(&context.ledger, BATCH, now).await?;
        for export in &batch {
            // It may have been held since it was listed.
            let Some(export) = exports::begin_deletion(&context.ledger, export.id, now).await? else { continue };
            match objects(context, &export).await? {
                Ok(()) => {
                    silent = 0;
                    if exports::expire(&context.ledger, export.id, now).await? {
                        tracing::info!(export = %export.id, "The archive reached the end of its time and was deleted");
                    }
                }
                Err(error) => {
                    note(context, &export, &error, now).await?;
                    silent = if error.is_transient() { silent + 1 } else { 0 };
                }
            }
            if silent >= PATIENCE {
                tracing::warn!("The vault does not answer; the next sweep goes on with what is to be deleted");
                return Ok(());
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
    }
}

/// Deletes the objects of an archive; each is confirmed to be gone.
async fn objects(context: &Context, export: &Export) -> LedgerResult<Result<(), VaultError>> {
    for file in files::of_export(&context.ledger, export.id).await? {
        if let Err(error) = context.vault.delete(&ObjectKey::from_ledger(file.object_key)).await {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

async fn note(context: &Context, export: &Export, error: &VaultError, now: DateTime<Utc>) -> LedgerResult<()> {
    tracing::warn!(
        export = %export.id,
        attempts = export.deletion.attempts,
        next = ?export.deletion.next_at,
        error = %error,
        "An archive past its time could not be deleted; it stays queued"
    );
    let noted =
        exports::deletion_failed(&context.ledger, export.id, export.deletion.attempts, &error.to_string(), now).await;
    match noted {
        // Another sweep is at it.
        Err(LedgerError::Fenced { .. }) => Ok(()),
        noted => noted,
    }
}
