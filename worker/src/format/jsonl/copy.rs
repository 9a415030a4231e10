//! PostgreSQL's COPY text format as JSON Lines.

use super::{Column, Kind, end_row, value};
use crate::format::{
    Malformed, Sink,
    csv::copy::{Value, decoded, field},
};

/// Appends the lines of `bytes` as objects; returns how many.
pub(super) fn encode(
    columns: &[Column],
    bytes: &[u8],
    scratch: &mut Vec<u8>,
    out: &mut impl Sink,
) -> Result<u64, Malformed> {
    if bytes.last().is_some_and(|last| *last != b'\n') {
        return Err(Malformed::Unfinished);
    }
    let mut rows = 0;
    let mut place = 0;
    let mut position = 0;
    while position < bytes.len() {
        let field = field(bytes, position, scratch)?;
        if let Some(column) = columns.get(place) {
            out.extend_from_slice(&column.key);
            match field.value {
                Value::Null => out.extend_from_slice(b"null"),
                Value::Raw(printed) => cell(column.kind, printed, out),
                Value::Decoded => cell(column.kind, scratch, out),
                Value::Escaped(raw) if column.kind == Kind::Text => value::escaped(raw, out),
                Value::Escaped(raw) => {
                    scratch.clear();
                    decoded(raw).for_each(|part| scratch.extend_from_slice(part));
                    cell(column.kind, scratch, out);
                    // What one giant document has stretched is given back.
                    *scratch = Vec::new();
                }
            }
        } else if !columns.is_empty() || field.end != position {
            return Err(Malformed::Columns { found: place + 1, planned: columns.len() });
        }
        place += 1;
        position = field.end + 1;
        if bytes[field.end] == b'\n' {
            if place != columns.len() && !columns.is_empty() {
                return Err(Malformed::Columns { found: place, planned: columns.len() });
            }
            end_row(columns, out);
            rows += 1;
            place = 0;
        }
    }
    Ok(rows)
}

fn cell(kind: Kind, printed: &[u8], out: &mut impl Sink) {
    match (kind, printed) {
        (Kind::Boolean, b"t") => out.extend_from_slice(b"true"),
        (Kind::Boolean, b"f") => out.extend_from_slice(b"false"),
        (Kind::Integer, _) => value::integer(printed, out),
        (Kind::Float, _) => value::float(printed, out),
        (Kind::Document, _) => value::document(printed, out),
        // Bytes are printed as hexadecimal, bit strings as their digits.
        (Kind::Boolean | Kind::Text, _) => value::text(printed, out),
    }
}
