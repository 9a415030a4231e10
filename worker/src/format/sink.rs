//! Where encoders put their bytes.

use std::fmt;

/// Takes bytes one after the other: a buffer, or something that hands them on before a giant row is encoded to its end.
pub trait Sink {
    /// Takes these.
    fn extend_from_slice(&mut self, bytes: &[u8]);

    /// Says that about so many are coming.
    fn reserve(&mut self, bytes: usize);

    /// How many it took so far.
    fn taken(&self) -> usize;

    /// Takes one.
    fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }
}

impl Sink for Vec<u8> {
    fn extend_from_slice(&mut self, bytes: &[u8]) {
        Vec::extend_from_slice(self, bytes);
    }

    fn reserve(&mut self, bytes: usize) {
        Vec::reserve(self, bytes);
    }

    fn taken(&self) -> usize {
        self.len()
    }

    fn push(&mut self, byte: u8) {
        Vec::push(self, byte);
    }
}

/// Appends formatted text.
pub(crate) fn append(out: &mut impl Sink, text: fmt::Arguments<'_>) {
    // A sink takes every byte: there is no error to hand on.
    let _ = fmt::write(&mut Letters(out), text);
}

/// Appends the lowercase hexadecimal of these bytes.
pub(crate) fn hexadecimal(bytes: &[u8], out: &mut impl Sink) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for part in bytes.chunks(4096) {
        let mut digits = [0; 2 * 4096];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(part) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        out.extend_from_slice(&digits[..2 * part.len()]);
    }
}

struct Letters<'s, S>(&'s mut S);

impl<S: Sink> fmt::Write for Letters<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hexadecimal_is_that_of_everybody_else(bytes in prop::collection::vec(any::<u8>(), 0..9000)) {
            let mut out = Vec::new();
            super::hexadecimal(&bytes, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), hex::encode(&bytes));
        }
    }
}
