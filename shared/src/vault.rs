//! The vault: where archives are kept, an S3 bucket or a folder.

pub mod directory;
mod disposition;
mod key;
pub mod s3;

pub use disposition::attachment;
pub(crate) use key::is_plain_path;
pub use key::{KeyFolder, ObjectKey};

use crate::config::{Config, VaultConfig};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use std::{ops::Range, time::Duration};
use url::Url;

/// What the vault holds under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its size.
    pub bytes: u64,
    /// Its checksum as the vault tells it, where it does: `sha256:<hex>` of the whole, or S3's composite `crc32:<base64>` of the parts' CRC-32s.
    pub checksum: Option<String>,
}

/// A multipart upload that was begun and neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The key it would be completed under.
    pub key: ObjectKey,
    /// Its id.
    pub upload_id: String,
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
    /// Access was refused: credentials, bucket or policy; holds the service's code.
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
    /// The vault the configuration names; a folder is made if it is missing, a bucket is not.
    pub async fn open(config: &Config) -> Result<Self, VaultError> {
        Ok(match &config.vault.bucket {
            Some(bucket) => Self::S3(s3::Bucket::open(bucket, &config.vault).await),
            None => Self::Directory(directory::Directory::open(&config.data_dir).await?),
        })
    }

    /// Answers within seconds when the vault can be reached and may be used.
    pub async fn ping(&self) -> Result<(), VaultError> {
        match self {
            Self::Directory(directory) => directory.ping().await,
            Self::S3(bucket) => bucket.ping().await,
        }
    }

    /// Begins an upload of an object of unknown size. `content_type` and `file_name` are stored with it.
    #[tracing::instrument(name = "begin_upload", skip_all)]
    pub async fn upload(&self, key: &ObjectKey, content_type: &str, file_name: &str) -> Result<Upload, VaultError> {
        Ok(match self {
            Self::Directory(directory) => Upload::Directory(directory.upload(key).await?),
            Self::S3(bucket) => Upload::S3(bucket.upload(key, content_type, file_name)),
        })
    }

    /// The same vault for several uploads at the same time: each has no more than one part in flight.
    pub fn for_many_uploads(&self) -> Self {
        match self {
            Self::Directory(directory) => Self::Directory(directory.clone()),
            Self::S3(bucket) => Self::S3(bucket.for_many_uploads()),
        }
    }

    /// Size and checksum of an object; asserts the configured server-side encryption.
    pub async fn head(&self, key: &ObjectKey) -> Result<Object, VaultError> {
        match self {
            Self::Directory(directory) => directory.head(key).await,
            Self::S3(bucket) => bucket.head(key).await,
        }
    }

    /// Deletes an object with every version of it, and confirms that it is gone. Deleting what is not there is success.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), VaultError> {
        match self {
            Self::Directory(directory) => directory.delete(key).await,
            Self::S3(bucket) => bucket.delete(key).await,
        }
    }

    /// Removes what an upload that never finished left behind (multipart parts, temporary file, object).
    /// Without `upload_id` the uploads of this key are looked up.
    pub async fn discard(&self, key: &ObjectKey, upload_id: Option<&str>) -> Result<(), VaultError> {
        match self {
            Self::Directory(directory) => directory.discard(key).await,
            Self::S3(bucket) => bucket.discard(key, upload_id).await,
        }
    }

    /// The uploads to keys of archives that the vault itself knows, begun before `before` and neither completed nor aborted. A folder knows none: what is
    /// on its way there has the name of its key, and [`Vault::discard`] finds it.
    pub async fn unfinished(&self, before: DateTime<Utc>) -> Result<Vec<Unfinished>, VaultError> {
        match self {
            Self::Directory(_) => Ok(Vec::new()),
            Self::S3(bucket) => bucket.unfinished(before).await,
        }
    }

    /// Aborts an upload of [`Vault::unfinished`]; the object of that key, if there is one, stays.
    pub async fn abort_unfinished(&self, upload: &Unfinished) -> Result<(), VaultError> {
        match self {
            Self::Directory(_) => Ok(()),
            Self::S3(bucket) => bucket.abort_unfinished(upload).await,
        }
    }

    /// A presigned address for one object that makes a browser save it as `file_name`; `None` where the vault has none (folder) and the API streams.
    pub async fn presign(
        &self,
        key: &ObjectKey,
        file_name: &str,
        content_type: &str,
        lifetime: Duration,
    ) -> Result<Option<Url>, VaultError> {
        match self {
            Self::Directory(_) => Ok(None),
            Self::S3(bucket) => bucket.presign(key, file_name, content_type, lifetime).await.map(Some),
        }
    }

    /// The bytes of an object, or of a range of it that begins inside the object.
    pub async fn read(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, VaultError>>, VaultError> {
        match self {
            Self::Directory(directory) => directory.read(key, range).await,
            Self::S3(bucket) => bucket.read(key, range).await,
        }
    }
}

impl Upload {
    /// The multipart upload's id, for the ledger; none in a folder and while all bytes fit one part.
    pub fn upload_id(&self) -> Option<&str> {
        match self {
            Self::Directory(_) => None,
            Self::S3(multipart) => multipart.upload_id(),
        }
    }

    /// Takes the next bytes; waits while `concurrency` parts are in flight.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), VaultError> {
        match self {
            Self::Directory(writing) => writing.write(&bytes).await,
            Self::S3(multipart) => multipart.write(bytes).await,
        }
    }

    /// Ends the upload; the object is visible and complete when this returns. `sha256` is of the whole.
    ///
    /// What is returned was read back from the vault and compared with what was sent: size, checksum
    /// where the vault tells one, encryption. If that fails nothing is left behind.
    #[tracing::instrument(name = "finish_upload", skip_all)]
    pub async fn finish(self, sha256: [u8; 32]) -> Result<Object, VaultError> {
        match self {
            Self::Directory(writing) => writing.finish(sha256).await,
            Self::S3(multipart) => multipart.finish(sha256).await,
        }
    }

    /// Gives up and removes what was sent.
    pub async fn abort(self) -> Result<(), VaultError> {
        match self {
            Self::Directory(writing) => writing.abort().await,
            Self::S3(multipart) => multipart.abort().await,
        }
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
        Self { bytes: config.part_mebibytes as usize * 1024 * 1024, concurrency: config.concurrency as usize }
    }
}
