//! What left the source, for the audit: tables and columns by name, and how many rows, never a value.

use super::manifest::{Manifest, TableFacts};
use serde_json::{Map, Value, json};

/// Beyond that many bytes columns are only counted; the manifest names them all.
const NAMES: usize = 64 * 1024;
/// Beyond that many bytes tables are only counted.
const MOST: usize = 2 * NAMES;

impl Manifest {
    /// Which tables and columns are in the archive, as an event tells it; of bounded size.
    pub fn what_left(&self) -> Value {
        let (mut tables, mut bytes, mut unnamed) = (Map::new(), 0, 0_u64);
        for table in &self.tables {
            if bytes > MOST {
                unnamed += 1;
                continue;
            }
            let name = format!("{}.{}", table.schema, table.table);
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            bytes += name.len() + 40;
            let length: usize = columns.iter().map(|name| name.len() + 3).sum();
            let told = if bytes + length > NAMES { json!(columns.len()) } else { json!(columns) };
            if told.is_array() {
                bytes += length;
            }
            tables.insert(name, facts(table, told));
        }
        match unnamed {
            0 => json!({ "tables": tables }),
            count => json!({ "tables": tables, "tables_not_named": count }),
        }
    }
}

fn facts(table: &TableFacts, columns: Value) -> Value {
    json!({ "rows": table.rows, "columns": columns })
}
