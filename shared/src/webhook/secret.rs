//! The secret that a webhook's messages are signed with: 32 random bytes, shown once, and kept wrapped like the keys of archives.

use crate::{
    envelope::DataKey,
    keyring::{ArchiveId, KeyName, Keyring, KeyringError, Provider, WrappedKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What marks a symmetric secret (Standard Webhooks, "Secret serialization").
const PREFIX: &str = "whsec_";

/// A secret; wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Secret(DataKey);

/// A secret as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSecret {
    /// What wrapped it; none in an installation without key-encryption keys, where it is kept as it is.
    pub by: Option<KeyName>,
    /// The wrapped bytes.
    pub bytes: Vec<u8>,
}

impl Secret {
    /// A new secret under this number, and how it is kept.
    pub async fn make(keyring: &Keyring, number: Uuid) -> Result<(Self, KeptSecret), KeyringError> {
        if keyring.names().is_empty() {
            let key = DataKey::random()?;
            let bytes = key.expose().to_vec();
            return Ok((Self(key), KeptSecret { by: None, bytes }));
        }
        let (key, wrapped) = keyring.make(bound_to(number)).await?;
        Ok((Self(key), wrapped.into()))
    }

    /// The text that its receiver is given: `whsec_` and base64.
    pub fn text(&self) -> SecretString {
        let encoded = Zeroizing::new(STANDARD.encode(self.0.expose()));
        SecretString::from(Zeroizing::new(format!("{PREFIX}{}", *encoded)).as_str())
    }

    /// Its bytes, to sign with and nothing else.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

impl KeptSecret {
    /// The secret of this number.
    pub async fn open(&self, keyring: &Keyring, number: Uuid) -> Result<Secret, KeyringError> {
        let key = match self.wrapped() {
            Some(wrapped) => keyring.unwrap(&wrapped, bound_to(number)).await?,
            None => DataKey::from_bytes(&self.bytes).ok_or_else(|| {
                KeyringError::Refused(KeyName { provider: Provider::Local, id: "no key at all".to_owned() })
            })?,
        };
        Ok(Secret(key))
    }

    /// The same secret wrapped by the first key; `None` if it is already, or if there is no key.
    pub async fn rewrap(&self, keyring: &Keyring, number: Uuid) -> Result<Option<Self>, KeyringError> {
        match self.wrapped() {
            Some(wrapped) => Ok(keyring.rewrap(&wrapped, bound_to(number)).await?.map(Self::from)),
            None if keyring.names().is_empty() => Ok(None),
            None => {
                let secret = self.open(keyring, number).await?;
                Ok(Some(keyring.wrap(&secret.0, bound_to(number)).await?.into()))
            }
        }
    }

    fn wrapped(&self) -> Option<WrappedKey> {
        self.by.clone().map(|by| WrappedKey { by, bytes: self.bytes.clone() })
    }
}

impl From<WrappedKey> for KeptSecret {
    fn from(wrapped: WrappedKey) -> Self {
        Self { by: Some(wrapped.by), bytes: wrapped.bytes }
    }
}

/// No archive has the number of a secret, nor an attempt before the first: a wrapped secret that is copied into the place of an archive's key opens nothing, nor the
/// other way.
fn bound_to(number: Uuid) -> ArchiveId {
    ArchiveId { export: number, attempt: -1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, EncryptionMode};
    use secrecy::ExposeSecret;

    fn keyring(folder: &tempfile::TempDir, mode: EncryptionMode) -> Keyring {
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        config.encryption.mode = mode;
        Keyring::open(&config).unwrap()
    }

    #[tokio::test]
    async fn a_secret_is_kept_wrapped_and_opens_under_its_own_number_only() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = keyring(&folder, EncryptionMode::Envelope);
        let number = Uuid::now_v7();
        let (secret, kept) = Secret::make(&keyring, number).await.unwrap();
        assert!(kept.by.is_some() && kept.bytes != secret.expose());
        let text = secret.text();
        let encoded = text.expose_secret().strip_prefix("whsec_").unwrap();
        assert_eq!(STANDARD.decode(encoded).unwrap(), secret.expose());
        assert_eq!(kept.open(&keyring, number).await.unwrap().expose(), secret.expose());
        assert!(matches!(kept.open(&keyring, Uuid::now_v7()).await, Err(KeyringError::Refused(_))));
        assert_eq!(kept.rewrap(&keyring, number).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_installation_without_keys_keeps_it_as_it_is_and_wraps_it_once_it_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let without = keyring(&folder, EncryptionMode::None);
        let number = Uuid::now_v7();
        let (secret, kept) = Secret::make(&without, number).await.unwrap();
        assert_eq!((&kept.by, kept.bytes.as_slice()), (&None, secret.expose().as_slice()));
        assert_eq!(kept.rewrap(&without, number).await.unwrap(), None);
        let with = keyring(&folder, EncryptionMode::Envelope);
        let wrapped = kept.rewrap(&with, number).await.unwrap().unwrap();
        assert!(wrapped.by.is_some());
        assert_eq!(wrapped.open(&with, number).await.unwrap().expose(), secret.expose());
    }
}
