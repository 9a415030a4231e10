//! Ways to other tables that the database does not declare.

use super::JsonPlace;
use serde::Deserialize;

/// A virtual foreign key. Its name in the catalog is its column, or its columns comma-separated, unless `column` says otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The table that it points to, named as in `tables`.
    pub table: String,
    /// The column of that table, or its columns comma-separated; its primary key unless said.
    pub key: Option<String>,
    /// The column that points, where the reference's name is not that.
    pub column: Option<String>,
    /// The place inside the column, which holds JSON: `$.customer.id`. Only a string or a number there is a key.
    pub json: Option<JsonPlace>,
    /// Whether the column holds an array (in MySQL and SQLite: a JSON array) of keys.
    #[serde(default)]
    pub array: bool,
}
