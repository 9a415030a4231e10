//! Reminding people of archives that go soon and that nobody downloaded.

use crate::context::Context;
use chrono::{DateTime, TimeDelta, Utc};
use shared::ledger::{Result as LedgerResult, audit::Actor, exports};

/// Owes every reminder that is due; each once.
pub(super) async fn owe(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    let Some(before) = TimeDelta::from_std(context.config.mail.remind_before).ok().filter(|it| !it.is_zero()) else {
        return Ok(());
    };
    for export in exports::to_remind(&context.ledger, before, now).await? {
        match exports::remind(&context.ledger, export, before, Actor::worker(&context.worker_id), now).await {
            Ok(true) => {
                tracing::info!(export = %export, "Nobody has downloaded an archive that goes soon; its people are reminded");
            }
            Ok(false) => {}
            // The rest of the sweep is owed to everybody else.
            Err(error) => {
                tracing::warn!(export = %export, error = %error, "A reminder could not be owed; trying again")
            }
        }
    }
    Ok(())
}
