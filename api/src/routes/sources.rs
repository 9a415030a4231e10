//! Sources: what the workers serve, and whether each catalog fits its live schema.

use crate::{
    Context,
    auth::{Authorized, SourcesCheck, SourcesRead},
    problem::Problem,
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::{
    clock,
    export::Engine,
    ledger::{
        source_checks::{self, Found, Outcome, SourceCheck},
        sources::{self, Source},
    },
};
use utoipa::ToSchema;

/// A source that no worker has announced for so long is served by nobody.
const AWAY: TimeDelta = TimeDelta::minutes(5);

/// A source.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceView {
    /// Its name in the configuration.
    #[schema(example = "ceppro")]
    pub(crate) name: String,
    /// Its kind of database: `postgres`, `mysql` or `sqlite`.
    #[schema(value_type = String, example = "postgres")]
    pub(crate) engine: Engine,
    /// How many exports may read it at the same time.
    #[schema(minimum = 1)]
    pub(crate) exports: i64,
    /// Whether a worker serves it: one announced it within five minutes.
    pub(crate) served: bool,
    /// When a worker last announced it.
    pub(crate) seen_at: DateTime<Utc>,
    /// Whether somebody waits for a comparison of its catalog with the live schema.
    pub(crate) check_wanted: bool,
    /// The last comparison; null before the first.
    #[schema(required = true)]
    pub(crate) check: Option<SourceCheckView>,
}

/// A comparison of a source's catalog with the live schema.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SourceCheck)]
pub(crate) struct SourceCheckView {
    /// When it ended.
    pub(crate) checked_at: DateTime<Utc>,
    /// `compared`; `catalog_unreadable` where the catalog's file is not there or is no catalog; `unreachable` where the source did not answer, or refused.
    #[schema(value_type = String, example = "compared")]
    pub(crate) outcome: Outcome,
    /// Why it could not compare, for a person.
    #[schema(required = true)]
    pub(crate) message: Option<String>,
    /// The tables of the live schema.
    #[schema(minimum = 0)]
    pub(crate) tables: i64,
    /// How many findings there are.
    #[schema(minimum = 0)]
    pub(crate) findings_total: i64,
    /// How many of them stop the exports that they concern.
    #[schema(minimum = 0)]
    pub(crate) findings_open: i64,
    /// The first 200 of them.
    pub(crate) findings: Vec<FoundView>,
    /// Of the live schema; null where it was never read.
    #[schema(required = true)]
    pub(crate) schema_fingerprint: Option<String>,
    /// When a comparison first saw this schema after another one; null if there was no other.
    #[schema(required = true)]
    pub(crate) schema_changed_at: Option<DateTime<Utc>>,
    /// Of the catalog's file; null where it was never read.
    #[schema(required = true)]
    pub(crate) catalog_fingerprint: Option<String>,
    /// When a comparison first saw this catalog after another one; null if there was no other.
    #[schema(required = true)]
    pub(crate) catalog_changed_at: Option<DateTime<Utc>>,
    /// Whether the schema changed after the catalog did.
    pub(crate) drifted: bool,
}

/// Something that a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SourceFinding)]
pub(crate) struct FoundView {
    /// For programs, as `handover catalog check` prints it.
    #[schema(example = "unclassified_table")]
    pub(crate) code: String,
    /// The table, as the catalog names it.
    #[schema(required = true)]
    pub(crate) table: Option<String>,
    /// The column.
    #[schema(required = true)]
    pub(crate) column: Option<String>,
    /// One sentence with what to do.
    pub(crate) message: String,
    /// Whether exports are right all the same.
    pub(crate) is_information: bool,
}

/// Every source that the caller is for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceList {
    /// By name.
    items: Vec<SourceView>,
}

/// List sources
///
/// Those that a worker has ever announced. A key that is bound to a source lists only that one; one that is bound to a tenant lists none.
#[utoipa::path(get, path = "/v1/sources", operation_id = "list_sources", tag = "sources",
    responses((status = 200, body = SourceList, description = "The sources")))]
pub(crate) async fn list(access: Authorized<SourcesRead>, context: Data<Context>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(SourceList { items: all(&context, &access).await? }))
}

/// Look at one source
#[utoipa::path(get, path = "/v1/sources/{name}", operation_id = "show_source", tag = "sources", params(("name" = String, Path, description = "The source's name")),
    responses(
        (status = 200, body = SourceView, description = "The source with the last comparison of its catalog"),
        (status = 404, description = "`source_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn show(
    access: Authorized<SourcesRead>,
    context: Data<Context>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(one(&context, &access, &name).await?))
}

/// Compare a source's catalog with the live schema
///
/// A worker that serves the source does so as soon as it is free; look at the source again. Workers do the same by themselves every hour.
#[utoipa::path(post, path = "/v1/sources/{name}/check", operation_id = "check_source", tag = "sources", params(("name" = String, Path, description = "The source's name")),
    responses(
        (status = 202, body = SourceView, description = "The source, with `check_wanted`"),
        (status = 404, description = "`source_not_found`: unknown, or not this key's"),
    ))]
pub(crate) async fn check(
    access: Authorized<SourcesCheck>,
    context: Data<Context>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Accepted().json(want(&context, &access, &name).await?))
}

/// Every source that the caller is for, by name.
pub(crate) async fn all<P>(context: &Context, access: &Authorized<P>) -> Result<Vec<SourceView>, Problem> {
    let mut checks = source_checks::list(&context.ledger).await?;
    let now = clock::now();
    let mut views = Vec::new();
    for source in sources::list(&context.ledger).await? {
        if access.encloses(Some(&source.name), None) {
            let place = checks.iter().position(|check| check.source == source.name);
            let check = place.map(|place| checks.swap_remove(place));
            views.push(SourceView::new(source, check, now));
        }
    }
    Ok(views)
}

/// The source of this name, if there is one and the caller is for it.
pub(crate) async fn one<P>(context: &Context, access: &Authorized<P>, name: &str) -> Result<SourceView, Problem> {
    let source = sources::find(&context.ledger, name).await?;
    let source = source.filter(|source| access.encloses(Some(&source.name), None)).ok_or_else(not_found)?;
    let check = source_checks::find(&context.ledger, &source.name).await?;
    Ok(SourceView::new(source, check, clock::now()))
}

/// Asks for a comparison on behalf of a caller; the source as it then stands.
pub(crate) async fn want(
    context: &Context,
    access: &Authorized<SourcesCheck>,
    name: &str,
) -> Result<SourceView, Problem> {
    let source = one(context, access, name).await?;
    source_checks::ask(&context.ledger, &source.name, access.actor(), clock::now()).await?;
    one(context, access, name).await
}

fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "source_not_found",
        "No such source",
        "There is no source of this name that this caller may see.",
    )
}

impl SourceView {
    fn new(source: Source, check: Option<SourceCheck>, now: DateTime<Utc>) -> Self {
        Self {
            served: now - source.seen_at < AWAY,
            name: source.name,
            engine: source.engine,
            exports: source.exports,
            seen_at: source.seen_at,
            check_wanted: check.as_ref().is_some_and(SourceCheck::is_wanted),
            check: check.and_then(SourceCheckView::new),
        }
    }
}

impl SourceCheckView {
    /// Whether nothing could be compared.
    pub(crate) fn is_blind(&self) -> bool {
        self.outcome != Outcome::Compared
    }

    fn new(check: SourceCheck) -> Option<Self> {
        let drifted = check.has_drifted();
        Some(Self {
            checked_at: check.checked_at?,
            outcome: check.outcome?,
            message: check.message,
            tables: check.tables,
            findings_total: check.findings_total,
            findings_open: check.findings_open,
            findings: check.findings.0.into_iter().map(FoundView::from).collect(),
            schema_fingerprint: check.schema_fingerprint,
            schema_changed_at: check.schema_changed_at,
            catalog_fingerprint: check.catalog_fingerprint,
            catalog_changed_at: check.catalog_changed_at,
            drifted,
        })
    }
}

impl From<Found> for FoundView {
    fn from(found: Found) -> Self {
        let Found { code, table, column, message, is_information } = found;
        Self { code, table, column, message, is_information }
    }
}
