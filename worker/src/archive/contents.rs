//! What an archive holds, for the page that offers it: names and numbers, never a value.

use super::manifest::{Manifest, TableFacts};
use shared::export::Contents;

impl Manifest {
    /// Categories and tables in the order of START-HERE.html, with how many rows.
    pub fn contents(&self) -> Contents {
        let several_schemas = self.has_several_schemas();
        let mut tables: Vec<&TableFacts> = self.tables.iter().collect();
        tables.sort_by_key(|table| {
            let category = table.category.as_str();
            (category == UNNAMED, category.to_lowercase(), category, table.table.to_lowercase())
        });
        let tables = tables.into_iter().map(|table| {
            let category = if table.category == UNNAMED { "" } else { &table.category };
            (category, table.shown(several_schemas), table.rows)
        });
        let mut contents = Contents::of(tables, self.files().map(|file| file.bytes).sum(), self.excluded.len() as u64);
        contents.restore = self.sql.as_ref().map(|sql| sql.restore.clone());
        contents
    }

    /// Whether the name of a table alone does not say which one it is.
    pub(super) fn has_several_schemas(&self) -> bool {
        self.tables.iter().any(|table| table.schema != self.tables[0].schema)
    }
}

/// The category of tables to which the catalog gives none.
pub(super) const UNNAMED: &str = "Other";

impl TableFacts {
    /// Its name as people read it.
    pub(super) fn shown(&self, several_schemas: bool) -> String {
        super::index::shown(&self.schema, &self.table, several_schemas)
    }
}
