//! The table `audit_events`: who did what to whose data, from where, and how it ended. Rows are only ever added.

use super::{Ledger, Result, Transaction, stored};
use crate::export::ExportId;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// Who acts, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// `key:<prefix>`, `link:<id>`, `worker:<id>`, `schedule:<id>`, `cli` or `system`.
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
    /// What: `export.requested`, `export.joined`, `export.estimated`, `export.claimed`, `export.worker_lost`, `export.handed_over`, `export.postponed`, `export.ready`, `export.failed`, `export.cancel_requested`, `export.cancelled`, `export.retried`,
    /// `export.expired`, `export.expiry_changed`, `export.deletion_failed`, `export.held`, `export.released`, `export.addresses_forgotten`, `link.created`, `link.revoked`, `link.downloaded`, `link.refused`, `key.created`, `key.revoked`, `access.refused`,
    /// `schedule.created`, `schedule.changed`, `schedule.paused`, `schedule.resumed`, `schedule.deleted`, `schedule.run_began`, `schedule.run_skipped`,
    /// `schedule.run_succeeded`, `schedule.run_failed`, `schedule.run_cancelled`, `recipient.added`, `recipient.removed`, `export.locked`.
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

impl Actor {
    /// An actor without address and request: `cli`, `system`.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The worker process of this name.
    pub fn worker(name: &str) -> Self {
        Self::named(format!("worker:{name}"))
    }
}

impl NewEvent {
    /// An event about an export; whose data that is, the ledger fills in from the export.
    pub fn about(export: ExportId, action: &'static str, actor: Actor, detail: Value) -> Self {
        Self { actor, action, export_id: Some(export), source: None, tenant: None, detail }
    }
}

/// Adds an event outside of a transaction (refusals). Events of a change are written in the change's own transaction.
pub async fn record(ledger: &Ledger, event: NewEvent, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    write(&mut transaction, event, now).await?;
    transaction.commit().await
}

/// Adds an event to the transaction of the change it tells of.
pub(super) async fn write(transaction: &mut Transaction, event: NewEvent, now: DateTime<Utc>) -> Result<()> {
    within!(transaction, connection => sqlx::query(
        "insert into audit_events (id, at, actor, action, export_id, source, tenant, address, request_id, detail)
         values ($1, $2, $3, $4, $5, coalesce($6, (select source from exports where id = $5)),
                 coalesce($7, (select tenant from exports where id = $5)), $8, $9, $10)")
        .bind(Uuid::now_v7())
        .bind(stored(now))
        .bind(&event.actor.name)
        .bind(event.action)
        .bind(event.export_id)
        .bind(&event.source)
        .bind(&event.tenant)
        .bind(&event.actor.address)
        .bind(&event.actor.request_id)
        .bind(Json(&event.detail))
        .execute(connection).await?.rows_affected());
    Ok(())
}

/// The events of an export, oldest first.
pub async fn of_export(ledger: &Ledger, export: ExportId) -> Result<Vec<Event>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select * from audit_events where export_id = $1 order by at, id").bind(export).fetch_all(pool).await?))
}
