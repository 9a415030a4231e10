//! Deleting what is over: archives past their time or kept by no rule, addresses nobody needs, and rows of the ledger that nobody asks for any more; and reminding
//! people of what is over soon.

mod addresses;
mod archives;
mod reminders;
mod rules;

use crate::{context::Context, timekeeping};
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    clock,
    export::ExportId,
    ledger::{Result as LedgerResult, audit::Actor, checks, codes, estimates, exports, schedules, webhooks, workers},
};
use std::{sync::Arc, time::Duration};

/// How many of each kind one sweep handles at once.
const BATCH: i64 = 100;
/// A question that old was answered or given up long ago.
const QUESTION_LIFETIME: Duration = Duration::from_secs(600);
/// A one-time code that old counts no more, not even for how many there were within an hour.
const CODE_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How long an `Idempotency-Key` is honoured; the API's documentation promises it.
const IDEMPOTENCY: Duration = Duration::from_secs(24 * 3600);
/// How long a used portal token is remembered after its end: longer than the clocks of an installation differ.
const TOKEN: Duration = Duration::from_secs(24 * 3600);
/// How long a run of a schedule is remembered after it ended.
const RUN_LIFETIME: TimeDelta = TimeDelta::days(90);
/// A worker silent for that long is forgotten.
const WORKER_SILENCE: Duration = Duration::from_secs(24 * 3600);

/// Sweeps once. Whatever cannot be deleted stays in the ledger and is tried again by a later sweep.
pub async fn run(context: Arc<Context>, _: ExportId) {
    // By a clock that is ahead, archives would be past their time that are not.
    if let Err(error) = timekeeping::compare(&context).await {
        return tracing::warn!(error = %error, "The sweep was left out: the clock could not be compared with the ledger's");
    }
    if context.timekeeping.is_off() {
        return tracing::error!("The sweep is left to others: this machine's clock is wrong");
    }
    if let Err(error) = sweep(&context, clock::now()).await {
        tracing::warn!(error = %error, "The sweep was cut short; the next one goes on");
    }
}

/// Sweeps once, as of `now`.
pub async fn sweep(context: &Context, now: DateTime<Utc>) -> LedgerResult<()> {
    // What is wrong with the audit must not keep archives past their time, nor the other way.
    let attended = context.notary.attend(context, now).await;
    rules::judge(context, now).await?;
    archives::delete(context, now).await?;
    reminders::owe(context, now).await?;
    addresses::forget(context, now).await?;
    checks::prune(&context.ledger, now - QUESTION_LIFETIME).await?;
    estimates::prune(&context.ledger, now - QUESTION_LIFETIME).await?;
    codes::prune(&context.ledger, now - CODE_LIFETIME).await?;
    exports::forget_idempotency_keys(&context.ledger, now - IDEMPOTENCY).await?;
    exports::forget_tokens(&context.ledger, now - TOKEN).await?;
    let actor = Actor::worker(&context.worker_id);
    schedules::forget_runs(&context.ledger, now - RUN_LIFETIME, BATCH, actor, now).await?;
    let oldest = now - TimeDelta::days(context.config.webhooks.days.into());
    webhooks::prune(&context.ledger, oldest, BATCH, now).await?;
    workers::forget(&context.ledger, "", now - WORKER_SILENCE).await?;
    attended
}
