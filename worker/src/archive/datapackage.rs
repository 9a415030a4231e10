//! `datapackage.json`: the CSV files described as a Frictionless Data Package (Table Schema, version 1), which other people's validators and readers understand.
//!
//! It promises only what the rows that went by have kept: a column with a date before Christ is a `string`, because calendars of programs refuse it. A foreign key is
//! promised where every row that it leads to is certain to be here (see [`TablePlan::certain_keys`]); any other is told as one of `openForeignKeys`, a member
//! of our own that validators pass over.

use super::{
    manifest::{Manifest, TableFacts},
    unpacking::unpacking,
};
use crate::{
    format::csv::Observed,
    plan::{ColumnPlan, Plan, TablePlan},
    schema::ForeignKey,
};
use serde_json::{Value, json};
use shared::export::{Compression, CsvProfile, Engine};
use std::collections::HashSet;

/// The name of the member.
pub(super) const PATH: &str = "datapackage.json";

/// A table with a CSV file.
struct Resource<'a> {
    name: String,
    facts: &'a TableFacts,
    planned: &'a TablePlan,
    observed: &'a [Observed],
    /// Whether a row may hold nothing at all. Validators refuse such rows, unless nothing counts as missing.
    blank_rows: bool,
}

/// Describes the CSV files; `None` if there are none. `observed` has one entry a table, in the manifest's order.
pub(super) fn describe(manifest: &Manifest, plan: &Plan, observed: &[Vec<Observed>]) -> Option<Value> {
    let mut taken = HashSet::new();
    let resources: Vec<Resource<'_>> = manifest
        .tables
        .iter()
        .zip(&plan.tables)
        .zip(observed)
        .filter(|((facts, _), _)| facts.files.csv.is_some() && !facts.columns.is_empty())
        .map(|((facts, planned), observed)| Resource {
            name: name(&planned.file_stem, &mut taken),
            facts,
            planned,
            observed,
            blank_rows: observed.iter().all(|seen| seen.nulls + seen.empty_texts > 0),
        })
        .collect();
    if resources.is_empty() {
        return None;
    }
    let described: Vec<Value> =
        resources.iter().map(|resource| resource.describe(manifest, plan, &resources)).collect();
    let mut package = json!({
        "profile": "tabular-data-package",
        "name": format!("handover-{}", manifest.export.id),
        "id": manifest.export.id,
        "title": match &manifest.export.subject {
            None => format!("Data from {}", manifest.export.product),
            Some(subject) => format!("Data about {} {} from {}", subject.kind(), subject.key(), manifest.export.product),
        },
        "description": "Of each table, foreignKeys lists the keys of which every row that they point to is here; openForeignKeys lists those that may also \
                        point to rows which are not, such as another account's or another person's.",
        "created": manifest.export.created_at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "resources": described,
    });
    if manifest.export.compression == Some(Compression::Zstd) {
        let unpack = unpacking(manifest.files(), &["csv/"]).unwrap_or_default();
        package["description"] = json!(format!(
            "The CSV files are kept compressed by Zstandard, which readers of data packages do not know: first unpack them, with `{unpack}` in this folder."
        ));
    }
    Some(package)
}

/// A resource's name: lower case, of the characters that the standard allows, and its own.
fn name(stem: &str, taken: &mut HashSet<String>) -> String {
    let allowed = |character: char| {
        let lower = character.to_ascii_lowercase();
        let fits = lower.is_ascii_lowercase() || lower.is_ascii_digit() || "._-".contains(lower);
        if fits { lower } else { '-' }
    };
    let base: String = stem.chars().map(allowed).collect();
    let mut name = base.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base}-{number}");
        number += 1;
    }
    name
}

/// A column with what was seen in it, and the same of the column that it points to.
type Pair<'r> = ((&'r ColumnPlan, &'r Observed), (&'r ColumnPlan, &'r Observed));

impl Resource<'_> {
    fn describe(&self, manifest: &Manifest, plan: &Plan, all: &[Resource<'_>]) -> Value {
        let engine = plan.schema.engine;
        let csv = self.facts.files.csv.as_ref();
        let spreadsheet = manifest.export.csv_profile == CsvProfile::Spreadsheet;
        let spare = self.observed.len() > 1 && !self.blank_rows;
        let missing: &[&str] = if spare { &[""] } else { &[] };
        let fields: Vec<Value> = self.planned.columns.iter().map(|column| self.field(column, engine)).collect();
        let mut schema = json!({ "fields": fields, "missingValues": missing });
        if let Some(live) = plan.live(self.planned) {
            if self.is_key(&live.primary_key) {
                schema["primaryKey"] = json!(live.primary_key);
            }
            let (mut keys, mut open) = (Vec::new(), Vec::new());
            for (place, key) in live.foreign_keys.iter().enumerate() {
                let certain = self.planned.certain_keys.contains(&place) && self.holds(key, engine, all);
                if certain { &mut keys } else { &mut open }.extend(self.foreign_key(key, all));
            }
            if !keys.is_empty() {
                schema["foreignKeys"] = json!(keys);
            }
            if !open.is_empty() {
                schema["openForeignKeys"] = json!(open);
            }
        }
        // Validators read gzip. What they cannot read is described as it is after unpacking.
        let kept = csv.map(|csv| match &csv.stored {
            Some(stored) if stored.compression == Compression::Gzip => csv.kept(),
            _ => (csv.path.as_str(), csv.bytes, csv.sha256.as_str()),
        });
        let mut described = json!({
            "profile": "tabular-data-resource",
            "name": self.name,
            "path": kept.map(|(path, ..)| path),
            "title": self.facts.table,
            "description": self.facts.because,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": if spreadsheet { "utf-8-sig" } else { "utf-8" },
            "bytes": kept.map(|(_, bytes, _)| bytes),
            "hash": kept.map(|(.., sha256)| format!("sha256:{sha256}")),
            "dialect": {
                "delimiter": ",", "lineTerminator": "\r\n", "quoteChar": "\"", "doubleQuote": true,
                "skipInitialSpace": false, "header": true, "caseSensitiveHeader": true
            },
            "schema": schema,
        });
        match csv.and_then(|csv| csv.stored.as_ref()) {
            Some(stored) if stored.compression == Compression::Gzip => described["compression"] = json!("gz"),
            Some(stored) => described["keptAs"] = json!(stored.path),
            None => {}
        }
        described
    }

    fn field(&self, column: &ColumnPlan, engine: Engine) -> Value {
        let (kind, format) = self.kind(column, engine);
        let mut field = json!({ "name": column.name, "type": kind, "typeInSource": column.type_name });
        if let Some(format) = format {
            field["format"] = json!(format);
        }
        if kind == "boolean" {
            field["trueValues"] = json!(["t"]);
            field["falseValues"] = json!(["f"]);
        }
        // A validator takes the empty text for a missing value.
        if !column.nullable && kind != "string" {
            field["constraints"] = json!({ "required": true });
        }
        let facts = self.facts.columns.iter().find(|facts| facts.name == column.name);
        if let Some(comment) = facts.and_then(|facts| facts.comment.as_ref()) {
            field["description"] = json!(comment);
        }
        field
    }

    /// The type that every value of the column keeps to, and its format.
    fn kind(&self, column: &ColumnPlan, engine: Engine) -> (&'static str, Option<&'static str>) {
        let place = self.planned.columns.iter().position(|planned| planned.name == column.name);
        let Some(seen) = place.and_then(|place| self.observed.get(place)) else {
            return ("string", None);
        };
        if self.blank_rows || column.mask.is_some() || seen.guarded_values + seen.kept_values + seen.hex_values > 0 {
            return ("string", None);
        }
        match engine {
            Engine::Mysql => match column.base_type.as_str() {
                "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" | "bit" => ("integer", None),
                "decimal" | "float" | "double" => ("number", None),
                "uuid" => ("string", Some("uuid")),
                "date" if !seen.beyond_calendar => ("date", None),
                "datetime" | "timestamp" if !seen.beyond_calendar => ("datetime", Some("any")),
                _ => ("string", None),
            },
            Engine::Sqlite => {
                let storage = seen.storage;
                match (storage.text + storage.blob, storage.real, storage.integer) {
                    (0, 0, 1..) => ("integer", None),
                    (0, 1.., _) => ("number", None),
                    _ => ("string", None),
                }
            }
            Engine::Postgres => match column.base_type.as_str() {
                "int2" | "int4" | "int8" | "oid" => ("integer", None),
                "float4" | "float8" | "numeric" => ("number", None),
                "bool" => ("boolean", None),
                "uuid" => ("string", Some("uuid")),
                "date" if !seen.beyond_calendar => ("date", None),
                "timestamp" | "timestamptz" if !seen.beyond_calendar => ("datetime", Some("any")),
                _ => ("string", None),
            },
        }
    }

    fn column(&self, name: &str) -> Option<(&ColumnPlan, &Observed)> {
        let place = self.planned.columns.iter().position(|column| column.name == name)?;
        Some((self.planned.columns.get(place)?, self.observed.get(place)?))
    }

    /// Whether these columns are all delivered as they are, none of them ever missing to a validator.
    fn is_key(&self, columns: &[String]) -> bool {
        !columns.is_empty()
            && columns.iter().all(|name| {
                self.column(name)
                    .is_some_and(|(column, seen)| column.mask.is_none() && seen.nulls == 0 && seen.empty_texts == 0)
            })
    }

    /// The key, if both ends are in files.
    fn foreign_key(&self, key: &ForeignKey, all: &[Resource<'_>]) -> Option<Value> {
        let other = self.other(key, all)?;
        self.pairs(key, other).all(|pair| pair.is_some()).then(|| {
            let same = std::ptr::eq(self, other);
            json!({
                "fields": key.columns,
                "reference": { "resource": if same { "" } else { other.name.as_str() }, "fields": key.to_columns },
            })
        })
    }

    /// Whether a validator finds what each row points to, if it is there.
    fn holds(&self, key: &ForeignKey, engine: Engine, all: &[Resource<'_>]) -> bool {
        let Some(other) = self.other(key, all) else {
            return false;
        };
        self.pairs(key, other).all(|pair| {
            pair.is_some_and(|((from, seen), (to, _))| {
                let whole = from.mask.is_none() && to.mask.is_none();
                let alike = self.kind(from, engine) == other.kind(to, engine);
                // A key of several columns with one NULL points nowhere in SQL, but validators look for it.
                let always = key.columns.len() == 1 || seen.nulls == 0;
                let blank = self.blank_rows && seen.nulls > 0;
                whole && alike && always && !blank && seen.empty_texts == 0
            })
        })
    }

    fn other<'r, 'a>(&self, key: &ForeignKey, all: &'r [Resource<'a>]) -> Option<&'r Resource<'a>> {
        all.iter().find(|other| other.facts.schema == key.to_schema && other.facts.table == key.to_table)
    }

    /// The columns of a key with those that they point to.
    fn pairs<'r>(&'r self, key: &'r ForeignKey, other: &'r Resource<'_>) -> impl Iterator<Item = Option<Pair<'r>>> {
        key.columns.iter().zip(&key.to_columns).map(|(from, to)| Some((self.column(from)?, other.column(to)?)))
    }
}
