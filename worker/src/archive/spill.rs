//! A member that must wait for another one: its compressed pieces rest in memory, and beyond a few MiB in a temporary file that has no name and that only this
//! process can read, because each piece is sealed with AES-256-GCM under a key that exists nowhere else.

use super::{
    deflate::{Packed, Packing},
    zip::{Pieces, packed},
};
use crate::error::ExportError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use bytes::Bytes;
use std::{collections::VecDeque, io::SeekFrom};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::mpsc,
};

/// What stays in memory.
const IN_MEMORY: usize = 4 * 1024 * 1024;

/// A resting member.
pub(super) struct Spill {
    first: VecDeque<Bytes>,
    held: usize,
    rest: Option<Disk>,
    crc: crc32fast::Hasher,
    plain: u64,
    ended: bool,
}

/// The pieces that did not fit into memory.
struct Disk {
    file: File,
    key: LessSafeKey,
    pieces: u64,
    read: u64,
    longest: usize,
}

impl Spill {
    /// Takes all pieces of a member.
    pub(super) async fn fill(mut pieces: mpsc::Receiver<Packing>) -> Result<Self, ExportError> {
        let mut spill =
            Self { first: VecDeque::new(), held: 0, rest: None, crc: crc32fast::Hasher::new(), plain: 0, ended: false };
        while let Some(packing) = pieces.recv().await {
            spill.take(packed(packing).await?).await?;
        }
        if let Some(disk) = &mut spill.rest {
            disk.rewind().await?;
        }
        Ok(spill)
    }

    async fn take(&mut self, piece: Packed) -> Result<(), ExportError> {
        self.crc.combine(&piece.crc);
        self.plain += piece.plain;
        self.ended = piece.last;
        if self.rest.is_none() && self.held + piece.bytes.len() <= IN_MEMORY {
            self.held += piece.bytes.len();
            self.first.push_back(piece.bytes);
            return Ok(());
        }
        let disk = match &mut self.rest {
            Some(disk) => disk,
            rest => rest.insert(Disk::open()?),
        };
        disk.write(&piece.bytes).await
    }
}

impl Pieces for Spill {
    async fn next(&mut self) -> Result<Option<Packed>, ExportError> {
        let bytes = match (self.first.pop_front(), &mut self.rest) {
            (Some(bytes), _) => Some(bytes),
            (None, Some(disk)) => disk.read().await?,
            (None, None) => None,
        };
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let rest = self.rest.as_ref().map_or(0, |disk| disk.pieces - disk.read);
        // The checksums are combined already: the first piece carries them all.
        Ok(Some(Packed {
            bytes,
            crc: std::mem::replace(&mut self.crc, crc32fast::Hasher::new()),
            plain: std::mem::take(&mut self.plain),
            last: self.ended && self.first.is_empty() && rest == 0,
        }))
    }
}

impl Disk {
    fn open() -> Result<Self, ExportError> {
        let file = tempfile::tempfile().map_err(|cause| local("opened", cause))?;
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key)
            .map_err(|_| ExportError::Internal("there is no randomness for a key".to_owned()))?;
        let sealing =
            UnboundKey::new(&AES_256_GCM, &key).map_err(|_| ExportError::Internal("a key was refused".to_owned()))?;
        key.fill(0);
        Ok(Self { file: File::from_std(file), key: LessSafeKey::new(sealing), pieces: 0, read: 0, longest: 0 })
    }

    /// Appends the length and the sealed bytes of a piece; its number is its nonce, used once.
    async fn write(&mut self, piece: &[u8]) -> Result<(), ExportError> {
        let mut sealed = piece.to_vec();
        self.key
            .seal_in_place_append_tag(nonce(self.pieces), Aad::empty(), &mut sealed)
            .map_err(|_| ExportError::Internal("sealing failed".to_owned()))?;
        self.pieces += 1;
        self.longest = self.longest.max(sealed.len());
        let length = sealed.len() as u64;
        let written = async {
            self.file.write_all(&length.to_le_bytes()).await?;
            self.file.write_all(&sealed).await
        };
        written.await.map_err(|cause| local("written", cause))
    }

    async fn rewind(&mut self) -> Result<(), ExportError> {
        let rewound = async {
            self.file.flush().await?;
            self.file.seek(SeekFrom::Start(0)).await
        };
        rewound.await.map_err(|cause| local("written", cause))?;
        Ok(())
    }

    async fn read(&mut self) -> Result<Option<Bytes>, ExportError> {
        if self.read == self.pieces {
            return Ok(None);
        }
        let mut length = [0; 8];
        let read = async {
            self.file.read_exact(&mut length).await?;
            let length = usize::try_from(u64::from_le_bytes(length))
                .ok()
                .filter(|length| *length <= self.longest)
                .ok_or_else(changed)?;
            let mut sealed = vec![0; length];
            self.file.read_exact(&mut sealed).await?;
            Ok(sealed)
        };
        let mut sealed: Vec<u8> = read.await.map_err(|cause| local("read", cause))?;
        let length = self
            .key
            .open_in_place(nonce(self.read), Aad::empty(), &mut sealed)
            .map_err(|_| local("read", changed()))?
            .len();
        sealed.truncate(length);
        self.read += 1;
        Ok(Some(sealed.into()))
    }
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn changed() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not what was written")
}

fn local(what: &str, cause: std::io::Error) -> ExportError {
    ExportError::Local { what: format!("a temporary file of the archive could not be {what}"), cause }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn piece(number: u64, last: bool) -> Packing {
        let bytes = vec![number.to_le_bytes()[0]; 300 * 1024];
        let mut crc = crc32fast::Hasher::new();
        crc.update(&bytes);
        tokio::spawn(async move { Ok(Packed { plain: bytes.len() as u64, bytes: bytes.into(), crc, last }) })
    }

    async fn filled(pieces: u64) -> Spill {
        let (sender, receiver) = mpsc::channel(2);
        let send = async {
            for number in 0..pieces {
                sender.send(piece(number, number + 1 == pieces)).await.unwrap();
            }
            drop(sender);
        };
        tokio::join!(send, Spill::fill(receiver)).1.unwrap()
    }

    #[tokio::test]
    async fn pieces_come_back_in_order_from_memory_and_disk() {
        let mut spill = filled(40).await;
        assert!(spill.held <= IN_MEMORY);
        assert!(spill.rest.is_some());
        let (mut number, mut crc, mut plain) = (0u64, crc32fast::Hasher::new(), Vec::new());
        while let Some(piece) = spill.next().await.unwrap() {
            assert!(piece.bytes.iter().all(|byte| *byte == number.to_le_bytes()[0]));
            crc.combine(&piece.crc);
            plain.extend_from_slice(&piece.bytes);
            number += 1;
            assert_eq!(piece.last, number == 40);
        }
        assert_eq!(number, 40);
        assert_eq!(crc.finalize(), crc32fast::hash(&plain));
    }

    #[tokio::test]
    async fn the_disk_holds_no_plain_piece_and_a_changed_one_is_refused() {
        let mut spill = filled(20).await;
        let disk = spill.rest.as_mut().unwrap();
        let mut stored = Vec::new();
        disk.file.read_to_end(&mut stored).await.unwrap();
        assert!(!stored.windows(64).any(|part| part.iter().all(|byte| *byte == part[0])));
        disk.file.seek(SeekFrom::Start(1000)).await.unwrap();
        disk.file.write_all(&[stored[1000] ^ 1]).await.unwrap();
        disk.rewind().await.unwrap();
        let refused = async {
            while spill.next().await?.is_some() {}
            Ok::<_, ExportError>(())
        };
        assert!(matches!(refused.await, Err(ExportError::Local { .. })));
    }
}
