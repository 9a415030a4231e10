//! Comparing a catalog with the live schema, both ways.

use crate::{catalog::Catalog, schema::Schema};
use serde::Serialize;

/// Something that a person must look at before an export may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code: `unclassified_table`, `vanished_table`, `vanished_column`, `undecided`, `secret_looking_column`, `no_such_key`, `owner_cycle`, `wrong_engine`, …
    pub code: &'static str,
    /// The table, as the catalog names it.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// One sentence with what to do.
    pub message: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.table, &self.column) {
            (Some(table), Some(column)) => write!(formatter, "{table}.{column}: {}", self.message),
            (Some(table), None) => write!(formatter, "{table}: {}", self.message),
            (None, _) => formatter.write_str(&self.message),
        }
    }
}

/// Every finding, sorted by table and column; empty when exports may run.
pub fn check(_catalog: &Catalog, _schema: &Schema) -> Vec<Finding> {
    todo!()
}
