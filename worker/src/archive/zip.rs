//! The ZIP around the members: streaming, ZIP64 where needed (APPNOTE 6.3.10), never seeking back.

use super::deflate::{Packed, Packing};
use crate::error::ExportError;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter, time::UtcDateTime};
use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::mpsc;

/// The longest chunk that is handed to the output.
const CHUNK: usize = 256 * 1024;

/// Writes members one after the other.
pub(super) struct ZipStream {
    archive: ZipArchiveWriter<Drain>,
    outlet: Outlet,
    modified: UtcDateTime,
}

/// Where the ZIP's bytes gather until somebody may wait for the output.
#[derive(Debug, Clone, Default)]
struct Drain(Arc<Mutex<BytesMut>>);

impl Write for Drain {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hands what has gathered to the output.
struct Outlet {
    drain: Drain,
    output: mpsc::Sender<Bytes>,
}

impl Outlet {
    /// Sends full chunks; with `all` also the last, short one.
    async fn send(&self, all: bool) -> Result<(), ExportError> {
        loop {
            let chunk = {
                let mut gathered = self.drain.0.lock().unwrap_or_else(PoisonError::into_inner);
                match gathered.len() {
                    0 => return Ok(()),
                    length if length >= CHUNK => gathered.split_to(CHUNK).freeze(),
                    _ if all => gathered.split().freeze(),
                    _ => return Ok(()),
                }
            };
            self.output.send(chunk).await.map_err(|_| ExportError::Cancelled)?;
        }
    }
}

/// The pieces of one member, in order.
pub(super) trait Pieces: Send {
    /// The next piece; `None` after the last.
    fn next(&mut self) -> impl Future<Output = Result<Option<Packed>, ExportError>> + Send;
}

impl Pieces for mpsc::Receiver<Packing> {
    async fn next(&mut self) -> Result<Option<Packed>, ExportError> {
        match self.recv().await {
            None => Ok(None),
            Some(packing) => packed(packing).await.map(Some),
        }
    }
}

/// Waits for a piece in the making.
pub(super) async fn packed(packing: Packing) -> Result<Packed, ExportError> {
    packing
        .await
        .map_err(|error| ExportError::Internal(format!("a compressor stopped: {error}")))?
        .map_err(|error| ExportError::Internal(format!("compression failed: {error}")))
}

impl ZipStream {
    /// Writes into `output`; every member carries `now` as its time.
    pub(super) fn new(now: DateTime<Utc>, output: mpsc::Sender<Bytes>) -> Self {
        let drain = Drain::default();
        Self {
            archive: ZipArchiveWriter::new(drain.clone()),
            outlet: Outlet { drain, output },
            modified: UtcDateTime::from_unix(now.timestamp()),
        }
    }

    /// Appends a member from the pieces of its deflate stream. The stream must come to its end.
    pub(super) async fn append(&mut self, path: &str, mut pieces: impl Pieces) -> Result<(), ExportError> {
        let (mut member, _) = self
            .archive
            .new_file(path)
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(self.modified)
            .unix_permissions(0o100_644)
            .start()
            .map_err(unwritable)?;
        let mut crc = crc32fast::Hasher::new();
        let mut plain = 0;
        let mut ended = false;
        while let Some(piece) = pieces.next().await? {
            member.write_all(&piece.bytes).map_err(|error| unwritable(error.into()))?;
            crc.combine(&piece.crc);
            plain += piece.plain;
            ended = piece.last;
            self.outlet.send(false).await?;
        }
        if !ended {
            // Whoever filled the member stopped before its end and says why.
            return Err(ExportError::Cancelled);
        }
        member.finish(DataDescriptorOutput::new(crc.finalize(), plain)).map_err(unwritable)?;
        self.outlet.send(false).await
    }

    /// Writes the central directory: only now it is a ZIP.
    pub(super) async fn finish(self) -> Result<(), ExportError> {
        self.archive.finish().map_err(unwritable)?;
        self.outlet.send(true).await
    }
}

fn unwritable(error: rawzip::Error) -> ExportError {
    ExportError::Internal(format!("the ZIP could not be written: {error}"))
}
