//! Sealing: plaintext in, segments out.

use super::{AssociatedData, DataKey, EnvelopeError, HEADER, PREFIX, SALT, SEGMENT, TAG, nonce};
use aws_lc_rs::aead::{Aad, LessSafeKey};
use bytes::{Bytes, BytesMut};

/// Seals one file. Holds one segment, whatever the file's length.
pub struct Sealer {
    key: LessSafeKey,
    prefix: [u8; PREFIX],
    segment: u64,
    /// What begins the segment in clear: the header of the first one.
    clear: usize,
    buffer: BytesMut,
}

impl Sealer {
    /// Begins a file, under a new random salt and nonce prefix.
    pub fn new(key: &DataKey, associated_data: &AssociatedData) -> Result<Self, EnvelopeError> {
        let mut header = [0; HEADER];
        getrandom::fill(&mut header[1..]).map_err(|_| EnvelopeError::Random)?;
        header[0] = u8::try_from(HEADER).map_err(|_| EnvelopeError::Header)?;
        let mut prefix = [0; PREFIX];
        prefix.copy_from_slice(&header[1 + SALT..]);
        let key = key.of_file(&header[1..1 + SALT], associated_data)?;
        Ok(Self { key, prefix, segment: 0, clear: HEADER, buffer: BytesMut::from(&header[..]) })
    }

    /// Takes bytes off the front of `plaintext`. A segment that is full is returned, sealed, before more is taken: call this until `plaintext` is empty.
    ///
    /// A full segment waits for the next byte, since only then it is known not to be the last. Its memory is used again once it was dropped.
    pub fn seal(&mut self, plaintext: &mut &[u8]) -> Result<Option<Bytes>, EnvelopeError> {
        const FULL: usize = SEGMENT - TAG;
        if plaintext.is_empty() {
            return Ok(None);
        }
        if self.buffer.len() == FULL {
            return self.close(false).map(Some);
        }
        let room = FULL - self.buffer.len();
        let (taken, rest) = plaintext.split_at(room.min(plaintext.len()));
        // Small files shall not hold a whole segment.
        if self.buffer.capacity() < self.buffer.len() + taken.len() + TAG {
            let wanted = (self.buffer.len() + taken.len() + TAG).next_power_of_two().min(SEGMENT);
            self.buffer.reserve(wanted - self.buffer.len());
        }
        self.buffer.extend_from_slice(taken);
        *plaintext = rest;
        Ok(None)
    }

    /// Seals the last segment. A file without plaintext has one too.
    pub fn finish(mut self) -> Result<Bytes, EnvelopeError> {
        self.close(true)
    }

    fn close(&mut self, is_last: bool) -> Result<Bytes, EnvelopeError> {
        let nonce = nonce(self.prefix, self.segment, is_last)?;
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut self.buffer[self.clear..])
            .map_err(|_| EnvelopeError::TooLong)?;
        self.buffer.extend_from_slice(tag.as_ref());
        self.segment += 1;
        self.clear = 0;
        Ok(self.buffer.split().freeze())
    }
}
