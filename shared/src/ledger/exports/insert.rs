//! The row of a new export.

use super::{Export, NewExport, trace, turn};
use crate::ledger::{Result, Transaction, stored};
use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

/// How an export is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// For itself: of identical ones, one is queued or running.
    Once,
    /// By a run of a schedule: one for each tenant, whoever else asks. It begins not before `start`.
    InRun { run: Uuid, start: DateTime<Utc> },
}

impl Asked {
    /// The index that says which export there is already.
    const fn unique(self) -> &'static str {
        match self {
            Self::Once => {
                "(source, scope, tenant, subject_kind, subject_key, formats, csv_profile, layout, coalesce(compression, ''), language)
                 where state in ('queued', 'running') and not cancel_requested and schedule_id is null"
            }
            Self::InRun { .. } => "(schedule_run_id, tenant) where schedule_run_id is not null",
        }
    }
}

/// Enters a new row, with the trace it belongs to; `None` if there is one already.
pub(super) async fn row(
    transaction: &mut Transaction,
    new: &NewExport,
    asked: Asked,
    now: DateTime<Utc>,
) -> Result<Option<Export>> {
    let (run, start) = match asked {
        Asked::Once => (None, None),
        Asked::InRun { run, start } => (Some(run), Some(start)),
    };
    let text = format!(
        "insert into exports (id, source, scope, tenant, subject_kind, subject_key, origin, formats, csv_profile, layout, compression, notify, state,
                              requested_by, schedule_id, schedule_run_id, next_attempt_at, created_at, queued_as, turn, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued', $13, $14, $15, $16, $17, $7, $18, $19)
         on conflict {} do nothing returning *",
        asked.unique()
    );
    let export: Option<Export> = within!(&mut *transaction, connection => sqlx::query_as(AssertSqlSafe(text))
        .bind(new.id)
        .bind(&new.source)
        .bind(new.subject.scope())
        .bind(new.tenant.as_str())
        .bind(new.subject.kind())
        .bind(new.subject.key())
        .bind(new.origin)
        .bind(Json(&new.formats))
        .bind(new.csv_profile)
        .bind(new.layout)
        .bind(new.compression)
        .bind(Json(&new.notify))
        .bind(new.requested_by)
        .bind(new.schedule_id)
        .bind(run)
        .bind(start.map(stored))
        .bind(stored(now))
        .bind(turn::turn(new.origin, start.unwrap_or(now)))
        .bind(new.language)
        .fetch_optional(connection).await?);
    if export.is_some() {
        trace::note(transaction, new.id).await?;
    }
    Ok(export)
}
