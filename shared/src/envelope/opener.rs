//! Opening: a whole sealed file or any part of it, segment by segment.

use super::{AssociatedData, DataKey, EnvelopeError, HEADER, Layout, PREFIX, SALT, nonce};
use aws_lc_rs::aead::{Aad, LessSafeKey};
use bytes::{Bytes, BytesMut};
use std::ops::Range;

/// The key to one sealed file, whose length is known.
pub struct Opener {
    layout: Layout,
    key: LessSafeKey,
    prefix: [u8; PREFIX],
}

/// A range of plaintext on its way out of its segments. Holds one segment.
pub struct Opening {
    opener: Opener,
    plaintext: Range<u64>,
    /// The segment that is being read, and the one after the last that is needed.
    segment: u64,
    end: u64,
    buffer: BytesMut,
}

impl Opener {
    /// The opener for a file that has `sealed_bytes` and begins with `header`, its first [`HEADER`] bytes.
    pub fn new(
        key: &DataKey,
        associated_data: &AssociatedData,
        header: &[u8],
        sealed_bytes: u64,
    ) -> Result<Self, EnvelopeError> {
        if header.len() != HEADER || usize::from(header[0]) != HEADER {
            return Err(EnvelopeError::Header);
        }
        let layout = Layout::of_sealed(sealed_bytes)?;
        let mut prefix = [0; PREFIX];
        prefix.copy_from_slice(&header[1 + SALT..]);
        Ok(Self { layout, key: key.of_file(&header[1..1 + SALT], associated_data)?, prefix })
    }

    /// Where the segments lie.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Opens one segment in place and returns how many bytes of plaintext it holds; they stand at its beginning. Nothing of `sealed` may be used after an error.
    ///
    /// Whether the segment is the last one follows from the file's length, and the tag fits only if its writer said the same.
    pub fn open(&self, segment: u64, sealed: &mut [u8]) -> Result<usize, EnvelopeError> {
        let nonce = nonce(self.prefix, segment, segment == self.layout.last())?;
        let opened = self.key.open_in_place(nonce, Aad::empty(), sealed);
        opened.map(|plaintext| plaintext.len()).map_err(|_| EnvelopeError::Segment(segment))
    }

    /// Begins to open a range of plaintext, which is cut to what there is: first ask [`Opening::needs`], then hand that over piece by piece.
    pub fn range(self, plaintext: Range<u64>) -> Opening {
        let end = plaintext.end.min(self.layout.plaintext());
        let plaintext = plaintext.start.min(end)..end;
        let segments = self.layout.segments_of(&plaintext);
        Opening { opener: self, plaintext, segment: segments.start, end: segments.end, buffer: BytesMut::new() }
    }

    /// Begins to open the whole file.
    pub fn whole(self) -> Opening {
        let all = 0..self.layout.plaintext();
        self.range(all)
    }
}

impl Opening {
    /// The bytes of the sealed file that are still needed: whole segments.
    pub fn needs(&self) -> Range<u64> {
        if self.segment == self.end {
            return 0..0;
        }
        let layout = self.opener.layout;
        layout.sealed_range(self.segment).start + self.buffer.len() as u64..layout.sealed_range(self.end - 1).end
    }

    /// Takes bytes off the front of `sealed`; as soon as a segment is whole and its tag fits, its part of the range is returned. Call this until `sealed` is
    /// empty.
    pub fn open(&mut self, sealed: &mut &[u8]) -> Result<Option<Bytes>, EnvelopeError> {
        if sealed.is_empty() {
            return Ok(None);
        }
        if self.segment == self.end {
            return Err(EnvelopeError::TooMuch);
        }
        let place = self.opener.layout.sealed_range(self.segment);
        let whole = usize::try_from(place.end - place.start).map_err(|_| EnvelopeError::TooLong)?;
        self.buffer.reserve(whole - self.buffer.len());
        let (taken, rest) = sealed.split_at((whole - self.buffer.len()).min(sealed.len()));
        self.buffer.extend_from_slice(taken);
        *sealed = rest;
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let length = self.opener.open(self.segment, &mut self.buffer)?;
        self.buffer.truncate(length);
        let held = self.opener.layout.plaintext_range(self.segment);
        self.segment += 1;
        // What of this segment lies in the range; both ends lie in one segment, so that they fit.
        let place = |offset: u64| usize::try_from(offset.clamp(held.start, held.end) - held.start).unwrap_or(length);
        let (begin, end) = (place(self.plaintext.start), place(self.plaintext.end));
        Ok(Some(self.buffer.split().freeze().slice(begin..end.max(begin))))
    }

    /// Says that no more bytes come; an error if that is too early.
    pub fn finish(self) -> Result<(), EnvelopeError> {
        if self.segment == self.end { Ok(()) } else { Err(EnvelopeError::Incomplete) }
    }
}
