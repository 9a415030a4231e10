//! Keys of this installation: a configured list, a file, or one made in the data folder.
//!
//! A data key is wrapped with AES-256-GCM rather than AES-KW (RFC 3394): only the former binds what it wraps to further words, here the archive and the key's
//! id, so that a wrapped key that is copied to another row opens nothing. Its nonces are random; a key may wrap 2^32 data keys (NIST SP 800-38D, section 8.3).

use super::{ArchiveId, KeyName, KeyringError, Provider, WrappedKey};
use crate::{
    config::Config,
    envelope::DataKey,
    key_list::{self, Key},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file in the data folder, in the format of the setting.
pub(super) const FILE: &str = "encryption.key";

pub(super) struct Local {
    /// The first wraps; may be empty.
    keys: Vec<Key>,
    /// Where they were read, which is read again for a key that a rotation added meanwhile.
    file: Option<PathBuf>,
}

impl Local {
    pub(super) fn open(config: &Config, needs_one: bool) -> Result<Self, KeyringError> {
        if let Some(list) = &config.encryption.keys {
            let keys = key_list::parse(list.expose_secret()).map_err(KeyringError::Malformed)?;
            return Ok(Self { keys, file: None });
        }
        let file = config.data_dir.join(FILE);
        let keys = match needs_one || file.exists() {
            true => key_list::in_folder(&config.data_dir, FILE)?,
            false => Vec::new(),
        };
        Ok(Self { keys, file: Some(file) })
    }

    pub(super) fn in_file(file: &Path) -> Result<Self, KeyringError> {
        Ok(Self { keys: key_list::in_file(file)?, file: None })
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    pub(super) fn holds(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id == id) || self.read_again().iter().any(|key| key.id == id)
    }

    pub(super) fn wrap(&self, key: &DataKey, archive: ArchiveId) -> Result<WrappedKey, KeyringError> {
        let by = self.keys.first().ok_or(KeyringError::Empty)?;
        let name = KeyName { provider: Provider::Local, id: by.id.clone() };
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| crate::envelope::EnvelopeError::Random)?;
        let mut bytes = Zeroizing::new(key.expose().to_vec());
        let tag = aead(by)
            .and_then(|aead| {
                let (nonce, bound) = (Nonce::assume_unique_for_key(nonce), Aad::from(bound_to(archive, &by.id)));
                aead.seal_in_place_separate_tag(nonce, bound, &mut bytes).ok()
            })
            .ok_or_else(|| KeyringError::Refused(name.clone()))?;
        Ok(WrappedKey { by: name, bytes: [&nonce, &bytes[..], tag.as_ref()].concat() })
    }

    pub(super) fn unwrap(&self, wrapped: &WrappedKey, archive: ArchiveId) -> Result<DataKey, KeyringError> {
        let id = &wrapped.by.id;
        let read_again;
        let by = match self.keys.iter().find(|key| key.id == *id) {
            Some(key) => key,
            None => {
                read_again = self.read_again();
                let found = read_again.iter().find(|key| key.id == *id);
                found.ok_or_else(|| KeyringError::Unknown(wrapped.by.clone()))?
            }
        };
        let opened = wrapped.bytes.split_at_checked(NONCE_LEN).and_then(|(nonce, sealed)| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut sealed = Zeroizing::new(sealed.to_vec());
            let opened = aead(by)?.open_in_place(nonce, Aad::from(bound_to(archive, id)), &mut sealed).ok()?;
            DataKey::from_bytes(opened)
        });
        opened.ok_or_else(|| KeyringError::Refused(wrapped.by.clone()))
    }

    /// A process need not start anew after `handover key encryption rotate` used a key that was put into the data folder since.
    fn read_again(&self) -> Vec<Key> {
        self.file.as_deref().and_then(|file| key_list::in_file(file).ok()).unwrap_or_default()
    }
}

fn aead(key: &Key) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.secret.expose_secret()).ok()?))
}

/// What a wrapped key is bound to, besides the key that wraps it.
fn bound_to(archive: ArchiveId, id: &str) -> String {
    let ArchiveId { export, attempt } = archive;
    format!("handover/1\nexport:{}\nattempt:{attempt}\nkey:{id}", export.hyphenated())
}
