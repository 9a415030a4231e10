//! The table `exports`: one row a request, from `queued` to its end.

use super::{Ledger, Result};
use crate::export::{CsvProfile, ExportId, Format, Origin, Phase, Scope, State, TenantId};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use std::time::Duration;
use uuid::Uuid;

/// One export as the ledger knows it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Export {
    /// Its number.
    pub id: ExportId,
    /// The name of the source.
    pub source: String,
    /// What it covers.
    pub scope: Scope,
    /// Whose data it is.
    #[sqlx(try_from = "String")]
    pub tenant: TenantId,
    /// Who caused it.
    pub origin: Origin,
    /// The formats each table is written in, sorted.
    pub formats: Json<Vec<Format>>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// The addresses that are told when it ends.
    pub notify: Json<Vec<String>>,
    /// Where it stands.
    pub state: State,
    /// What a running export is doing.
    pub phase: Option<Phase>,
    /// Tables finished.
    pub tables_done: i64,
    /// Tables in the plan; 0 before there is one.
    pub tables_total: i64,
    /// Rows read so far.
    pub rows_done: i64,
    /// Bytes read from the source so far.
    pub bytes_done: i64,
    /// The number of the current or last attempt; 0 before the first. It is the fence of every later write.
    pub attempt: i64,
    /// The worker that holds the lease.
    pub worker: Option<String>,
    /// When the lease ends unless it is renewed.
    pub lease_until: Option<DateTime<Utc>>,
    /// Not before this time is the next attempt made.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Whether somebody asked to stop it.
    pub cancel_requested: bool,
    /// The stable code of why it failed, or why the last attempt did.
    pub reason_code: Option<String>,
    /// The same as a sentence for a person.
    pub reason: Option<String>,
    /// The API key that asked.
    pub requested_by: Option<Uuid>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the first attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached a final state.
    pub finished_at: Option<DateTime<Utc>>,
    /// When its archive is deleted.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct NewExport {
    /// Chosen by the caller, so that a check of the tenant can carry it beforehand.
    pub id: ExportId,
    /// The name of the source.
    pub source: String,
    /// Whose data.
    pub tenant: TenantId,
    /// Who caused it.
    pub origin: Origin,
    /// The formats; the function sorts them and drops doubles.
    pub formats: Vec<Format>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// The addresses that are told.
    pub notify: Vec<String>,
    /// The API key that asked.
    pub requested_by: Option<Uuid>,
    /// The caller's `Idempotency-Key`, with the SHA-256 of the request body it came with.
    pub idempotency: Option<(String, Vec<u8>)>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Requested {
    /// A new row.
    New(Export),
    /// The same caller sent the same request with the same `Idempotency-Key` before.
    Repeated(Export),
    /// An identical export is queued or running; the new addresses were added to it.
    Joined(Export),
    /// The `Idempotency-Key` was used with another request.
    KeyReused,
}

/// Which exports to list; `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this tenant.
    pub tenant: Option<String>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only older than this one (exclusive), for cursor pages; newest first.
    pub before: Option<ExportId>,
    /// At most so many rows.
    pub limit: i64,
}

/// How far a running export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Tables finished.
    pub tables_done: i64,
    /// Tables in the plan.
    pub tables_total: i64,
    /// Rows read.
    pub rows_done: i64,
    /// Bytes read.
    pub bytes_done: i64,
}

/// What a worker learns when it renews its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// Go on.
    Held,
    /// Somebody asked to stop.
    CancelRequested,
}

/// Enters a request, its audit event included, in one transaction.
pub async fn request(
    _ledger: &Ledger,
    _new: NewExport,
    _actor: super::audit::Actor,
    _now: DateTime<Utc>,
) -> Result<Requested> {
    todo!()
}
/// One export by its number.
pub async fn find(_ledger: &Ledger, _id: ExportId) -> Result<Option<Export>> {
    todo!()
}
/// Newest first.
pub async fn list(_ledger: &Ledger, _filter: &Filter) -> Result<Vec<Export>> {
    todo!()
}
/// Takes the export for `worker` if it is due (queued and not waiting, or running with an ended lease and no cancel request), as attempt + 1; `None` if it is not.
/// An export whose cancel was requested ends as `cancelled` here instead.
pub async fn claim(
    _ledger: &Ledger,
    _id: ExportId,
    _worker: &str,
    _lease: Duration,
    _now: DateTime<Utc>,
) -> Result<Option<Export>> {
    todo!()
}
/// Renews the lease and writes the progress; [`super::LedgerError::Fenced`] if the attempt is over.
pub async fn renew(
    _ledger: &Ledger,
    _id: ExportId,
    _attempt: i64,
    _progress: Progress,
    _lease: Duration,
    _now: DateTime<Utc>,
) -> Result<Renewed> {
    todo!()
}
/// Marks the attempt's export `ready`, records its files, the notifications to send and the audit event, in one transaction; fenced.
pub async fn complete(
    _ledger: &Ledger,
    _id: ExportId,
    _attempt: i64,
    _files: &[super::files::NewFile],
    _expires_at: DateTime<Utc>,
    _now: DateTime<Utc>,
) -> Result<()> {
    todo!()
}
/// Puts the export back to `queued` until `next_attempt_at`, with the reason of this attempt; fenced.
pub async fn postpone(
    _ledger: &Ledger,
    _id: ExportId,
    _attempt: i64,
    _code: &str,
    _reason: &str,
    _next_attempt_at: DateTime<Utc>,
    _now: DateTime<Utc>,
) -> Result<()> {
    todo!()
}
/// Ends the export as `failed`, with notifications and audit event; fenced.
pub async fn fail(
    _ledger: &Ledger,
    _id: ExportId,
    _attempt: i64,
    _code: &str,
    _reason: &str,
    _now: DateTime<Utc>,
) -> Result<()> {
    todo!()
}
/// Ends a running export as `cancelled` after its worker has stopped; fenced.
pub async fn cancelled(_ledger: &Ledger, _id: ExportId, _attempt: i64, _now: DateTime<Utc>) -> Result<()> {
    todo!()
}
/// Asks to stop: a queued export ends as `cancelled` at once, a running one is marked, a final one is left; returns the row as it then is.
pub async fn request_cancel(
    _ledger: &Ledger,
    _id: ExportId,
    _actor: super::audit::Actor,
    _now: DateTime<Utc>,
) -> Result<Option<Export>> {
    todo!()
}
/// Up to `limit` exports that a doorbell should be rung for: queued and due, or running with an ended lease. Oldest first.
pub async fn due(_ledger: &Ledger, _limit: i64, _now: DateTime<Utc>) -> Result<Vec<ExportId>> {
    todo!()
}
/// Up to `limit` ready exports whose time is over.
pub async fn outdated(_ledger: &Ledger, _limit: i64, _now: DateTime<Utc>) -> Result<Vec<Export>> {
    todo!()
}
/// Marks a ready export `expired` after its objects are gone, and revokes its links.
pub async fn expire(_ledger: &Ledger, _id: ExportId, _now: DateTime<Utc>) -> Result<bool> {
    todo!()
}
