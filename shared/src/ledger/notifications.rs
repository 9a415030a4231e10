//! The table `notifications`: one row for each mail that is owed, exactly one per export, kind and recipient.

use super::{Ledger, Result};
use crate::export::{ExportId, words};
use chrono::{DateTime, Utc};
use std::time::Duration;
use uuid::Uuid;

words! {
    /// What a mail says.
    Kind {
        /// The archive can be downloaded.
        Ready = "ready",
        /// The export failed.
        Failed = "failed",
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
    /// The export it is about.
    pub export_id: ExportId,
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

/// Exports that have a pending notification due at `now`; at most `limit`.
pub async fn due(_ledger: &Ledger, _limit: i64, _now: DateTime<Utc>) -> Result<Vec<ExportId>> {
    todo!()
}
/// Takes every due notification of an export for sending, as attempt + 1, until the lease ends.
pub async fn claim(
    _ledger: &Ledger,
    _export: ExportId,
    _lease: Duration,
    _now: DateTime<Utc>,
) -> Result<Vec<Notification>> {
    todo!()
}
/// The relay took it; fenced by attempt.
pub async fn sent(_ledger: &Ledger, _id: Uuid, _attempt: i64, _now: DateTime<Utc>) -> Result<()> {
    todo!()
}
/// It failed and is tried again at `next`, or never (`None`); fenced by attempt.
pub async fn failed(
    _ledger: &Ledger,
    _id: Uuid,
    _attempt: i64,
    _error: &str,
    _next: Option<DateTime<Utc>>,
) -> Result<()> {
    todo!()
}
/// All notifications of an export.
pub async fn of_export(_ledger: &Ledger, _export: ExportId) -> Result<Vec<Notification>> {
    todo!()
}
