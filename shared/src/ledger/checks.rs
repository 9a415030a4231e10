//! The table `checks`: questions the API asks the workers about a source, since the API may not open one itself.

use super::{Ledger, Result};
use crate::export::{ExportId, TenantId, words};
use chrono::{DateTime, Utc};

words! {
    /// A worker's answer.
    Answer {
        /// The tenant exists.
        Known = "known",
        /// The source has no such tenant.
        Unknown = "unknown",
        /// The worker could not find out; the export itself will say why.
        Unclear = "unclear",
    }
}

/// Whether a tenant exists, asked under the number of the export that will follow.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Check {
    /// The number of the export to come.
    pub export_id: ExportId,
    /// The source to look in.
    pub source: String,
    /// The tenant to look for.
    #[sqlx(try_from = "String")]
    pub tenant: TenantId,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
}

/// Asks.
pub async fn ask(_ledger: &Ledger, _check: &Check) -> Result<()> {
    todo!()
}
/// The question with its answer so far.
pub async fn find(_ledger: &Ledger, _id: ExportId) -> Result<Option<Check>> {
    todo!()
}
/// Answers an open question.
pub async fn answer(_ledger: &Ledger, _id: ExportId, _answer: Answer) -> Result<()> {
    todo!()
}
/// Drops questions asked before `before`; returns how many.
pub async fn prune(_ledger: &Ledger, _before: DateTime<Utc>) -> Result<u64> {
    todo!()
}
