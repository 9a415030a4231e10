//! One value of a JSON object.

use super::HEX_MARK;
use crate::format::append;
use memchr::memchr2_iter;

/// The largest integer that every reader keeps, 2^53 − 1 (RFC 7493).
pub(super) const LARGEST: u64 = (1 << 53) - 1;

/// Text as the database holds it; a NUL character is `\u0000`.
pub(super) fn text(value: &[u8], out: &mut Vec<u8>) {
    if std::str::from_utf8(value).is_ok() && !value.starts_with(HEX_MARK.as_bytes()) {
        string(value, out);
    } else {
        marked(value, out);
    }
}

/// Bytes, as PostgreSQL's `bytea` prints them.
pub(super) fn bytes(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"\\\\x");
    hexadecimal(value, out);
    out.push(b'"');
}

/// Bytes behind the mark.
pub(super) fn marked(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(HEX_MARK.as_bytes());
    hexadecimal(value, out);
    out.push(b'"');
}

/// A whole number in decimal digits; what is none, or too large for readers, is a string.
pub(super) fn integer(printed: &[u8], out: &mut Vec<u8>) {
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
pub(super) fn float(printed: &[u8], out: &mut Vec<u8>) {
    if is_number(printed) {
        out.extend_from_slice(printed);
    } else {
        text(printed, out);
    }
}

/// A document of the database's JSON type. Only line breaks between its parts become blanks: a row is one line.
pub(super) fn document(printed: &[u8], out: &mut Vec<u8>) {
    let valid = std::str::from_utf8(printed).is_ok()
        && serde_json::from_slice::<serde::de::IgnoredAny>(printed).is_ok()
        && !is_marked_string(printed);
    if !valid {
        marked(printed, out);
        return;
    }
    let from = out.len();
    out.extend_from_slice(printed);
    // Inside of a string a line break is always escaped.
    let breaks: Vec<usize> = memchr2_iter(b'\n', b'\r', printed).collect();
    for place in breaks {
        out[from + place] = b' ';
    }
}

/// Whether a document is a lone string that begins as a marked value does.
fn is_marked_string(document: &[u8]) -> bool {
    let text = document.trim_ascii();
    // Any of its letters may stand as an escape.
    text.starts_with(b"\"") && serde_json::from_slice::<String>(text).map_or(true, |text| text.starts_with(HEX_MARK))
}

/// Text between quotes; must be UTF-8.
pub(super) fn string(value: &[u8], out: &mut Vec<u8>) {
    out.reserve(value.len() + 2);
    out.push(b'"');
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
    out.push(b'"');
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

fn hexadecimal(value: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(value.len() * 2);
    for byte in value {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}
