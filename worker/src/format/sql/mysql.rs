//! MySQL and MariaDB: INSERT statements of many rows, every literal exact.

pub mod ddl;
mod literal;
mod restore;
mod statement;
mod token;
mod triggers;

use super::Target;
use crate::{
    format::{Malformed, Sink, printed::Printed},
    plan::ColumnPlan,
    rows::PrintedRows,
};
pub use restore::{command, restore};

/// A statement has no more rows than this.
const ROWS_A_STATEMENT: usize = 1_000;
/// A statement is no longer than this, unless it has only one row.
const BYTES_A_STATEMENT: usize = 64 * 1024;
/// What a restoring session reads values by: nothing is cut or guessed, and 0, days in no calendar and `0000-00-00` are values like any other.
const EXACT: &str =
    "set sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';\n";
/// The same for rows with a value that only a session without strictness takes: the error value of an `enum`.
const LENIENT: &str = "set sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';\n";

/// Writes one table's rows.
#[derive(Debug)]
pub struct InsertEncoder {
    /// Up to and with `values`.
    start: String,
    /// For each column what its cells are; `None` if the database computes it itself.
    columns: Vec<Option<Printed>>,
    /// The row that is being written.
    row: Vec<u8>,
    statement: Open,
    longest_statement: usize,
    rows: u64,
}

/// The statement that is being written.
#[derive(Debug, Default)]
struct Open {
    rows: usize,
    bytes: usize,
    lenient: bool,
}

impl InsertEncoder {
    /// For the rows of this table, whose selected columns are `columns`.
    pub fn new(target: &Target, columns: &[ColumnPlan]) -> Self {
        Self {
            start: format!("insert into {} ({}) values\n", target.quoted(), target.stored_columns()),
            columns: columns
                .iter()
                .zip(&target.columns)
                .map(|(column, (_, stored))| stored.then(|| Printed::of(column)))
                .collect(),
            row: Vec::new(),
            statement: Open::default(),
            longest_statement: 0,
            rows: 0,
        }
    }

    /// Appends a comment.
    pub fn header(&self, out: &mut impl Sink) {
        out.extend_from_slice(b"-- Rows of one table. sql/restore.sql runs this file.\n");
    }

    /// Appends rows, without the columns that the database computes itself.
    pub fn encode(&mut self, rows: &PrintedRows, out: &mut impl Sink) -> Result<(), Malformed> {
        if rows.columns() != self.columns.len() {
            return Err(Malformed::Columns { found: rows.columns(), planned: self.columns.len() });
        }
        for row in rows.rows() {
            self.row.clear();
            self.row.push(b'(');
            let mut lenient = false;
            for (cell, printed) in row.zip(&self.columns) {
                let Some(printed) = *printed else { continue };
                if self.row.len() > 1 {
                    self.row.push(b',');
                }
                lenient |= printed == Printed::Choice && cell == Some(b"");
                literal::append_cell(printed, cell, &mut self.row);
            }
            self.row.push(b')');
            self.append_row(lenient, out);
        }
        // A buffer that one giant row has stretched is given back.
        self.row.shrink_to(1024 * 1024);
        Ok(())
    }

    fn append_row(&mut self, lenient: bool, out: &mut impl Sink) {
        let open = &self.statement;
        // With the comma or semicolon and the line's end.
        let length = self.row.len() + 2;
        let full = open.rows == ROWS_A_STATEMENT || open.bytes + length > BYTES_A_STATEMENT;
        if open.rows > 0 && (full || open.lenient != lenient) {
            self.end_statement(out);
        }
        if self.statement.rows == 0 {
            if lenient {
                out.extend_from_slice(LENIENT.as_bytes());
            }
            out.extend_from_slice(self.start.as_bytes());
            self.statement = Open { rows: 0, bytes: self.start.len(), lenient };
        } else {
            out.extend_from_slice(b",\n");
        }
        out.extend_from_slice(&self.row);
        self.statement.rows += 1;
        self.statement.bytes += length;
        self.longest_statement = self.longest_statement.max(self.statement.bytes);
        self.rows += 1;
    }

    /// Appends the end of the last statement.
    pub fn footer(&mut self, out: &mut impl Sink) {
        if self.statement.rows > 0 {
            self.end_statement(out);
        }
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many bytes the longest statement has.
    pub fn longest_statement(&self) -> usize {
        self.longest_statement
    }

    fn end_statement(&mut self, out: &mut impl Sink) {
        out.extend_from_slice(b";\n");
        if self.statement.lenient {
            out.extend_from_slice(EXACT.as_bytes());
        }
        self.statement = Open::default();
    }
}

#[cfg(test)]
mod tests;
