//! What attempts that will never complete left in the vault: parts, half files, whole objects that nobody will ask for.

use crate::{context::Context, reconcile};
use chrono::{DateTime, Utc};
use shared::{
    clock,
    ledger::{
        Result as LedgerResult,
        files::{self, Lost},
    },
    vault::ObjectKey,
};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How many lost uploads are looked at together.
const BATCH: i64 = 100;
/// How often the vault itself is asked what it holds. Only a ledger that was set back, or a request that arrived after its abort, leaves something unknown.
const ASK_EVERY: Duration = Duration::from_secs(3600);
/// An upload unknown to the ledger is aborted at this age. Another installation that shares the prefix by mistake loses less the older it must be.
const UNKNOWN_AGE: Duration = Duration::from_secs(24 * 3600);

/// Clears away again and again while the reconciler's duty is this worker's; never returns. A vault that hangs delays nothing else.
pub(crate) async fn run(context: &Context) {
    let mut ticks = interval(context.config.worker.reconcile_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut asked: Option<Instant> = None;
    loop {
        ticks.tick().await;
        match clear(context, clock::now(), &mut asked).await {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(error = %error, "The remains of lost attempts could not be looked for; trying again")
            }
        }
    }
}

async fn clear(context: &Context, now: DateTime<Utc>, asked: &mut Option<Instant>) -> LedgerResult<()> {
    if !reconcile::is_on_duty(context).await? {
        return Ok(());
    }
    clear_lost(context, now).await?;
    if asked.is_none_or(|asked| asked.elapsed() >= ASK_EVERY) {
        clear_unknown(context, now - UNKNOWN_AGE.max(context.config.worker.lease)).await?;
        *asked = Some(Instant::now());
    }
    Ok(())
}

/// Deletes what lost attempts left. Each is looked for a second time a lease later, since what a dead worker sent last may take effect after the first.
pub(crate) async fn clear_lost(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    let mut lost = Lost { swept_before: now - context.config.worker.lease, offset: 0, limit: BATCH };
    loop {
        let uploads = files::lost_uploads(&context.ledger, lost).await?;
        for upload in &uploads {
            let key = ObjectKey::from_ledger(upload.object_key.clone());
            match context.vault.discard(&key, upload.upload_id.as_deref()).await {
                Ok(()) if upload.swept_at.is_some() => files::upload_ended(&context.ledger, &upload.object_key).await?,
                Ok(()) => files::upload_swept(&context.ledger, &upload.object_key, now).await?,
                Err(error) => {
                    tracing::warn!(export = %upload.export_id, attempt = upload.attempt, error = %error, "The remains of a lost attempt could not be deleted");
                    if error.is_transient() {
                        return Ok(());
                    }
                    // One that is refused keeps nobody from looking at those after it.
                    lost.offset += 1;
                }
            }
        }
        if uploads.is_empty() {
            return Ok(());
        }
    }
}

/// Aborts uploads that the vault knows, the ledger does not, and that began before `before`.
pub(crate) async fn clear_unknown(context: &Context, before: DateTime<Utc>) -> LedgerResult<()> {
    let unfinished = match context.vault.unfinished(before).await {
        Ok(unfinished) => unfinished,
        Err(error) => {
            tracing::warn!(error = %error, "The vault did not say which uploads are unfinished");
            return Ok(());
        }
    };
    for upload in unfinished {
        if files::is_known(&context.ledger, upload.key.as_str()).await? {
            continue;
        }
        match context.vault.abort_unfinished(&upload).await {
            Ok(()) => tracing::warn!("An upload that the ledger does not know was aborted"),
            Err(error) => {
                tracing::warn!(error = %error, "An upload that the ledger does not know could not be aborted")
            }
        }
    }
    Ok(())
}
