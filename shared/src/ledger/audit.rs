//! The table `audit_events`: who did what to whose data, from where, and how it ended. Rows are only ever added.

use super::{Ledger, Result};
use crate::export::ExportId;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Who acts, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// `key:<prefix>`, `link:<id>`, `worker:<id>`, `cli` or `system`.
    pub name: String,
    /// The client's address, where there is one.
    pub address: Option<String>,
    /// The number of the HTTP request, where there is one.
    pub request_id: Option<String>,
}

/// One event as it is read back.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Event {
    /// Its number; time-ordered.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What: `export.requested`, `export.joined`, `export.claimed`, `export.postponed`, `export.ready`, `export.failed`, `export.cancel_requested`, `export.cancelled`,
    /// `export.expired`, `link.created`, `link.revoked`, `link.downloaded`, `link.refused`, `key.created`, `key.revoked`, `access.refused`.
    pub action: String,
    /// The export it concerns.
    pub export_id: Option<ExportId>,
    /// The source it concerns.
    pub source: Option<String>,
    /// Whose data it concerns.
    pub tenant: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// In which HTTP request.
    pub request_id: Option<String>,
    /// More, without personal data.
    pub detail: Json<Value>,
}

/// An event to add.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Who.
    pub actor: Actor,
    /// See [`Event::action`].
    pub action: &'static str,
    /// The export it concerns.
    pub export_id: Option<ExportId>,
    /// The source it concerns.
    pub source: Option<String>,
    /// Whose data it concerns.
    pub tenant: Option<String>,
    /// More, without personal data.
    pub detail: Value,
}

/// Adds an event outside of a transaction (refusals). Events of a change are written in the change's own transaction.
pub async fn record(_ledger: &Ledger, _event: NewEvent, _now: DateTime<Utc>) -> Result<()> {
    todo!()
}
/// The events of an export, oldest first.
pub async fn of_export(_ledger: &Ledger, _export: ExportId) -> Result<Vec<Event>> {
    todo!()
}
