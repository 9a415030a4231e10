//! One attempt of an export: claim it, make and store the archive, say how it ended.

use crate::{
    archive::Request,
    catalog::Catalog,
    context::Context,
    doorbells,
    error::{Consequence, ExportError},
    export,
    lease::{self, Pace},
    lifetime, span,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use shared::{
    clock,
    export::{ExportId, Phase},
    ledger::{
        LedgerError, Result as LedgerResult,
        exports::{self, Claimer, Export},
        files::{self, NewFile},
    },
    queue::Kind,
    vault::{ObjectKey, Upload, VaultError},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout, timeout_at},
};
use tracing::Instrument as _;

const CONTENT_TYPE: &str = "application/zip";
const MINUTE: Duration = Duration::from_secs(60);
/// How long tidying up after an attempt may keep its end from being noted; what is left is cleared away by the reconciler.
const TIDYING: Duration = Duration::from_secs(1);
/// Pause before the end of an attempt is noted again.
const PAUSE: Duration = Duration::from_millis(500);

/// Answers a doorbell: runs the export whose turn it is, whichever export the doorbell was rung for.
pub async fn run(context: Arc<Context>, _: ExportId) {
    if context.timekeeping.is_off() {
        return tracing::error!("Exports are left to others: this machine's clock is wrong");
    }
    match claim(&context).await {
        Ok(Some(export)) => carry_out(&context, &export).await,
        Ok(None) => tracing::debug!("No export may begin here now"),
        Err(error) => tracing::warn!(error = %error, "No export could be claimed; the reconciler rings again"),
    }
}

/// An export of a source that only other workers serve, as while a source is being added, is left to them. When nobody serves it, it is claimed all the
/// same, and fails with that as its reason.
async fn claim(context: &Context) -> LedgerResult<Option<Export>> {
    let (now, worker) = (clock::now(), &context.config.worker);
    let claimer = Claimer {
        worker: &context.worker_id,
        lease: worker.lease,
        serves: context.sources.keys().map(String::as_str).collect(),
        announced_since: now - worker.reconcile_every.saturating_mul(3).clamp(MINUTE, 60 * MINUTE),
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

async fn attempt(context: &Context, export: &Export) -> Result<NewFile, ExportError> {
    if export.crashes >= i64::from(context.config.worker.attempts) {
        return Err(ExportError::WorkerLost { crashes: export.crashes });
    }
    let ceilings = context.sources.get(&export.source).map(|served| served.ceilings.clone());
    let pace = Pace::under(ceilings.unwrap_or_default());
    let file = NewArchive::named(context, export);
    let mut upload = begin_upload(context, export, &file).await?;
    let stored = tokio::select! {
        stored = make_and_store(context, export, &pace, &mut upload) => stored.map_err(asked_by_nobody),
        stop = lease::keep(context, export, &pace) => Err(stop),
    };
    let (bytes, sha256) = match stored {
        Ok(stored) => stored,
        Err(error) => {
            give_up(context, upload, &file.key).await;
            return Err(error);
        }
    };
    pace.enter(Phase::Uploading);
    // Finishing reads back what the vault holds: size, checksum, encryption.
    let held = tokio::select! {
        finished = upload.finish(sha256) => finished?,
        stop = lease::keep(context, export, &pace) => {
            // What was cut off may still take effect in the vault: the ledger keeps the key, and the reconciler looks twice.
            return Err(stop);
        }
    };
    if held.bytes != bytes {
        discard(context, &file.key).await;
        return Err(VaultError::Mismatch(format!("{} bytes instead of {bytes}", held.bytes)).into());
    }
    if let Some(stop) = lease::last(context, export, &pace).await {
        discard(context, &file.key).await;
        return Err(stop);
    }
    Ok(NewFile {
        name: file.name,
        object_key: file.key.as_str().to_owned(),
        bytes,
        sha256,
        content_type: CONTENT_TYPE.to_owned(),
    })
}

/// Only the lease knows of a cancel. A step that merely says its neighbour had gone must not end the export as if somebody had asked for that.
fn asked_by_nobody(error: ExportError) -> ExportError {
    match error {
        ExportError::Cancelled => ExportError::Internal("the archive ended early and nothing says why".to_owned()),
        error => error,
    }
}

struct NewArchive {
    key: ObjectKey,
    name: String,
}

impl NewArchive {
    fn named(context: &Context, export: &Export) -> Self {
        let product: String = context
            .config
            .product
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
            .collect();
        let product = product.trim_matches('-');
        let name =
            format!("{product}-export-{}.zip", export.created_at.format("%Y-%m-%d")).trim_start_matches('-').to_owned();
        Self { key: ObjectKey::random(&context.config.vault.prefix, export.attempt), name }
    }
}

/// The ledger knows the key before the vault does: whatever a dead worker leaves can be found.
async fn begin_upload(context: &Context, export: &Export, file: &NewArchive) -> Result<Upload, ExportError> {
    let note = files::Upload {
        export_id: export.id,
        attempt: export.attempt,
        object_key: file.key.as_str().to_owned(),
        upload_id: None,
        created_at: clock::now(),
        swept_at: None,
    };
    files::upload_begins(&context.ledger, &note).await?;
    Ok(context.vault.upload(&file.key, CONTENT_TYPE, &file.name).await?)
}

async fn make_and_store(
    context: &Context,
    export: &Export,
    pace: &Pace,
    upload: &mut Upload,
) -> Result<(u64, [u8; 32]), ExportError> {
    let served = context.source(&export.source)?;
    let catalog = Catalog::read(&served.catalog)?;
    let request = Request {
        export: export.id,
        tenant: export.tenant.clone(),
        subject: export.subject.0.clone(),
        origin: export.origin,
        source: export.source.clone(),
        product: context.config.product.clone(),
        formats: export.formats.0.clone(),
        csv_profile: export.csv_profile,
        with_triggers: false,
        now: clock::now(),
        signing: context.signing.clone(),
    };
    let (output, chunks) = mpsc::channel(8);
    let making = export::write_archive(&served.source, &catalog, &request, &pace.meter, output);
    let storing = store(upload, chunks, pace);
    let (_manifest, stored) = tokio::try_join!(making, storing)?;
    Ok(stored)
}

async fn store(
    upload: &mut Upload,
    mut chunks: mpsc::Receiver<Bytes>,
    pace: &Pace,
) -> Result<(u64, [u8; 32]), ExportError> {
    let mut hash = Sha256::new();
    let mut bytes = 0;
    while let Some(chunk) = chunks.recv().await {
        hash.update(&chunk);
        bytes += chunk.len() as u64;
        pace.storing(chunk.len(), upload.write(chunk)).await?;
    }
    Ok((bytes, hash.finalize().into()))
}

async fn give_up(context: &Context, upload: Upload, key: &ObjectKey) {
    match timeout(TIDYING, upload.abort()).await {
        Ok(Ok(())) => forget(context, key).await,
        Ok(Err(error)) => tracing::warn!(error = %error, "The upload could not be aborted; the reconciler tries again"),
        Err(_) => tracing::warn!("The upload could not be aborted in time; the reconciler tries again"),
    }
}

async fn discard(context: &Context, key: &ObjectKey) {
    match timeout(TIDYING, context.vault.discard(key, None)).await {
        Ok(Ok(())) => forget(context, key).await,
        Ok(Err(error)) => tracing::warn!(error = %error, "The object could not be removed; the reconciler tries again"),
        Err(_) => tracing::warn!("The object could not be removed in time; the reconciler tries again"),
    }
}

async fn forget(context: &Context, key: &ObjectKey) {
    let noted = timeout(context.config.worker.lease, files::upload_ended(&context.ledger, key.as_str())).await;
    if let Err(error) = noted.unwrap_or_else(|_| Err(lease::silent_ledger())) {
        tracing::warn!(error = %error, "The ended upload could not be noted; the reconciler tries again");
    }
}

/// Notes how the attempt ended, again and again while the ledger is away, for a lease.
async fn conclude(context: &Context, export: &Export, outcome: Result<NewFile, ExportError>) {
    let now = clock::now();
    let limit = Instant::now() + context.config.worker.lease;
    loop {
        let noted = async {
            match &outcome {
                Ok(file) => complete(context, export, file, now).await,
                Err(error) => stop(context, export, error, now).await,
            }
        };
        // A ledger that is silent must not keep a place of this worker for ever.
        let noted = timeout_at(limit, noted).await.unwrap_or_else(|_| Err(lease::silent_ledger()));
        return match noted {
            Ok(()) => announce(context, export.id, outcome.is_err_and(|error| error.is_handed_over())).await,
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

async fn complete(context: &Context, export: &Export, file: &NewFile, now: DateTime<Utc>) -> LedgerResult<()> {
    let (id, attempt) = (export.id, export.attempt);
    let expires_at = lifetime::end_of(context, export, now).await?;
    match exports::complete(&context.ledger, id, attempt, std::slice::from_ref(file), expires_at, now).await {
        Ok(()) => {
            tracing::info!(bytes = file.bytes, "The archive is ready");
            Ok(())
        }
        Err(LedgerError::Fenced { attempt }) => {
            // A commit whose answer was lost has taken effect all the same, and then the object is the archive.
            if files::of_export(&context.ledger, id).await?.iter().any(|known| known.object_key == file.object_key) {
                return Ok(());
            }
            discard(context, &ObjectKey::from_ledger(file.object_key.clone())).await;
            // Either another attempt took over, and this changes nothing, or somebody cancelled at the last moment.
            exports::cancelled(&context.ledger, id, attempt, now).await
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

/// Wakes the next worker, or whoever sends the mails. A doorbell that is lost is rung again by the reconciler.
async fn announce(context: &Context, id: ExportId, is_handed_over: bool) {
    let kind = if is_handed_over { Kind::Export } else { Kind::Notify };
    if let Err(error) = context.queue.ring(kind, id).await {
        tracing::info!(error = %error, "The doorbell was not rung; the reconciler will");
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
mod tests {
    use super::*;
    use shared::{
        export::{Engine, State},
        ledger::sources::{self, Source},
    };

    #[test]
    fn waits_double_and_end_at_an_hour() {
        let id = ExportId::nil();
        let waits: Vec<u64> =
            [1, 2, 3, 20].map(|attempt| wait_before(Duration::from_secs(10), attempt, id).as_secs()).to_vec();
        assert_eq!(waits, [10, 20, 40, 3600]);
    }

    #[tokio::test]
    async fn an_export_of_a_source_that_this_worker_does_not_serve_is_left_to_one_that_does() {
        let folder = tempfile::tempdir().unwrap();
        let context = Arc::new(crate::context::tests::embedded(&folder).await);
        let export = crate::context::tests::queued(&context).await;
        let source = Source { name: export.source.clone(), engine: Engine::Sqlite, exports: 2, seen_at: clock::now() };
        sources::announce(&context.ledger, &[source]).await.unwrap();
        run(context.clone(), export.id).await;
        assert_eq!(exports::find(&context.ledger, export.id).await.unwrap(), Some(export));
    }

    #[tokio::test]
    async fn an_export_of_a_source_that_no_worker_serves_is_tried_again_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let context = Arc::new(crate::context::tests::embedded(&folder).await);
        let export = crate::context::tests::queued(&context).await;
        run(context.clone(), export.id).await;
        let export = exports::find(&context.ledger, export.id).await.unwrap().unwrap();
        assert_eq!((export.state, export.attempt), (State::Queued, 1));
        assert_eq!(export.reason_code.as_deref(), Some("source_unavailable"));
        assert!(export.reason.unwrap().contains("elsewhere"));
    }

    #[tokio::test]
    async fn a_worker_whose_clock_is_wrong_leaves_exports_alone() {
        let folder = tempfile::tempdir().unwrap();
        let context = Arc::new(crate::context::tests::embedded(&folder).await);
        let export = crate::context::tests::queued(&context).await;
        context.timekeeping.note(chrono::TimeDelta::hours(1), context.config.worker.lease);
        run(context.clone(), export.id).await;
        assert_eq!(exports::find(&context.ledger, export.id).await.unwrap(), Some(export));
    }

    #[tokio::test]
    async fn an_archive_whose_commit_was_answered_by_nobody_is_not_discarded() {
        let folder = tempfile::tempdir().unwrap();
        let context = crate::context::tests::embedded(&folder).await;
        let id = crate::context::tests::queued(&context).await.id;
        let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
        let (export, key) = (claimed.unwrap().unwrap(), ObjectKey::random("archives", 1));
        let mut upload = context.vault.upload(&key, CONTENT_TYPE, "a.zip").await.unwrap();
        upload.write(Bytes::from_static(b"archive")).await.unwrap();
        let sha256: [u8; 32] = Sha256::digest(b"archive").into();
        upload.finish(sha256).await.unwrap();
        let file = NewFile {
            name: "a.zip".into(),
            object_key: key.as_str().into(),
            bytes: 7,
            sha256,
            content_type: CONTENT_TYPE.into(),
        };
        for _ in 0..2 {
            complete(&context, &export, &file, clock::now()).await.unwrap();
        }
        assert_eq!(context.vault.head(&key).await.unwrap().bytes, 7);
        assert_eq!(exports::find(&context.ledger, id).await.unwrap().unwrap().state, State::Ready);
    }

    #[tokio::test]
    async fn a_silent_ledger_at_the_end_of_an_attempt_does_not_hold_the_worker() {
        let folder = tempfile::tempdir().unwrap();
        let context = crate::context::tests::embedded(&folder).await;
        let id = crate::context::tests::queued(&context).await.id;
        let claimed = exports::claim(&context.ledger, id, "w1", context.config.worker.lease, clock::now()).await;
        let export = claimed.unwrap().unwrap();
        let _others = context.ledger.begin().await.unwrap();
        let ended = timeout(Duration::from_secs(5), conclude(&context, &export, Err(ExportError::SchemaChanged))).await;
        assert!(ended.is_ok(), "it waits for the ledger");
    }
}
