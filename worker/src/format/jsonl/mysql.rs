//! Cells of MySQL's text protocol as JSON Lines: bit fields as their number, binary values and geometries as `\x` and hexadecimal.

use super::{Column, Kind, end_row, value};
use crate::{
    format::{Malformed, Sink, append, printed::Printed},
    rows::PrintedRows,
};

/// Appends rows; returns how many.
pub(super) fn encode(
    columns: &[Column],
    rows: &PrintedRows,
    scratch: &mut Vec<u8>,
    out: &mut impl Sink,
) -> Result<u64, Malformed> {
    if rows.columns() != columns.len() {
        return Err(Malformed::Columns { found: rows.columns(), planned: columns.len() });
    }
    for row in rows.rows() {
        for (column, cell) in columns.iter().zip(row) {
            out.extend_from_slice(&column.key);
            match (cell, column.printed, column.kind) {
                (None, ..) => out.extend_from_slice(b"null"),
                (Some(cell), Printed::Bits, _) => {
                    scratch.clear();
                    append(scratch, format_args!("{}", Printed::bits(cell)));
                    value::integer(scratch, out);
                }
                (Some(cell), Printed::Bytes, _) => value::bytes(cell, out),
                (Some(cell), _, Kind::Integer) => value::integer(cell, out),
                (Some(cell), _, Kind::Float) => value::float(cell, out),
                (Some(cell), _, Kind::Document) => value::document(cell, out),
                (Some(cell), _, Kind::Boolean | Kind::Text) => value::text(cell, out),
            }
        }
        end_row(columns, out);
    }
    Ok(rows.len() as u64)
}
