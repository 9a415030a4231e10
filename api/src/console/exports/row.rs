//! An export in a list.

use crate::console::{
    advice,
    said::{self, Moment},
};
use chrono::{DateTime, Utc};
use shared::{export::State, ledger::exports::Export};

/// An export in a list, as it is said.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) tenant: String,
    /// The kind and key of the person; empty for the whole tenant.
    pub(crate) person: String,
    pub(crate) source: String,
    pub(crate) origin: &'static str,
    pub(crate) state: &'static str,
    /// The class of the state's badge.
    pub(crate) class: &'static str,
    pub(crate) asked: Moment,
    /// When it ended, or began where it runs.
    pub(crate) since: Option<Moment>,
    pub(crate) held: bool,
    /// The reason's code and text; empty where there is none.
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) advice: &'static str,
    pub(crate) progress: Progress,
    pub(crate) stopping: bool,
}

/// How far a running export is.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) done: i64,
    pub(crate) total: i64,
    pub(crate) phase: &'static str,
    pub(crate) rows: String,
    pub(crate) bytes: String,
}

impl Row {
    /// The export as it is seen at `now`.
    pub(crate) fn of(export: Export, now: DateTime<Utc>) -> Self {
        let since = match export.state {
            State::Queued => export.next_attempt_at,
            State::Running => export.started_at,
            _ => export.finished_at,
        };
        let has_failed = export.state == State::Failed;
        let code = export.reason_code.clone().unwrap_or_default();
        Self {
            id: export.id.to_string(),
            person: export
                .subject
                .0
                .as_ref()
                .map_or(String::new(), |person| format!("{} {}", person.kind(), person.key())),
            progress: Progress::of(&export),
            tenant: export.tenant.into(),
            source: export.source,
            origin: export.origin.as_str(),
            state: export.state.as_str(),
            class: class(export.state),
            asked: Moment::of(export.created_at, now),
            since: since.map(|since| Moment::of(since, now)),
            held: export.hold_since.is_some(),
            advice: if has_failed { advice::about(&code) } else { "" },
            reason: export.reason.unwrap_or_else(|| code.clone()),
            code,
            stopping: export.cancel_requested && !export.state.is_final(),
        }
    }
}

/// The class of a state's badge.
pub(crate) const fn class(state: State) -> &'static str {
    match state {
        State::Queued => "wait",
        State::Running => "live",
        State::Ready => "good",
        State::Failed => "bad",
        State::Cancelled | State::Expired => "over",
    }
}

impl Progress {
    /// How far this export is.
    pub(crate) fn of(export: &Export) -> Self {
        Self {
            done: export.tables_done,
            total: export.tables_total,
            phase: export.phase.map_or("", |phase| phase.as_str()),
            rows: said::of(export.rows_done, "row"),
            bytes: said::size(export.bytes_done),
        }
    }
}
