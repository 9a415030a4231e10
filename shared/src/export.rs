//! The words of an export: who it is for, in which shape it is delivered, and where it stands.

mod contents;
mod subject;

pub use contents::{Category, Contents};
pub use subject::{SubjectId, SubjectIdError};

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The number of one export; time-ordered (UUID version 7, RFC 9562).
pub type ExportId = Uuid;

/// The key of a tenant as the product's own database prints it; never empty, at most 512 bytes, otherwise any text.
///
/// A tenant id is only ever bound to a statement, never part of its text; so quotes, percent signs or `' OR 1=1 --`
/// are ordinary ids.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

/// Why a text cannot be a tenant id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TenantIdError {
    /// The text is empty.
    #[error("a tenant id cannot be empty")]
    Empty,
    /// The text is longer than 512 bytes.
    #[error("a tenant id has at most 512 bytes")]
    TooLong,
    /// The text holds a NUL character, which no database accepts in a text value.
    #[error("a tenant id cannot hold a NUL character")]
    Nul,
}

impl TenantId {
    /// Takes the text as a tenant id, unchanged.
    pub fn new(text: impl Into<String>) -> Result<Self, TenantIdError> {
        let text = text.into();
        match text.len() {
            0 => Err(TenantIdError::Empty),
            1..=512 if text.contains('\0') => Err(TenantIdError::Nul),
            1..=512 => Ok(Self(text)),
            _ => Err(TenantIdError::TooLong),
        }
    }

    /// The id as the product wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TenantId {
    type Error = TenantIdError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TenantId(…)")
    }
}

/// Makes an enum whose text form is the same in the ledger, the API, the command line and the manifest.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[sqlx(type_name = "text")]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $word)] #[sqlx(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in declared order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for this value.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::export::UnknownWord;
            fn from_str(text: &str) -> std::result::Result<Self, $crate::export::UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| $crate::export::UnknownWord {
                    word: text.to_owned(),
                    known: Self::ALL.iter().map(|value| value.as_str()).collect(),
                })
            }
        }
    };
}
pub(crate) use words;

/// A word that is none of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {}", known.join(", "))]
pub struct UnknownWord {
    /// What was given.
    pub word: String,
    /// What would have been understood.
    pub known: Vec<&'static str>,
}

words! {
    /// Where an export stands.
    State {
        /// Waits for a worker, or for its next attempt.
        Queued = "queued",
        /// A worker holds its lease.
        Running = "running",
        /// The archive is in the vault, complete and checked.
        Ready = "ready",
        /// Ended without an archive; the reason stays visible.
        Failed = "failed",
        /// Stopped by request.
        Cancelled = "cancelled",
        /// The archive was deleted at the end of its time.
        Expired = "expired",
    }
}

impl State {
    /// Whether nothing more will happen to the export by itself, except that a ready one expires.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

words! {
    /// What a running export is doing.
    Phase {
        /// Comparing the catalog with the live schema.
        Planning = "planning",
        /// Reading tables and writing the archive.
        Reading = "reading",
        /// Finishing the upload, and reading back what the vault now holds.
        Uploading = "uploading",
    }
}

words! {
    /// What an export covers.
    Scope {
        /// Everything that belongs to a tenant.
        Tenant = "tenant",
        /// One person inside a tenant's data.
        Subject = "subject",
    }
}

words! {
    /// Who caused an export.
    Origin {
        /// A person, through the product's portal.
        Portal = "portal",
        /// Staff, through the API.
        Operator = "operator",
        /// A schedule.
        Schedule = "schedule",
        /// The command line.
        Cli = "cli",
    }
}

words! {
    /// A format that an archive holds each table in.
    Format {
        /// RFC 4180 text, one file a table.
        Csv = "csv",
        /// Statements in the source's own dialect that restore the slice.
        Sql = "sql",
        /// JSON Lines, one object a row, one file a table.
        Jsonl = "jsonl",
    }
}

impl Format {
    /// What an archive holds when nothing else is asked for.
    pub const USUAL: &[Self] = &[Self::Csv, Self::Sql];
}

words! {
    /// Which of two CSV faces the archive shows.
    CsvProfile {
        /// For programs: nothing added, NULL and the empty string told apart.
        Lossless = "lossless",
        /// For people: byte order mark, and cells that a spreadsheet would run as a formula are defused.
        Spreadsheet = "spreadsheet",
    }
}

words! {
    /// How an archive is laid out in the vault.
    Layout {
        /// One ZIP file, which opens on every computer.
        Zip = "zip",
        /// One object for each file of the archive under one prefix, the manifest last: for backups and data lakes.
        Files = "files",
    }
}

words! {
    /// How each file is compressed where an archive is laid out as files.
    Compression {
        /// RFC 8878: fast, and small.
        Zstd = "zstd",
        /// RFC 1952: every tool reads it.
        Gzip = "gzip",
    }
}

words! {
    /// The kind of database that a source is.
    Engine {
        /// PostgreSQL 13 or later.
        Postgres = "postgres",
        /// MySQL 8.0 or later, MariaDB 10.6 or later.
        Mysql = "mysql",
        /// SQLite 3.
        Sqlite = "sqlite",
    }
}
