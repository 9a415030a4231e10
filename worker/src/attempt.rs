//! One attempt of an export: claim it, make and store the archive, say how it ended.

use crate::{
    archive::{Outgoing, Output, Request},
    catalog::Catalog,
    context::Context,
    delivery::{Delivery, take_back, zip_name},
    doorbells,
    error::{Consequence, ExportError},
    export,
    lease::{self, Pace},
    lifetime,
    sealing::Sealing,
    span,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::{
    clock,
    export::{Contents, ExportId, Phase},
    ledger::{
        LedgerError, Result as LedgerResult,
        exports::{self, Claimer, Export},
        files::{self, NewFile},
    },
    queue::{Kind, Place},
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout, timeout_at},
};
use tracing::Instrument as _;

/// Pause before the end of an attempt is noted again.
const PAUSE: Duration = Duration::from_millis(500);

/// Answers a doorbell: runs the export whose turn it is, whichever export the doorbell was rung for.
pub async fn run(context: Arc<Context>, _: ExportId) {
    if context.timekeeping.is_off() {
        return tracing::error!("Exports are left to others: this machine's clock is wrong");
    }
    match claim(&context).await {
        Ok(Some(export)) => {
            carry_out(&context, &export).await;
        }
        Ok(None) => tracing::debug!("No export may begin here now"),
        Err(error) => tracing::warn!(error = %error, "No export could be claimed; the reconciler rings again"),
    }
}

/// An export of a source that only other workers serve, as while a source is being added, is left to them. When nobody serves it, it is claimed all the
/// same, and fails with that as its reason.
async fn claim(context: &Context) -> LedgerResult<Option<Export>> {
    let now = clock::now();
    let claimer = Claimer {
        worker: &context.worker_id,
        lease: context.config.worker.lease,
        serves: context.serves(),
        announced_since: context.announced_since(now),
    };
    exports::claim_next(&context.ledger, &claimer, now).await
}

async fn carry_out(context: &Context, export: &Export) {
    let span = span::attempt(context, export).await;
    async {
        tracing::info!(source = export.source, "The export begins");
        if let Some(worker) = &export.lost_worker {
            tracing::warn!(
                worker,
                crashes = export.crashes,
                "The export is taken over from a worker whose lease ended"
            );
        }
        ring(context).await;
        // Boxed, for an attempt holds nearly everything that a worker can do.
        let outcome = Box::pin(attempt(context, export)).await;
        conclude(context, export, outcome).await;
        ring(context).await;
    }
    .instrument(span)
    .await;
}

/// Wakes workers for what may begin beside this export, or after it.
async fn ring(context: &Context) {
    let rung = timeout(context.config.worker.lease, doorbells::ring_for_exports(context, clock::now())).await;
    if let Err(error) = rung.unwrap_or_else(|_| Err(lease::silent_ledger())) {
        tracing::warn!(error = %error, "Nobody was woken for the next export; the reconciler will");
    }
}

/// An archive that is complete and stored.
struct Made {
    files: Vec<NewFile>,
    /// What is in it.
    contents: Contents,
    /// Which tables and columns left the source.
    left: Value,
}

/// Makes the archive and stores it; what was stored of one that is not complete is taken back.
async fn attempt(context: &Context, export: &Export) -> Result<Made, ExportError> {
    if export.crashes >= i64::from(context.config.worker.attempts) {
        return Err(ExportError::WorkerLost { crashes: export.crashes });
    }
    let ceilings = context.sources.get(&export.source).map(|served| served.ceilings.clone());
    let pace = Pace::under(ceilings.unwrap_or_default());
    let sealing = Sealing::begin(context, export).await?;
    let delivery = Delivery::new(context, export, &pace, sealing);
    let (outgoing, files) = mpsc::channel(1);
    let making = async {
        tokio::select! {
            made = make(context, export, &pace, outgoing) => made,
            () = delivery.stopped() => Err(ExportError::Cancelled),
        }
    };
    let mut work = pin!(async { tokio::join!(making, delivery.store(files)) });
    let ((made, (stored, failed)), stop) = tokio::select! {
        ended = &mut work => (ended, None),
        stop = lease::keep(context, export, &pace) => {
            delivery.stop();
            (work.await, Some(stop))
        }
    };
    let ((contents, left), made) = match made {
        Ok(told) => (told, Ok(())),
        Err(error) => ((Contents::default(), Value::Null), Err(error)),
    };
    let error = match stop.or_else(|| told(made, failed).map(asked_by_nobody)) {
        None => lease::last(context, export, &pace).await,
        error => error,
    };
    match error {
        None => Ok(Made { files: stored, contents, left }),
        Some(error) => {
            take_back(context, &stored).await;
            Err(error)
        }
    }
}

/// The error that explains the others: one whose neighbour has gone only says that it was cancelled.
fn told(made: Result<(), ExportError>, failed: Option<ExportError>) -> Option<ExportError> {
    match (made.err(), failed) {
        (Some(ExportError::Cancelled), Some(failed)) => Some(failed),
        (made, failed) => made.or(failed),
    }
}

/// Only the lease knows of a cancel. A step that merely says its neighbour had gone must not end the export as if somebody had asked for that.
fn asked_by_nobody(error: ExportError) -> ExportError {
    match error {
        ExportError::Cancelled => ExportError::Internal("the archive ended early and nothing says why".to_owned()),
        error => error,
    }
}

/// Writes the archive; ends when all of it is kept, and tells what is in it and what left.
async fn make(
    context: &Context,
    export: &Export,
    pace: &Pace,
    files: mpsc::Sender<Outgoing>,
) -> Result<(Contents, Value), ExportError> {
    let served = context.source(&export.source)?;
    let catalog = Catalog::read(&served.catalog)?;
    let brand = context.config.brand(&export.source);
    let request = Request {
        export: export.id,
        tenant: export.tenant.clone(),
        subject: export.subject.0.clone(),
        origin: export.origin,
        source: export.source.clone(),
        product: brand.name.clone(),
        accent: brand.accent,
        formats: export.formats.0.clone(),
        csv_profile: export.csv_profile,
        language: export.language,
        with_triggers: false,
        now: clock::now(),
        signing: context.signing.clone(),
    };
    let write = |output: Output| export::write_archive(&served.source, &catalog, &request, &pace.meter, output);
    let manifest = match export.compression {
        Some(compression) => {
            let manifest = write(Output::Files(compression, files)).await?;
            pace.enter(Phase::Uploading);
            manifest
        }
        None => {
            let (sending, zip, kept) = Outgoing::new(zip_name(&brand.name, export));
            files.send(zip).await.map_err(|_| ExportError::Cancelled)?;
            let (output, mut chunks) = mpsc::channel(8);
            let forward = async {
                while let Some(chunk) = chunks.recv().await {
                    sending.send(chunk).await?;
                }
                Ok(())
            };
            let (manifest, ()) = tokio::try_join!(write(Output::Zip(output)), forward)?;
            pace.enter(Phase::Uploading);
            sending.end().await?;
            kept.wait().await?;
            manifest
        }
    };
    Ok((manifest.contents(), manifest.what_left()))
}

/// Notes how the attempt ended, again and again while the ledger is away, for a lease.
async fn conclude(context: &Context, export: &Export, outcome: Result<Made, ExportError>) {
    let now = clock::now();
    let limit = Instant::now() + context.config.worker.lease;
    loop {
        let noted = async {
            match &outcome {
                Ok(made) => complete(context, export, made, now).await,
                Err(error) => stop(context, export, error, now).await,
            }
        };
        // A ledger that is silent must not keep a place of this worker for ever.
        let noted = timeout_at(limit, noted).await.unwrap_or_else(|_| Err(lease::silent_ledger()));
        return match noted {
            Ok(()) => announce(context, export, outcome.is_err_and(|error| error.is_handed_over())).await,
            Err(LedgerError::Fenced { .. }) => tracing::info!("Another attempt has taken over"),
            Err(LedgerError::Database(_)) if Instant::now() + PAUSE < limit => {
                sleep(PAUSE).await;
                continue;
            }
            Err(error) => {
                tracing::warn!(error = %error, "The end of the attempt could not be noted; its lease will end")
            }
        };
    }
}

async fn complete(context: &Context, export: &Export, made: &Made, now: DateTime<Utc>) -> LedgerResult<()> {
    let (id, attempt, files) = (export.id, export.attempt, made.files.as_slice());
    let expires_at = lifetime::end_of(context, export, now).await?;
    let told = (files, Some(&made.contents), made.left.clone());
    match exports::complete_telling(&context.ledger, id, attempt, told, expires_at, now).await {
        Ok(()) => {
            let bytes: u64 = files.iter().map(|file| file.bytes).sum();
            tracing::info!(bytes, files = files.len(), "The archive is ready");
            Ok(())
        }
        Err(LedgerError::Fenced { attempt }) => {
            // A commit whose answer was lost has taken effect all the same, and then the objects are the archive.
            let known = files::of_export(&context.ledger, id).await?;
            if known.iter().any(|known| files.iter().any(|file| file.object_key == known.object_key)) {
                return Ok(());
            }
            take_back(context, files).await;
            // Either another attempt took over, and this changes nothing, or somebody cancelled at the last moment.
            exports::cancelled(&context.ledger, id, attempt, now).await
        }
        // First the ledger, then the objects: noted again, the end of this attempt must not meet a complete archive whose objects are gone.
        Err(changed @ LedgerError::RecipientsChanged) => {
            stop(context, export, &changed.into(), now).await?;
            take_back(context, files).await;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn stop(context: &Context, export: &Export, error: &ExportError, now: DateTime<Utc>) -> LedgerResult<()> {
    let (ledger, id, attempt) = (&context.ledger, export.id, export.attempt);
    let (code, reason) = (error.code(), error.to_string());
    match error.consequence() {
        Consequence::Yield => Err(LedgerError::Fenced { attempt }),
        Consequence::Cancel => {
            tracing::info!("The export was cancelled");
            exports::cancelled(ledger, id, attempt, now).await
        }
        Consequence::HandOver => {
            tracing::info!("The export is handed over to the next worker");
            exports::hand_over(ledger, id, attempt, now).await
        }
        Consequence::Retry if export.retries + 1 < i64::from(context.config.worker.attempts) => {
            let next = now + wait_before(context.config.worker.retry_after, export.retries + 1, id);
            tracing::warn!(code, cause = %Causes(error), next = %next, "The attempt failed and is made again");
            exports::postpone(ledger, id, attempt, code, &reason, next, now).await
        }
        Consequence::Retry | Consequence::Fail => {
            tracing::error!(code, cause = %Causes(error), "The export failed");
            exports::fail(ledger, id, attempt, code, &reason, now).await
        }
    }
}

/// Doubles with each retry up to an hour; up to a quarter more, taken from the export's own random number, keeps many exports from coming back together.
fn wait_before(first: Duration, retry: i64, id: ExportId) -> Duration {
    let doublings = u32::try_from(retry.saturating_sub(1)).unwrap_or(0).min(16);
    let wait = first.saturating_mul(1 << doublings).min(Duration::from_secs(3600));
    wait + wait.mul_f64(f64::from(id.as_bytes()[15]) / 1024.0)
}

/// Wakes the next worker, or whoever sends the mails and says how the run went. A doorbell that is lost is rung again by the reconciler.
async fn announce(context: &Context, export: &Export, is_handed_over: bool) {
    let run = export.schedule_run_id.filter(|_| !is_handed_over).map(|run| (Kind::Schedule, Place::Anywhere, run));
    let next = match is_handed_over {
        true => (Kind::Export, Place::Source(&export.source), export.id),
        false => (Kind::Notify, Place::Anywhere, export.id),
    };
    for (kind, place, id) in [Some(next), run].into_iter().flatten() {
        if let Err(error) = context.queue.ring(kind, place, id).await {
            tracing::info!(error = %error, "The doorbell was not rung; the reconciler will");
        }
    }
}

struct Causes<'a>(&'a ExportError);

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Database messages can quote values, so of a cause only its kind is logged.
        let mut source = std::error::Error::source(self.0);
        write!(formatter, "{}", self.0.code())?;
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<sqlx::Error>() {
                let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
                write!(formatter, " / database {}", code.as_deref().unwrap_or("connection"))?;
            } else {
                write!(formatter, " / {cause}")?;
            }
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
