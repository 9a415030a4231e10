//! One value of a JSON object.

use super::HEX_MARK;
use crate::format::{Sink, append, csv::copy::decoded, hexadecimal};
use memchr::memchr2;

/// The largest integer that every reader keeps, 2^53 − 1 (RFC 7493).
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// Text as the database holds it; a NUL character is `\u0000`.
pub(super) fn text(value: &[u8], out: &mut impl Sink) {
    if std::str::from_utf8(value).is_ok() && !value.starts_with(HEX_MARK.as_bytes()) {
        string(value, out);
    } else {
        marked(value, out);
    }
}

/// Bytes, as PostgreSQL's `bytea` prints them.
pub(super) fn bytes(value: &[u8], out: &mut impl Sink) {
    out.extend_from_slice(b"\"\\\\x");
    hexadecimal(value, out);
    out.push(b'"');
}

/// Bytes behind the mark.
pub(super) fn marked(value: &[u8], out: &mut impl Sink) {
    out.push(b'"');
    out.extend_from_slice(HEX_MARK.as_bytes());
    hexadecimal(value, out);
    out.push(b'"');
}

/// A whole number in decimal digits; what is none, or too large for readers, is a string.
pub(super) fn integer(printed: &[u8], out: &mut impl Sink) {
    let digits = printed.strip_prefix(b"-").unwrap_or(printed);
    let plain = is_number(printed) && digits.iter().all(u8::is_ascii_digit);
    let small = || std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    if plain && small().is_some_and(|number| number <= LARGEST) {
        out.extend_from_slice(printed);
    } else {
        text(printed, out);
    }
}

/// A floating point number; one that JSON cannot write (infinite, not a number) is a string.
pub(super) fn float(printed: &[u8], out: &mut impl Sink) {
    if is_number(printed) {
        out.extend_from_slice(printed);
    } else {
        text(printed, out);
    }
}

/// A document of the database's JSON type. Only line breaks between its parts become blanks: a row is one line.
pub(super) fn document(printed: &[u8], out: &mut impl Sink) {
    let valid = std::str::from_utf8(printed).is_ok()
        && serde_json::from_slice::<serde::de::IgnoredAny>(printed).is_ok()
        && !is_marked_string(printed);
    if !valid {
        marked(printed, out);
        return;
    }
    let mut rest = printed;
    // Inside of a string a line break is always escaped.
    while let Some(place) = memchr2(b'\n', b'\r', rest) {
        out.extend_from_slice(&rest[..place]);
        out.push(b' ');
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
}

/// Whether a document is a lone string that begins as a marked value does.
fn is_marked_string(document: &[u8]) -> bool {
    let text = document.trim_ascii();
    // Any of its letters may stand as an escape.
    text.starts_with(b"\"") && serde_json::from_slice::<String>(text).map_or(true, |text| text.starts_with(HEX_MARK))
}

/// Text between quotes; must be UTF-8.
pub(super) fn string(value: &[u8], out: &mut impl Sink) {
    out.reserve(value.len() + 2);
    out.push(b'"');
    within_quotes(value, out);
    out.push(b'"');
}

/// Text of PostgreSQL's COPY format with an escape in it, as [`text`] writes it, without a copy of the whole.
pub(super) fn escaped(raw: &[u8], out: &mut impl Sink) {
    let marked = HEX_MARK.bytes().eq(decoded(raw).flatten().take(HEX_MARK.len()).copied());
    if marked || std::str::from_utf8(raw).is_err() {
        let whole: Vec<u8> = decoded(raw).flatten().copied().collect();
        return text(&whole, out);
    }
    out.push(b'"');
    decoded(raw).for_each(|part| within_quotes(part, out));
    out.push(b'"');
}

fn within_quotes(value: &[u8], out: &mut impl Sink) {
    let mut copied = 0;
    for (place, byte) in value.iter().enumerate() {
        if !matches!(byte, b'"' | b'\\' | 0..=0x1F) {
            continue;
        }
        out.extend_from_slice(&value[copied..place]);
        copied = place + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            other => append(out, format_args!("\\u{other:04x}")),
        }
    }
    out.extend_from_slice(&value[copied..]);
}

/// Whether a text is a number as RFC 8259, section 6, writes it.
pub(super) fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> &[u8] {
        let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        &text[end..]
    }
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let mut rest = match text {
        [b'0', rest @ ..] => rest,
        [b'1'..=b'9', rest @ ..] => digits(rest),
        _ => return false,
    };
    if let [b'.', fraction @ ..] = rest {
        rest = digits(fraction);
        if rest.len() == fraction.len() {
            return false;
        }
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', exponent @ ..] => exponent,
            exponent => exponent,
        };
        rest = digits(exponent);
        if rest.len() == exponent.len() {
            return false;
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_escaped_text_is_written_as_its_decoded_one(
            parts in prop::collection::vec(prop::sample::select(&["\\\\", "\\n", "\\t", "\\b", "a", "\"", "ä", HEX_MARK, "\u{7}"][..]), 0..12),
            broken: bool,
        ) {
            let mut raw = parts.concat().into_bytes();
            raw.extend_from_slice(if broken { b"\xff" } else { b"\\r" });
            let whole: Vec<u8> = decoded(&raw).flatten().copied().collect();
            let (mut one, mut other) = (Vec::new(), Vec::new());
            escaped(&raw, &mut one);
            text(&whole, &mut other);
            prop_assert_eq!(one, other);
        }
    }
}
