//! Rows as the database printed them, in blocks.

use bytes::Bytes;

/// Some rows of one table, in the form in which the source delivers them. About 256 KiB, or one row if that is larger.
#[derive(Debug, Clone)]
pub enum RowBlock {
    /// Lines of PostgreSQL's COPY text format, each ended by `\n`, columns as planned.
    CopyText {
        /// The lines.
        bytes: Bytes,
        /// How many.
        rows: u64,
    },
    /// SQLite values with their storage classes; every row has the planned columns.
    Sqlite(Vec<Vec<SqliteValue>>),
}

/// A SQLite value in its storage class. NaN does not exist in SQLite (it is stored as NULL).
#[derive(Debug, Clone, PartialEq)]
pub enum SqliteValue {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// REAL.
    Real(f64),
    /// TEXT: any bytes, normally UTF-8, may hold NUL.
    Text(Vec<u8>),
    /// BLOB.
    Blob(Vec<u8>),
}

impl RowBlock {
    /// How many rows it holds.
    pub fn rows(&self) -> u64 {
        match self {
            Self::CopyText { rows, .. } => *rows,
            Self::Sqlite(rows) => rows.len() as u64,
        }
    }
}
