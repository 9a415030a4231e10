//! What the ledger says about the whole installation at one moment, for metrics: counts and ages only.

use super::{Ledger, Result, stored};
use crate::export::Origin;
use chrono::{DateTime, TimeDelta, Utc};

/// A worker that polled within this time is alive.
const ALIVE: TimeDelta = TimeDelta::seconds(30);

/// Counts and ages at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Queued exports by source and origin, with 0 for what a worker serves and nobody asked for.
    pub queued: Vec<(String, Origin, i64)>,
    /// Running exports by source, likewise.
    pub running: Vec<(String, i64)>,
    /// Running exports whose lease has ended.
    pub lease_ended: i64,
    /// The age of the oldest queued export that could be claimed.
    pub oldest_due: TimeDelta,
    /// Mails that are owed.
    pub mails: i64,
    /// The age of the oldest of them.
    pub oldest_mail: TimeDelta,
    /// Messages that are owed to webhooks.
    pub webhook_messages: i64,
    /// The age of the oldest of them.
    pub oldest_webhook_message: TimeDelta,
    /// Webhooks that disabled themselves.
    pub webhooks_disabled: i64,
    /// Objects of archives that are past their time and not deleted.
    pub expired_objects: i64,
    /// Workers that polled lately.
    pub workers: i64,
}

/// Asks for all figures. Every question is answered from a partial index or a small table.
pub async fn read(ledger: &Ledger, now: DateTime<Utc>) -> Result<Figures> {
    let now = stored(now);
    let sources: Vec<String> =
        on!(ledger, pool => sqlx::query_scalar("select name from sources order by name").fetch_all(pool).await?);
    // The state's condition is the partial index's own, word for word, which SQLite needs to use it.
    let queued: Vec<(String, Origin, i64)> = on!(ledger, pool => sqlx::query_as(
        "select source, origin, count(*) from exports where state in ('queued', 'running') and state = 'queued' group by source, origin")
        .fetch_all(pool).await?);
    let running: Vec<(String, i64)> = on!(ledger, pool => sqlx::query_as(
        "select source, count(*) from exports where state in ('queued', 'running') and state = 'running' group by source")
        .fetch_all(pool).await?);
    let lease_ended = on!(ledger, pool => sqlx::query_scalar(
        "select count(*) from exports where state in ('queued', 'running') and state = 'running' and lease_until < $1")
        .bind(now).fetch_one(pool).await?);
    // An export that waited for its next attempt is due since then, not since it was asked for.
    let oldest_due: Option<DateTime<Utc>> = on!(ledger, pool => sqlx::query_scalar(
        "select coalesce(next_attempt_at, created_at) from exports where state in ('queued', 'running') and state = 'queued'
           and coalesce(next_attempt_at, created_at) <= $1 order by 1 limit 1")
        .bind(now).fetch_optional(pool).await?);
    let mails = on!(ledger, pool => sqlx::query_scalar("select count(*) from notifications where delivery = 'pending'")
        .fetch_one(pool).await?);
    let oldest_mail: Option<DateTime<Utc>> = on!(ledger, pool => sqlx::query_scalar(
        "select created_at from notifications where delivery = 'pending' order by created_at limit 1")
        .fetch_optional(pool).await?);
    let webhook_messages = on!(ledger, pool => sqlx::query_scalar("select count(*) from webhook_deliveries where state = 'pending'")
        .fetch_one(pool).await?);
    let oldest_webhook_message: Option<DateTime<Utc>> = on!(ledger, pool => sqlx::query_scalar(
        "select created_at from webhook_deliveries where state = 'pending' order by created_at limit 1")
        .fetch_optional(pool).await?);
    let webhooks_disabled = on!(ledger, pool => sqlx::query_scalar(
        "select count(*) from webhooks where deleted_at is null and disabled_because in ('gone', 'failing')")
        .fetch_one(pool).await?);
    let expired_objects = on!(ledger, pool => sqlx::query_scalar(
        "select count(*) from files join exports on exports.id = files.export_id
         where exports.state = 'ready' and exports.hold_since is null and exports.expires_at <= $1 and files.deleted_at is null")
        .bind(now).fetch_one(pool).await?);
    let workers = on!(ledger, pool => sqlx::query_scalar("select count(*) from workers where polled_at > $1")
        .bind(stored(now - ALIVE)).fetch_one(pool).await?);
    let age = |since: Option<DateTime<Utc>>| since.map_or_else(TimeDelta::zero, |since| now - since);
    Ok(Figures {
        queued: every(&sources, queued),
        running: every_source(&sources, running),
        lease_ended,
        oldest_due: age(oldest_due),
        mails,
        oldest_mail: age(oldest_mail),
        webhook_messages,
        oldest_webhook_message: age(oldest_webhook_message),
        webhooks_disabled,
        expired_objects,
        workers,
    })
}

fn every(sources: &[String], mut counted: Vec<(String, Origin, i64)>) -> Vec<(String, Origin, i64)> {
    for source in sources {
        for origin in Origin::ALL {
            if !counted.iter().any(|(name, of, _)| name == source && of == origin) {
                counted.push((source.clone(), *origin, 0));
            }
        }
    }
    counted
}

fn every_source(sources: &[String], mut counted: Vec<(String, i64)>) -> Vec<(String, i64)> {
    for source in sources {
        if !counted.iter().any(|(name, _)| name == source) {
            counted.push((source.clone(), 0));
        }
    }
    counted
}
