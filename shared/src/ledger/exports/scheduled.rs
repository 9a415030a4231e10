//! What schedules ask for.

use super::{NewExport, turn};
use crate::ledger::{Result, Transaction, stored};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// Enters an export of a run, not to begin before `start`; `false` if the run has one for this tenant.
///
/// It is joined to nobody else's request: what a schedule asks for is kept by the schedule's rules.
pub(in crate::ledger) async fn enter_scheduled(
    transaction: &mut Transaction,
    new: &NewExport,
    run: Uuid,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let entered = within!(transaction, connection => sqlx::query(
        "insert into exports (id, source, scope, tenant, subject_kind, subject_key, origin, formats, csv_profile, layout, compression, notify, state,
                              requested_by, schedule_id, schedule_run_id, next_attempt_at, created_at, queued_as, turn)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued', $13, $14, $15, $16, $17, $7, $18)
         on conflict (schedule_run_id, tenant) where schedule_run_id is not null do nothing")
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
        .bind(stored(start))
        .bind(stored(now))
        .bind(turn::turn(new.origin, start))
        .execute(connection).await?.rows_affected());
    if entered > 0 {
        super::trace::note(transaction, new.id).await?;
    }
    Ok(entered > 0)
}
