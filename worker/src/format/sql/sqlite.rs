//! SQLite: INSERT statements of many rows, every literal exact.

pub mod ddl;
pub mod literal;
pub(crate) mod statement;

use super::Target;
use crate::{
    format::{Malformed, Sink},
    rows::SqliteValue,
};

/// A statement has no more rows than this.
const ROWS_A_STATEMENT: usize = 100;
/// A statement ends after the row that makes it longer than this.
const BYTES_A_STATEMENT: usize = 64 * 1024;

/// Writes one table's rows.
#[derive(Debug)]
pub struct InsertEncoder {
    /// Up to and with `values`; for a table without stored columns the whole statement for one row.
    start: String,
    stored: Vec<bool>,
    empty_rows: bool,
    rows_in_statement: usize,
    bytes_in_statement: usize,
    rows: u64,
}

impl InsertEncoder {
    /// For the rows of this table.
    pub fn new(target: &Target) -> Self {
        let empty_rows = !target.stores_columns();
        Self {
            start: if empty_rows {
                format!("insert into {} default values;\n", target.quoted())
            } else {
                format!("insert into {} ({}) values\n", target.quoted(), target.stored_columns())
            },
            stored: target.columns.iter().map(|(_, stored)| *stored).collect(),
            empty_rows,
            rows_in_statement: 0,
            bytes_in_statement: 0,
            rows: 0,
        }
    }

    /// Appends a comment.
    pub fn header(&self, out: &mut impl Sink) {
        out.extend_from_slice(b"-- Rows of one table. sql/restore.sql runs this file.\n");
    }

    /// Appends rows, without the columns that the database computes itself.
    pub fn encode(&mut self, rows: &[Vec<SqliteValue>], out: &mut impl Sink) -> Result<(), Malformed> {
        for row in rows {
            if row.len() != self.stored.len() {
                return Err(Malformed::Columns { found: row.len(), planned: self.stored.len() });
            }
            self.rows += 1;
            if self.empty_rows {
                out.extend_from_slice(self.start.as_bytes());
                continue;
            }
            let before = out.taken();
            if self.rows_in_statement == 0 {
                out.extend_from_slice(self.start.as_bytes());
            } else {
                out.extend_from_slice(b",\n");
            }
            let mut separator = b'(';
            for (value, _) in row.iter().zip(&self.stored).filter(|(_, stored)| **stored) {
                out.push(separator);
                literal::append_value(value, out);
                separator = b',';
            }
            out.push(b')');
            self.rows_in_statement += 1;
            self.bytes_in_statement += out.taken() - before;
            if self.rows_in_statement == ROWS_A_STATEMENT || self.bytes_in_statement > BYTES_A_STATEMENT {
                self.end_statement(out);
            }
        }
        Ok(())
    }

    /// Appends the end of the last statement.
    pub fn footer(&mut self, out: &mut impl Sink) {
        if self.rows_in_statement > 0 {
            self.end_statement(out);
        }
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn end_statement(&mut self, out: &mut impl Sink) {
        out.extend_from_slice(b";\n");
        self.rows_in_statement = 0;
        self.bytes_in_statement = 0;
    }
}

/// `sql/restore.sql` for the sqlite3 shell.
pub fn restore(data: &[String]) -> String {
    let mut text = String::from(
        "-- Restores this archive into a new SQLite database. Run it in the archive's folder:\n\
         --   sqlite3 restored.db < sql/restore.sql\n\
         -- Everything happens in one transaction: either all of it is restored or nothing.\n\n\
         .bail on\n\
         pragma foreign_keys = off;\n\
         begin;\n\
         .read sql/schema.sql\n",
    );
    for path in data {
        // Paths are made of file stems, which hold nothing that the shell would interpret.
        text.push_str(&format!(".read {path}\n"));
    }
    text.push_str(
        ".read sql/constraints.sql\n\
         commit;\n\
         pragma foreign_keys = on;\n\
         -- Prints a line for each row that points to a row which is not in this archive; mostly there is none.\n\
         pragma foreign_key_check;\n",
    );
    text
}

/// `sql/triggers.sql` for the sqlite3 shell.
pub fn triggers(statements: &str) -> String {
    format!(
        "-- The triggers of the source. sql/restore.sql does not run this file. To have them, run afterwards:\n\
         --   sqlite3 restored.db < sql/triggers.sql\n\n\
         .bail on\n\
         begin;\n\
         {statements}commit;\n"
    )
}
