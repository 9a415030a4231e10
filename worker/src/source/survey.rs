//! What `catalog infer` asks a source beyond its schema: views, policies, rights, and samples of rows.

use super::Snapshot;
use crate::error::ExportError;
use std::{collections::BTreeSet, time::Duration};

/// How long one question about rows may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// What a source tells about itself beyond its schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Views and materialized views, by schema and name.
    pub views: Vec<(String, String)>,
    /// PostgreSQL: the text of each policy with the functions that it calls.
    pub policies: Vec<Policy>,
    /// Columns that the role may not read, by schema, table and column.
    pub unreadable: BTreeSet<(String, String, String)>,
}

/// A policy of row level security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its expressions, followed by the definitions of the functions that they call.
    pub text: String,
}

/// What came of a question about rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// The rows, each cell as the database printed it. They stay in this process.
    Rows(Vec<Vec<Option<Vec<u8>>>>),
    /// Why there are none, as the end of a sentence; holds no values.
    Refused(String),
}

impl Snapshot {
    /// Reads what `catalog infer` wants to know of these schemas beyond their tables.
    pub async fn survey(&mut self, schemas: &[String]) -> Result<Survey, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.survey(schemas).await,
            Self::Mysql(snapshot) => snapshot.survey().await,
            Self::Sqlite(snapshot) => snapshot.survey().await,
        }
    }

    /// Runs one query over rows with a time limit. A refusal leaves the snapshot as it was; an error means that the source is gone.
    pub async fn probe(&mut self, query: &str) -> Result<Probe, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.probe(query).await,
            Self::Mysql(snapshot) => snapshot.probe(query).await,
            Self::Sqlite(snapshot) => snapshot.probe(query).await,
        }
    }
}
