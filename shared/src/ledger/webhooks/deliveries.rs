//! The table `webhook_deliveries`: each message for each webhook it is for. Whoever sends holds it for a while as attempt + 1, the fence of what is then noted.

use super::messages::Message;
use super::{Webhook, disable, lock};
use crate::ledger::{Ledger, LedgerError, Result, Transaction, storable, stored};
use crate::webhook::{Delivery, Disabled};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use uuid::Uuid;

/// A webhook that has taken nothing for that long is disabled as soon as a message for it is given up.
pub const FAILING: TimeDelta = TimeDelta::days(5);

/// A message that is being sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The webhook it is for.
    pub webhook_id: Uuid,
    /// What is sent.
    pub message: Message,
    /// How often it was claimed; the fence of what is noted.
    pub attempt: i64,
    /// How often it was sent since it was entered, or last replayed; with this one.
    pub tries: i64,
}

/// Why a try failed, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong, in a few words.
    pub error: String,
    /// How the answer began.
    pub answer: Option<String>,
    /// When it is tried again; `None` if it is given up.
    pub next: Option<DateTime<Utc>>,
    /// Whose fault it is.
    pub fault: Fault,
}

/// Whose fault it is that a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The receiver's.
    Receiver,
    /// The receiver's, who says that it wants nothing any more.
    Gone,
    /// Ours: the webhook does not count as failing.
    Ours,
}

#[derive(sqlx::FromRow)]
struct Row {
    message_id: Uuid,
    attempt: i64,
    tries: i64,
}

/// Webhooks with messages that are due at `now`, the longest waiting first; at most `limit`.
pub async fn due(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select webhook_id from webhook_deliveries where state = 'pending' and next_attempt_at <= $1
         group by webhook_id order by min(next_attempt_at), webhook_id limit $2")
        .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Takes up to `limit` due messages of a webhook for sending, for so long; none if there is no such webhook. What one that is disabled still had to get is missed.
pub async fn claim(
    ledger: &Ledger,
    webhook: Uuid,
    limit: i64,
    hold: Duration,
    now: DateTime<Utc>,
) -> Result<Option<(Webhook, Vec<Claimed>)>> {
    let mut transaction = ledger.begin().await?;
    let Some(webhook) = lock(&mut transaction, webhook).await? else {
        // What was entered while somebody removed the webhook.
        within!(&mut transaction, connection => sqlx::query(
            "delete from webhook_deliveries where webhook_id = $1 and exists (select 1 from webhooks where id = $1 and deleted_at is not null)")
            .bind(webhook).execute(connection).await?.rows_affected());
        transaction.commit().await?;
        return Ok(None);
    };
    if !webhook.is_enabled() {
        miss(&mut transaction, webhook.id).await?;
        transaction.commit().await?;
        return Ok(None);
    }
    let rows: Vec<Row> = within!(&mut transaction, connection => sqlx::query_as(
        "update webhook_deliveries set attempt = attempt + 1, tries = tries + 1, next_attempt_at = $4, last_attempt_at = $2
         where webhook_id = $1 and message_id in (
             select message_id from webhook_deliveries where webhook_id = $1 and state = 'pending' and next_attempt_at <= $2
             order by next_attempt_at, message_id limit $3)
         returning message_id, attempt, tries")
        .bind(webhook.id)
        .bind(stored(now))
        .bind(limit)
        .bind(stored(now + hold))
        .fetch_all(connection).await?);
    let mut claimed = Vec::with_capacity(rows.len());
    for Row { message_id, attempt, tries } in rows {
        let message: Message = within!(&mut transaction, connection => sqlx::query_as(
            "select id, kind, export_id, payload, created_at from webhook_messages where id = $1")
            .bind(message_id).fetch_one(connection).await?);
        claimed.push(Claimed { webhook_id: webhook.id, message, attempt, tries });
    }
    transaction.commit().await?;
    claimed.sort_by_key(|one| one.message.id);
    Ok(Some((webhook, claimed)))
}

/// Its receiver took it; fenced by attempt. The webhook is not failing any more. It was taken, too, if the webhook was disabled while it was sent.
pub async fn delivered(ledger: &Ledger, claimed: &Claimed, status: u16, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    within!(&mut transaction, connection => sqlx::query(
        "update webhooks set failing_since = null where id = $1 and failing_since is not null")
        .bind(claimed.webhook_id).execute(connection).await?.rows_affected());
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update webhook_deliveries set state = 'delivered', next_attempt_at = null, delivered_at = $4, status = $5, error = null, answer = null
         where webhook_id = $1 and message_id = $2 and attempt = $3 and state in ('pending', 'missed')")
        .bind(claimed.webhook_id)
        .bind(claimed.message.id)
        .bind(claimed.attempt)
        .bind(stored(now))
        .bind(i64::from(status))
        .execute(connection).await?.rows_affected());
    fence(changed, claimed.attempt)?;
    transaction.commit().await
}

/// It was not taken; fenced by attempt. A webhook that is gone is disabled, and so is one that has taken nothing for [`FAILING`] when this message is given up, with its
/// audit event; then this is `true`. A single try says nothing: only a success tells that a webhook is not failing any more, and the last try may be months ago.
pub async fn failed(ledger: &Ledger, claimed: &Claimed, failure: &Failure, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let webhook = lock(&mut transaction, claimed.webhook_id).await?;
    let state = if failure.next.is_some() { Delivery::Pending } else { Delivery::Failed };
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update webhook_deliveries set state = $4, next_attempt_at = $5, status = $6, error = $7, answer = $8
         where webhook_id = $1 and message_id = $2 and attempt = $3 and state = 'pending'")
        .bind(claimed.webhook_id)
        .bind(claimed.message.id)
        .bind(claimed.attempt)
        .bind(state)
        .bind(failure.next.map(stored))
        .bind(failure.status.map(i64::from))
        .bind(storable(&failure.error))
        .bind(failure.answer.as_deref().map(storable))
        .execute(connection).await?.rows_affected());
    fence(changed, claimed.attempt)?;
    let because = match (webhook, failure.fault) {
        (Some(webhook), Fault::Receiver | Fault::Gone) if webhook.is_enabled() => {
            let since = fails(&mut transaction, &webhook, now).await?;
            let is_over = failure.next.is_none() && since <= stored(now) - FAILING;
            let because =
                if failure.fault == Fault::Gone { Some(Disabled::Gone) } else { is_over.then_some(Disabled::Failing) };
            because.map(|because| (Webhook { failing_since: Some(since), ..webhook }, because))
        }
        _ => None,
    };
    if let Some((webhook, because)) = &because {
        disable(&mut transaction, webhook, *because, now).await?;
    }
    transaction.commit().await?;
    Ok(because.is_some())
}

/// Notes since when a webhook takes nothing.
async fn fails(transaction: &mut Transaction, webhook: &Webhook, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    if let Some(since) = webhook.failing_since {
        return Ok(since);
    }
    within!(transaction, connection => sqlx::query("update webhooks set failing_since = $2 where id = $1")
        .bind(webhook.id).bind(stored(now)).execute(connection).await?.rows_affected());
    Ok(stored(now))
}

/// What waits for a webhook that is disabled is not sent.
pub(super) async fn miss(transaction: &mut Transaction, webhook: Uuid) -> Result<()> {
    within!(transaction, connection => sqlx::query(
        "update webhook_deliveries set state = 'missed', next_attempt_at = null where webhook_id = $1 and state = 'pending'")
        .bind(webhook).execute(connection).await?.rows_affected());
    Ok(())
}

fn fence(changed: u64, attempt: i64) -> Result<()> {
    if changed == 0 { Err(LedgerError::Fenced { attempt }) } else { Ok(()) }
}
