//! Large objects of PostgreSQL in the manifest.

use super::FileFacts;
use serde::{Deserialize, Serialize};

/// The large objects that delivered rows point to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LargeObjectsFacts {
    /// The columns that point to them.
    pub columns: Vec<PointingFacts>,
    /// The objects, by number, each once.
    pub objects: Vec<LargeObjectFacts>,
}

/// A column with numbers of large objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointingFacts {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// To how many objects its values point.
    pub objects: u64,
    /// How many numbers in it are those of no object: the source had none to deliver.
    pub missing: u64,
    /// The lowest of these numbers, at most [`MISSING_NAMED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_numbers: Vec<u32>,
}

/// How many numbers without an object are named for each column.
pub const MISSING_NAMED: usize = 1000;

/// One large object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LargeObjectFacts {
    /// Its number, as rows hold it.
    pub number: u32,
    /// The file with its bytes.
    #[serde(flatten)]
    pub file: FileFacts,
}

/// Where the bytes of an object are.
pub fn path(number: u32) -> String {
    format!("large_objects/{number}.bin")
}
