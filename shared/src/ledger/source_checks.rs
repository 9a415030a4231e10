//! The table `source_checks`: what a worker found last when it compared a source's catalog with the live schema. The workers write it, the API reads it and asks for the next.

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, Result, storable, stored};
use crate::export::words;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;

/// A check that was begun so long ago was given up.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(10);
/// So many findings are kept; more are only counted.
const KEPT: usize = 200;

words! {
    /// How a check ended.
    Outcome {
        /// The catalog was compared with the live schema.
        Compared = "compared",
        /// The catalog's file is not there, or is no catalog.
        CatalogUnreadable = "catalog_unreadable",
        /// The source did not answer, or refused.
        Unreachable = "unreachable",
    }
}

/// Something that a person must look at: names of tables and columns, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// A stable code, as `handover catalog check` prints it.
    pub code: String,
    /// The table, as the catalog names it.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// One sentence with what to do.
    pub message: String,
    /// Whether exports are right all the same.
    pub is_information: bool,
}

/// The last check of a source, and whether another is wanted.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SourceCheck {
    /// The source's name.
    pub source: String,
    /// When somebody last asked for a check.
    pub wanted_at: Option<DateTime<Utc>>,
    /// When a worker last began one.
    pub begun_at: Option<DateTime<Utc>>,
    /// When the last one ended; with it comes what follows.
    pub checked_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Why it could not compare, for a person.
    pub message: Option<String>,
    /// The tables of the live schema.
    pub tables: i64,
    /// The first findings.
    pub findings: Json<Vec<Found>>,
    /// How many there are.
    pub findings_total: i64,
    /// How many of them stop exports.
    pub findings_open: i64,
    /// Of the live schema.
    pub schema_fingerprint: Option<String>,
    /// When a check first saw this schema after another one.
    pub schema_changed_at: Option<DateTime<Utc>>,
    /// Of the catalog's file.
    pub catalog_fingerprint: Option<String>,
    /// When a check first saw this catalog after another one.
    pub catalog_changed_at: Option<DateTime<Utc>>,
}

/// What a worker found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// How the check ended.
    pub outcome: Outcome,
    /// Why it could not compare, for a person.
    pub message: Option<String>,
    /// The tables of the live schema.
    pub tables: usize,
    /// Everything found.
    pub found: Vec<Found>,
    /// Of the live schema, where it was read.
    pub schema_fingerprint: Option<String>,
    /// Of the catalog's file, where it was read.
    pub catalog_fingerprint: Option<String>,
}

impl SourceCheck {
    /// Whether somebody waits for a check that has not ended.
    pub fn is_wanted(&self) -> bool {
        let before = |moment: Option<DateTime<Utc>>, wanted| moment.is_none_or(|moment| moment < wanted);
        // One that had begun before may have looked at what was there then.
        self.wanted_at.is_some_and(|wanted| before(self.checked_at, wanted) || before(self.begun_at, wanted))
    }

    /// Whether the schema changed after the catalog did, as far as the checks saw.
    pub fn has_drifted(&self) -> bool {
        self.schema_changed_at.is_some_and(|schema| self.catalog_changed_at.is_none_or(|catalog| catalog < schema))
    }
}

/// The last check of every source that had one, or for which one is wanted.
pub async fn list(ledger: &Ledger) -> Result<Vec<SourceCheck>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from source_checks order by source").fetch_all(pool).await?))
}

/// The last check of a source.
pub async fn find(ledger: &Ledger, source: &str) -> Result<Option<SourceCheck>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from source_checks where source = $1")
        .bind(storable(source)).fetch_optional(pool).await?))
}

/// Asks the workers for a check, with its audit event. Asked twice before one began, it is one check.
pub async fn ask(ledger: &Ledger, source: &str, actor: Actor, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    within!(&mut transaction, connection => sqlx::query(
        "insert into source_checks (source, wanted_at) values ($1, $2) on conflict (source) do update set wanted_at = excluded.wanted_at")
        .bind(storable(source)).bind(stored(now)).execute(connection).await?.rows_affected());
    let event = NewEvent {
        actor,
        action: "source.check_requested",
        export_id: None,
        source: Some(source.to_owned()),
        tenant: None,
        detail: json!({}),
    };
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await
}

/// Takes the check of a source, if it is wanted or the last one is older than `every`; `false` while another worker is at it.
pub async fn begin(ledger: &Ledger, source: &str, every: TimeDelta, now: DateTime<Utc>) -> Result<bool> {
    let changed = on!(ledger, pool => sqlx::query(
        "insert into source_checks (source, begun_at) values ($1, $2)
         on conflict (source) do update set begun_at = excluded.begun_at
          where (source_checks.begun_at is null or source_checks.begun_at < $3 or source_checks.checked_at >= source_checks.begun_at)
            and (source_checks.checked_at is null or source_checks.checked_at <= $4 or source_checks.checked_at < source_checks.begun_at
                 or source_checks.wanted_at > source_checks.begun_at)")
        .bind(storable(source))
        .bind(stored(now))
        .bind(stored(now - GIVEN_UP))
        .bind(stored(now - every))
        .execute(pool).await?.rows_affected());
    Ok(changed > 0)
}

/// Notes what was found. A fingerprint that could not be taken leaves the last one in its place.
pub async fn end(ledger: &Ledger, source: &str, findings: &Findings, now: DateTime<Utc>) -> Result<()> {
    let kept: Vec<&Found> = findings.found.iter().take(KEPT).collect();
    let open = findings.found.iter().filter(|found| !found.is_information).count();
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    on!(ledger, pool => sqlx::query(
        "update source_checks set checked_at = $2, outcome = $3, message = $4, tables = $5, findings = $6, findings_total = $7, findings_open = $8,
                schema_changed_at = case when schema_fingerprint <> $9 then $2 else schema_changed_at end,
                schema_fingerprint = coalesce($9, schema_fingerprint),
                catalog_changed_at = case when catalog_fingerprint <> $10 then $2 else catalog_changed_at end,
                catalog_fingerprint = coalesce($10, catalog_fingerprint)
         where source = $1")
        .bind(storable(source))
        .bind(stored(now))
        .bind(findings.outcome)
        .bind(findings.message.as_deref().map(storable))
        .bind(number(findings.tables))
        .bind(Json(&kept))
        .bind(number(findings.found.len()))
        .bind(number(open))
        .bind(&findings.schema_fingerprint)
        .bind(&findings.catalog_fingerprint)
        .execute(pool).await?.rows_affected());
    Ok(())
}
