//! Archives for recipients: encrypted as an [age](https://c2sp.org/age) file that only the owners of the keys can open.

pub mod opening;

use crate::error::ExportError;
use age::stream::StreamWriter;
use bytes::{Bytes, BytesMut};
use shared::{ledger::recipients::Recipient, recipient::PublicKey};
use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

/// The keys that every file of an archive is encrypted to; at least one.
pub(crate) struct Lock(Vec<PublicKey>);

/// A file that is being encrypted.
pub(crate) struct Locking {
    writer: StreamWriter<Outlet>,
    outlet: Outlet,
}

impl Lock {
    /// The lock of an archive for these recipients; `None` for nobody in particular. [`ExportError::Recipient`] if one of the keys in the ledger is none.
    pub(crate) fn of(recipients: &[Recipient]) -> Result<Option<Self>, ExportError> {
        let keys: Result<Vec<PublicKey>, ExportError> = recipients
            .iter()
            .map(|recipient| recipient.key().map_err(|_| ExportError::Recipient(recipient.id)))
            .collect();
        Ok(Some(keys?).filter(|keys| !keys.is_empty()).map(Self))
    }

    /// Begins a file with a key of its own.
    pub(crate) fn begin(&self) -> Result<Locking, ExportError> {
        let keys = self.0.iter().map(|key| key.as_age() as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(keys).map_err(|error| failed(&error))?;
        let outlet = Outlet::default();
        let writer = encryptor.wrap_output(outlet.clone()).map_err(|error| failed(&error))?;
        Ok(Locking { writer, outlet })
    }
}

impl Locking {
    /// Takes a chunk; returns what is to be stored next, which may be nothing. At most 64 KiB wait here.
    pub(crate) fn write(&mut self, chunk: &[u8]) -> Result<Bytes, ExportError> {
        self.writer.write_all(chunk).map_err(|error| failed(&error))?;
        Ok(self.outlet.take())
    }

    /// Ends the file; returns what is to be stored last. Without it the file is recognised as cut off.
    pub(crate) fn finish(self) -> Result<Bytes, ExportError> {
        self.writer.finish().map_err(|error| failed(&error))?;
        Ok(self.outlet.take())
    }
}

fn failed(error: &dyn std::error::Error) -> ExportError {
    ExportError::Internal(format!("the archive could not be encrypted: {error}"))
}

/// What was encrypted and not taken yet; the writer keeps its own end to itself.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<BytesMut>>);

impl Outlet {
    fn take(&self) -> Bytes {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).split().freeze()
    }
}

impl io::Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
