//! Cells of MySQL's text protocol as JSON Lines.

use super::{Column, Kind, end_row, value};
use crate::{format::Malformed, rows::PrintedRows};

/// Appends rows; returns how many.
pub(super) fn encode(columns: &[Column], rows: &PrintedRows, out: &mut Vec<u8>) -> Result<u64, Malformed> {
    if rows.columns() != columns.len() {
        return Err(Malformed::Columns { found: rows.columns(), planned: columns.len() });
    }
    for row in rows.rows() {
        for (column, cell) in columns.iter().zip(row) {
            out.extend_from_slice(&column.key);
            match (column.kind, cell) {
                (_, None) => out.extend_from_slice(b"null"),
                (Kind::Integer, Some(printed)) => value::integer(printed, out),
                (Kind::Float, Some(printed)) => value::float(printed, out),
                (Kind::Document, Some(printed)) => value::document(printed, out),
                (Kind::Bytes, Some(raw)) => value::bytes(raw, out),
                (Kind::Boolean | Kind::Text, Some(printed)) => value::text(printed, out),
            }
        }
        end_row(columns, out);
    }
    Ok(rows.len() as u64)
}
