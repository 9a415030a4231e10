//! MySQL and MariaDB: INSERT statements of many rows, every literal exact.

pub mod ddl;

use super::Target;
use crate::{format::Malformed, rows::PrintedRows};

/// Writes one table's rows.
#[derive(Debug)]
pub struct InsertEncoder {
    rows: u64,
}

impl InsertEncoder {
    /// For the rows of this table.
    pub fn new(_target: &Target) -> Self {
        todo!()
    }

    /// Appends what stands before the first row.
    pub fn header(&self, _out: &mut Vec<u8>) {
        todo!()
    }

    /// Appends rows, without the columns that the database computes itself.
    pub fn encode(&mut self, _rows: &PrintedRows, _out: &mut Vec<u8>) -> Result<(), Malformed> {
        todo!()
    }

    /// Appends what stands after the last row.
    pub fn footer(&mut self, _out: &mut Vec<u8>) {
        todo!()
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

/// `sql/restore.sql` for the mariadb and mysql clients.
pub fn restore(_data: &[String]) -> String {
    todo!()
}
