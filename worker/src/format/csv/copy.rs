//! PostgreSQL's COPY text format, decoded in one pass.

use super::{Observed, cell::Cells};
use crate::format::{Malformed, Sink};
use memchr::{memchr, memchr3};

/// A value with escapes that is longer than this is decoded as it is written, without a copy of the whole.
const LARGE: usize = 64 * 1024;

/// Appends the lines of `bytes` as CSV rows; returns how many.
pub(super) fn encode(
    cells: Cells,
    bytes: &[u8],
    observed: &mut [Observed],
    scratch: &mut Vec<u8>,
    out: &mut impl Sink,
) -> Result<u64, Malformed> {
    if bytes.last().is_some_and(|last| *last != b'\n') {
        return Err(Malformed::Unfinished);
    }
    // One check for all cells: a block is only cut at ASCII characters.
    let utf8 = std::str::from_utf8(bytes).is_ok();
    out.reserve(bytes.len() + bytes.len() / 8);
    let mut rows = 0;
    let mut column = 0;
    let mut position = 0;
    while position < bytes.len() {
        let field = field(bytes, position, scratch)?;
        if let Some(observed) = observed.get_mut(column) {
            if column > 0 {
                out.push(b',');
            }
            match field.value {
                Value::Null => {
                    observed.nulls += 1;
                    cells.null(out);
                }
                Value::Raw(value) => {
                    observed.printed(value);
                    cells.text(value, utf8, observed, out);
                }
                Value::Decoded => {
                    observed.printed(scratch);
                    cells.text(scratch, utf8, observed, out);
                }
                Value::Escaped(raw) => {
                    observed.printed(raw);
                    cells.escaped(raw, utf8, observed, out);
                }
            }
        } else if !observed.is_empty() || field.end != position {
            return Err(Malformed::Columns { found: column + 1, planned: observed.len() });
        } else {
            out.extend_from_slice(b"\"\"");
        }
        column += 1;
        position = field.end + 1;
        if bytes[field.end] == b'\n' {
            if column != observed.len() && !observed.is_empty() {
                return Err(Malformed::Columns { found: column, planned: observed.len() });
            }
            out.extend_from_slice(b"\r\n");
            rows += 1;
            column = 0;
        }
    }
    Ok(rows)
}

/// Where a field ends (at a tab or line end) and what it holds.
pub(in crate::format) struct Field<'a> {
    pub(in crate::format) value: Value<'a>,
    pub(in crate::format) end: usize,
}

/// What a field holds.
pub(in crate::format) enum Value<'a> {
    Null,
    Raw(&'a [u8]),
    /// The value is in the scratch buffer.
    Decoded,
    /// A long value as it stands, with its escapes: see [`decoded`].
    Escaped(&'a [u8]),
}

/// Reads the field that begins at `start`.
pub(in crate::format) fn field<'a>(
    bytes: &'a [u8],
    start: usize,
    scratch: &mut Vec<u8>,
) -> Result<Field<'a>, Malformed> {
    let found = |from: usize| {
        memchr3(b'\t', b'\n', b'\\', &bytes[from..]).map(|offset| from + offset).ok_or(Malformed::Unfinished)
    };
    let mut stop = found(start)?;
    if bytes[stop] != b'\\' {
        return Ok(Field { value: Value::Raw(&bytes[start..stop]), end: stop });
    }
    if stop == start && bytes.get(start + 1) == Some(&b'N') && matches!(bytes.get(start + 2), Some(b'\t' | b'\n')) {
        return Ok(Field { value: Value::Null, end: start + 2 });
    }
    scratch.clear();
    let mut copied = start;
    while bytes[stop] == b'\\' {
        let escaped = bytes.get(stop + 1..stop + 2).ok_or(Malformed::Unfinished)?;
        if stop - start <= LARGE {
            scratch.extend_from_slice(&bytes[copied..stop]);
            scratch.extend_from_slice(unescaped(escaped));
        }
        copied = stop + 2;
        stop = found(copied)?;
    }
    if stop - start > LARGE {
        return Ok(Field { value: Value::Escaped(&bytes[start..stop]), end: stop });
    }
    scratch.extend_from_slice(&bytes[copied..stop]);
    Ok(Field { value: Value::Decoded, end: stop })
}

/// The bytes of a value with escapes, part by part.
pub(in crate::format) fn decoded(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let (part, after) = match memchr(b'\\', rest) {
            _ if rest.is_empty() => return None,
            Some(0) => (unescaped(rest.get(1..2)?), &rest[2..]),
            Some(escape) => rest.split_at(escape),
            None => (rest, &rest[rest.len()..]),
        };
        rest = after;
        Some(part)
    })
}

/// What a letter behind a backslash stands for.
fn unescaped(letter: &[u8]) -> &[u8] {
    match letter {
        b"b" => &[8],
        b"f" => &[12],
        b"n" => b"\n",
        b"r" => b"\r",
        b"t" => b"\t",
        b"v" => &[11],
        other => other,
    }
}
