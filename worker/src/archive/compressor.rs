//! Compressing one member as a stream and a file of its own.

use super::{
    manifest::StoredFacts,
    members::Contents,
    outgoing::{Outgoing, Sending},
};
use crate::error::ExportError;
use async_compression::{
    Level,
    tokio::write::{GzipEncoder, ZstdEncoder},
    zstd::CParameter,
};
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use shared::export::Compression;
use tokio::{io::AsyncWriteExt, sync::mpsc, task::JoinHandle};

/// Plain bytes that are handed to the compressor at once.
const BLOCK: usize = 128 * 1024;
/// Plain bytes that are compressed without a pause.
const STEP: usize = 32 * 1024;
/// Blocks of one member that may wait for being compressed.
const WAITING: usize = 2;
/// The usual length of a chunk that is handed on.
const CHUNK: usize = 256 * 1024;
/// Of 1–9, as in a ZIP.
const GZIP: Level = Level::Precise(4);
/// Of 1–22, the one that zstd itself takes.
const ZSTD: Level = Level::Precise(3);

/// Takes the plain content of one member; the file goes out while it does.
pub(super) struct Compressor {
    buffer: BytesMut,
    hash: Sha256,
    bytes: u64,
    blocks: mpsc::Sender<Option<Bytes>>,
    filing: JoinHandle<Result<Option<StoredFacts>, ExportError>>,
}

impl Compressor {
    /// Begins a file whose content may be read on the other end of `sending`; `outgoing` is offered to `files` as soon as somebody takes one.
    pub(super) fn begin(
        compression: Option<Compression>,
        sending: Sending,
        outgoing: Outgoing,
        files: mpsc::Sender<Outgoing>,
    ) -> Self {
        let (blocks, waiting) = mpsc::channel(WAITING);
        let filing = tokio::spawn(file(compression, waiting, sending, outgoing, files));
        Self { buffer: BytesMut::new(), hash: Sha256::new(), bytes: 0, blocks, filing }
    }

    /// Takes plain bytes; waits while too much is under way.
    pub(super) async fn push(&mut self, mut plain: &[u8]) -> Result<(), ExportError> {
        self.hash.update(plain);
        self.bytes += plain.len() as u64;
        while !plain.is_empty() {
            let (now, later) = plain.split_at(plain.len().min(BLOCK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            plain = later;
            if self.buffer.len() == BLOCK {
                self.hand_on().await?;
            }
        }
        Ok(())
    }

    /// Ends the file; what is said of it is about the bytes that went out.
    pub(super) async fn finish(mut self) -> Result<Contents, ExportError> {
        if !self.buffer.is_empty() {
            self.hand_on().await?;
        }
        self.blocks.send(None).await.map_err(|_| ExportError::Cancelled)?;
        let stored =
            self.filing.await.map_err(|error| ExportError::Internal(format!("a compressor stopped: {error}")))??;
        Ok(Contents { bytes: self.bytes, sha256: hex::encode(self.hash.finalize()), stored })
    }

    async fn hand_on(&mut self) -> Result<(), ExportError> {
        let block = self.buffer.split().freeze();
        // Nobody takes the blocks any more: the one who stopped says why.
        self.blocks.send(Some(block)).await.map_err(|_| ExportError::Cancelled)
    }
}

/// Sends a file out until its end; one without an end is given up.
async fn file(
    compression: Option<Compression>,
    mut blocks: mpsc::Receiver<Option<Bytes>>,
    sending: Sending,
    outgoing: Outgoing,
    files: mpsc::Sender<Outgoing>,
) -> Result<Option<StoredFacts>, ExportError> {
    let path = outgoing.path.clone();
    files.send(outgoing).await.map_err(|_| ExportError::Cancelled)?;
    let mut encoder = Encoder::new(compression);
    let mut outlet = Outlet { sending, hash: Sha256::new(), bytes: 0 };
    while let Some(block) = blocks.recv().await.ok_or(ExportError::Cancelled)? {
        for step in block.chunks(STEP) {
            encoder.take(step).await?;
            if encoder.gathered().len() >= CHUNK {
                outlet.send(encoder.gathered()).await?;
            }
            tokio::task::yield_now().await;
        }
    }
    encoder.end().await?;
    outlet.send(encoder.gathered()).await?;
    outlet.sending.end().await?;
    let (bytes, sha256) = (outlet.bytes, hex::encode(outlet.hash.finalize()));
    Ok(compression.map(|compression| StoredFacts { path, compression, bytes, sha256 }))
}

/// Where compressed bytes gather until they are sent.
enum Encoder {
    Plain(Vec<u8>),
    Zstd(Box<ZstdEncoder<Vec<u8>>>),
    Gzip(Box<GzipEncoder<Vec<u8>>>),
}

impl Encoder {
    fn new(compression: Option<Compression>) -> Self {
        match compression {
            None => Self::Plain(Vec::new()),
            // With a checksum of its own, so that `zstd -t` finds damage too.
            Some(Compression::Zstd) => {
                let checksum = [CParameter::checksum_flag(true)];
                Self::Zstd(Box::new(ZstdEncoder::with_quality_and_params(Vec::new(), ZSTD, &checksum)))
            }
            Some(Compression::Gzip) => Self::Gzip(Box::new(GzipEncoder::with_quality(Vec::new(), GZIP))),
        }
    }

    async fn take(&mut self, plain: &[u8]) -> Result<(), ExportError> {
        let taken = match self {
            Self::Plain(gathered) => gathered.write_all(plain).await,
            Self::Zstd(encoder) => encoder.write_all(plain).await,
            Self::Gzip(encoder) => encoder.write_all(plain).await,
        };
        taken.map_err(failed)
    }

    async fn end(&mut self) -> Result<(), ExportError> {
        let ended = match self {
            Self::Plain(_) => Ok(()),
            Self::Zstd(encoder) => encoder.shutdown().await,
            Self::Gzip(encoder) => encoder.shutdown().await,
        };
        ended.map_err(failed)
    }

    fn gathered(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Plain(gathered) => gathered,
            Self::Zstd(encoder) => encoder.get_mut(),
            Self::Gzip(encoder) => encoder.get_mut(),
        }
    }
}

/// Measures what goes out.
struct Outlet {
    sending: Sending,
    hash: Sha256,
    bytes: u64,
}

impl Outlet {
    async fn send(&mut self, gathered: &mut Vec<u8>) -> Result<(), ExportError> {
        if gathered.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::take(gathered));
        self.hash.update(&chunk);
        self.bytes += chunk.len() as u64;
        self.sending.send(chunk).await
    }
}

fn failed(error: std::io::Error) -> ExportError {
    ExportError::Internal(format!("compression failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    async fn filed(compression: Option<Compression>, plain: &[u8], push: usize) -> (Vec<u8>, Contents) {
        let (files, mut taken) = mpsc::channel(1);
        let (sending, outgoing, _) = Outgoing::new("a".to_owned());
        let mut compressor = Compressor::begin(compression, sending, outgoing, files);
        let feed = async {
            for part in plain.chunks(push) {
                compressor.push(part).await.unwrap();
            }
            compressor.finish().await.unwrap()
        };
        let keep = async {
            let mut outgoing = taken.recv().await.unwrap();
            let mut bytes = Vec::new();
            while let Some(chunk) = outgoing.next().await.unwrap() {
                assert!(!chunk.is_empty() && chunk.len() <= 2 * CHUNK);
                bytes.extend_from_slice(&chunk);
            }
            bytes
        };
        let (contents, bytes) = tokio::join!(feed, keep);
        (bytes, contents)
    }

    fn unpacked(compression: Option<Compression>, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match compression {
            None => return bytes.to_vec(),
            Some(Compression::Zstd) => {
                zstd::stream::read::Decoder::new(bytes).unwrap().read_to_end(&mut plain).unwrap()
            }
            Some(Compression::Gzip) => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
        };
        plain
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn what_goes_out_unpacks_to_what_came_in(
            seed in any::<u64>(), length in 0usize..900_000, push in 1usize..300_000,
            compression in prop_oneof![Just(None), Just(Some(Compression::Zstd)), Just(Some(Compression::Gzip))],
        ) {
            let mut state = seed | 1;
            let plain: Vec<u8> = (0..length).map(|_| {
                state ^= state << 13; state ^= state >> 7; state ^= state << 17;
                state.to_le_bytes()[3]
            }).collect();
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let (bytes, contents) = runtime.block_on(filed(compression, &plain, push));
            prop_assert!(unpacked(compression, &bytes) == plain);
            prop_assert_eq!(contents.bytes, plain.len() as u64);
            prop_assert_eq!(&contents.sha256, &hex::encode(Sha256::digest(&plain)));
            let stored = compression.map(|compression| StoredFacts {
                path: "a".to_owned(), compression, bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(&bytes)),
            });
            prop_assert_eq!(contents.stored, stored);
        }
    }

    #[tokio::test]
    async fn a_member_without_an_end_is_given_up() {
        let (files, mut taken) = mpsc::channel(1);
        let (sending, outgoing, _) = Outgoing::new("a".to_owned());
        let mut compressor = Compressor::begin(Some(Compression::Zstd), sending, outgoing, files);
        compressor.push(&[7; BLOCK]).await.unwrap();
        drop(compressor);
        let mut outgoing = taken.recv().await.unwrap();
        assert!(matches!(outgoing.next().await, Err(ExportError::Cancelled)));
    }
}
