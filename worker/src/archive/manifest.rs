//! `manifest.json`, version 1: what an archive holds. Fields may be added, none renamed.

pub mod csv_dialect;
pub mod jsonl_dialect;
pub mod large_objects;

use crate::{
    archive::members::Contents,
    catalog::Mask,
    format::{csv::observed::Storage, sql::kept::LeftOut},
    plan::RowKind,
};
use chrono::{DateTime, Utc};
use csv_dialect::CsvDialect;
use jsonl_dialect::JsonlDialect;
use large_objects::LargeObjectsFacts;
use serde::{Deserialize, Serialize};
use shared::export::{Compression, CsvProfile, Engine, ExportId, Format, Layout, Origin, Scope, SubjectId};
use shared::language::Language;

/// The name of the member.
pub const PATH: &str = "manifest.json";

/// The name of the member with the signature over the manifest's bytes: the 64 bytes of Ed25519 (RFC 8032).
pub const SIGNATURE_PATH: &str = "manifest.json.sig";

/// The manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub handover: u32,
    /// The export.
    pub export: ExportFacts,
    /// The number of the key whose signature over this manifest is the member `manifest.json.sig`; absent without a signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Where the rows come from.
    pub source: SourceFacts,
    /// The point in time.
    pub snapshot: SnapshotFacts,
    /// How the CSV files are written; absent without CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv_dialect: Option<CsvDialect>,
    /// How the JSON Lines files are written; absent without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jsonl_dialect: Option<JsonlDialect>,
    /// The SQL files beside the data; absent without SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<SqlFacts>,
    /// The tables, in the order of the archive.
    pub tables: Vec<TableFacts>,
    /// PostgreSQL: the large objects that rows point to; absent where none was to be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub large_objects: Option<LargeObjectsFacts>,
    /// Tables that are not in it.
    pub excluded: Vec<ExcludedFacts>,
    /// Rules of the live schema that the SQL does not hold.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportFacts {
    /// Its number.
    pub id: ExportId,
    /// What it covers.
    pub scope: Scope,
    /// The tenant's key, as the source prints it.
    pub tenant: String,
    /// The name that people know the tenant by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_label: Option<String>,
    /// The person, where the export covers only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// The product.
    #[serde(default)]
    pub product: String,
    /// Who caused it.
    pub origin: Origin,
    /// When the archive was made.
    pub created_at: DateTime<Utc>,
    /// The formats in it.
    pub formats: Vec<Format>,
    /// The face of its CSV files.
    pub csv_profile: CsvProfile,
    /// The language of START-HERE.html.
    #[serde(default = "english")]
    pub language: Language,
    /// How it is laid out.
    #[serde(default = "zip")]
    pub layout: Layout,
    /// How the files with data are compressed; absent in a ZIP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// The version of Handover that made it.
    #[serde(default)]
    pub made_by: String,
}

/// The source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind.
    pub engine: Engine,
    /// Its version.
    pub version: String,
    /// What its server says of itself, in full.
    #[serde(default)]
    pub server: String,
    /// Of the live schema, as the snapshot showed it before the first row was read.
    pub schema_fingerprint: String,
    /// Of the live schema, looked at on another connection after the last row was read; equal to the first, or there would be no archive.
    #[serde(default)]
    pub schema_fingerprint_at_end: String,
    /// Of the catalog's file.
    pub catalog_fingerprint: String,
}

/// The snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotFacts {
    /// When.
    pub taken_at: DateTime<Utc>,
    /// The isolation level.
    pub isolation: String,
    /// What the source says about it.
    pub proof: String,
}

/// The SQL files beside the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlFacts {
    /// The command that restores the archive, run in its folder.
    pub restore: String,
    /// `sql/schema.sql`, `sql/constraints.sql`, `sql/restore.sql`.
    pub files: Vec<FileFacts>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Its group in the index.
    pub category: String,
    /// Why its rows are in the archive, as a sentence.
    pub because: String,
    /// The same as a word.
    pub kind: RowKind,
    /// How many rows.
    pub rows: u64,
    /// Its files.
    pub files: TableFiles,
    /// Columns that were never read.
    pub omitted: Vec<OmittedFacts>,
    /// Columns delivered in part.
    pub masked: Vec<MaskedFacts>,
    /// Columns in the order of the CSV file.
    #[serde(default)]
    pub columns: Vec<ColumnFacts>,
    /// The comment on the table in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The files of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableFiles {
    /// Its rows as CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<FileFacts>,
    /// Its rows as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<FileFacts>,
    /// Its rows as JSON Lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jsonl: Option<FileFacts>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its path in the archive, unpacked.
    pub path: String,
    /// Its length, unpacked.
    pub bytes: u64,
    /// The SHA-256 of its unpacked content, in lowercase hexadecimal.
    pub sha256: String,
    /// How this file writes NULL, where it is not as the dialect says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<String>,
    /// How it is kept, where it is compressed by itself; absent where it stands as it is, or in a ZIP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredFacts>,
}

/// A file that is compressed by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFacts {
    /// Its path in the archive, as it is kept.
    pub path: String,
    /// How it is compressed.
    pub compression: Compression,
    /// Its length, as it is kept.
    pub bytes: u64,
    /// The SHA-256 of it as it is kept, in lowercase hexadecimal.
    pub sha256: String,
}

/// A column that was never read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OmittedFacts {
    /// The column.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// A column delivered in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskedFacts {
    /// The column.
    pub column: String,
    /// How.
    pub mask: Mask,
}

/// A delivered column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type in the source.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether it is part of the SQL data; a column that the database computes itself is not.
    pub in_sql_data: bool,
    /// How many texts stand as `handover-hex:` and hexadecimal in the CSV, because they are not UTF-8 or hold a NUL character.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hex_values: u64,
    /// How many cells got a leading `'` in the CSV, so that a spreadsheet does not run them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub guarded_values: u64,
    /// How many cells got a tab behind them in the CSV, so that a spreadsheet does not change them: leading zeros, long numbers, texts like days.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kept_values: u64,
    /// SQLite: how many values are of each storage class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// The comment on the column in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A table that is not in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedFacts {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Why.
    pub reason: String,
}

impl FileFacts {
    /// A file with these contents.
    pub(super) fn new(path: &str, contents: Contents) -> Self {
        let Contents { bytes, sha256, stored } = contents;
        Self { path: path.to_owned(), bytes, sha256, null: None, stored }
    }

    /// The path, length and SHA-256 of what is kept.
    pub fn kept(&self) -> (&str, u64, &str) {
        match &self.stored {
            Some(stored) => (&stored.path, stored.bytes, &stored.sha256),
            None => (&self.path, self.bytes, &self.sha256),
        }
    }
}

impl TableFiles {
    /// All of them, in the order of the archive.
    pub fn all(&self) -> impl Iterator<Item = &FileFacts> {
        self.csv.iter().chain(&self.sql).chain(&self.jsonl)
    }
}

impl Manifest {
    /// Every file that the manifest knows.
    pub fn files(&self) -> impl Iterator<Item = &FileFacts> {
        let tables = self.tables.iter().flat_map(|table| table.files.all());
        let objects = self.large_objects.iter().flat_map(|facts| &facts.objects).map(|object| &object.file);
        self.sql.iter().flat_map(|sql| &sql.files).chain(tables).chain(objects)
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn english() -> Language {
    Language::English
}

fn zip() -> Layout {
    Layout::Zip
}
