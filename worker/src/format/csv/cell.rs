//! One field of a CSV file.

use super::observed::Observed;
use memchr::{memchr, memchr3};
use shared::export::CsvProfile;

/// What stands before the hexadecimal of a text that CSV cannot hold.
pub const HEX_MARK: &str = "handover-hex:";

/// How fields are written in one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    /// The face.
    pub(super) profile: CsvProfile,
    /// Whether a row has only this one field.
    pub(super) alone: bool,
}

impl Cells {
    /// NULL.
    pub(super) fn null(self, out: &mut Vec<u8>) {
        match (self.profile, self.alone) {
            (CsvProfile::Lossless, true) => out.extend_from_slice(b"\\N"),
            (CsvProfile::Spreadsheet, true) => out.extend_from_slice(b"\"\""),
            (_, false) => {}
        }
    }

    /// A column's name.
    pub(super) fn name(self, name: &str, out: &mut Vec<u8>) {
        self.field(name.as_bytes(), &mut Observed::default(), out);
    }

    /// Text as the database holds it; `utf8` says that the caller has checked it.
    pub(super) fn text(self, value: &[u8], utf8: bool, observed: &mut Observed, out: &mut Vec<u8>) {
        let plain = (utf8 || std::str::from_utf8(value).is_ok())
            && !value.starts_with(HEX_MARK.as_bytes())
            && memchr(0, value).is_none();
        if plain {
            self.field(value, observed, out);
        } else {
            observed.hex_values += 1;
            out.extend_from_slice(HEX_MARK.as_bytes());
            hexadecimal(value, out);
        }
    }

    /// Bytes, as PostgreSQL's `bytea` prints them.
    pub(super) fn bytes(self, value: &[u8], out: &mut Vec<u8>) {
        // A leading backslash stands in quotes like any other: see `needs_quotes`.
        out.extend_from_slice(b"\"\\x");
        hexadecimal(value, out);
        out.push(b'"');
    }

    fn field(self, value: &[u8], observed: &mut Observed, out: &mut Vec<u8>) {
        if value.is_empty() {
            observed.empty_texts += 1;
            if self.profile == CsvProfile::Lossless || self.alone {
                out.extend_from_slice(b"\"\"");
            }
            return;
        }
        let guarded = self.profile == CsvProfile::Spreadsheet && looks_like_formula(value);
        if guarded {
            observed.guarded_values += 1;
        }
        if !needs_quotes(value) {
            if guarded {
                out.push(b'\'');
            }
            out.extend_from_slice(value);
            return;
        }
        out.push(b'"');
        if guarded {
            out.push(b'\'');
        }
        let mut rest = value;
        while let Some(quote) = memchr(b'"', rest) {
            out.extend_from_slice(&rest[..=quote]);
            out.push(b'"');
            rest = &rest[quote + 1..];
        }
        out.extend_from_slice(rest);
        out.push(b'"');
    }
}

fn hexadecimal(value: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(value.len() * 2);
    for byte in value {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Whether a value must stand in quotes: by RFC 4180, or because a reader would trim it or take it for NULL or for the end of the data.
fn needs_quotes(value: &[u8]) -> bool {
    let (Some(first), Some(last)) = (value.first(), value.last()) else {
        return true;
    };
    matches!(first, b' ' | b'\t' | b'\\' | 0xEF)
        || matches!(last, b' ' | b'\t')
        || value.eq_ignore_ascii_case(b"null")
        || memchr3(b'"', b',', b'\n', value).is_some()
        || memchr(b'\r', value).is_some()
}

/// Whether a spreadsheet would run a cell as a formula (CWE-1236); a negative number is only a number.
fn looks_like_formula(value: &[u8]) -> bool {
    match value {
        [b'-', rest @ ..] => !is_plain_number(rest),
        [b'=' | b'+' | b'@' | b'\t' | b'\r' | b'\n', ..] => true,
        // The full-width forms of = + - @, which some spreadsheets take for the narrow ones.
        [0xEF, 0xBC, 0x9D | 0x8B | 0x8D | 0xA0, ..] => true,
        _ => false,
    }
}

/// Digits, with at most one point between them and an exponent.
fn is_plain_number(value: &[u8]) -> bool {
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let (number, exponent) = match value.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(place) => (&value[..place], Some(&value[place + 1..])),
        None => (value, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| match exponent {
        [b'+' | b'-', rest @ ..] => digits(rest),
        rest => digits(rest),
    });
    let number_fits = match memchr(b'.', number) {
        Some(point) => digits(&number[..point]) && digits(&number[point + 1..]),
        None => digits(number),
    };
    number_fits && exponent_fits
}
