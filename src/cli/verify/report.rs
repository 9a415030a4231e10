//! What `handover verify` found, for people and for programs.

use serde_json::{Value, json};
use worker::archive::{
    manifest::Manifest,
    verify::{
        Examined, Signature,
        restore::{KeyNotValid, Restored},
    },
};

/// Everything that was found.
pub(super) struct Report {
    pub(super) manifest: Option<Manifest>,
    members: usize,
    bytes: u64,
    signature: Signature,
    problems: Vec<String>,
    restored: Option<Restored>,
}

impl Report {
    pub(super) fn new(examined: Examined) -> Self {
        let Examined { manifest, members, bytes, signature, problems } = examined;
        Self { manifest, members, bytes, signature, problems, restored: None }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.manifest.is_some()
    }

    /// What differs after a restore is a problem of the archive too.
    pub(super) fn add(&mut self, restored: Restored) {
        self.problems.extend(restored.problems.iter().cloned());
        self.restored = Some(restored);
    }

    /// One line a problem, or what was found.
    pub(super) fn lines(&self) -> Vec<String> {
        let Some(manifest) = self.manifest.as_ref().filter(|_| self.is_sound()) else {
            return self.problems.clone();
        };
        let mut lines = vec![format!(
            "Sound: {} tables, {} rows, {} files, {} bytes unpacked; every checksum and count agrees.",
            manifest.tables.len(),
            manifest.rows(),
            self.members,
            self.bytes
        )];
        match (self.signature, &manifest.signed_by) {
            (Signature::Good, Some(key)) => lines.push(format!("Signed by key {key}: the signature is good.")),
            (_, Some(key)) => {
                lines.push(format!("Signed by key {key}: give its public half with --key to check the signature."));
            }
            (_, None) => {}
        }
        if let Some(restored) = &self.restored {
            lines.push(format!(
                "Restored: {} tables with {} rows in the database are those of the archive.",
                restored.tables, restored.rows
            ));
            if restored.large_objects > 0 {
                lines.push(format!("Restored: {} large objects are those of the archive.", restored.large_objects));
            }
            lines.extend(restored.keys_not_valid.iter().map(key_line));
        }
        lines
    }

    /// One object.
    pub(super) fn json(&self) -> Value {
        let mut report = json!({
            "sound": self.is_sound(),
            "problems": self.problems,
            "members": self.members,
            "bytes": self.bytes,
            "signature": { "state": self.signature, "key": self.manifest.as_ref().and_then(|manifest| manifest.signed_by.as_ref()) },
        });
        if let Some(manifest) = &self.manifest {
            let tables: Vec<Value> = manifest
                .tables
                .iter()
                .map(|table| json!({ "schema": table.schema, "table": table.table, "kind": table.kind, "rows": table.rows }))
                .collect();
            report["export"] = json!(manifest.export);
            report["source"] = json!(manifest.source);
            report["snapshot"] = json!(manifest.snapshot);
            report["rows"] = json!(manifest.rows());
            report["tables"] = json!(tables);
        }
        if let Some(restored) = &self.restored {
            report["restored"] = json!(restored);
        }
        report
    }
}

fn key_line(key: &KeyNotValid) -> String {
    let rows = match key.rows {
        Some(1) => "1 row points".to_owned(),
        Some(rows) => format!("{rows} rows point"),
        None => "some rows point".to_owned(),
    };
    format!("Key {} of table {} is not valid: {rows} to rows that are not in the archive.", key.key, key.table)
}
