//! The table `exports`: one row a request, from `queued` to its end.

mod addresses;
mod attempt;
mod claim;
pub mod cool_down;
mod expiry;
mod hold;
mod insert;
mod listing;
mod reminder;
mod request;
mod retry;
mod scheduled;
mod token;
mod trace;
mod turn;

pub use addresses::{forget_addresses, forget_told_of_runs, with_addresses};
pub use attempt::{cancelled, claim, complete, complete_telling, fail, hand_over, postpone, renew};
pub use claim::{Claimer, claim_next};
pub(super) use expiry::end_at;
pub use expiry::{Deletion, Ended, begin_deletion, deletion_failed, end_now, expire, outdated};
pub use hold::{Held, held, hold, release};
pub use listing::list;
pub use reminder::{is_settled, remind, to_remind};
pub use request::{forget_idempotency_keys, repeated, request, request_cancel, request_sparingly, request_with_token};
pub use retry::{Retried, retry};
pub(super) use scheduled::enter_scheduled;
pub use token::{PresentedToken, forget_tokens, started_with};
pub use trace::traceparent;
pub use turn::{Due, due, handicap, positions};

use super::{Ledger, Person, Result, Transaction};
use crate::export::{
    Compression, CsvProfile, ExportId, Format, Layout, Origin, Phase, Scope, State, SubjectId, TenantId,
};
use crate::language::Language;
use crate::metrics;
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// How many exports may read a source at the same time when no worker has said.
pub const DEFAULT_PLACES: i64 = 2;

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
    /// The person whose part of it is asked for, if not all of it.
    #[sqlx(flatten)]
    pub subject: Person,
    /// Who caused it.
    pub origin: Origin,
    /// The formats each table is written in, sorted.
    pub formats: Json<Vec<Format>>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// How the archive is laid out.
    pub layout: Layout,
    /// How its files are compressed; only where it is laid out as files.
    pub compression: Option<Compression>,
    /// The language that its people read.
    pub language: Language,
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
    /// The table that is read, or was read last, by its name in the catalog.
    pub current_table: Option<String>,
    /// The number of the current or last attempt; 0 before the first. It is the fence of every later write.
    pub attempt: i64,
    /// How often an attempt failed for a reason that may pass.
    pub retries: i64,
    /// How often a lease ended without a word of its worker.
    pub crashes: i64,
    /// The worker whose lease ended, where the current attempt took over from one.
    pub lost_worker: Option<String>,
    /// The attempts made before it was last retried by hand.
    pub attempts_before: i64,
    /// When it was last retried by hand.
    pub retried_at: Option<DateTime<Utc>>,
    /// The worker that holds the lease, or held the last one.
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
    /// The schedule that asked.
    pub schedule_id: Option<Uuid>,
    /// The run of that schedule, until the run is forgotten.
    pub schedule_run_id: Option<Uuid>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the first attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached a final state.
    pub finished_at: Option<DateTime<Utc>>,
    /// When its archive's time is over; `None` before it is ready, and while only its schedule's rules say when.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when its archive is held.
    pub hold_since: Option<DateTime<Utc>>,
    /// Why it is held.
    pub hold_reason: Option<String>,
    /// How the deletion of its archive goes on.
    #[sqlx(flatten)]
    pub deletion: Deletion,
}

impl Export {
    /// Whether no attempt was made before the current one, since it was asked for or somebody retried it.
    pub fn is_first_try(&self) -> bool {
        self.attempt == self.attempts_before + 1
    }
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
    /// The person whose part of it is asked for, if not all of it.
    pub subject: Person,
    /// Who caused it.
    pub origin: Origin,
    /// The formats; the function sorts them and drops doubles.
    pub formats: Vec<Format>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// How the archive is laid out.
    pub layout: Layout,
    /// How its files are compressed; only where it is laid out as files.
    pub compression: Option<Compression>,
    /// The language that its people read.
    pub language: Language,
    /// The addresses that are told.
    pub notify: Vec<String>,
    /// The API key that asked.
    pub requested_by: Option<Uuid>,
    /// The schedule that asked.
    pub schedule_id: Option<Uuid>,
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
    /// The portal token was used with another request.
    TokenUsed,
    /// The person asked for the last one too recently.
    CoolingDown {
        /// When the next one is allowed.
        next_allowed_at: DateTime<Utc>,
    },
}

/// Which exports to list; `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this tenant.
    pub tenant: Option<String>,
    /// Only of this person.
    pub subject: Option<SubjectId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this origin.
    pub origin: Option<Origin>,
    /// Only of this schedule.
    pub schedule: Option<Uuid>,
    /// Only of this run of a schedule.
    pub run: Option<Uuid>,
    /// Only asked for from then on.
    pub since: Option<DateTime<Utc>>,
    /// Only asked for before then.
    pub until: Option<DateTime<Utc>>,
    /// Only those with this number, of this tenant, or that are told to this address.
    pub search: Option<String>,
    /// Only older than this one (exclusive), for cursor pages; newest first.
    pub before: Option<ExportId>,
    /// At most so many rows.
    pub limit: i64,
}

/// How far a running export is.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The table that is being read, by its name in the catalog.
    pub table: Option<String>,
}

/// What a worker learns when it renews its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// Go on.
    Held,
    /// Somebody asked to stop.
    CancelRequested,
}

/// One export by its number.
pub async fn find(ledger: &Ledger, id: ExportId) -> Result<Option<Export>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from exports where id = $1").bind(id).fetch_optional(pool).await?))
}

/// Counts an export that ended.
fn count_end(export: &Export, now: DateTime<Utc>) {
    let code = if export.state == State::Failed { export.reason_code.as_deref().unwrap_or_default() } else { "" };
    metrics::export_finished(&export.source, export.state, code, export.started_at.map(|begun| now - begun));
}

/// The export, with its row locked until the transaction ends.
async fn lock(transaction: &mut Transaction, id: ExportId) -> Result<Option<Export>> {
    // Writing a row as it is locks it on both engines; `for update` does on one.
    Ok(
        within!(transaction, connection => sqlx::query_as("update exports set attempt = attempt where id = $1 returning *")
        .bind(id).fetch_optional(connection).await?),
    )
}
