//! The vault: where archives are kept, an S3 bucket or a folder.

pub mod directory;
pub mod s3;

use crate::config::{Config, VaultConfig};
use bytes::Bytes;
use futures::stream::BoxStream;
use std::{ops::Range, time::Duration};
use url::Url;

/// The key of an object: random, without personal data; ends in `.zip`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// A new random key (128 bits) below `prefix`, containing the attempt: `<prefix>/<32 hex>-<attempt>.zip`.
    pub fn random(_prefix: &str, _attempt: i64) -> Self {
        todo!()
    }
    /// The key as the ledger stores it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// A key read back from the ledger.
    pub fn from_ledger(text: String) -> Self {
        Self(text)
    }
}

/// What the vault holds under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 that was stored with it as metadata.
    pub sha256: Option<[u8; 32]>,
}

/// Why the vault could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no such object.
    #[error("the vault has no such object")]
    NotFound,
    /// The object is larger than 10,000 parts of the configured size.
    #[error("the archive needs more than 10,000 parts: raise HANDOVER_VAULT__PART_MEBIBYTES")]
    TooManyParts,
    /// What the vault holds is not what was sent.
    #[error("the vault holds something else than was sent: {0}")]
    Mismatch(String),
    /// Access was refused: credentials, bucket or policy.
    #[error("the vault refused access: {0}")]
    Refused(String),
    /// It could not be reached or failed on its side; trying again may help.
    #[error("the vault did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file could not be read or written.
    #[error("the vault's folder failed")]
    Folder(#[from] std::io::Error),
}

impl VaultError {
    /// Whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Folder(_) => true,
            Self::NotFound | Self::TooManyParts | Self::Mismatch(_) | Self::Refused(_) => false,
        }
    }
}

/// Where archives are kept; cheap to clone.
#[derive(Clone)]
pub enum Vault {
    /// In a folder.
    Directory(directory::Directory),
    /// In a bucket.
    S3(s3::Bucket),
}

/// An upload that is under way. Dropping it without [`Upload::finish`] or [`Upload::abort`] leaves remains for the sweep.
pub enum Upload {
    /// Into a folder.
    Directory(directory::Writing),
    /// Into a bucket.
    S3(s3::Multipart),
}

impl Vault {
    /// The vault the configuration names.
    pub async fn open(_config: &Config) -> Result<Self, VaultError> {
        todo!()
    }
    /// Answers when the vault can be reached and may be used.
    pub async fn ping(&self) -> Result<(), VaultError> {
        todo!()
    }
    /// Begins an upload of an object of unknown size. `content_type` and `file_name` are stored with it.
    pub async fn upload(
        &self,
        _key: &ObjectKey,
        _content_type: &str,
        _file_name: &str,
    ) -> Result<Upload, VaultError> {
        todo!()
    }
    /// Size and stored SHA-256 of an object; asserts the configured server-side encryption.
    pub async fn head(&self, _key: &ObjectKey) -> Result<Object, VaultError> {
        todo!()
    }
    /// Deletes an object, and confirms that it is gone. Deleting what is not there is success.
    pub async fn delete(&self, _key: &ObjectKey) -> Result<(), VaultError> {
        todo!()
    }
    /// Removes what an upload that never finished left behind (multipart parts, temporary file, object).
    pub async fn discard(
        &self,
        _key: &ObjectKey,
        _upload_id: Option<&str>,
    ) -> Result<(), VaultError> {
        todo!()
    }
    /// A presigned address for one object that makes a browser save it as `file_name`; `None` where the vault has none (folder) and the API streams.
    pub async fn presign(
        &self,
        _key: &ObjectKey,
        _file_name: &str,
        _content_type: &str,
        _lifetime: Duration,
    ) -> Result<Option<Url>, VaultError> {
        todo!()
    }
    /// The bytes of an object, or of a range of it.
    pub async fn read(
        &self,
        _key: &ObjectKey,
        _range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, VaultError>>, VaultError> {
        todo!()
    }
}

impl Upload {
    /// The multipart upload's id, for the ledger.
    pub fn upload_id(&self) -> Option<&str> {
        todo!()
    }
    /// Takes the next bytes; waits while `concurrency` parts are in flight.
    pub async fn write(&mut self, _bytes: Bytes) -> Result<(), VaultError> {
        todo!()
    }
    /// Ends the upload; the object is visible and complete when this returns. `sha256` is of the whole.
    pub async fn finish(self, _sha256: [u8; 32]) -> Result<(), VaultError> {
        todo!()
    }
    /// Gives up and removes what was sent.
    pub async fn abort(self) -> Result<(), VaultError> {
        todo!()
    }
}

/// Size of the parts and their number in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    /// Bytes of every part but the last.
    pub bytes: usize,
    /// Parts in flight.
    pub concurrency: usize,
}

impl From<&VaultConfig> for PartPlan {
    fn from(config: &VaultConfig) -> Self {
        Self {
            bytes: config.part_mebibytes as usize * 1024 * 1024,
            concurrency: config.concurrency as usize,
        }
    }
}
