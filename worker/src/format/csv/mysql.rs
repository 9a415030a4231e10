//! Cells of MySQL's text protocol as CSV rows: numbers, dates and texts as they were printed, bit fields as their number, binary values and geometries as `\x` and
//! hexadecimal.

use super::{Observed, cell::Cells};
use crate::{
    format::{Malformed, Sink, printed::Printed},
    rows::PrintedRows,
};

/// Appends rows; returns how many.
pub(super) fn encode(
    cells: Cells,
    rows: &PrintedRows,
    printed: &[Printed],
    observed: &mut [Observed],
    out: &mut impl Sink,
) -> Result<u64, Malformed> {
    if rows.columns() != observed.len() {
        return Err(Malformed::Columns { found: rows.columns(), planned: observed.len() });
    }
    for row in rows.rows() {
        for (place, ((cell, printed), observed)) in row.zip(printed).zip(observed.iter_mut()).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            match (cell, printed) {
                (None, _) => {
                    observed.nulls += 1;
                    cells.null(out);
                }
                (Some(cell), Printed::Bits) => cells.number(Printed::bits(cell), observed, out),
                (Some(cell), Printed::Bytes) => cells.bytes(cell, out),
                (Some(cell), Printed::Number | Printed::Choice | Printed::Text) => {
                    observed.dated(cell);
                    cells.text(cell, false, observed, out);
                }
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    Ok(rows.len() as u64)
}
