//! How rows belong to a tenant.

use super::JsonPlace;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The ways in which a row can belong to a tenant: at least one; several are a union.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerRule {
    /// The column holds the tenant's key itself. Where other ways stand beside it, they decide about the rows in which it is NULL; another tenant's key in it is
    /// always another tenant's row.
    pub column: Option<String>,
    /// The row belongs to whoever owns the row that one of these keys points to.
    pub through: Option<Through>,
    /// The row belongs to whoever owns the row that a pair of type and id points to.
    pub polymorphic: Option<Polymorphic>,
    /// The column holds an array (in MySQL and SQLite: a JSON array) of the keys of all tenants that the row belongs to.
    pub array: Option<String>,
    /// A place in a JSON column holds the tenant's key.
    pub json: Option<JsonPath>,
    /// All rows are the tenant's, because the schema or database in which the table is belongs to it alone. Stands alone.
    #[serde(default)]
    pub placement: bool,
}

/// One key or several; several are a union.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Through {
    /// One key: a reference's name, or a declared foreign key by its column (or its columns, comma-separated, where it is composite).
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A pair of columns that points to rows of several tables.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polymorphic {
    /// The column that says which table.
    #[serde(rename = "type")]
    pub type_column: String,
    /// The column that says which row, by the table's primary key.
    #[serde(rename = "id")]
    pub id_column: String,
    /// For each value of the type its table.
    pub map: BTreeMap<String, String>,
}

/// A place in a JSON column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonPath {
    /// The column.
    pub column: String,
    /// The place, as in `$.customer.id`. Only a string or a number there is a key.
    pub path: JsonPlace,
}

impl OwnerRule {
    /// Whether a row can belong to a tenant whose key is not in `column`.
    pub fn has_ways_beside_column(&self) -> bool {
        !self.ways().is_empty() || self.polymorphic.is_some() || self.array.is_some() || self.json.is_some()
    }

    /// Whether it names no way at all.
    pub fn says_nothing(&self) -> bool {
        self.column.is_none() && !self.has_ways_beside_column() && self.through.is_none() && !self.placement
    }

    /// The keys of `through`, in the order of the file.
    pub fn ways(&self) -> &[String] {
        self.through.as_ref().map_or(&[], Through::keys)
    }
}

impl Through {
    /// The keys, in the order of the file.
    pub fn keys(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}
