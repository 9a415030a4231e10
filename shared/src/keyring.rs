//! The keyring: key-encryption keys that wrap the data keys of archives. One wraps, all unwrap.

mod kms;
mod local;

use crate::{
    config::{Config, EncryptionMode},
    envelope::{DataKey, EnvelopeError},
    export::ExportId,
    key_list,
};
use kms::Kms;
use local::Local;
use secrecy::SecretString;
use std::{path::Path, sync::Arc};

/// Who holds a key-encryption key.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "text")]
pub enum Provider {
    /// This installation: its settings or its data folder.
    #[serde(rename = "local")]
    #[sqlx(rename = "local")]
    Local,
    /// AWS KMS, or what speaks its protocol.
    #[serde(rename = "aws-kms")]
    #[sqlx(rename = "aws-kms")]
    AwsKms,
}

/// A key-encryption key's name: who holds it, and its id there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName {
    /// Who holds it.
    pub provider: Provider,
    /// Its id: that of the list, or the KMS key's ARN.
    pub id: String,
}

/// A data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// What wrapped it.
    pub by: KeyName,
    /// The wrapped bytes: a nonce of 12 bytes, 32 bytes of ciphertext and a tag of 16 (`local`), or KMS's ciphertext blob.
    pub bytes: Vec<u8>,
}

/// The archive whose key it is; a wrapped key opens for no other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveId {
    /// The export.
    pub export: ExportId,
    /// Its attempt.
    pub attempt: i64,
}

/// Why a data key cannot be made, wrapped or unwrapped.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The key list is not `id:base64,…` with 32 bytes each.
    #[error("HANDOVER_ENCRYPTION__KEYS: {0}")]
    Malformed(String),
    /// The key file cannot be read or made.
    #[error("the file with the key-encryption keys cannot be used")]
    File(#[from] std::io::Error),
    /// There is no key to wrap with.
    #[error("there is no key-encryption key: set HANDOVER_ENCRYPTION__KEYS or HANDOVER_ENCRYPTION__KMS_KEY_ID")]
    Empty,
    /// The key that wrapped it is not in the keyring.
    #[error("the keyring does not hold {0}, which wrapped this data key: put it back")]
    Unknown(KeyName),
    /// It was wrapped for another archive or by another key of the same name, or was changed.
    #[error(
        "the wrapped data key does not open with {0}: it was changed, or the keyring holds another key under this name"
    )]
    Refused(KeyName),
    /// KMS refused: the key, the rights, or the encryption context.
    #[error("KMS refused: {0}")]
    KmsRefused(String),
    /// KMS could not be reached or failed on its side.
    #[error("KMS did not answer")]
    KmsAway(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No key could be made.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

/// Wraps and unwraps data keys; cheap to clone. Its keys are wiped from memory when it is dropped, and never printed.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    mode: EncryptionMode,
    local: Local,
    kms: Kms,
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.provider.as_str(), self.id)
    }
}

impl Provider {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::AwsKms => "aws-kms",
        }
    }
}

impl KeyringError {
    /// Whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::KmsAway(_) | Self::File(_))
    }
}

impl Keyring {
    /// The keyring with the configured keys, or with the key in the data folder, which is made (mode 0600) at the first start.
    pub fn open(config: &Config) -> Result<Self, KeyringError> {
        Self::with(config, Local::open(config, needs_one(config))?)
    }

    /// Whether [`Keyring::open`] would make a key in the data folder.
    pub fn would_be_made(config: &Config) -> bool {
        needs_one(config) && config.encryption.keys.is_none() && !config.data_dir.join(local::FILE).exists()
    }

    /// As [`Keyring::open`], but nothing is made that is missing.
    pub fn existing(config: &Config) -> Result<Self, KeyringError> {
        Self::with(config, Local::open(config, false)?)
    }

    /// As [`Keyring::existing`], with the keys in `file`, in the format of the setting, in the place of the configured ones.
    pub fn from_file(config: &Config, file: &Path) -> Result<Self, KeyringError> {
        Self::with(config, Local::in_file(file)?)
    }

    /// Puts a new key before those in the data folder and returns its id. Processes that run find it when they have to unwrap with it, and wrap with it from
    /// their next start on.
    pub fn add_to_folder(config: &Config, entry: &SecretString) -> Result<String, KeyringError> {
        Ok(key_list::prepend(&config.data_dir, local::FILE, entry)?)
    }

    fn with(config: &Config, local: Local) -> Result<Self, KeyringError> {
        Ok(Self(Arc::new(Keys { mode: config.encryption.mode, local, kms: Kms::new(config) })))
    }

    /// Whether new archives are sealed.
    pub fn is_on(&self) -> bool {
        self.0.mode == EncryptionMode::Envelope
    }

    /// The keys by name: first the one that wraps.
    pub fn names(&self) -> Vec<KeyName> {
        let kms = self.0.kms.id().map(|id| KeyName { provider: Provider::AwsKms, id: id.to_owned() });
        let local = self.0.local.ids().into_iter().map(|id| KeyName { provider: Provider::Local, id });
        kms.into_iter().chain(local).collect()
    }

    /// Whether a data key that `name` wrapped can be unwrapped, as far as that can be told without trying: of KMS only its own policy knows.
    pub fn holds(&self, name: &KeyName) -> bool {
        match name.provider {
            Provider::Local => self.0.local.holds(&name.id),
            Provider::AwsKms => true,
        }
    }

    /// A new data key, and how it is kept.
    pub async fn make(&self, archive: ArchiveId) -> Result<(DataKey, WrappedKey), KeyringError> {
        if self.0.kms.id().is_some() {
            return self.0.kms.make(archive).await;
        }
        let key = DataKey::random()?;
        let wrapped = self.0.local.wrap(&key, archive)?;
        Ok((key, wrapped))
    }

    /// A key that there is already, wrapped by the first key.
    pub async fn wrap(&self, key: &DataKey, archive: ArchiveId) -> Result<WrappedKey, KeyringError> {
        match self.0.kms.id() {
            Some(_) => self.0.kms.wrap(key, archive).await,
            None => self.0.local.wrap(key, archive),
        }
    }

    /// The data key of an archive.
    pub async fn unwrap(&self, wrapped: &WrappedKey, archive: ArchiveId) -> Result<DataKey, KeyringError> {
        match wrapped.by.provider {
            Provider::Local => self.0.local.unwrap(wrapped, archive),
            Provider::AwsKms => self.0.kms.unwrap(wrapped, archive).await,
        }
    }

    /// The same data key wrapped by the first key; `None` if it is already. Within a region of KMS the data key does not leave KMS.
    pub async fn rewrap(&self, wrapped: &WrappedKey, archive: ArchiveId) -> Result<Option<WrappedKey>, KeyringError> {
        let names = self.names();
        let first = names.first().ok_or(KeyringError::Empty)?;
        if *first == wrapped.by {
            return Ok(None);
        }
        let rewrapped = match (wrapped.by.provider, first.provider) {
            (Provider::AwsKms, Provider::AwsKms) => self.0.kms.rewrap(wrapped, archive).await?,
            (_, Provider::AwsKms) => self.0.kms.wrap(&self.unwrap(wrapped, archive).await?, archive).await?,
            (_, Provider::Local) => self.0.local.wrap(&self.unwrap(wrapped, archive).await?, archive)?,
        };
        // An id or alias of KMS is answered with the ARN of the key.
        Ok((rewrapped.by != wrapped.by).then_some(rewrapped))
    }
}

/// Whether a local key has to wrap.
fn needs_one(config: &Config) -> bool {
    config.encryption.mode == EncryptionMode::Envelope && config.encryption.kms_key_id.is_none()
}
