//! CSV as RFC 4180 says: comma, double quotes, CRLF, a header, UTF-8, in two faces.
//!
//! *Lossless*: NULL is an empty field without quotes, the empty text is `""`, everything else is written as the database printed it. A table of one column writes
//! NULL as `\N` without quotes, because its NULL row would be a blank line, which readers skip. Values that a reader could take for something else (`\N`, `NULL`,
//! blanks at an end) stand in quotes.
//!
//! *Spreadsheet*: a byte order mark, NULL and the empty text are both empty, a cell that a spreadsheet would run as a formula gets a leading `'`, and one that it
//! would change (`007`, a long number, a text like `1-2`) gets a tab behind it, which nobody sees and which makes it a text there: see `spoiling`.
//!
//! In both, a text that is not UTF-8 or holds a NUL character is written as [`HEX_MARK`] and the lowercase hexadecimal of its bytes, and so is a text that
//! begins with the mark itself: nothing is lost and nothing is ambiguous.

mod cell;
pub(in crate::format) mod copy;
mod mysql;
pub mod observed;
mod spoiling;
mod sqlite;

use super::{Malformed, Sink, printed::Printed};
use crate::{plan::ColumnPlan, rows::RowBlock};
use cell::Cells;
pub use cell::HEX_MARK;
pub use observed::Observed;
use shared::export::CsvProfile;

/// The byte order mark that makes spreadsheets read UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Turns the rows of one table into CSV.
#[derive(Debug)]
pub struct CsvEncoder {
    cells: Cells,
    observed: Vec<Observed>,
    printed: Vec<Printed>,
    scratch: Vec<u8>,
    rows: u64,
}

/// How NULL is written in a table of `columns` columns.
pub fn null_text(profile: CsvProfile, columns: usize) -> &'static str {
    match (profile, columns) {
        (CsvProfile::Lossless, 0 | 1) => "\\N",
        _ => "",
    }
}

impl CsvEncoder {
    /// An encoder for rows of these columns.
    pub fn new(profile: CsvProfile, columns: &[ColumnPlan]) -> Self {
        Self {
            cells: Cells { profile, alone: columns.len() == 1 },
            observed: columns.iter().map(Observed::new).collect(),
            printed: columns.iter().map(Printed::of).collect(),
            scratch: Vec::new(),
            rows: 0,
        }
    }

    /// Appends what stands before the first row. A table without columns has the single, empty name `""`.
    pub fn header(&self, columns: &[ColumnPlan], out: &mut impl Sink) {
        if self.cells.profile == CsvProfile::Spreadsheet {
            out.extend_from_slice(BYTE_ORDER_MARK);
        }
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            self.cells.name(&column.name, out);
        }
        if columns.is_empty() {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Appends a block of rows.
    pub fn encode(&mut self, block: &RowBlock, out: &mut impl Sink) -> Result<(), Malformed> {
        self.rows += match block {
            RowBlock::CopyText { bytes, .. } => {
                copy::encode(self.cells, bytes, &mut self.observed, &mut self.scratch, out)?
            }
            RowBlock::Mysql(rows) => mysql::encode(self.cells, rows, &self.printed, &mut self.observed, out)?,
            RowBlock::Sqlite(rows) => sqlite::encode(self.cells, rows, &mut self.observed, &mut self.scratch, out)?,
        };
        Ok(())
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What was seen in each column.
    pub fn observed(&self) -> &[Observed] {
        &self.observed
    }
}

#[cfg(test)]
mod tests;
