//! Where the segments of a sealed file lie, and which plaintext they hold.

use super::{EnvelopeError, HEADER, SEGMENT, TAG};
use std::ops::Range;

const HEADER_LENGTH: u64 = HEADER as u64;
const TAG_LENGTH: u64 = TAG as u64;
const SEGMENT_LENGTH: u64 = SEGMENT as u64;
/// Plaintext in the first segment, and in each further one.
const FIRST: u64 = SEGMENT_LENGTH - HEADER_LENGTH - TAG_LENGTH;
const FURTHER: u64 = SEGMENT_LENGTH - TAG_LENGTH;

/// The segments of a sealed file of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    sealed: u64,
    segments: u64,
}

impl Layout {
    /// That of a sealed file with so many bytes; an error if no plaintext makes a file of this length.
    pub fn of_sealed(bytes: u64) -> Result<Self, EnvelopeError> {
        let segments = bytes.div_ceil(SEGMENT_LENGTH).max(1);
        let last = bytes.saturating_sub((segments - 1) * SEGMENT_LENGTH);
        // Only an empty file has a segment without plaintext.
        let is_possible = if segments == 1 { last >= HEADER_LENGTH + TAG_LENGTH } else { last > TAG_LENGTH };
        if !is_possible || segments - 1 > u64::from(u32::MAX) {
            return Err(EnvelopeError::Length(bytes));
        }
        Ok(Self { sealed: bytes, segments })
    }

    /// That of the sealed form of so many bytes of plaintext.
    pub fn of_plaintext(bytes: u64) -> Result<Self, EnvelopeError> {
        let segments = 1 + bytes.saturating_sub(FIRST).div_ceil(FURTHER);
        if segments - 1 > u64::from(u32::MAX) {
            return Err(EnvelopeError::TooLong);
        }
        Ok(Self { sealed: bytes + HEADER_LENGTH + segments * TAG_LENGTH, segments })
    }

    /// Bytes of the sealed file.
    pub fn sealed(self) -> u64 {
        self.sealed
    }

    /// Bytes of plaintext.
    pub fn plaintext(self) -> u64 {
        self.sealed - HEADER_LENGTH - self.segments * TAG_LENGTH
    }

    /// The number of the last segment.
    pub fn last(self) -> u64 {
        self.segments - 1
    }

    /// The segments that hold a range of plaintext, which is cut to what there is; of an empty range the one in which it begins.
    pub fn segments_of(self, plaintext: &Range<u64>) -> Range<u64> {
        let first = segment_of(plaintext.start).min(self.last());
        let last = segment_of(plaintext.end.saturating_sub(1)).min(self.last());
        first..last.max(first) + 1
    }

    /// The bytes of a segment in the sealed file. Those of the first one begin after the header.
    pub fn sealed_range(self, segment: u64) -> Range<u64> {
        let begin = (segment * SEGMENT_LENGTH).max(HEADER_LENGTH);
        begin..((segment + 1) * SEGMENT_LENGTH).min(self.sealed)
    }

    /// The plaintext that a segment holds.
    pub fn plaintext_range(self, segment: u64) -> Range<u64> {
        let begin = match segment {
            0 => 0,
            further => FIRST + (further - 1) * FURTHER,
        };
        let sealed = self.sealed_range(segment);
        begin..begin + (sealed.end - sealed.start - TAG_LENGTH)
    }
}

fn segment_of(offset: u64) -> u64 {
    if offset < FIRST { 0 } else { 1 + (offset - FIRST) / FURTHER }
}
