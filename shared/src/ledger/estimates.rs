//! The table `estimates`: questions the API asks the workers about how much an export would hold. Nothing is exported for them.

use super::{Ledger, Person, Result, stored};
use crate::export::TenantId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

/// How much an export would read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Rows of all tables together, of those that are known.
    pub rows: u64,
    /// About how many bytes they are in the source.
    pub bytes: u64,
    /// Whether every table's rows were counted.
    pub exact: bool,
    /// Each table of the plan, in its order.
    pub tables: Vec<TableEstimate>,
}

/// How much of a table an export would read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEstimate {
    /// Its name, as the catalog has it.
    pub table: String,
    /// Its rows in the slice; `None` if they could not be counted in time and the source's planner does not guess.
    pub rows: Option<u64>,
    /// About how many bytes they are; `None` likewise.
    pub bytes: Option<u64>,
    /// Whether the rows were counted, not estimated.
    pub exact: bool,
}

/// Why an export would not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For programs: the code that the export would fail with.
    pub code: String,
    /// For a person.
    pub message: String,
}

/// A worker's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Answer {
    /// An estimate, and whether such an export is above a ceiling.
    Estimated {
        /// How much it would read.
        estimate: Estimate,
        /// Why it would be refused all the same.
        refusal: Option<Refusal>,
    },
    /// The source has no such tenant.
    UnknownTenant,
    /// The tenant's data hold no such person.
    NoSuchPerson,
    /// An export would fail as things stand.
    Refused(Refusal),
    /// The worker could not find out; it may work another time.
    Unclear,
}

/// A question.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Question {
    /// Its number.
    pub id: Uuid,
    /// The source to look in.
    pub source: String,
    /// Whose data.
    #[sqlx(try_from = "String")]
    pub tenant: TenantId,
    /// The person whose part of it is meant, if not all of it.
    #[sqlx(flatten)]
    pub subject: Person,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// The answer, once there is one.
    pub answer: Option<Json<Answer>>,
}

/// Asks.
pub async fn ask(ledger: &Ledger, question: &Question) -> Result<()> {
    on!(ledger, pool => sqlx::query(
        "insert into estimates (id, source, tenant, subject_kind, subject_key, asked_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(question.id)
        .bind(&question.source)
        .bind(question.tenant.as_str())
        .bind(question.subject.kind())
        .bind(question.subject.key())
        .bind(stored(question.asked_at))
        .execute(pool).await?.rows_affected());
    Ok(())
}

/// The question with its answer so far.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Question>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select * from estimates where id = $1").bind(id).fetch_optional(pool).await?),
    )
}

/// Answers an open question; one that is answered or gone stays as it is.
pub async fn answer(ledger: &Ledger, id: Uuid, answer: &Answer) -> Result<()> {
    on!(ledger, pool => sqlx::query("update estimates set answer = $2 where id = $1 and answer is null")
        .bind(id).bind(Json(answer)).execute(pool).await?.rows_affected());
    Ok(())
}

/// Drops questions asked before `before`; returns how many.
pub async fn prune(ledger: &Ledger, before: DateTime<Utc>) -> Result<u64> {
    Ok(on!(ledger, pool => sqlx::query("delete from estimates where asked_at < $1")
        .bind(stored(before)).execute(pool).await?.rows_affected()))
}
