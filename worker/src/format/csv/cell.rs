//! One field of a CSV file.

use super::{copy::decoded, observed::Observed, spoiling::is_spoilt};
use crate::format::{Sink, append, hexadecimal};
use memchr::{memchr, memchr3};
use shared::export::CsvProfile;
use std::fmt::Display;

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
    pub(super) fn null(self, out: &mut impl Sink) {
        match (self.profile, self.alone) {
            (CsvProfile::Lossless, true) => out.extend_from_slice(b"\\N"),
            (CsvProfile::Spreadsheet, true) => out.extend_from_slice(b"\"\""),
            (_, false) => {}
        }
    }

    /// A column's name. It gets no tab behind it, whatever it looks like: programs find the column by its name.
    pub(super) fn name(self, name: &str, out: &mut impl Sink) {
        if name.is_empty() {
            return self.empty(out);
        }
        plain(name.as_bytes(), self.is_guarded(name.as_bytes()), out);
    }

    /// Text as the database holds it; `utf8` says that the caller has checked it.
    pub(super) fn text(self, value: &[u8], utf8: bool, observed: &mut Observed, out: &mut impl Sink) {
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

    /// A number, whatever else the column holds.
    pub(super) fn number(self, number: impl Display, observed: &mut Observed, out: &mut impl Sink) {
        match self.profile {
            CsvProfile::Lossless => append(out, format_args!("{number}")),
            CsvProfile::Spreadsheet => self.shaped(number.to_string().as_bytes(), false, observed, out),
        }
    }

    /// Bytes, as PostgreSQL's `bytea` prints them.
    pub(super) fn bytes(self, value: &[u8], out: &mut impl Sink) {
        // A leading backslash stands in quotes like any other: see `needs_quotes`.
        out.extend_from_slice(b"\"\\x");
        hexadecimal(value, out);
        out.push(b'"');
    }

    fn field(self, value: &[u8], observed: &mut Observed, out: &mut impl Sink) {
        self.shaped(value, observed.is_text, observed, out);
    }

    fn shaped(self, value: &[u8], is_text: bool, observed: &mut Observed, out: &mut impl Sink) {
        if value.is_empty() {
            observed.empty_texts += 1;
            return self.empty(out);
        }
        let guarded = self.is_guarded(value);
        if guarded {
            observed.guarded_values += 1;
        }
        let kept = self.profile == CsvProfile::Spreadsheet && !guarded && is_spoilt(value, is_text);
        if kept {
            observed.kept_values += 1;
            out.push(b'"');
            within_quotes(value, out);
            out.extend_from_slice(b"\t\"");
            return;
        }
        plain(value, guarded, out);
    }

    /// The empty text.
    fn empty(self, out: &mut impl Sink) {
        if self.profile == CsvProfile::Lossless || self.alone {
            out.extend_from_slice(b"\"\"");
        }
    }

    /// Whether a value gets a leading `'`.
    fn is_guarded(self, value: &[u8]) -> bool {
        self.profile == CsvProfile::Spreadsheet && looks_like_formula(value)
    }

    /// Text of PostgreSQL's COPY format with an escape in it, as [`Self::text`] writes it, without a copy of the whole.
    pub(super) fn escaped(self, raw: &[u8], utf8: bool, observed: &mut Observed, out: &mut impl Sink) {
        let head: Vec<u8> = decoded(raw).flatten().take(HEX_MARK.len()).copied().collect();
        if !utf8 || head.starts_with(HEX_MARK.as_bytes()) || memchr(0, raw).is_some() {
            let whole: Vec<u8> = decoded(raw).flatten().copied().collect();
            return self.text(&whole, utf8, observed, out);
        }
        // No character that needs an escape stands in a number.
        let formula = head.first() == Some(&b'-') || looks_like_formula(&head);
        let guarded = self.profile == CsvProfile::Spreadsheet && formula;
        if guarded {
            observed.guarded_values += 1;
        }
        let last = decoded(raw).last().and_then(|part| part.last());
        let quoted = head.first().is_some_and(|first| is_quoted_first(*first))
            || last.is_some_and(|last| is_quoted_last(*last))
            || decoded(raw).any(is_quoted_within);
        if quoted {
            out.push(b'"');
        }
        if guarded {
            out.push(b'\'');
        }
        decoded(raw).for_each(|part| within_quotes(part, out));
        if quoted {
            out.push(b'"');
        }
    }
}

/// A value that is not empty, in quotes where it must be, and with a leading `'` if it is `guarded`.
fn plain(value: &[u8], guarded: bool, out: &mut impl Sink) {
    let quoted = needs_quotes(value);
    if quoted {
        out.push(b'"');
    }
    if guarded {
        out.push(b'\'');
    }
    if quoted {
        within_quotes(value, out);
        out.push(b'"');
    } else {
        out.extend_from_slice(value);
    }
}

/// A quote stands twice.
fn within_quotes(mut value: &[u8], out: &mut impl Sink) {
    while let Some(quote) = memchr(b'"', value) {
        out.extend_from_slice(&value[..=quote]);
        out.push(b'"');
        value = &value[quote + 1..];
    }
    out.extend_from_slice(value);
}

/// Whether a value must stand in quotes: by RFC 4180, or because a reader would trim it or take it for NULL or for the end of the data.
fn needs_quotes(value: &[u8]) -> bool {
    let (Some(first), Some(last)) = (value.first(), value.last()) else {
        return true;
    };
    is_quoted_first(*first) || is_quoted_last(*last) || value.eq_ignore_ascii_case(b"null") || is_quoted_within(value)
}

fn is_quoted_first(first: u8) -> bool {
    matches!(first, b' ' | b'\t' | b'\\' | 0xEF)
}

fn is_quoted_last(last: u8) -> bool {
    matches!(last, b' ' | b'\t')
}

fn is_quoted_within(part: &[u8]) -> bool {
    memchr3(b'"', b',', b'\n', part).is_some() || memchr(b'\r', part).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::csv::copy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_escaped_text_is_written_as_its_decoded_one(
            parts in prop::collection::vec(
                prop::sample::select(&["\\\\", "\\n", "\\r", "\\t", "\\b", "\\f", "\\v", "a", "-1", "=", "\"", ",", " ", "null", "ä", "\u{feff}", HEX_MARK, "＝"][..]),
                0..12,
            ),
            spreadsheet: bool,
            alone: bool,
        ) {
            // One escape at least, as in every value that is decoded.
            let raw = format!("{}\\\\{}", parts.concat(), parts.iter().rev().copied().collect::<String>());
            let profile = if spreadsheet { CsvProfile::Spreadsheet } else { CsvProfile::Lossless };
            let cells = Cells { profile, alone };
            let whole: Vec<u8> = copy::decoded(raw.as_bytes()).flatten().copied().collect();
            let (mut one, mut seen_one, mut other, mut seen_other) =
                (Vec::new(), Observed::default(), Vec::new(), Observed::default());
            cells.escaped(raw.as_bytes(), true, &mut seen_one, &mut one);
            cells.text(&whole, true, &mut seen_other, &mut other);
            prop_assert_eq!(String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap());
            prop_assert_eq!(seen_one, seen_other);
        }

        #[test]
        fn a_text_that_is_not_utf8_is_written_as_its_decoded_one(raw in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut raw: Vec<u8> = raw.into_iter().filter(|byte| !b"\\\t\n".contains(byte)).collect();
            raw.extend_from_slice(b"\\n\xff");
            let cells = Cells { profile: CsvProfile::Lossless, alone: false };
            let whole: Vec<u8> = copy::decoded(&raw).flatten().copied().collect();
            let (mut one, mut other) = (Vec::new(), Vec::new());
            cells.escaped(&raw, false, &mut Observed::default(), &mut one);
            cells.text(&whole, false, &mut Observed::default(), &mut other);
            prop_assert_eq!(one, other);
        }
    }
}
