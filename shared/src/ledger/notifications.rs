//! The table `notifications`: one row for each mail that is owed, exactly one per export (or run of a schedule), kind and recipient.

use super::{Ledger, LedgerError, Result, Transaction, storable, stored};
use super::{exports::Export, mail_refusals, schedules::Run};
use crate::{
    export::{ExportId, words},
    reader::Reader,
};
use chrono::{DateTime, Utc};
use std::time::Duration;
use uuid::Uuid;

words! {
    /// What a mail says.
    Kind {
        /// The archive can be downloaded.
        Ready = "ready",
        /// The archive goes soon, and nobody has downloaded it.
        Expiring = "expiring",
        /// The export failed.
        Failed = "failed",
        /// A run of a schedule failed.
        RunFailed = "run_failed",
        /// A run of a schedule failed, and the schedule is paused.
        SchedulePaused = "schedule_paused",
        /// A one-time code for a link; owed in the table `link_codes`, not here.
        Code = "code",
    }
}

words! {
    /// Where a mail stands.
    Delivery {
        /// Waits, or is being sent.
        Pending = "pending",
        /// The relay took it.
        Sent = "sent",
        /// Given up after the last attempt.
        Dead = "dead",
    }
}

/// A mail that is owed or was sent.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Notification {
    /// Its number.
    pub id: Uuid,
    /// The export it is about; none where it is about a run of a schedule.
    pub export_id: Option<ExportId>,
    /// The run of a schedule it is about.
    pub schedule_run_id: Option<Uuid>,
    /// What it says.
    pub kind: Kind,
    /// The address.
    pub recipient: String,
    /// Where it stands.
    pub delivery: Delivery,
    /// How often sending was begun; the fence of later writes.
    pub attempt: i64,
    /// Not before this time is it tried again; while it is being sent, the end of the sender's lease.
    pub next_attempt_at: DateTime<Utc>,
    /// What the relay said last, without addresses.
    pub last_error: Option<String>,
    /// When it was owed.
    pub created_at: DateTime<Utc>,
    /// When the relay took it.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Owes a mail of this kind to every address of the export; returns how many. An address that is owed it already is left out, and so is one that refused
/// reminders, where it is one.
pub(super) async fn owe(transaction: &mut Transaction, export: &Export, kind: Kind, now: DateTime<Utc>) -> Result<u64> {
    let mut owed = 0;
    for recipient in export.notify.iter() {
        let reader = Reader::of_reminders(&export.source, recipient);
        if kind == Kind::Expiring && mail_refusals::is_refused_within(transaction, reader).await? {
            continue;
        }
        owed += within!(transaction, connection => sqlx::query(
            "insert into notifications (id, export_id, kind, recipient, delivery, next_attempt_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $6) on conflict (export_id, kind, recipient) do nothing")
            .bind(Uuid::now_v7())
            .bind(export.id)
            .bind(kind)
            .bind(recipient)
            .bind(Delivery::Pending)
            .bind(stored(now))
            .execute(connection).await?.rows_affected());
    }
    Ok(owed)
}

/// Forgets that an export was to be told as failed, because it is tried again. Whoever is sending such a mail is fenced.
pub(super) async fn forget_failure(transaction: &mut Transaction, export: ExportId) -> Result<()> {
    within!(transaction, connection => sqlx::query("delete from notifications where export_id = $1 and kind = 'failed'")
        .bind(export).execute(connection).await?.rows_affected());
    Ok(())
}

/// Owes a mail of this kind about a run of a schedule to every address that did not refuse mails about that schedule.
pub(super) async fn owe_run(
    transaction: &mut Transaction,
    run: &Run,
    recipients: &[String],
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<()> {
    for recipient in recipients {
        if mail_refusals::is_refused_within(transaction, Reader::of_schedule(run.schedule_id, recipient)).await? {
            continue;
        }
        within!(transaction, connection => sqlx::query(
            "insert into notifications (id, schedule_run_id, kind, recipient, delivery, next_attempt_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $6) on conflict (schedule_run_id, kind, recipient) do nothing")
            .bind(Uuid::now_v7())
            .bind(run.id)
            .bind(kind)
            .bind(recipient)
            .bind(Delivery::Pending)
            .bind(stored(now))
            .execute(connection).await?.rows_affected());
    }
    Ok(())
}

/// Exports and runs of schedules that have a pending notification due at `now`, the longest waiting first; at most `limit`.
pub async fn due(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<ExportId>> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select coalesce(export_id, schedule_run_id) from notifications where delivery = 'pending' and next_attempt_at <= $1
         group by 1 order by min(created_at), 1 limit $2")
        .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Takes every due notification of an export, or of a run of a schedule, for sending, as attempt + 1, until the lease ends.
pub async fn claim(ledger: &Ledger, about: ExportId, lease: Duration, now: DateTime<Utc>) -> Result<Vec<Notification>> {
    let mut claimed: Vec<Notification> = on!(ledger, pool => sqlx::query_as(
        "update notifications set attempt = attempt + 1, next_attempt_at = $3
         where (export_id = $1 or schedule_run_id = $1) and delivery = 'pending' and next_attempt_at <= $2 returning *")
        .bind(about).bind(stored(now)).bind(stored(now + lease)).fetch_all(pool).await?);
    claimed.sort_by_key(|notification| (notification.created_at, notification.id));
    Ok(claimed)
}

/// Begins the lease of a claimed notification anew; fenced by attempt.
pub async fn renew(ledger: &Ledger, claimed: &Notification, lease: Duration, now: DateTime<Utc>) -> Result<()> {
    let changed = on!(ledger, pool => sqlx::query(
        "update notifications set next_attempt_at = $3 where id = $1 and attempt = $2 and delivery = 'pending'")
        .bind(claimed.id).bind(claimed.attempt).bind(stored(now + lease)).execute(pool).await?.rows_affected());
    fence(changed, claimed.attempt)
}

/// The relay took it; fenced by attempt.
pub async fn sent(ledger: &Ledger, id: Uuid, attempt: i64, now: DateTime<Utc>) -> Result<()> {
    let changed = on!(ledger, pool => sqlx::query(
        "update notifications set delivery = 'sent', sent_at = $3, last_error = null
         where id = $1 and attempt = $2 and delivery = 'pending'")
        .bind(id).bind(attempt).bind(stored(now)).execute(pool).await?.rows_affected());
    fence(changed, attempt)
}

/// It failed and is tried again at `next`, or never (`None`); fenced by attempt.
pub async fn failed(ledger: &Ledger, id: Uuid, attempt: i64, error: &str, next: Option<DateTime<Utc>>) -> Result<()> {
    let delivery = if next.is_some() { Delivery::Pending } else { Delivery::Dead };
    let changed = on!(ledger, pool => sqlx::query(
        "update notifications set delivery = $3, last_error = $4, next_attempt_at = coalesce($5, next_attempt_at)
         where id = $1 and attempt = $2 and delivery = 'pending'")
        .bind(id)
        .bind(attempt)
        .bind(delivery)
        .bind(storable(error))
        .bind(next.map(stored))
        .execute(pool).await?.rows_affected());
    fence(changed, attempt)
}

/// All notifications of an export, or of a run of a schedule, oldest first.
pub async fn of_export(ledger: &Ledger, about: ExportId) -> Result<Vec<Notification>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select * from notifications where export_id = $1 or schedule_run_id = $1 order by created_at, id")
        .bind(about).fetch_all(pool).await?),
    )
}

fn fence(changed: u64, attempt: i64) -> Result<()> {
    if changed == 0 { Err(LedgerError::Fenced { attempt }) } else { Ok(()) }
}
