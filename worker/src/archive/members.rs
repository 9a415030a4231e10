//! The members of an archive in the making: packed into one ZIP, one after the other, or each a file of its own.

use super::{
    Output,
    compressor::Compressor,
    deflate::{Deflater, Packing},
    manifest::StoredFacts,
    outgoing::{Kept, Outgoing},
    spill::Spill,
    zip::ZipStream,
};
use crate::error::ExportError;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use shared::export::Compression;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};

/// Blocks of a ZIP that are compressed at the same time.
const COMPRESSORS: usize = 2;

/// What a member is, which decides whether it is compressed where each is a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Rows and other content of the source: large.
    Data,
    /// What describes it: opens as it is, wherever it lies.
    Text,
}

/// Size and hash of a member's plain content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contents {
    /// Its length.
    pub(super) bytes: u64,
    /// Its SHA-256, in lowercase hexadecimal.
    pub(super) sha256: String,
    /// How it is kept, where it is compressed as a file of its own.
    pub(super) stored: Option<StoredFacts>,
}

/// Where members go.
pub(super) enum Members {
    /// Into one ZIP.
    Zip { stream: ZipStream, compressors: Arc<Semaphore> },
    /// Into files, several at a time.
    Files { compression: Compression, files: mpsc::Sender<Outgoing>, kept: Vec<Kept> },
}

/// Takes the plain content of one member.
pub(super) enum Packer {
    Zip(Deflater),
    File(Compressor),
}

/// A member whose content is on its way, to be appended by [`Members::append`].
pub(super) enum Member {
    Zip { path: String, pieces: mpsc::Receiver<Packing> },
    File(Kept),
}

/// A member that was taken in before its turn.
pub(super) enum Resting {
    Zip { path: String, spill: Box<Spill> },
    File(Kept),
}

impl Contents {
    /// Of a member that is in memory and kept as it is.
    pub(super) fn of(plain: &[u8]) -> Self {
        Self { bytes: plain.len() as u64, sha256: hex::encode(Sha256::digest(plain)), stored: None }
    }
}

impl Members {
    /// An archive without members; in a ZIP every member carries `now` as its time.
    pub(super) fn new(output: Output, now: DateTime<Utc>) -> Self {
        match output {
            Output::Zip(chunks) => {
                Self::Zip { stream: ZipStream::new(now, chunks), compressors: Arc::new(Semaphore::new(COMPRESSORS)) }
            }
            Output::Files(compression, files) => Self::Files { compression, files, kept: Vec::new() },
        }
    }

    /// How data are compressed, where each member is a file of its own.
    pub(super) fn compression(&self) -> Option<Compression> {
        match self {
            Self::Zip { .. } => None,
            Self::Files { compression, .. } => Some(*compression),
        }
    }

    /// Begins a member: where its content goes in, and what must be appended while it does.
    pub(super) fn begin(&self, path: &str, sort: Sort) -> (Packer, Member) {
        match self {
            Self::Zip { compressors, .. } => {
                let (deflater, pieces) = Deflater::new(Arc::clone(compressors));
                (Packer::Zip(deflater), Member::Zip { path: path.to_owned(), pieces })
            }
            Self::Files { compression, files, .. } => {
                let compression = (sort == Sort::Data).then_some(*compression);
                let path = compression.map_or_else(|| path.to_owned(), |how| format!("{path}.{}", suffix(how)));
                let (sending, outgoing, kept) = Outgoing::new(path);
                let compressor = Compressor::begin(compression, sending, outgoing, files.clone());
                (Packer::File(compressor), Member::File(kept))
            }
        }
    }

    /// Takes a member to its end. A ZIP takes one at a time: one that is made at the same time rests until it can be appended.
    pub(super) async fn append(&mut self, member: Member) -> Result<(), ExportError> {
        match (self, member) {
            (Self::Zip { stream, .. }, Member::Zip { path, pieces }) => stream.append(&path, pieces).await,
            (Self::Files { kept, .. }, Member::File(answer)) => {
                kept.push(answer);
                Ok(())
            }
            _ => Err(mixed()),
        }
    }

    /// Appends a member that has rested.
    pub(super) async fn append_rested(&mut self, resting: Resting) -> Result<(), ExportError> {
        match (self, resting) {
            (Self::Zip { stream, .. }, Resting::Zip { path, spill }) => stream.append(&path, *spill).await,
            (Self::Files { kept, .. }, Resting::File(answer)) => {
                kept.push(answer);
                Ok(())
            }
            _ => Err(mixed()),
        }
    }

    /// Waits until every member that was appended is kept. The members of a ZIP are kept with it.
    pub(super) async fn settle(&mut self) -> Result<(), ExportError> {
        if let Self::Files { kept, .. } = self {
            for answer in kept.drain(..) {
                answer.wait().await?;
            }
        }
        Ok(())
    }

    /// Ends the archive: the ZIP gets its central directory, every file is kept.
    pub(super) async fn finish(mut self) -> Result<(), ExportError> {
        self.settle().await?;
        match self {
            Self::Zip { stream, .. } => stream.finish().await,
            Self::Files { .. } => Ok(()),
        }
    }
}

impl Packer {
    /// Takes plain bytes; waits while too much is under way.
    pub(super) async fn push(&mut self, plain: &[u8]) -> Result<(), ExportError> {
        match self {
            Self::Zip(deflater) => deflater.push(plain).await,
            Self::File(compressor) => compressor.push(plain).await,
        }
    }

    /// Ends the member.
    pub(super) async fn finish(self) -> Result<Contents, ExportError> {
        match self {
            Self::Zip(deflater) => deflater.finish().await,
            Self::File(compressor) => compressor.finish().await,
        }
    }
}

impl Member {
    /// Takes in all of a member whose turn has not come. A file of its own never waits for another one.
    pub(super) async fn rest(self) -> Result<Resting, ExportError> {
        Ok(match self {
            Self::Zip { path, pieces } => Resting::Zip { path, spill: Box::new(Spill::fill(pieces).await?) },
            Self::File(kept) => Resting::File(kept),
        })
    }
}

/// What the name of a compressed file ends in, after a point.
pub(super) fn suffix(compression: Compression) -> &'static str {
    match compression {
        Compression::Zstd => "zst",
        Compression::Gzip => "gz",
    }
}

fn mixed() -> ExportError {
    ExportError::Internal("a member of another layout was to be appended".to_owned())
}
