//! Reading files that were sealed on their way to the vault: the data key out of the ledger, the bytes out of the vault, segment by segment.

use crate::{
    envelope::{AssociatedData, DataKey, EnvelopeError, HEADER, Opener, Opening},
    keyring::{ArchiveId, Keyring, KeyringError},
    ledger::{Ledger, LedgerError, data_keys, files::File},
    vault::{ObjectKey, Vault, VaultError},
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use std::ops::Range;

/// Why a sealed file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnsealError {
    /// Its data key was destroyed: nobody can read it any more.
    #[error("the key of this archive was destroyed; nobody can read it any more")]
    Shredded,
    /// The ledger has no key for it.
    #[error("the ledger holds no key for this archive")]
    NoKey,
    /// The ledger did not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The data key cannot be unwrapped.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The vault did not give the object.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What the vault holds is not what was sealed.
    #[error("the object in the vault is not what was stored: {0}")]
    Envelope(#[from] EnvelopeError),
}

/// Plaintext on its way; each piece was checked before it appears.
pub type Plaintext = BoxStream<'static, Result<Bytes, UnsealError>>;

/// The data key of an archive.
pub async fn data_key(ledger: &Ledger, keyring: &Keyring, archive: ArchiveId) -> Result<DataKey, UnsealError> {
    let row = data_keys::find(ledger, archive).await?.ok_or(UnsealError::NoKey)?;
    let wrapped = row.wrapped().ok_or(UnsealError::Shredded)?;
    Ok(keyring.unwrap(&wrapped, archive).await?)
}

/// The plaintext of a sealed file, or of a range of it that begins inside the file. Of the object only the segments of that range are read.
///
/// The first of them is opened before this returns, so that a wrong key or a changed header is an error and not a download that breaks off.
pub async fn read(
    vault: &Vault,
    key: &DataKey,
    file: &File,
    range: Option<Range<u64>>,
) -> Result<Plaintext, UnsealError> {
    let object = ObjectKey::from_ledger(file.object_key.clone());
    let sealed_bytes = file.stored_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
    let header = header(vault, &object).await?;
    let associated_data = AssociatedData::of_file(file.export_id, file.attempt, &file.name);
    let opener = Opener::new(key, &associated_data, &header, sealed_bytes)?;
    let opening = match range {
        Some(range) => opener.range(range),
        None => opener.whole(),
    };
    let sealed = vault.read(&object, Some(opening.needs())).await?;
    let reading = Reading { sealed, chunk: Bytes::new(), opening: Some(opening) };
    let mut plaintext = stream::try_unfold(reading, Reading::next).boxed();
    let first = plaintext.try_next().await?;
    Ok(stream::iter(first.map(Ok)).chain(plaintext).boxed())
}

async fn header(vault: &Vault, object: &ObjectKey) -> Result<Vec<u8>, UnsealError> {
    let mut chunks = vault.read(object, Some(0..HEADER as u64)).await?;
    let mut header = Vec::with_capacity(HEADER);
    while let Some(chunk) = chunks.try_next().await? {
        header.extend_from_slice(&chunk);
    }
    Ok(header)
}

struct Reading {
    sealed: BoxStream<'static, Result<Bytes, VaultError>>,
    chunk: Bytes,
    /// Gone at the end.
    opening: Option<Opening>,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, UnsealError> {
        while let Some(opening) = &mut self.opening {
            let mut rest = &self.chunk[..];
            let opened = opening.open(&mut rest)?;
            self.chunk = self.chunk.slice_ref(rest);
            if let Some(plaintext) = opened {
                return Ok(Some((plaintext, self)));
            }
            if !self.chunk.is_empty() {
                continue;
            }
            match self.sealed.try_next().await? {
                Some(chunk) => self.chunk = chunk,
                None => {
                    if let Some(opening) = self.opening.take() {
                        opening.finish()?;
                    }
                }
            }
        }
        Ok(None)
    }
}
