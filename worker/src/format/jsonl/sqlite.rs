//! SQLite values as JSON Lines, each so that its storage class can be told: a number without a point or exponent is an INTEGER, one with is a REAL, and of the strings
//! those that look like a blob, a large integer or an infinity are one, because no text is written like them.

use super::{Column, end_row, value};
use crate::{
    format::{Malformed, Sink, append},
    rows::SqliteValue,
};

/// Appends rows; returns how many.
pub(super) fn encode(
    columns: &[Column],
    rows: &[Vec<SqliteValue>],
    scratch: &mut Vec<u8>,
    out: &mut impl Sink,
) -> Result<u64, Malformed> {
    for row in rows {
        if row.len() != columns.len() {
            return Err(Malformed::Columns { found: row.len(), planned: columns.len() });
        }
        for (column, cell) in columns.iter().zip(row) {
            out.extend_from_slice(&column.key);
            match cell {
                SqliteValue::Null => out.extend_from_slice(b"null"),
                SqliteValue::Integer(number) => {
                    scratch.clear();
                    append(scratch, format_args!("{number}"));
                    value::integer(scratch, out);
                }
                SqliteValue::Real(number) if *number == f64::INFINITY => out.extend_from_slice(b"\"Infinity\""),
                SqliteValue::Real(number) if *number == f64::NEG_INFINITY => out.extend_from_slice(b"\"-Infinity\""),
                SqliteValue::Real(number) => append(out, format_args!("{number:?}")),
                SqliteValue::Text(text) if looks_like_another_class(text) => value::marked(text, out),
                SqliteValue::Text(text) => value::text(text, out),
                SqliteValue::Blob(bytes) => value::bytes(bytes, out),
            }
        }
        end_row(columns, out);
    }
    Ok(rows.len() as u64)
}

/// Whether a text, as a string, could be taken for a value of another storage class.
fn looks_like_another_class(text: &[u8]) -> bool {
    let large = || {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok());
        number.is_some_and(|number| number.unsigned_abs() > value::LARGEST)
    };
    text.starts_with(b"\\x") || matches!(text, b"Infinity" | b"-Infinity") || large()
}
