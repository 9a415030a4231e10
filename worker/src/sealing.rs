//! How the objects of an attempt are sealed on their way to the vault. Every byte of an archive passes here.

use crate::{
    context::Context,
    error::ExportError,
    lock::{Lock, Locking},
};
use bytes::{Buf, Bytes};
use shared::{
    clock,
    envelope::{self, AssociatedData, DataKey},
    keyring::ArchiveId,
    ledger::{data_keys, exports::Export, files, recipients},
    recipient::SUFFIX,
};
use std::borrow::Cow;
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
    /// The keys of its recipients: nobody here can open it afterwards.
    Recipients(Lock),
}

/// One object on its way through.
pub(crate) enum Sealer {
    /// It passes as it is.
    None,
    /// Into segments.
    Envelope(Box<envelope::Sealer>),
    /// Into a file of age.
    Recipients(Box<Locking>),
}

impl Sealing {
    /// What seals this attempt's objects: its recipients' keys where there are any, else what the settings say. A data key is in the ledger, wrapped, before this returns: nothing is ever sealed that nobody can
    /// open.
    pub(crate) async fn begin(context: &Context, export: &Export) -> Result<Self, ExportError> {
        let recipients = recipients::settle(&context.ledger, export, clock::now()).await?;
        if let Some(lock) = Lock::of(&recipients)? {
            return Ok(Self::Recipients(lock));
        }
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
            // A file for recipients is downloaded as it lies there.
            Self::None | Self::Recipients(_) => files::Sealing::None,
            Self::Envelope { .. } => files::Sealing::Envelope,
        }
    }

    /// The name that the file of this name in the archive gets.
    pub(crate) fn name<'a>(&self, path: &'a str) -> Cow<'a, str> {
        match self {
            Self::None | Self::Envelope { .. } => Cow::Borrowed(path),
            Self::Recipients(_) => Cow::Owned(format!("{path}{SUFFIX}")),
        }
    }

    /// Whether a person downloads what was sealed, instead of what was in it.
    pub(crate) fn is_handed_out(&self) -> bool {
        matches!(self, Self::Recipients(_))
    }

    /// Begins an object: the file of this name in the archive.
    pub(crate) fn object(&self, name: &str) -> Result<Sealer, ExportError> {
        Ok(match self {
            Self::None => Sealer::None,
            Self::Envelope { key, archive } => {
                let associated_data = AssociatedData::of_file(archive.export, archive.attempt, name);
                Sealer::Envelope(Box::new(envelope::Sealer::new(key, &associated_data)?))
            }
            Self::Recipients(lock) => Sealer::Recipients(Box::new(lock.begin()?)),
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
            Self::Recipients(locking) => {
                let sealed = locking.write(&std::mem::take(chunk))?;
                Ok((!sealed.is_empty()).then_some(sealed))
            }
        }
    }

    /// What comes after the last chunk.
    pub(crate) fn finish(self) -> Result<Option<Bytes>, ExportError> {
        match self {
            Self::None => Ok(None),
            Self::Envelope(sealer) => Ok(Some(sealer.finish()?)),
            Self::Recipients(locking) => Ok(Some(locking.finish()?)),
        }
    }
}
