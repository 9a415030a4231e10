//! Deleting what attempts that can never complete left in the vault.

use super::BATCH;
use crate::context::Context;
use chrono::{DateTime, Utc};
use shared::{
    ledger::{Result as LedgerResult, files},
    vault::ObjectKey,
};

/// Removes one batch of them; those that were not tried yet come first.
pub(super) async fn delete(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    for lost in files::lost_uploads(&context.ledger, BATCH).await? {
        let key = ObjectKey::from_ledger(lost.object_key.clone());
        match context.vault.discard(&key, lost.upload_id.as_deref()).await {
            Ok(()) => files::upload_ended(&context.ledger, &lost.object_key).await?,
            Err(error) => {
                tracing::warn!(export = %lost.export_id, attempt = lost.attempt, error = %error, "The remains of a lost attempt could not be deleted");
                files::upload_tried(&context.ledger, &lost.object_key, now).await?;
            }
        }
    }
    Ok(())
}
