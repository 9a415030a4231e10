//! The plan of an export: for each table what is selected, why, and what is left out.

use crate::{
    catalog::{Catalog, Mask},
    check::Finding,
    schema::{Schema, Table},
};

/// Everything an export will read, and what it will not.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The live schema it was made from.
    pub schema: Schema,
    /// Fingerprint of the catalog.
    pub catalog_fingerprint: String,
    /// Tables to read, parents before children where keys allow.
    pub tables: Vec<TablePlan>,
    /// Tables that are left out, with the reason.
    pub excluded: Vec<Excluded>,
}

/// One table to read.
#[derive(Debug, Clone)]
pub struct TablePlan {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Its name in the catalog (`table` or `schema.table`), as people see it.
    pub name: String,
    /// First part of its file names: its name made safe for every file system and unique in the archive without regard to case.
    pub file_stem: String,
    /// Groups it in the index; `"Other"` unless the catalog says.
    pub category: String,
    /// Why its rows are in the archive.
    pub kind: RowKind,
    /// The same as a sentence: "workspace_id is the tenant's key".
    pub because: String,
    /// The columns that are selected, in order. Generated columns are selected (for CSV) but take no part in SQL data.
    pub columns: Vec<ColumnPlan>,
    /// Columns never selected, with the reason.
    pub omitted: Vec<(String, String)>,
    /// Columns delivered in part.
    pub masked: Vec<(String, Mask)>,
    /// The slice as a query over `columns`, ordered by primary key where there is one. The owner's key is bound: PostgreSQL through the session setting
    /// `handover.tenant`, SQLite as parameter 1.
    pub select: String,
    /// Which of `columns` holds the owner's key, for the tripwire.
    pub owner_column: Option<usize>,
}

/// One selected column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPlan {
    /// Its name.
    pub name: String,
    /// See [`crate::schema::Column::type_name`].
    pub type_name: String,
    /// See [`crate::schema::Column::base_type`].
    pub base_type: String,
    /// Whether it may be NULL in the archive.
    pub nullable: bool,
    /// Whether the database computes it: it is in the CSV but not in the SQL data.
    pub generated: bool,
    /// How it is masked.
    pub mask: Option<Mask>,
}

/// Why rows are in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// They belong to the tenant.
    Owned,
    /// Owned rows point to them.
    Referenced,
    /// Reference data.
    Shared,
}

/// A table that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Why.
    pub reason: String,
}

impl Plan {
    /// Plans the export of a tenant; refuses with every finding of [`crate::check::check`].
    pub fn tenant(_catalog: &Catalog, _schema: Schema) -> Result<Self, Vec<Finding>> {
        todo!()
    }
    /// The live table behind a planned one.
    pub fn live(&self, table: &TablePlan) -> Option<&Table> {
        self.schema.table(&table.schema, &table.table)
    }
}
