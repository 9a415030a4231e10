//! The catalog: the reviewed file that says, for one source, what belongs to whom and what may leave.

mod file;
mod json;
mod owner;
mod placement;
mod reference;
mod subject;

pub use json::{JsonPlace, NotAPlace, Step};
pub use owner::{JsonPath, OwnerRule, Polymorphic, Through};
pub use placement::{NotATemplate, Placement, Template, Unplaceable};
pub use reference::Reference;
pub use subject::{Hiding, InSubject, PersonRule, SubjectRule};

use crate::schema::Column;
use serde::Deserialize;
use shared::export::Engine;
use std::collections::BTreeMap;

/// A catalog as it stands in its TOML file (version 1).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// 1.
    pub version: u32,
    /// The kind of database it is for.
    pub engine: Engine,
    /// The schemas it covers; `["public"]` unless said, `["main"]` for SQLite.
    #[serde(default)]
    pub schemas: Vec<String>,
    /// Which table holds the tenants.
    pub tenant: TenantRule,
    /// Persons inside a tenant's data.
    #[serde(default)]
    pub subjects: BTreeMap<String, SubjectRule>,
    /// One rule for each table: by `table` where one schema is listed, else by `schema.table`.
    pub tables: BTreeMap<String, TableRule>,
    /// `sha256:…` of the file's bytes; set by the reader.
    #[serde(skip)]
    pub fingerprint: String,
    /// The schema or database of the one tenant whose catalog this is; see [`Catalog::at_place`].
    #[serde(skip)]
    pub(crate) place: Option<String>,
    /// The tenants' key, where the table of tenants is in another database than the tenant's data.
    #[serde(skip)]
    pub(crate) known_key: Option<Column>,
}

/// The table of tenants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantRule {
    /// The table, named as in `tables`.
    pub table: String,
    /// The column that identifies a tenant.
    pub key: String,
    /// The column with the name that people know it by.
    pub label: Option<String>,
    /// Set for the session where the product uses row level security.
    pub row_level_security: Option<RowLevelSecurity>,
    /// Where each tenant has a schema or a database of its own.
    pub placement: Option<Placement>,
    /// With placement by database: why nothing of the database with the table of tenants is delivered, or where else it is; printed in the archive.
    pub control: Option<String>,
}

/// How the product tells its row level security who asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowLevelSecurity {
    /// The name of the session setting that holds the tenant's key.
    pub setting: String,
}

/// What is decided about a table: exactly one of `owner`, `share`, `exclude`, `undecided`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    /// How its rows belong to a tenant.
    pub owner: Option<OwnerRule>,
    /// Rows that belong to nobody and are delivered all the same.
    pub share: Option<Share>,
    /// Why it is left out; printed in the archive.
    pub exclude: Option<String>,
    /// A question that a person must answer first.
    pub undecided: Option<String>,
    /// Groups it in the archive's index.
    pub category: Option<String>,
    /// Ways to other tables that the database does not declare as foreign keys, by a name that `through` can use.
    #[serde(default)]
    pub references: BTreeMap<String, Reference>,
    /// What of it belongs to one person, for each kind of subject.
    #[serde(default)]
    pub in_subject: BTreeMap<String, PersonRule>,
    /// Decisions about single columns.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnRule>,
}

/// Rows that belong to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Every row.
    All,
    /// Only rows that exported rows point to.
    Referenced,
}

/// What is decided about a column: exactly one of `omit`, `mask`, `keep`, `deliver`, `undecided`, and what differs in the export of one person.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRule {
    /// Never selected from the database; the reason is printed in the archive.
    pub omit: Option<String>,
    /// Delivered in part: the database itself hides the rest.
    pub mask: Option<Mask>,
    /// Delivered although it looks like a secret; the reason is for the reviewer.
    pub keep: Option<String>,
    /// PostgreSQL: what the values stand for is delivered with them.
    pub deliver: Option<Deliver>,
    /// A question that a person must answer first.
    pub undecided: Option<String>,
    /// How it is hidden in the export of one person, where it says something about other people.
    pub in_subject: Option<InSubject>,
}

/// What a column's values stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deliver {
    /// Large objects, by their numbers: those that delivered rows point to.
    LargeObjects,
}

/// How a value is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// The last four characters stay, the others become `*`.
    Last4,
    /// The first character and the domain stay.
    Email,
    /// Everything becomes `***`.
    Redact,
}

impl ColumnRule {
    /// Whether anything is decided about the column in the export of a whole tenant.
    pub fn decides(&self) -> bool {
        self.omit.is_some()
            || self.mask.is_some()
            || self.keep.is_some()
            || self.deliver.is_some()
            || self.undecided.is_some()
    }
}

impl Catalog {
    /// How the catalog names a table: `table` where it lists one schema, else `schema.table`.
    pub fn name_of(&self, schema: &str, table: &str) -> String {
        match self.schemas.as_slice() {
            [_] => table.to_owned(),
            _ => format!("{schema}.{table}"),
        }
    }
}
