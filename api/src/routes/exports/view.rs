//! An export as the API shows it.

use crate::{routes::recipients::ExportRecipientView, words};
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::{
    export::{Compression, CsvProfile, Format, Layout, Origin, Phase, State, SubjectId},
    language::Language,
    ledger::{
        exports::{Deletion, Export},
        files::File,
    },
};
use utoipa::ToSchema;
use uuid::Uuid;

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportView {
    /// Its number.
    pub(crate) id: Uuid,
    /// The name of the source.
    source: String,
    /// Whose data it is.
    tenant: String,
    /// The person whose part of it the export is; null for all of it.
    #[schema(required = true)]
    subject: Option<SubjectView>,
    #[schema(schema_with = words::origin)]
    origin: Origin,
    /// The schedule that asked for it; null if somebody else did.
    #[schema(required = true)]
    schedule: Option<Uuid>,
    /// The run of that schedule; null if there is none, and once the run is forgotten.
    #[schema(required = true)]
    run: Option<Uuid>,
    #[schema(schema_with = words::formats)]
    formats: Vec<Format>,
    #[schema(schema_with = words::csv_profile)]
    csv_profile: CsvProfile,
    #[schema(schema_with = words::layout)]
    layout: Layout,
    /// How each file with data is compressed; null in a ZIP.
    #[schema(schema_with = words::compression_or_null, required = true)]
    compression: Option<Compression>,
    #[schema(schema_with = words::language)]
    language: Language,
    #[schema(schema_with = words::state)]
    pub(crate) state: State,
    /// What a running export is doing.
    #[schema(schema_with = words::phase_or_null, required = true)]
    phase: Option<Phase>,
    progress: ProgressView,
    /// Its place among the exports of its source that wait, from 1; null when it does not wait, or for its next attempt.
    #[schema(required = true, minimum = 1)]
    queue_position: Option<i64>,
    /// When the person who asked for it in the portal may ask for the next one; null if it is not held against them.
    #[schema(required = true)]
    next_allowed_at: Option<DateTime<Utc>>,
    /// The number of the current or last attempt; 0 before the first.
    #[schema(minimum = 0)]
    attempt: i64,
    /// How often a worker died, or was silent for too long, while it ran this export.
    #[schema(minimum = 0)]
    crashes: i64,
    /// Why it failed, or why the last attempt did.
    #[schema(required = true)]
    reason: Option<ReasonView>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When the first attempt began.
    #[schema(required = true)]
    started_at: Option<DateTime<Utc>>,
    /// When it reached a final state.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
    /// When its archive's time is over; null before it is ready, and where only its schedule's rules say when.
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
    /// Why its archive is held, if it is.
    #[schema(required = true)]
    hold: Option<HoldView>,
    /// How the deletion of its archive goes on, once it has begun and until the export is `expired`.
    #[schema(required = true)]
    deletion: Option<DeletionView>,
    /// Not before this time is the next attempt made.
    #[schema(required = true)]
    next_attempt_at: Option<DateTime<Utc>>,
    /// What a ready export consists of; otherwise empty.
    files: Vec<FileView>,
    /// Whose private keys open the archive of a ready export, and nothing else does; empty where it is not encrypted to anybody's keys. Removed ones stand here too.
    pub(super) recipients: Vec<ExportRecipientView>,
}

/// One person in a tenant's data.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Subject)]
pub(crate) struct SubjectView {
    /// A kind of person that the source's catalog knows.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_-]+$", example = "customer")]
    kind: String,
    /// The person's key, as the product's own database prints it; any text of 1 to 512 bytes.
    #[schema(min_length = 1, max_length = 512, example = "42")]
    key: String,
}

/// How far an export is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Progress)]
pub(crate) struct ProgressView {
    /// Tables finished.
    #[schema(minimum = 0)]
    tables_done: i64,
    /// Tables in the plan; 0 before there is one.
    #[schema(minimum = 0)]
    tables_total: i64,
    /// Rows read.
    #[schema(minimum = 0)]
    rows: i64,
    /// Bytes read from the source.
    #[schema(minimum = 0)]
    bytes: i64,
    /// The table that is being read, by its name in the catalog; null unless one is.
    #[schema(required = true)]
    table: Option<String>,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonView {
    /// For programs.
    pub(crate) code: String,
    /// For a person.
    pub(crate) message: String,
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldView {
    /// Since when.
    since: DateTime<Utc>,
    /// Why; empty for the product's own people.
    reason: String,
}

/// The deletion of an archive that is not confirmed yet.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Deletion)]
pub(crate) struct DeletionView {
    /// When it was first begun.
    began_at: DateTime<Utc>,
    /// How often it was begun.
    #[schema(minimum = 0)]
    attempts: i64,
    /// Not before this time is it tried again.
    #[schema(required = true)]
    next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    #[schema(required = true)]
    error: Option<String>,
}

/// A file of a ready export.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = File)]
pub(crate) struct FileView {
    /// The name it is saved under; where the layout is `files`, its path in the archive.
    name: String,
    /// Its size.
    #[schema(minimum = 0)]
    bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
}

/// One page of exports.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ExportList {
    /// Newest first.
    pub(crate) items: Vec<ExportView>,
    /// Leads to the next page; null on the last.
    #[schema(required = true)]
    pub(crate) next_cursor: Option<String>,
}

impl ExportView {
    /// The view of an export with its files, its place in the queue, and the days of a cool-down.
    pub(crate) fn new(export: Export, files: &[File], queue_position: Option<i64>, cool_down_days: u32) -> Self {
        let next_allowed_at = export.next_allowed_at(cool_down_days);
        let reason = match (export.reason_code, export.reason) {
            (Some(code), message) => Some(ReasonView { message: message.unwrap_or_else(|| code.clone()), code }),
            (None, _) => None,
        };
        Self {
            id: export.id,
            source: export.source,
            tenant: export.tenant.into(),
            subject: export.subject.0.as_ref().map(SubjectView::from),
            origin: export.origin,
            schedule: export.schedule_id,
            run: export.schedule_run_id,
            formats: export.formats.0,
            csv_profile: export.csv_profile,
            layout: export.layout,
            compression: export.compression,
            language: export.language,
            state: export.state,
            phase: export.phase,
            progress: ProgressView {
                tables_done: export.tables_done,
                tables_total: export.tables_total,
                rows: export.rows_done,
                bytes: export.bytes_done,
                table: export.current_table.filter(|_| export.phase == Some(Phase::Reading)),
            },
            queue_position,
            next_allowed_at,
            attempt: export.attempt,
            crashes: export.crashes,
            reason,
            created_at: export.created_at,
            started_at: export.started_at,
            finished_at: export.finished_at,
            expires_at: export.expires_at,
            hold: export.hold_since.map(|since| HoldView { since, reason: export.hold_reason.unwrap_or_default() }),
            deletion: DeletionView::of(export.state, export.deletion),
            next_attempt_at: export.next_attempt_at,
            files: files.iter().map(FileView::from).collect(),
            recipients: Vec::new(),
        }
    }
}

impl DeletionView {
    fn of(state: State, deletion: Deletion) -> Option<Self> {
        let began_at = deletion.began_at.filter(|_| state == State::Ready)?;
        let Deletion { attempts, next_at, error, .. } = deletion;
        Some(Self { began_at, attempts, next_attempt_at: next_at, error })
    }
}

impl From<&SubjectId> for SubjectView {
    fn from(subject: &SubjectId) -> Self {
        Self { kind: subject.kind().to_owned(), key: subject.key().to_owned() }
    }
}

impl From<&File> for FileView {
    fn from(file: &File) -> Self {
        Self { name: file.name.clone(), bytes: file.bytes, sha256: hex::encode(&file.sha256) }
    }
}
