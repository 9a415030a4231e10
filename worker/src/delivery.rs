//! What an attempt puts into the vault: every object is written down before its first byte, checked at its end, and taken back if the attempt fails.

use crate::{
    archive::Outgoing,
    context::Context,
    error::ExportError,
    lease::{self, Pace},
    sealing::{Sealer, Sealing},
};
use futures::stream::{self, FuturesUnordered, StreamExt};
use sha2::{Digest, Sha256};
use shared::{
    clock,
    export::Layout,
    ledger::{
        exports::Export,
        files::{self, NewFile, Stored},
    },
    recipient::MEDIA_TYPE,
    vault::{KeyFolder, ObjectKey, Upload, Vault, VaultError},
};
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

/// Objects that are stored at the same time, and so parts in memory: the formats of one table, and one that is being finished.
const AT_ONCE: usize = 4;
/// How long giving up what is under way, and then taking back what was stored, may each keep an attempt's end from being noted: a cancel takes effect within
/// two seconds. What is left is cleared away by the reconciler.
const TIDYING: Duration = Duration::from_millis(500);

/// The objects of one attempt.
pub(crate) struct Delivery<'a> {
    context: &'a Context,
    export: &'a Export,
    pace: &'a Pace,
    place: Place,
    vault: Vault,
    sealing: Sealing,
    stop: CancellationToken,
}

/// What was handed over, and what became of it on its way.
struct Received {
    plain: Stored,
    stored: Stored,
}

/// Counts and hashes what passes.
#[derive(Default)]
struct Measure {
    bytes: u64,
    hash: Sha256,
}

/// Where the objects lie.
enum Place {
    Zip(ObjectKey),
    Files(KeyFolder),
}

impl<'a> Delivery<'a> {
    /// Nothing yet, under new random keys.
    pub(crate) fn new(context: &'a Context, export: &'a Export, pace: &'a Pace, sealing: Sealing) -> Self {
        let (prefix, attempt, vault) = (&context.config.vault.prefix, export.attempt, &context.vault);
        let (place, vault) = match export.layout {
            Layout::Zip => (Place::Zip(ObjectKey::random(prefix, attempt)), vault.clone()),
            Layout::Files => (Place::Files(KeyFolder::random(prefix, attempt)), vault.for_many_uploads()),
        };
        Self { context, export, pace, place, vault, sealing, stop: CancellationToken::new() }
    }

    /// Gives up what is under way; [`Delivery::store`] then ends soon.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until [`Delivery::stop`].
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Stores files until no more come: all that were stored, and the first error. After an error nothing is under way any more.
    pub(crate) async fn store(&self, mut files: mpsc::Receiver<Outgoing>) -> (Vec<NewFile>, Option<ExportError>) {
        let (mut under_way, mut stored, mut failed) = (FuturesUnordered::new(), Vec::new(), None);
        loop {
            tokio::select! {
                Some(file) = files.recv(), if failed.is_none() && under_way.len() < AT_ONCE => under_way.push(self.file(file)),
                Some(ended) = under_way.next() => match ended {
                    Ok(file) => stored.push(file),
                    Err(error) => {
                        // What the stop cuts off only says that it was cancelled.
                        failed.get_or_insert(error);
                        files.close();
                        self.stop.cancel();
                    }
                },
                else => return (stored, failed),
            }
        }
    }

    async fn file(&self, mut file: Outgoing) -> Result<NewFile, ExportError> {
        let name = self.sealing.name(&file.path).into_owned();
        let key = self.key(&name)?;
        let (content_type, saved_as) = (content_type(&name), name.rsplit('/').next().unwrap_or_default());
        let (word, sealer) = (self.sealing.word(), self.sealing.object(&file.path)?);
        self.note(&key).await?;
        // Whoever looks into the vault learns of a sealed object that it is one.
        let stored_as = if word == files::Sealing::None { content_type } else { "application/octet-stream" };
        let mut upload = self.vault.upload(&key, stored_as, saved_as).await?;
        let received = tokio::select! {
            received = self.receive(&mut file, sealer, &mut upload) => received,
            () = self.stopped() => Err(ExportError::Cancelled),
        };
        let Received { plain, stored } = match received {
            Ok(received) => received,
            Err(error) => {
                self.give_up(upload, &key).await;
                return Err(error);
            }
        };
        // Finishing reads back what the vault holds: size, checksum, encryption.
        let held = tokio::select! {
            finished = upload.finish(stored.sha256) => finished?,
            // What was cut off may still take effect in the vault: the ledger keeps the key, and the reconciler looks twice.
            () = self.stopped() => return Err(ExportError::Cancelled),
        };
        if held.bytes != stored.bytes {
            discard(self.context, &key, Instant::now() + TIDYING).await;
            let message = format!("{} bytes instead of {}", held.bytes, stored.bytes);
            return Err(VaultError::Mismatch(message).into());
        }
        let downloaded = if self.sealing.is_handed_out() { stored } else { plain };
        file.keep();
        Ok(NewFile {
            object_key: key.as_str().to_owned(),
            bytes: downloaded.bytes,
            sha256: downloaded.sha256,
            content_type: content_type.to_owned(),
            sealing: word,
            stored: (word != files::Sealing::None).then_some(stored),
            name,
        })
    }

    fn key(&self, path: &str) -> Result<ObjectKey, ExportError> {
        match &self.place {
            Place::Zip(key) => Ok(key.clone()),
            Place::Files(folder) => folder
                .key(path)
                .ok_or_else(|| ExportError::Internal("a file of the archive has no plain path".to_owned())),
        }
    }

    /// The ledger knows the key before the vault does: whatever a dead worker leaves can be found.
    async fn note(&self, key: &ObjectKey) -> Result<(), ExportError> {
        let note = files::Upload {
            export_id: self.export.id,
            attempt: self.export.attempt,
            object_key: key.as_str().to_owned(),
            upload_id: None,
            created_at: clock::now(),
            swept_at: None,
        };
        Ok(files::upload_begins(&self.context.ledger, &note).await?)
    }

    async fn receive(
        &self,
        file: &mut Outgoing,
        mut sealer: Sealer,
        upload: &mut Upload,
    ) -> Result<Received, ExportError> {
        let (mut plain, mut stored) = (Measure::default(), Measure::default());
        let is_sealed = !matches!(sealer, Sealer::None);
        while let Some(mut chunk) = file.next().await? {
            plain.add(&chunk);
            while !chunk.is_empty() {
                if let Some(sealed) = sealer.seal(&mut chunk)? {
                    stored.add_if(is_sealed, &sealed);
                    self.pace.storing(sealed.len(), upload.write(sealed)).await?;
                }
            }
        }
        if let Some(sealed) = sealer.finish()? {
            stored.add_if(is_sealed, &sealed);
            self.pace.storing(sealed.len(), upload.write(sealed)).await?;
        }
        let plain = plain.end();
        Ok(Received { plain, stored: if is_sealed { stored.end() } else { plain } })
    }

    async fn give_up(&self, upload: Upload, key: &ObjectKey) {
        match timeout(TIDYING, upload.abort()).await {
            Ok(Ok(())) => forget(self.context, key).await,
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "The upload could not be aborted; the reconciler tries again");
            }
            Err(_) => tracing::warn!("The upload could not be aborted in time; the reconciler tries again"),
        }
    }
}

impl Measure {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// What passes as it is was measured already.
    fn add_if(&mut self, differs: bool, bytes: &[u8]) {
        if differs {
            self.add(bytes);
        }
    }

    fn end(self) -> Stored {
        Stored { bytes: self.bytes, sha256: self.hash.finalize().into() }
    }
}

/// Removes what was stored, as far as that is possible in a moment.
pub(crate) async fn take_back(context: &Context, stored: &[NewFile]) {
    let limit = Instant::now() + TIDYING;
    stream::iter(stored)
        .for_each_concurrent(2 * AT_ONCE, |file| async move {
            discard(context, &ObjectKey::from_ledger(file.object_key.clone()), limit).await;
        })
        .await;
}

async fn discard(context: &Context, key: &ObjectKey, limit: Instant) {
    match timeout_at(limit, context.vault.discard(key, None)).await {
        Ok(Ok(())) => forget(context, key).await,
        Ok(Err(error)) => tracing::warn!(error = %error, "The object could not be removed; the reconciler tries again"),
        Err(_) => tracing::debug!("The object could not be removed in time; the reconciler tries again"),
    }
}

async fn forget(context: &Context, key: &ObjectKey) {
    let noted = timeout(context.config.worker.lease, files::upload_ended(&context.ledger, key.as_str())).await;
    if let Err(error) = noted.unwrap_or_else(|_| Err(lease::silent_ledger())) {
        tracing::warn!(error = %error, "The ended upload could not be noted; the reconciler tries again");
    }
}

/// The name that a ZIP is saved under.
pub(crate) fn zip_name(product: &str, export: &Export) -> String {
    let product: String =
        product.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let product = product.trim_matches('-');
    format!("{product}-export-{}.zip", export.created_at.format("%Y-%m-%d")).trim_start_matches('-').to_owned()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "zip" => "application/zip",
        "zst" => "application/zstd",
        "gz" => "application/gzip",
        "json" => "application/json",
        "age" => MEDIA_TYPE,
        "html" => "text/html; charset=utf-8",
        "sql" | "sha256" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
