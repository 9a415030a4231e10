//! The table `files`: the objects in the vault that hold an export's archive.

use super::{Ledger, Result};
use crate::export::ExportId;
use chrono::{DateTime, Utc};

/// A file of a ready export.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct File {
    /// The export it belongs to.
    pub export_id: ExportId,
    /// The attempt that wrote it.
    pub attempt: i64,
    /// The name a person sees when saving it; safe for a header and for every file system.
    pub name: String,
    /// Its key in the vault.
    pub object_key: String,
    /// Its size.
    pub bytes: i64,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Its media type.
    pub content_type: String,
    /// When it was complete.
    pub created_at: DateTime<Utc>,
    /// When it was deleted from the vault.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A finished file, before the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// See [`File::name`].
    pub name: String,
    /// See [`File::object_key`].
    pub object_key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its media type.
    pub content_type: String,
}

/// An object whose upload began: written down *before* the first byte, so that a sweep finds what a dead worker left.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Upload {
    /// The export.
    pub export_id: ExportId,
    /// The attempt.
    pub attempt: i64,
    /// The key in the vault.
    pub object_key: String,
    /// The multipart upload's id, once it is known.
    pub upload_id: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
}

/// The files of a ready export, by name.
pub async fn of_export(_ledger: &Ledger, _id: ExportId) -> Result<Vec<File>> {
    todo!()
}
/// Marks every file of the export as deleted.
pub async fn deleted(_ledger: &Ledger, _id: ExportId, _now: DateTime<Utc>) -> Result<()> {
    todo!()
}
/// Writes down that an upload begins (table `uploads`).
pub async fn upload_begins(_ledger: &Ledger, _upload: &Upload) -> Result<()> {
    todo!()
}
/// Forgets an upload, because it became a file or its remains are gone.
pub async fn upload_ended(_ledger: &Ledger, _object_key: &str) -> Result<()> {
    todo!()
}
/// Up to `limit` uploads whose attempt is over (export final, or its attempt number is higher, or its lease ended) and that did not become a file.
pub async fn lost_uploads(_ledger: &Ledger, _limit: i64, _now: DateTime<Utc>) -> Result<Vec<Upload>> {
    todo!()
}
