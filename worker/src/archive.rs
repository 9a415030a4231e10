//! The archive: every table, its manifest, its index and its checksums, written as a stream: one ZIP, or a file for each member.

pub mod checksums;
mod compressor;
mod contents;
mod datapackage;
mod deflate;
mod index;
mod lane;
mod left;
pub mod manifest;
mod members;
mod outgoing;
mod preview;
mod spill;
mod unpacking;
pub mod verify;
mod writer;
mod zip;

use crate::{
    ceilings::Ceilings,
    error::ExportError,
    plan::Plan,
    signing::SigningKey,
    source::{Snapshot, TenantRow},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use manifest::Manifest;
pub use outgoing::{Kept, Outgoing, Sending};
use shared::config::Colour;
use shared::export::{Compression, CsvProfile, ExportId, Format, Origin, SubjectId, TenantId};
use shared::language::Language;
use std::sync::{Arc, atomic::Ordering::Relaxed};
use tokio::sync::mpsc;
use tracing::Instrument as _;
use writer::Writer;

/// Blocks of rows that may wait between the source and the encoders.
const BLOCKS_WAITING: usize = 2;

/// What an archive is asked to be.
#[derive(Debug, Clone)]
pub struct Request {
    /// The export's number.
    pub export: ExportId,
    /// Whose data.
    pub tenant: TenantId,
    /// The person whose part of it is asked for; all of it unless said.
    pub subject: Option<SubjectId>,
    /// Who caused it.
    pub origin: Origin,
    /// The name of the source.
    pub source: String,
    /// The product's name, for the index.
    pub product: String,
    /// The product's colour, for the index.
    pub accent: Colour,
    /// The formats, not empty.
    pub formats: Vec<Format>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// The language of START-HERE.html.
    pub language: Language,
    /// Whether `sql/triggers.sql` is wanted: the source's triggers and the code that they call, as they are.
    pub with_triggers: bool,
    /// When the archive is made.
    pub now: DateTime<Utc>,
    /// Signs the manifest; without it the archive is not signed.
    pub signing: Option<Arc<SigningKey>>,
}

/// Where an archive goes, and so how it is laid out.
#[derive(Debug)]
pub enum Output {
    /// One ZIP, in chunks of at most 256 KiB.
    Zip(mpsc::Sender<Bytes>),
    /// A file for each member, several at a time, those with data compressed. The manifest comes last, when all others are kept.
    /// Whoever takes the files takes at least four at a time: those of one table are written together.
    Files(Compression, mpsc::Sender<Outgoing>),
}

impl From<mpsc::Sender<Bytes>> for Output {
    fn from(chunks: mpsc::Sender<Bytes>) -> Self {
        Self::Zip(chunks)
    }
}

/// How far the writing is; read by whoever reports progress.
#[derive(Debug, Default)]
pub struct Meter {
    /// Tables in the plan.
    pub tables_total: std::sync::atomic::AtomicU64,
    /// Tables finished.
    pub tables_done: std::sync::atomic::AtomicU64,
    /// Rows read.
    pub rows: std::sync::atomic::AtomicU64,
    /// Bytes read from the source.
    pub bytes: std::sync::atomic::AtomicU64,
    /// The table that is read, or was read last.
    pub table: std::sync::Mutex<Option<String>>,
    /// How much may be read.
    pub ceilings: Ceilings,
}

impl Meter {
    /// The table that is read, or was read last, by its name in the catalog.
    pub fn table(&self) -> Option<String> {
        self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn begin(&self, table: &str) {
        *self.table.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(table.to_owned());
    }

    /// Counts what was read; [`ExportError::TooLarge`] if that is more than may be.
    fn count(&self, rows: u64, bytes: u64) -> Result<(), ExportError> {
        let rows = self.rows.fetch_add(rows, Relaxed) + rows;
        let bytes = self.bytes.fetch_add(bytes, Relaxed) + bytes;
        self.ceilings.check(rows, bytes)
    }
}

/// Writes the archive of `plan` into `output`, with back-pressure. Returns the manifest that is in it.
///
/// `fingerprint_at_end` looks at the live schema; it is awaited after the last row was read, and an answer that differs from the plan's schema is [`ExportError::SchemaChanged`].
///
/// Every table is read once. [`ExportError::Incomplete`] if the rows that were read are not all in every file; [`ExportError::Cancelled`] if nobody takes the
/// output any more. An error leaves a stream without its central directory, or files without a manifest: nothing that a program takes for an archive.
pub async fn write(
    request: &Request,
    plan: &Plan,
    tenant: &TenantRow,
    snapshot: &mut Snapshot,
    meter: &Arc<Meter>,
    output: impl Into<Output>,
    fingerprint_at_end: impl Future<Output = Result<String, ExportError>>,
) -> Result<Manifest, ExportError> {
    if request.with_triggers && plan.schema.hides_triggers {
        let message = "the triggers are asked for, but MySQL shows them only to a user with the right `trigger` on the whole database: grant it, or export without them";
        return Err(ExportError::Source { message: message.to_owned(), cause: None });
    }
    let mut writer = Writer::begin(request, plan, meter, output.into()).await?;
    let mut sequences = Vec::new();
    for table in &plan.tables {
        let (sender, blocks) = mpsc::channel(BLOCKS_WAITING);
        let span = tracing::info_span!("table", table = table.name);
        meter.begin(&table.name);
        writer.table(table, blocks, snapshot.read(table, sender)).instrument(span).await?;
        let live = plan.live(table).filter(|live| !live.sequences.is_empty());
        if let (Some(live), true) = (live, writer.wants(Format::Sql)) {
            sequences.extend(snapshot.sequence_statements(table, live).await?);
        }
    }
    if let Some(objects) = snapshot.large_objects(plan).await? {
        writer.large_objects(objects).await?;
    }
    let fingerprint_at_end = fingerprint_at_end.await?;
    if fingerprint_at_end != plan.schema.fingerprint() {
        return Err(ExportError::SchemaChanged);
    }
    writer.finish(tenant, snapshot.proof(), fingerprint_at_end, &sequences).await
}

#[cfg(test)]
pub(crate) mod tests;
