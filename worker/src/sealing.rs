//! How the objects of an attempt are sealed on their way to the vault. Every byte of an archive passes here.

use crate::{context::Context, error::ExportError};
use bytes::{Buf, Bytes};
use shared::{
    clock,
    envelope::{self, AssociatedData, DataKey},
    keyring::ArchiveId,
    ledger::{data_keys, exports::Export, files},
};
use tokio::time::timeout;

/// What seals the objects of one attempt.
pub(crate) enum Sealing {
    /// Nothing: they lie in the vault as they are.
    None,
    /// The archive's own data key.
    Envelope {
        /// The key; its wrapped form is in the ledger.
        key: DataKey,
        /// What it seals.
        archive: ArchiveId,
    },
}

/// One object on its way through.
pub(crate) enum Sealer {
    /// It passes as it is.
    None,
    /// Into segments.
    Envelope(Box<envelope::Sealer>),
}

impl Sealing {
    /// What seals this attempt's objects, as the settings say. A data key is in the ledger, wrapped, before this returns: nothing is ever sealed that nobody can
    /// open.
    pub(crate) async fn begin(context: &Context, export: &Export) -> Result<Self, ExportError> {
        if !context.keyring.is_on() {
            return Ok(Self::None);
        }
        let archive = ArchiveId { export: export.id, attempt: export.attempt };
        // The lease is not renewed yet.
        let made = timeout(context.config.worker.lease / 2, context.keyring.make(archive)).await;
        let (key, wrapped) = made.map_err(|_| ExportError::silent_keyring())??;
        data_keys::keep(&context.ledger, archive, &wrapped, clock::now()).await?;
        Ok(Self::Envelope { key, archive })
    }

    /// What the ledger says of the files.
    pub(crate) fn word(&self) -> files::Sealing {
        match self {
            Self::None => files::Sealing::None,
            Self::Envelope { .. } => files::Sealing::Envelope,
        }
    }

    /// Begins an object: the file of this name in the archive.
    pub(crate) fn object(&self, name: &str) -> Result<Sealer, ExportError> {
        Ok(match self {
            Self::None => Sealer::None,
            Self::Envelope { key, archive } => {
                let associated_data = AssociatedData::of_file(archive.export, archive.attempt, name);
                Sealer::Envelope(Box::new(envelope::Sealer::new(key, &associated_data)?))
            }
        })
    }
}

impl Sealer {
    /// Takes bytes off the front of `chunk` and returns what can go to the vault, if anything. Call this until `chunk` is empty.
    pub(crate) fn seal(&mut self, chunk: &mut Bytes) -> Result<Option<Bytes>, ExportError> {
        match self {
            Self::None => Ok(Some(std::mem::take(chunk))),
            Self::Envelope(sealer) => {
                let mut rest = &chunk[..];
                let sealed = sealer.seal(&mut rest)?;
                let taken = chunk.len() - rest.len();
                chunk.advance(taken);
                Ok(sealed)
            }
        }
    }

    /// What comes after the last chunk.
    pub(crate) fn finish(self) -> Result<Option<Bytes>, ExportError> {
        match self {
            Self::None => Ok(None),
            Self::Envelope(sealer) => Ok(Some(sealer.finish()?)),
        }
    }
}
