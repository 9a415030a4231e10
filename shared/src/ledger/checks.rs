//! The table `checks`: questions the API asks the workers about a source, since the API may not open one itself.

use super::{Ledger, Person, Result, stored};
use crate::export::{ExportId, TenantId, words};
use chrono::{DateTime, Utc};

words! {
    /// A worker's answer.
    Answer {
        /// The tenant exists, and the person if one was asked for.
        Known = "known",
        /// The source has no such tenant.
        Unknown = "unknown",
        /// The tenant exists, but its data hold no such person.
        NoSuchPerson = "no_such_person",
        /// The worker could not find out; the export itself will say why.
        Unclear = "unclear",
    }
}

/// Whether a tenant exists, or a person in its data, asked under the number of the export that will follow.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Check {
    /// The number of the export to come.
    pub export_id: ExportId,
    /// The source to look in.
    pub source: String,
    /// The tenant to look for.
    #[sqlx(try_from = "String")]
    pub tenant: TenantId,
    /// The person to look for in its data, if not only the tenant.
    #[sqlx(flatten)]
    pub subject: Person,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
}

/// Asks.
pub async fn ask(ledger: &Ledger, check: &Check) -> Result<()> {
    on!(ledger, pool => sqlx::query("insert into checks (export_id, source, tenant, subject_kind, subject_key, asked_at, answer) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(check.export_id)
        .bind(&check.source)
        .bind(check.tenant.as_str())
        .bind(check.subject.kind())
        .bind(check.subject.key())
        .bind(stored(check.asked_at))
        .bind(check.answer)
        .execute(pool).await?.rows_affected());
    Ok(())
}

/// The question with its answer so far.
pub async fn find(ledger: &Ledger, id: ExportId) -> Result<Option<Check>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select * from checks where export_id = $1").bind(id).fetch_optional(pool).await?))
}

/// Answers an open question; one that is answered or gone stays as it is.
pub async fn answer(ledger: &Ledger, id: ExportId, answer: Answer) -> Result<()> {
    on!(ledger, pool => sqlx::query("update checks set answer = $2 where export_id = $1 and answer is null")
        .bind(id).bind(answer).execute(pool).await?.rows_affected());
    Ok(())
}

/// Drops questions asked before `before`; returns how many.
pub async fn prune(ledger: &Ledger, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(ledger, pool => sqlx::query("delete from checks where asked_at < $1")
        .bind(stored(before)).execute(pool).await?.rows_affected()))
}
