//! The table `audit_events`: who did what to whose data, from where, and how it ended. Rows are only ever added, and each holds the hash of the one before.

mod canonical;
pub(in crate::ledger) mod chain;
mod checkpoints;
mod entry;
mod listing;
mod operator;
mod pruning;
mod table;
mod verification;
mod walk;

pub use chain::{Head, NotAHead, head};
pub use checkpoints::{Checkpoint, CheckpointKind, checkpoints, keep};
pub use entry::{Entry, ORIGIN};
pub use listing::{Filter, page, stream};
pub use pruning::{Prunable, prunable, prune};
pub use table::csv_head;
pub use verification::{Question, Report, Trust, verify};
pub use walk::{Fault, Finding};

use super::{Ledger, Result, Transaction, storable, stored};
use crate::export::{ExportId, words};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

words! {
    /// How something ended that was done or tried.
    Outcome {
        /// It was done.
        Done = "done",
        /// It was not allowed.
        Refused = "refused",
        /// It was allowed, and did not succeed.
        Failed = "failed",
    }
}

/// Who acts, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// `key:<prefix>`, `portal:<the product's id of a person>` (`portal:sha256:<hash>` where that is not plain), `operator:<id>`, `link:<id>`, `worker:<id>`, `schedule:<id>`, `cli:<account>` or `system`.
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
    /// `export.expired`, `export.expiry_changed`, `export.deletion_failed`, `export.held`, `export.released`, `export.addresses_forgotten`, `link.created`, `link.revoked`, `link.downloaded`, `link.served`, `link.refused`,
    /// `link.code_requested`, `link.code_sent`, `link.code_accepted`, `link.code_refused`, `key.created`, `key.revoked`, `access.refused`,
    /// `schedule.created`, `schedule.changed`, `schedule.paused`, `schedule.resumed`, `schedule.deleted`, `schedule.run_began`, `schedule.run_skipped`,
    /// `schedule.run_succeeded`, `schedule.run_failed`, `schedule.run_cancelled`, `schedule.run_forgotten`,
    /// `data_key.shredded`, `data_key.rewrapped`, `data_key.exported`,
    /// `recipient.added`, `recipient.removed`, `export.locked`,
    /// `operator.created`, `operator.changed`, `operator.disabled`, `operator.enabled`, `operator.password_changed`, `operator.password_reset`, `operator.second_factor_set_up`, `operator.second_factor_removed`,
    /// `operator.backup_codes_made`, `operator.signed_in`, `operator.sign_in_refused`, `operator.signed_out`,
    /// `webhook.created`, `webhook.changed`, `webhook.deleted`, `webhook.rotated`, `webhook.secret_rewrapped`, `webhook.tested`, `webhook.replayed`, `webhook.disabled`,
    /// `export.reminded`, `mail.refused`, `mail.wanted_again`, `source.check_requested`, `key.used`, `configuration.changed`, `audit.exported`, `audit.pruned`.
    pub action: String,
    /// How it ended: an [`Outcome`], which follows from the action.
    pub outcome: String,
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

/// Adds an event to the transaction of the change it tells of; it gets its place in the chain when that commits.
pub(super) async fn write(transaction: &mut Transaction, event: NewEvent, now: DateTime<Utc>) -> Result<()> {
    let NewEvent { actor, action, export_id, mut source, mut tenant, detail } = event;
    if let Some(export) = export_id
        && (source.is_none() || tenant.is_none())
    {
        let owner: Option<(String, String)> = within!(transaction, connection =>
            sqlx::query_as("select source, tenant from exports where id = $1").bind(export).fetch_optional(connection).await?);
        let (its_source, its_tenant) = owner.unzip();
        (source, tenant) = (source.or(its_source), tenant.or(its_tenant));
    }
    let text = |text: Option<String>| text.map(|text| storable(&text).into_owned());
    transaction.events.push(Event {
        id: Uuid::now_v7(),
        at: stored(now),
        actor: storable(&actor.name).into_owned(),
        action: action.to_owned(),
        outcome: outcome_of(action).to_string(),
        export_id,
        source: text(source),
        tenant: text(tenant),
        address: text(actor.address),
        request_id: text(actor.request_id),
        detail: Json(storable_value(detail)),
    });
    Ok(())
}

/// How an action ended, which its name says.
fn outcome_of(action: &str) -> Outcome {
    let verb = action.split_once('.').map_or(action, |(_, verb)| verb);
    match verb {
        "refused" => Outcome::Refused,
        "failed" | "deletion_failed" | "run_failed" | "worker_lost" | "postponed" => Outcome::Failed,
        _ if verb.ends_with("_refused") => Outcome::Refused,
        _ if verb.ends_with("_failed") => Outcome::Failed,
        _ => Outcome::Done,
    }
}

/// The value as both engines store it.
fn storable_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(storable(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(storable_value).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (storable(&key).into_owned(), storable_value(value))).collect()
        }
        value => value,
    }
}

/// The events of an export, oldest first.
pub async fn of_export(ledger: &Ledger, export: ExportId) -> Result<Vec<Event>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select * from audit_events where export_id = $1 order by at, id").bind(export).fetch_all(pool).await?))
}
