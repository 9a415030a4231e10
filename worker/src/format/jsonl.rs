//! JSON Lines: one object a row (RFC 8259), ended by a line feed, UTF-8, its keys the columns in their order.
//!
//! A value is a JSON number only where every reader keeps it: integers within ±(2^53 − 1) (RFC 7493, I-JSON) and binary floating point numbers. Integers beyond that and
//! exact decimals are strings of their digits, because most readers would round them or drop the zeros at their end. NULL is `null`; documents of the database's own
//! JSON types stand in the row as they are. Everything else is a string as the database printed it.
//!
//! What could not be told from something else stands as [`HEX_MARK`] and the lowercase hexadecimal of its bytes: text that is not UTF-8, text that begins with the
//! mark itself, a document that is no JSON; for SQLite, whose columns hold values of any class, also a text that would look like a blob or like a number in a string.

mod copy;
mod mysql;
mod sqlite;
mod value;

pub use super::csv::HEX_MARK;
use super::{Malformed, Sink, printed::Printed};
use crate::{plan::ColumnPlan, rows::RowBlock};

/// Turns the rows of one table into JSON Lines.
#[derive(Debug)]
pub struct JsonlEncoder {
    columns: Vec<Column>,
    scratch: Vec<u8>,
    rows: u64,
}

/// One column as it stands in every row.
#[derive(Debug)]
struct Column {
    /// What stands before a value: `{"id":`, and `,"name":` for all but the first.
    key: Vec<u8>,
    kind: Kind,
    /// What MySQL's cells are.
    printed: Printed,
}

/// What a column's printed values are to JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A whole number.
    Integer,
    /// A binary floating point number.
    Float,
    /// `t` or `f`.
    Boolean,
    /// A JSON document.
    Document,
    /// Anything else.
    Text,
}

impl JsonlEncoder {
    /// An encoder for rows of these columns.
    pub fn new(columns: &[ColumnPlan]) -> Self {
        let columns = columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let mut key = vec![if place == 0 { b'{' } else { b',' }];
                value::string(column.name.as_bytes(), &mut key);
                key.push(b':');
                // A mask makes a text of whatever it hides.
                let kind = if column.mask.is_some() { Kind::Text } else { Kind::of(&column.base_type) };
                Column { key, kind, printed: Printed::of(column) }
            })
            .collect();
        Self { columns, scratch: Vec::new(), rows: 0 }
    }

    /// Appends a block of rows.
    pub fn encode(&mut self, block: &RowBlock, out: &mut impl Sink) -> Result<(), Malformed> {
        self.rows += match block {
            RowBlock::CopyText { bytes, .. } => copy::encode(&self.columns, bytes, &mut self.scratch, out)?,
            RowBlock::Mysql(rows) => mysql::encode(&self.columns, rows, &mut self.scratch, out)?,
            RowBlock::Sqlite(rows) => sqlite::encode(&self.columns, rows, &mut self.scratch, out)?,
        };
        Ok(())
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl Kind {
    /// Of a type as [`crate::schema::Column::base_type`] names it in PostgreSQL and MySQL, which share no name with different meanings.
    fn of(base_type: &str) -> Self {
        match base_type.to_ascii_lowercase().as_str() {
            "int2" | "int4" | "int8" | "oid" => Self::Integer,
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "year" => Self::Integer,
            "float4" | "float8" | "float" | "double" | "real" => Self::Float,
            "bool" => Self::Boolean,
            "json" | "jsonb" => Self::Document,
            _ => Self::Text,
        }
    }
}

/// Ends a row of `columns` columns.
fn end_row(columns: &[Column], out: &mut impl Sink) {
    out.extend_from_slice(if columns.is_empty() { b"{}\n" } else { b"}\n" });
}

#[cfg(test)]
mod tests;
