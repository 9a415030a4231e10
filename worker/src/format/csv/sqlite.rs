//! SQLite values as CSV rows: integers in decimal, reals in their shortest exact form with `.0` kept, text as it is, blobs as `\x` and hexadecimal.

use super::{Observed, cell::Cells};
use crate::{
    format::{Malformed, Sink, append},
    rows::SqliteValue,
};

/// Appends rows; returns how many.
pub(super) fn encode(
    cells: Cells,
    rows: &[Vec<SqliteValue>],
    observed: &mut [Observed],
    scratch: &mut Vec<u8>,
    out: &mut impl Sink,
) -> Result<u64, Malformed> {
    for row in rows {
        if row.len() != observed.len() {
            return Err(Malformed::Columns { found: row.len(), planned: observed.len() });
        }
        for (place, (value, observed)) in row.iter().zip(observed.iter_mut()).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            observed.stored(value);
            match value {
                SqliteValue::Null => cells.null(out),
                SqliteValue::Integer(number) => cells.number(number, observed, out),
                SqliteValue::Real(number) => {
                    scratch.clear();
                    real(*number, scratch);
                    cells.number(String::from_utf8_lossy(scratch), observed, out);
                }
                SqliteValue::Text(text) => {
                    // A column of any declared type holds texts, too; its numbers never ask for this.
                    observed.is_text = true;
                    cells.text(text, false, observed, out);
                }
                SqliteValue::Blob(bytes) => cells.bytes(bytes, out),
            }
        }
        if row.is_empty() {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(b"\r\n");
    }
    Ok(rows.len() as u64)
}

fn real(number: f64, out: &mut impl Sink) {
    if number == f64::INFINITY {
        out.extend_from_slice(b"Infinity");
    } else if number == f64::NEG_INFINITY {
        out.extend_from_slice(b"-Infinity");
    } else {
        append(out, format_args!("{number:?}"));
    }
}
