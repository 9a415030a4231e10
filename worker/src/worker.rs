//! A worker process: answers doorbells, reconciles, shows that it lives, and stops gently.

use crate::{
    attempt, context::Context, estimate, notify, reconcile, schedule, source, sweep, tenant_check, timekeeping,
    webhooks,
};
use apalis::prelude::Monitor;
use shared::{
    clock,
    export::ExportId,
    ledger::{Result as LedgerResult, duties, workers},
    queue::{self, Doorbell, Kind, Pulse},
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Questions answered at the same time; each opens one connection to a source.
const CHECKS: usize = 2;
/// How often a worker signs as alive.
const SIGN_EVERY: Duration = Duration::from_secs(2);
/// A queue silent for longer than this is no queue.
const LONGEST_SILENCE: Duration = Duration::from_secs(20);
/// How long handing over may take after the time to finish is up. Both together are less than the 30 seconds that Kubernetes gives by default.
const HANDING_OVER: Duration = Duration::from_secs(8);

/// Why a worker stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// apalis' monitor ended.
    #[error("the queue's monitor ended: {0}")]
    Monitor(String),
}

/// Works until `stop`, then finishes what runs, up to the configured time. What is not done by then is handed over to the next worker.
pub async fn run(context: Context, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), WorkerError> {
    let context = Arc::new(context);
    let pulse = Pulse::default();
    tracing::info!(worker = context.worker_id, sources = context.sources.len(), "The worker begins");
    // Before the first claim: the ledger holds each source's limit.
    if let Err(error) = reconcile::announce(&context).await {
        tracing::warn!(error = %error, "The sources could not be announced; trying again");
    }
    let background = [
        tokio::spawn({
            let context = context.clone();
            async move { reconcile::run(&context).await }
        }),
        tokio::spawn({
            let context = context.clone();
            async move { schedule::run(&context).await }
        }),
        tokio::spawn(webhooks::run(context.clone())),
        tokio::spawn(sign(context.clone(), pulse.clone())),
    ];
    if let Err(error) = timekeeping::compare(&context).await {
        tracing::warn!(error = %error, "The clocks could not be compared; trying again");
    }
    let (leaving, time) = (context.leaving.clone(), context.config.worker.shutdown);
    let ended = attend(&context, &pulse)
        .run_with_signal(async move {
            stop.await;
            tracing::info!("The worker stops: what runs is finished first");
            tokio::spawn(async move {
                sleep(time).await;
                leaving.cancel();
            });
            Ok(())
        })
        .await;
    for task in background {
        task.abort();
    }
    source::settle().await;
    leave(&context).await;
    ended.map_err(|error| WorkerError::Monitor(error.to_string()))
}

fn attend(context: &Arc<Context>, pulse: &Pulse) -> Monitor {
    let (queue, settings) = (&context.queue, &context.config.worker);
    let monitor = queue::monitor(settings.shutdown.saturating_add(HANDING_OVER));
    let sources: Vec<String> = context.sources.keys().cloned().collect();
    let of_sources = |kind| (kind, sources.as_slice());
    let of_all = |kind| (kind, [].as_slice());
    let monitor = queue.attend(
        monitor,
        of_sources(Kind::Export),
        settings.exports as usize,
        pulse,
        answering(context, attempt::run),
    );
    let monitor = queue.attend(
        monitor,
        of_all(Kind::Notify),
        settings.notifications as usize,
        pulse,
        answering(context, notify::run),
    );
    let monitor = queue.attend(monitor, of_sources(Kind::Check), CHECKS, pulse, answering(context, tenant_check::run));
    let monitor = queue.attend(monitor, of_sources(Kind::Estimate), 1, pulse, answering(context, estimate::run));
    let monitor = queue.attend(monitor, of_sources(Kind::Schedule), 1, pulse, answering(context, schedule::answer));
    queue.attend(monitor, of_all(Kind::Sweep), 1, pulse, answering(context, sweep::run))
}

fn answering<J>(
    context: &Arc<Context>,
    job: fn(Arc<Context>, ExportId) -> J,
) -> impl Fn(Doorbell) -> J + Clone + Send + Sync + 'static
where
    J: Future<Output = ()> + Send + 'static,
{
    let context = context.clone();
    move |bell| job(context.clone(), bell.export_id)
}

/// Signs in the ledger as alive, but only while the queue really answers, and not before the API knows this worker's
/// sources: an installation that calls itself ready would else refuse them.
async fn sign(context: Arc<Context>, pulse: Pulse) {
    let mut ticks = interval(SIGN_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut announced = false;
    loop {
        ticks.tick().await;
        announced = announced || reconcile::announce(&context).await.is_ok();
        if announced
            && pulse.silence().is_some_and(|silence| silence < LONGEST_SILENCE)
            && let Err(error) = workers::polled(&context.ledger, &context.worker_id, clock::now()).await
        {
            tracing::warn!(error = %error, "The sign of life could not be noted");
        }
    }
}

async fn leave(context: &Context) {
    let left: LedgerResult<()> = async {
        duties::leave(&context.ledger, &context.worker_id).await?;
        workers::forget(&context.ledger, &context.worker_id, chrono::DateTime::UNIX_EPOCH).await
    }
    .await;
    match left {
        Ok(()) => tracing::info!(worker = context.worker_id, "The worker has stopped"),
        Err(error) => tracing::warn!(error = %error, "The worker has stopped without signing off"),
    }
}
