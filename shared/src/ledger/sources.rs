//! The table `sources`: which sources the workers serve. The workers write it, the API reads it.

use super::{Ledger, Result};
use crate::export::Engine;
use chrono::{DateTime, Utc};

/// A source that some worker serves.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Source {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind of database.
    pub engine: Engine,
    /// When a worker last announced it.
    pub seen_at: DateTime<Utc>,
}

/// Announces the sources of a worker.
pub async fn announce(_ledger: &Ledger, _sources: &[Source]) -> Result<()> {
    todo!()
}
/// The source of this name.
pub async fn find(_ledger: &Ledger, _name: &str) -> Result<Option<Source>> {
    todo!()
}
/// All sources by name.
pub async fn list(_ledger: &Ledger) -> Result<Vec<Source>> {
    todo!()
}
