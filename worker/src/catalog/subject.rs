//! Persons inside a tenant's data.

use super::{Share, Through};
use serde::Deserialize;

/// A kind of person inside a tenant's data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRule {
    /// The table of these persons.
    pub table: String,
    /// The column that identifies one.
    pub key: String,
    /// The column with the address on file.
    pub email: Option<String>,
}

/// What of a table belongs to one person: exactly one field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRule {
    /// Rows that point by one of these keys to a row of the person's.
    pub through: Option<Through>,
    /// Rows of the tenant's that nobody in particular owns.
    pub share: Option<Share>,
    /// Why it holds nothing of the person's; printed in the archive.
    pub exclude: Option<String>,
}
