//! The archive: one ZIP with every table, its manifest, its index and its checksums, written as a stream.

pub mod manifest;
pub mod verify;

use crate::{
    error::ExportError,
    plan::Plan,
    source::{Snapshot, TenantRow},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use manifest::Manifest;
use shared::export::{CsvProfile, ExportId, Format, Origin, TenantId};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What an archive is asked to be.
#[derive(Debug, Clone)]
pub struct Request {
    /// The export's number.
    pub export: ExportId,
    /// Whose data.
    pub tenant: TenantId,
    /// Who caused it.
    pub origin: Origin,
    /// The name of the source.
    pub source: String,
    /// The product's name, for the index.
    pub product: String,
    /// The formats, not empty.
    pub formats: Vec<Format>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// When the archive is made.
    pub now: DateTime<Utc>,
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
}

/// Writes the archive of `plan` into `output`, in chunks of at most 256 KiB, with back-pressure. Returns the manifest that is in it.
/// An error leaves a stream without its central directory, which no program takes for an archive.
pub async fn write(
    _request: &Request,
    _plan: &Plan,
    _tenant: &TenantRow,
    _snapshot: &mut Snapshot,
    _meter: &Arc<Meter>,
    _output: mpsc::Sender<Bytes>,
) -> Result<Manifest, ExportError> {
    todo!()
}
