//! What the ledger says to whoever answers for the installation, or for a part of it: what runs, waits, failed, is due, and lies in the vault.

use super::exports::Export;
use super::{Ledger, Result, stored};
use crate::export::Origin;
use chrono::{DateTime, Utc};

/// The part of the installation that is looked at; what is `None` does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Only this source.
    pub source: Option<String>,
    /// Only this tenant.
    pub tenant: Option<String>,
}

/// Exports of one source and origin that wait.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// The source.
    pub source: String,
    /// Who caused them.
    pub origin: Origin,
    /// How many.
    pub exports: i64,
    /// When the oldest was asked for.
    pub oldest: DateTime<Utc>,
}

/// The archives of one source that lie in the vault.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// The source.
    pub source: String,
    /// How many.
    pub archives: i64,
    /// Their bytes, as they lie there.
    pub bytes: i64,
    /// How many of them go until the time that was asked for.
    pub going: i64,
    /// The bytes of those.
    pub going_bytes: i64,
    /// How many are held.
    pub held: i64,
}

/// Mails about exports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mails {
    /// How many are owed.
    pub owed: i64,
    /// Since when the oldest of them is.
    pub oldest: Option<DateTime<Utc>>,
    /// How many were given up since the time that was asked for.
    pub dead: i64,
    /// What the relay said last about one that is owed or given up, without addresses.
    pub last_error: Option<String>,
}

/// What a person asked for and has not got: it waits, runs, or failed and nothing later replaced it. Each half has an index of its own.
const UNANSWERED: &str = "id in (
    select opened.id from exports opened where opened.state in ('queued', 'running') and opened.origin in ('portal', 'operator')
    union all
    select failed.id from exports failed where failed.state = 'failed' and failed.origin in ('portal', 'operator') and not exists (
        select 1 from exports later
         where later.source = failed.source and later.tenant = failed.tenant and later.subject_kind = failed.subject_kind
           and later.subject_key = failed.subject_key and later.created_at > failed.created_at
           and later.state in ('queued', 'running', 'ready', 'expired')))";

/// Failed, and nobody has got the same since.
const FAILED: &str = "state = 'failed' and not exists (
    select 1 from exports later
     where later.source = exports.source and later.tenant = exports.tenant and later.subject_kind = exports.subject_kind
       and later.subject_key = exports.subject_key and later.created_at > exports.created_at and later.state in ('ready', 'expired'))";

const OF_PART: &str = "($1 is null or source = $1) and ($2 is null or tenant = $2)";

/// What waits, by source and origin.
pub async fn waiting(ledger: &Ledger, part: &Part) -> Result<Vec<Waiting>> {
    let text = format!(
        "select source, origin, count(*) as exports, min(created_at) as oldest from exports
          where state in ('queued', 'running') and state = 'queued' and {OF_PART} group by source, origin order by source, origin"
    );
    Ok(
        on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(&part.source).bind(&part.tenant).fetch_all(pool).await?),
    )
}

/// What runs: how many there are, and at most `limit` of them, the longest running first.
pub async fn running(ledger: &Ledger, part: &Part, limit: i64) -> Result<(i64, Vec<Export>)> {
    let condition = format!("state in ('queued', 'running') and state = 'running' and {OF_PART}");
    some(ledger, part, &condition, "started_at, id", limit).await
}

/// Failures that nobody has made good: how many there are, and at most `limit` of them, the newest first.
pub async fn failures(ledger: &Ledger, part: &Part, limit: i64) -> Result<(i64, Vec<Export>)> {
    some(ledger, part, &format!("{FAILED} and {OF_PART}"), "created_at desc, id desc", limit).await
}

/// What people asked for and have not got: how many there are, and at most `limit` of them, the oldest first.
pub async fn unanswered(ledger: &Ledger, part: &Part, limit: i64) -> Result<(i64, Vec<Export>)> {
    some(ledger, part, &format!("{UNANSWERED} and {OF_PART}"), "created_at, id", limit).await
}

/// How many of those were asked for before this time.
pub async fn unanswered_before(ledger: &Ledger, part: &Part, before: DateTime<Utc>) -> Result<i64> {
    let text = format!("select count(*) from exports where {UNANSWERED} and {OF_PART} and created_at <= $3");
    Ok(on!(ledger, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(text))
        .bind(&part.source).bind(&part.tenant).bind(stored(before)).fetch_one(pool).await?))
}

async fn some(ledger: &Ledger, part: &Part, condition: &str, order: &str, limit: i64) -> Result<(i64, Vec<Export>)> {
    let count = format!("select count(*) from exports where {condition}");
    let rows = format!("select * from exports where {condition} order by {order} limit $3");
    let count = on!(ledger, pool => sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .bind(&part.source).bind(&part.tenant).fetch_one(pool).await?);
    let rows = on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(rows))
        .bind(&part.source).bind(&part.tenant).bind(limit.max(0)).fetch_all(pool).await?);
    Ok((count, rows))
}

/// What lies in the vault, by source, and what of it goes until `until`.
pub async fn stored_archives(ledger: &Ledger, part: &Part, until: DateTime<Utc>) -> Result<Vec<Stored>> {
    let text = format!(
        "select source, count(*) as archives, cast(coalesce(sum(archive_bytes), 0) as bigint) as bytes,
                count(case when hold_since is null and expires_at <= $3 then 1 end) as going,
                cast(coalesce(sum(case when hold_since is null and expires_at <= $3 then archive_bytes end), 0) as bigint) as going_bytes,
                count(hold_since) as held
           from exports where state = 'ready' and {OF_PART} group by source order by source"
    );
    Ok(on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(&part.source).bind(&part.tenant).bind(stored(until)).fetch_all(pool).await?))
}

/// How mailing goes, with what was given up since `since`.
pub async fn mails(ledger: &Ledger, since: DateTime<Utc>) -> Result<Mails> {
    let (owed, oldest): (i64, Option<DateTime<Utc>>) = on!(ledger, pool =>
        sqlx::query_as("select count(*), min(created_at) from notifications where delivery = 'pending'").fetch_one(pool).await?);
    let dead = on!(ledger, pool =>
        sqlx::query_scalar("select count(*) from notifications where delivery = 'dead' and created_at >= $1")
            .bind(stored(since)).fetch_one(pool).await?);
    let pending: Option<String> = on!(ledger, pool => sqlx::query_scalar(
        "select last_error from notifications where delivery = 'pending' and last_error is not null order by created_at desc limit 1")
        .fetch_optional(pool).await?);
    let given_up: Option<Option<String>> = on!(ledger, pool => sqlx::query_scalar(
        "select last_error from notifications where delivery = 'dead' and created_at >= $1 order by created_at desc limit 1")
        .bind(stored(since)).fetch_optional(pool).await?);
    Ok(Mails { owed, oldest, dead, last_error: pending.or(given_up.flatten()) })
}
