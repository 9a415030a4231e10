//! What an archive holds, as its last `export.ready` told the audit.

use crate::console::said;
use serde_json::Value;
use shared::ledger::audit::Entry;

/// What an archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) tables: Vec<Table>,
    /// Tables beyond those that are named.
    pub(super) more: i64,
    pub(super) rows: String,
    /// What else the manifest says, with what it is called.
    pub(super) facts: Vec<(&'static str, String)>,
}

/// How much of a table an archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) rows: String,
    pub(super) columns: usize,
}

impl Contents {
    /// Of the archive that the newest of these entries made; `None` where none is told of any more.
    pub(super) fn of(entries: &[Entry]) -> Option<Self> {
        let ready = entries.iter().find(|entry| entry.event.action == "export.ready")?;
        let detail = &ready.event.detail.0;
        let tables = detail.get("tables")?.as_object()?;
        let rows = |table: &Value| table.get("rows").and_then(Value::as_i64).unwrap_or_default();
        let columns = |table: &Value| match table.get("columns") {
            Some(Value::Array(names)) => names.len(),
            Some(count) => count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default(),
            None => 0,
        };
        let manifest = detail.get("manifest");
        let fact =
            |name: &str| manifest.and_then(|manifest| manifest.get(name)).and_then(Value::as_str).map(str::to_owned);
        let facts = [
            ("Snapshot taken", fact("snapshot_at")),
            ("Isolation", fact("isolation")),
            ("Source", fact("server")),
            ("Schema", fact("schema_fingerprint")),
            ("Catalog", fact("catalog_fingerprint")),
            ("Signed by", fact("signed_by")),
            ("Tables left out", manifest.and_then(|manifest| manifest.get("excluded")).map(Value::to_string)),
            ("Columns left out", manifest.and_then(|manifest| manifest.get("omitted")).map(Value::to_string)),
            ("Columns masked", manifest.and_then(|manifest| manifest.get("masked")).map(Value::to_string)),
        ];
        Some(Self {
            rows: said::of(tables.values().map(rows).sum(), "row"),
            tables: tables
                .iter()
                .map(|(name, table)| Table {
                    name: name.clone(),
                    rows: said::count(rows(table)),
                    columns: columns(table),
                })
                .collect(),
            more: detail.get("tables_not_named").and_then(Value::as_i64).unwrap_or_default(),
            facts: facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect(),
        })
    }
}
