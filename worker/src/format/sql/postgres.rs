//! PostgreSQL: `COPY … FROM stdin` with the bytes that the source printed.

pub mod ddl;
pub mod large_objects;

use super::Target;
use crate::format::{Malformed, Sink};
use memchr::{memchr_iter, memchr2_iter};

/// What ends the rows of a COPY block.
pub const END_OF_ROWS: &[u8] = b"\\.\n";

/// The statement before the rows of a table, with its line end; a plain comment where no column can be written (rows then follow as INSERT statements).
pub fn header(target: &Target) -> String {
    if target.stores_columns() {
        format!("copy {} ({}) from stdin;\n", target.quoted(), target.stored_columns())
    } else {
        "-- Every column is computed by the database: rows are written without values.\n".to_owned()
    }
}

/// Writes one table's rows.
#[derive(Debug)]
pub struct CopyEncoder {
    header: String,
    /// For each column of a line whether it is written; `None` if all are.
    stored: Option<Vec<bool>>,
    /// Set where rows have no values: the statement for one.
    empty_row: Option<String>,
    rows: u64,
}

impl CopyEncoder {
    /// For the rows of this table.
    pub fn new(target: &Target) -> Self {
        let stored: Vec<bool> = target.columns.iter().map(|(_, stored)| *stored).collect();
        Self {
            header: header(target),
            empty_row: (!target.stores_columns()).then(|| format!("insert into {} default values;\n", target.quoted())),
            stored: stored.contains(&false).then_some(stored),
            rows: 0,
        }
    }

    /// Appends the COPY statement.
    pub fn header(&self, out: &mut impl Sink) {
        out.extend_from_slice(self.header.as_bytes());
    }

    /// Appends lines, without the columns that the database computes itself.
    pub fn encode(&mut self, lines: &[u8], out: &mut impl Sink) -> Result<(), Malformed> {
        if lines.last().is_some_and(|last| *last != b'\n') {
            return Err(Malformed::Unfinished);
        }
        if let Some(empty_row) = &self.empty_row {
            for _ in memchr_iter(b'\n', lines) {
                out.extend_from_slice(empty_row.as_bytes());
                self.rows += 1;
            }
            return Ok(());
        }
        match &self.stored {
            None => {
                self.rows += memchr_iter(b'\n', lines).count() as u64;
                out.extend_from_slice(lines);
            }
            Some(stored) => self.rows += select(lines, stored, out)?,
        }
        Ok(())
    }

    /// Appends the end of the rows.
    pub fn footer(&self, out: &mut impl Sink) {
        if self.empty_row.is_none() {
            out.extend_from_slice(END_OF_ROWS);
        }
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

/// Copies the fields of `lines` that are stored. Tabs and line ends inside values are escaped, so that each one found is a boundary.
fn select(lines: &[u8], stored: &[bool], out: &mut impl Sink) -> Result<u64, Malformed> {
    let (mut start, mut column, mut written, mut rows) = (0, 0, 0, 0);
    for end in memchr2_iter(b'\t', b'\n', lines) {
        let Some(keep) = stored.get(column) else {
            return Err(Malformed::Columns { found: column + 1, planned: stored.len() });
        };
        if *keep {
            if written > 0 {
                out.push(b'\t');
            }
            out.extend_from_slice(&lines[start..end]);
            written += 1;
        }
        column += 1;
        start = end + 1;
        if lines[end] == b'\n' {
            if column != stored.len() {
                return Err(Malformed::Columns { found: column, planned: stored.len() });
            }
            out.push(b'\n');
            rows += 1;
            (column, written) = (0, 0);
        }
    }
    Ok(rows)
}

/// `sql/restore.sql` for psql.
pub fn restore(data: &[String]) -> String {
    let mut text = String::from(
        "-- Restores this archive into an empty PostgreSQL database. Run it in the archive's folder:\n\
         --   psql -v ON_ERROR_STOP=1 -d the_new_database -f sql/restore.sql\n\
         -- Everything happens in one transaction: either all of it is restored or nothing.\n\n\
         \\set ON_ERROR_STOP on\n\
         begin;\n\
         set client_encoding = 'UTF8';\n\
         set standard_conforming_strings = on;\n\
         set check_function_bodies = off;\n\
         set client_min_messages = warning;\n\
         set statement_timeout = 0;\n\
         set lock_timeout = 0;\n\
         set idle_in_transaction_session_timeout = 0;\n\
         set row_security = off;\n\
         set xmloption = content;\n\
         set datestyle = 'ISO';\n\
         set lc_monetary = 'C';\n\
         set intervalstyle = 'postgres';\n\
         set search_path = '';\n\n\
         \\i sql/schema.sql\n",
    );
    for path in data {
        // Paths are made of file stems, which hold nothing that psql would interpret.
        text.push_str(&format!("\\i {path}\n"));
    }
    text.push_str("\\i sql/constraints.sql\n\ncommit;\n");
    text
}

/// `sql/triggers.sql` for psql.
pub fn triggers(statements: &str) -> String {
    format!(
        "-- The triggers of the source and the functions that they call. sql/restore.sql does not run this file. To have them, run afterwards:\n\
         --   psql -v ON_ERROR_STOP=1 -d the_new_database -f sql/triggers.sql\n\n\
         \\set ON_ERROR_STOP on\n\
         begin;\n\
         set client_encoding = 'UTF8';\n\
         set standard_conforming_strings = on;\n\
         set check_function_bodies = off;\n\
         set search_path = '';\n\n\
         {statements}\ncommit;\n"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_restoring_session_reads_money_and_time_as_the_source_printed_them() {
        let text = super::restore(&[]);
        for setting in ["lc_monetary = 'C'", "datestyle = 'ISO'", "intervalstyle = 'postgres'", "xmloption = content"] {
            assert!(text.contains(&format!("\nset {setting};\n")), "{setting}");
        }
    }
}
