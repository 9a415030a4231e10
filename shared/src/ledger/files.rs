//! The table `files`: the objects in the vault that hold an export's archive.

use super::{Ledger, Result, Transaction, stored};
use crate::export::ExportId;
use chrono::{DateTime, Utc};

/// A file of a ready export.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct File {
    /// The export it belongs to.
    pub export_id: ExportId,
    /// The attempt that wrote it.
    pub attempt: i64,
    /// The name a person sees when saving it, or its path in an archive that is laid out as files; safe for a header and for every file system.
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
    /// How it was sealed on its way to the vault.
    pub sealing: Sealing,
    /// The size of what lies in the vault, where that is not the file itself.
    pub stored_bytes: Option<i64>,
    /// SHA-256 of what lies in the vault, where that is not the file itself.
    pub stored_sha256: Option<Vec<u8>>,
}

/// How a file was sealed on its way to the vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text")]
pub enum Sealing {
    /// It lies there as a person downloads it.
    #[default]
    #[serde(rename = "none")]
    #[sqlx(rename = "none")]
    None,
    /// With the data key of its archive, which this installation unwraps: see [`crate::envelope`].
    #[serde(rename = "envelope")]
    #[sqlx(rename = "envelope")]
    Envelope,
}

/// What lies in the vault in the place of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// A finished file, before the ledger knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// How it was sealed.
    pub sealing: Sealing,
    /// What lies in the vault, where that is not the file itself.
    pub stored: Option<Stored>,
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
    /// When its remains were deleted for the first time.
    pub swept_at: Option<DateTime<Utc>>,
}

/// The files of a ready export, by name.
pub async fn of_export(ledger: &Ledger, id: ExportId) -> Result<Vec<File>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select * from files where export_id = $1 order by name").bind(id).fetch_all(pool).await?))
}

/// The files that lie in the vault under this key, or with this SHA-256: none or one, but for two files without content.
pub async fn lying(ledger: &Ledger, object_key: Option<&str>, sha256: Option<&[u8]>) -> Result<Vec<File>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from files where object_key = $1 or stored_sha256 = $2 order by export_id, name")
        .bind(object_key).bind(sha256).fetch_all(pool).await?))
}

/// Marks every file of the export as deleted.
pub(super) async fn deleted(transaction: &mut Transaction, id: ExportId, now: DateTime<Utc>) -> Result<()> {
    within!(transaction, connection => sqlx::query("update files set deleted_at = $2 where export_id = $1 and deleted_at is null")
        .bind(id).bind(stored(now)).execute(connection).await?.rows_affected());
    Ok(())
}

/// Records a finished file.
pub(super) async fn insert(
    transaction: &mut Transaction,
    id: ExportId,
    attempt: i64,
    file: &NewFile,
    now: DateTime<Utc>,
) -> Result<()> {
    let number = |bytes: u64| i64::try_from(bytes).map_err(|error| sqlx::Error::Encode(error.into()));
    let bytes = number(file.bytes)?;
    let stored_bytes = file.stored.map(|stored| number(stored.bytes)).transpose()?;
    within!(transaction, connection => sqlx::query(
        "insert into files (export_id, attempt, name, object_key, bytes, sha256, content_type, created_at, sealing, stored_bytes, stored_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(id)
        .bind(attempt)
        .bind(&file.name)
        .bind(&file.object_key)
        .bind(bytes)
        .bind(file.sha256.as_slice())
        .bind(&file.content_type)
        .bind(stored(now))
        .bind(file.sealing)
        .bind(stored_bytes)
        .bind(file.stored.map(|stored| stored.sha256.to_vec()))
        .execute(connection).await?.rows_affected());
    Ok(())
}

/// Forgets the uploads of an attempt that became files.
pub(super) async fn uploads_became_files(transaction: &mut Transaction, id: ExportId, attempt: i64) -> Result<()> {
    within!(transaction, connection => sqlx::query(
        "delete from uploads where export_id = $1 and attempt = $2
           and object_key in (select object_key from files where export_id = $1 and attempt = $2)")
        .bind(id).bind(attempt).execute(connection).await?.rows_affected());
    Ok(())
}

/// Writes down that an upload begins (table `uploads`), and again when its multipart upload's id is known.
pub async fn upload_begins(ledger: &Ledger, upload: &Upload) -> Result<()> {
    on!(ledger, pool => sqlx::query(
        "insert into uploads (object_key, export_id, attempt, upload_id, created_at) values ($1, $2, $3, $4, $5)
         on conflict (object_key) do update set upload_id = excluded.upload_id")
        .bind(&upload.object_key)
        .bind(upload.export_id)
        .bind(upload.attempt)
        .bind(&upload.upload_id)
        .bind(stored(upload.created_at))
        .execute(pool).await?.rows_affected());
    Ok(())
}

/// Forgets an upload, because it became a file or its remains are gone.
pub async fn upload_ended(ledger: &Ledger, object_key: &str) -> Result<()> {
    on!(ledger, pool => sqlx::query("delete from uploads where object_key = $1")
        .bind(object_key).execute(pool).await?.rows_affected());
    Ok(())
}

/// Notes that the remains of an upload were deleted; they are looked for once more later.
pub async fn upload_swept(ledger: &Ledger, object_key: &str, now: DateTime<Utc>) -> Result<()> {
    on!(ledger, pool => sqlx::query("update uploads set swept_at = $2 where object_key = $1")
        .bind(object_key).bind(stored(now)).execute(pool).await?.rows_affected());
    Ok(())
}

/// Whether an upload under this key is under way, or became a file.
pub async fn is_known(ledger: &Ledger, object_key: &str) -> Result<bool> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select exists (select 1 from uploads where object_key = $1) or exists (select 1 from files where object_key = $1)")
        .bind(object_key).fetch_one(pool).await?))
}

/// Which lost uploads to list.
#[derive(Debug, Clone, Copy)]
pub struct Lost {
    /// Those whose remains were deleted already are listed once more if that was before this time.
    pub swept_before: DateTime<Utc>,
    /// So many are passed over.
    pub offset: i64,
    /// At most so many.
    pub limit: i64,
}

/// Uploads, oldest first, whose attempt can never complete any more (its export is not running, or is at a higher attempt) and
/// that did not become a file.
///
/// A lease that merely ended is not enough: its worker may only be slow, renew, and complete with an object that a
/// sweep has deleted meanwhile. The next claim ends that attempt for good, and then its uploads are reported.
pub async fn lost_uploads(ledger: &Ledger, lost: Lost) -> Result<Vec<Upload>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select uploads.* from uploads join exports on exports.id = uploads.export_id
         where (exports.state <> 'running' or exports.attempt > uploads.attempt)
           and (uploads.swept_at is null or uploads.swept_at < $1)
           and not exists (select 1 from files where files.object_key = uploads.object_key)
         order by uploads.created_at, uploads.object_key limit $2 offset $3")
        .bind(stored(lost.swept_before)).bind(lost.limit).bind(lost.offset).fetch_all(pool).await?))
}
