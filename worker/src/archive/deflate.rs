//! Compressing one member in blocks, several at a time, so that their output in order is one deflate stream (RFC 1951).
//!
//! Each block but the last ends with an empty stored block (Z_SYNC_FLUSH), on a byte's border; each but the first knows the 32 KiB before it as its dictionary.

use super::members::Contents;
use crate::error::ExportError;
use bytes::{Bytes, BytesMut};
use flate2::{Compress, CompressError, Compression, FlushCompress, Status};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

/// Plain bytes in a block.
const BLOCK: usize = 512 * 1024;
/// How far back deflate may look.
const WINDOW: usize = 32 * 1024;
/// Of 1–9: below 4 zlib-rs gives much larger output, above it is much slower.
const LEVEL: u32 = 4;
/// Blocks of one member that may wait for being written.
const WAITING: usize = 2;

/// A piece of a member's deflate stream.
#[derive(Debug)]
pub(super) struct Packed {
    /// The piece.
    pub(super) bytes: Bytes,
    /// The checksum of what is in it.
    pub(super) crc: crc32fast::Hasher,
    /// The length of what is in it.
    pub(super) plain: u64,
    /// Whether it ends the stream.
    pub(super) last: bool,
}

/// A piece that may still be in the making.
pub(super) type Packing = JoinHandle<Result<Packed, CompressError>>;

/// Takes the plain content of one member and hands on its deflate stream.
pub(super) struct Deflater {
    buffer: BytesMut,
    dictionary: Option<Bytes>,
    hash: Sha256,
    bytes: u64,
    workers: Arc<Semaphore>,
    packed: mpsc::Sender<Packing>,
}

impl Deflater {
    /// A deflater that uses at most the permits of `workers` at a time, and where its pieces come out, in order.
    pub(super) fn new(workers: Arc<Semaphore>) -> (Self, mpsc::Receiver<Packing>) {
        let (packed, pieces) = mpsc::channel(WAITING);
        let deflater =
            Self { buffer: BytesMut::new(), dictionary: None, hash: Sha256::new(), bytes: 0, workers, packed };
        (deflater, pieces)
    }

    /// Takes plain bytes; waits while too much is under way.
    pub(super) async fn push(&mut self, mut plain: &[u8]) -> Result<(), ExportError> {
        self.hash.update(plain);
        self.bytes += plain.len() as u64;
        while !plain.is_empty() {
            if self.buffer.len() == BLOCK {
                self.pack(false).await?;
            }
            if self.buffer.capacity() == 0 {
                self.buffer.reserve(plain.len().min(BLOCK));
            }
            let (now, later) = plain.split_at(plain.len().min(BLOCK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            plain = later;
        }
        Ok(())
    }

    /// Ends the stream.
    pub(super) async fn finish(mut self) -> Result<Contents, ExportError> {
        self.pack(true).await?;
        Ok(Contents { bytes: self.bytes, sha256: hex::encode(self.hash.finalize()), stored: None })
    }

    async fn pack(&mut self, last: bool) -> Result<(), ExportError> {
        let plain = self.buffer.split().freeze();
        let window = plain.slice(plain.len().saturating_sub(WINDOW)..);
        // A copy: a slice would keep the whole block alive.
        let dictionary = self.dictionary.replace(Bytes::copy_from_slice(&window));
        let permit = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| ExportError::Internal("the compressors are closed".to_owned()))?;
        let packing = tokio::task::spawn_blocking(move || {
            let packed = deflate(&plain, dictionary.as_deref(), last);
            drop(permit);
            packed
        });
        // Nobody takes the pieces any more: the one who stopped says why.
        self.packed.send(packing).await.map_err(|_| ExportError::Cancelled)
    }
}

fn deflate(plain: &[u8], dictionary: Option<&[u8]>, last: bool) -> Result<Packed, CompressError> {
    let mut compressor = Compress::new(Compression::new(LEVEL), false);
    if let Some(dictionary) = dictionary {
        compressor.set_dictionary(dictionary)?;
    }
    let flush = if last { FlushCompress::Finish } else { FlushCompress::Sync };
    let mut bytes = Vec::with_capacity(plain.len() / 2 + 1024);
    let mut taken = 0;
    loop {
        let before = compressor.total_in();
        let status = compressor.compress_vec(&plain[taken..], &mut bytes, flush)?;
        taken += usize::try_from(compressor.total_in() - before).unwrap_or(usize::MAX);
        let flushed = !last && taken == plain.len() && bytes.len() < bytes.capacity();
        if status == Status::StreamEnd || flushed {
            break;
        }
        bytes.reserve(64 * 1024);
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(plain);
    Ok(Packed { bytes: bytes.into(), crc, plain: plain.len() as u64, last })
}

#[cfg(test)]
mod tests {

    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn inflated(plain: &[u8], push: usize) -> (Vec<u8>, Contents) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (mut deflater, mut pieces) = Deflater::new(Arc::new(Semaphore::new(2)));
            let feed = async {
                for part in plain.chunks(push) {
                    deflater.push(part).await.unwrap();
                }
                deflater.finish().await.unwrap()
            };
            let collect = async {
                let (mut stream, mut crc, mut ended) = (Vec::new(), crc32fast::Hasher::new(), false);
                while let Some(piece) = pieces.recv().await {
                    let piece = piece.await.unwrap().unwrap();
                    assert!(!ended);
                    ended = piece.last;
                    stream.extend_from_slice(&piece.bytes);
                    crc.combine(&piece.crc);
                }
                assert!(ended);
                assert_eq!(crc.finalize(), crc32fast::hash(plain));
                stream
            };
            let (contents, stream) = tokio::join!(feed, collect);
            let mut back = Vec::new();
            flate2::read::DeflateDecoder::new(&stream[..]).read_to_end(&mut back).unwrap();
            (back, contents)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn blocks_join_to_one_stream(seed in any::<u64>(), length in 0usize..1_800_000, push in 1usize..700_000, noise in any::<bool>()) {
            let mut state = seed | 1;
            let plain: Vec<u8> = (0..length).map(|place| {
                state ^= state << 13; state ^= state >> 7; state ^= state << 17;
                if noise { state.to_le_bytes()[3] } else { b"sale,2026-01-01,"[place % 16] ^ u8::from(state % 97 == 0) }
            }).collect();
            let (back, contents) = inflated(&plain, push);
            prop_assert_eq!(contents.bytes, plain.len() as u64);
            prop_assert_eq!(contents.sha256, hex::encode(Sha256::digest(&plain)));
            prop_assert!(back == plain);
        }
    }

    #[test]
    fn exact_blocks_and_nothing_at_all_are_streams_too() {
        for length in [0, 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1] {
            let plain = vec![b'x'; length];
            assert!(inflated(&plain, 100_000).0 == plain);
        }
    }
}
