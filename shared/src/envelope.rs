//! Sealed files: Tink's streaming AEAD `AES256_GCM_HKDF_1MB`, byte for byte as Tink publishes it.
//!
//! <https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming>; `docs/archive-format.md` tells it again, with an example that needs no
//! Handover. A file is a header and segments of 1 MiB, each with its own tag; its number and whether it is the last stand in its nonce, so that cutting,
//! moving and doubling segments is found like any other change.

mod layout;
mod opener;
mod sealer;
#[cfg(test)]
mod tests;

pub use layout::Layout;
pub use opener::{Opener, Opening};
pub use sealer::Sealer;

use crate::export::ExportId;
use aws_lc_rs::{
    aead::{AES_256_GCM, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use zeroize::Zeroizing;

/// Bytes of a sealed segment; the last one may be shorter. The first one counts the header.
pub const SEGMENT: usize = 1 << 20;
/// Bytes of the header: its length as one byte, 32 bytes of salt, 7 bytes of nonce prefix.
pub const HEADER: usize = 1 + SALT + PREFIX;
/// Bytes of the tag at the end of each segment.
pub const TAG: usize = 16;

const SALT: usize = 32;
const PREFIX: usize = 7;

/// The 256-bit key of one archive; wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

/// What a sealed file is bound to: under other words it does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociatedData(String);

/// Why something cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It does not begin with a header.
    #[error("this is no sealed file: it does not begin with a header of 40 bytes")]
    Header,
    /// No sealed file has this length.
    #[error("this is no whole sealed file: none has {0} bytes")]
    Length(u64),
    /// A segment's tag does not fit.
    #[error("segment {0} does not open: it was changed, or belongs to another file or key")]
    Segment(u64),
    /// The bytes ended before the last segment that was asked for.
    #[error("the sealed file ends too early")]
    Incomplete,
    /// More bytes came than were asked for.
    #[error("there are more bytes than the sealed file has")]
    TooMuch,
    /// Segments are counted in 32 bits.
    #[error("the file is too long to be sealed")]
    TooLong,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random,
}

impl DataKey {
    /// A new random key.
    pub fn random() -> Result<Self, EnvelopeError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| EnvelopeError::Random)?;
        Ok(Self(bytes))
    }

    /// The key with these bytes; `None` if they are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    /// Its bytes, to be wrapped and nothing else.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of one file's segments: HKDF-SHA256 (RFC 5869) of this key, the header's salt, and the associated data.
    fn of_file(&self, salt: &[u8], associated_data: &AssociatedData) -> Result<LessSafeKey, EnvelopeError> {
        let derived = Salt::new(HKDF_SHA256, salt).extract(&*self.0);
        let info = [associated_data.0.as_bytes()];
        // Both steps only refuse lengths, and these are fixed.
        let expanded = derived.expand(&info, &AES_256_GCM).map_err(|_| EnvelopeError::Header)?;
        Ok(LessSafeKey::new(UnboundKey::from(expanded)))
    }
}

impl AssociatedData {
    /// The words for a file of an archive: four lines, without a newline at the end. The name comes last, so that no name can look like another field.
    pub fn of_file(export: ExportId, attempt: i64, name: &str) -> Self {
        Self(format!("handover/1\nexport:{}\nattempt:{attempt}\nfile:{name}", export.hyphenated()))
    }

    /// Other words, such as those of a file that somebody else sealed.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn nonce(prefix: [u8; PREFIX], segment: u64, is_last: bool) -> Result<Nonce, EnvelopeError> {
    let number = u32::try_from(segment).map_err(|_| EnvelopeError::TooLong)?;
    let mut nonce = [0; PREFIX + 5];
    nonce[..PREFIX].copy_from_slice(&prefix);
    nonce[PREFIX..PREFIX + 4].copy_from_slice(&number.to_be_bytes());
    nonce[PREFIX + 4] = u8::from(is_last);
    Ok(Nonce::assume_unique_for_key(nonce))
}
