//! What left the source, for the audit: tables and columns by name, how many rows, and by which catalog and schema; never a value.

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
        let manifest = self.how_it_was_made();
        match unnamed {
            0 => json!({ "tables": tables, "manifest": manifest }),
            count => json!({ "tables": tables, "tables_not_named": count, "manifest": manifest }),
        }
    }

    /// From which state of the source, by which catalog, and how much was left out.
    fn how_it_was_made(&self) -> Value {
        json!({
            "snapshot_at": self.snapshot.taken_at,
            "isolation": self.snapshot.isolation,
            "server": format!("{} {}", self.source.engine, self.source.version),
            "schema_fingerprint": self.source.schema_fingerprint,
            "catalog_fingerprint": self.source.catalog_fingerprint,
            "signed_by": self.signed_by,
            "excluded": self.excluded.len(),
            "omitted": self.tables.iter().map(|table| table.omitted.len()).sum::<usize>(),
            "masked": self.tables.iter().map(|table| table.masked.len()).sum::<usize>(),
        })
    }
}

fn facts(table: &TableFacts, columns: Value) -> Value {
    json!({ "rows": table.rows, "columns": columns })
}
