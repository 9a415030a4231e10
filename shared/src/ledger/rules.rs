//! The rules of schedules over what their series hold: which archive goes before its time.
//!
//! A series is judged when an archive of it became ready or was released, and when the rules changed; at no other time could the answer be another.

use super::audit::Actor;
use super::exports::end_at;
use super::{Ledger, Result, stored};
use crate::export::ExportId;
use crate::retention::{Archive, Retention};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// The archives of one schedule for one tenant, or for one person in its data.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Series {
    /// The schedule.
    pub schedule_id: Uuid,
    source: String,
    tenant: String,
    subject_kind: String,
    subject_key: String,
}

/// What a series was judged to: how many archives it has, and the ends of how many were moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// Archives in the series.
    pub archives: usize,
    /// Of these, whose time was ended because no rule keeps them.
    pub superseded: usize,
    /// Of these, which shall live shorter because the rules have become stricter.
    pub shortened: usize,
}

/// An archive as the rules see it.
#[derive(sqlx::FromRow)]
struct Candidate {
    id: ExportId,
    created_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    hold_since: Option<DateTime<Utc>>,
}

/// The rules of a schedule; `None` if there is no such schedule.
pub async fn of_schedule(ledger: &Ledger, schedule: Uuid) -> Result<Option<Retention>> {
    let rules: Option<Json<Retention>> = on!(ledger, pool =>
        sqlx::query_scalar("select retention from schedules where id = $1").bind(schedule).fetch_optional(pool).await?);
    Ok(rules.map(|rules| rules.0))
}

/// The rules of every schedule that has ready archives.
pub async fn in_force(ledger: &Ledger) -> Result<Vec<Retention>> {
    let rules: Vec<Json<Retention>> = on!(ledger, pool => sqlx::query_scalar(
        "select retention from schedules
         where exists (select 1 from exports where exports.schedule_id = schedules.id and exports.state = 'ready')")
        .fetch_all(pool).await?);
    Ok(rules.into_iter().map(|rules| rules.0).collect())
}

/// Notes which schedules have other rules than at the last time, and that their archives are to be judged anew; returns how many.
pub async fn note_changes(ledger: &Ledger) -> Result<usize> {
    let changed: Vec<(Uuid, String)> = on!(ledger, pool => sqlx::query_as(
        "select schedules.id, cast(schedules.retention as text) from schedules left join judged_rules on judged_rules.schedule_id = schedules.id
         where judged_rules.rules is null or judged_rules.rules <> cast(schedules.retention as text)")
        .fetch_all(pool).await?);
    for (schedule, rules) in &changed {
        let mut transaction = ledger.begin().await?;
        within!(&mut transaction, connection => sqlx::query(
            "insert into judged_rules (schedule_id, rules) values ($1, $2) on conflict (schedule_id) do update set rules = excluded.rules")
            .bind(schedule).bind(rules).execute(connection).await?.rows_affected());
        within!(&mut transaction, connection => sqlx::query(
            "update exports set judged = false where schedule_id = $1 and state = 'ready' and judged")
            .bind(schedule).execute(connection).await?.rows_affected());
        transaction.commit().await?;
    }
    Ok(changed.len())
}

/// Up to `limit` series that are to be judged.
pub async fn to_judge(ledger: &Ledger, limit: i64) -> Result<Vec<Series>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select distinct schedule_id, source, tenant, subject_kind, subject_key from exports
         where state = 'ready' and schedule_id is not null and not judged
         order by schedule_id, source, tenant, subject_kind, subject_key limit $1")
        .bind(limit).fetch_all(pool).await?))
}

/// Judges a series by its schedule's rules at `now`, in one transaction: what no rule keeps ends now, and what may not grow as old as it was promised ends
/// earlier. Nothing is ever made to live longer, and what is held stays as it is.
pub async fn judge(ledger: &Ledger, series: &Series, now: DateTime<Utc>) -> Result<Judged> {
    let rules = of_schedule(ledger, series.schedule_id).await?.unwrap_or_default();
    let mut transaction = ledger.begin().await?;
    // Written as they are to lock the rows: nobody shall hold one of them meanwhile. What ended before now takes no place of the others.
    let candidates: Vec<Candidate> = within!(&mut transaction, connection => sqlx::query_as(
        "update exports set judged = true
         where schedule_id = $1 and source = $2 and tenant = $3 and subject_kind = $4 and subject_key = $5 and state = 'ready'
         returning id, created_at, finished_at, expires_at, hold_since")
        .bind(series.schedule_id)
        .bind(&series.source)
        .bind(&series.tenant)
        .bind(&series.subject_kind)
        .bind(&series.subject_key)
        .fetch_all(connection).await?);
    let candidates: Vec<Candidate> =
        candidates.into_iter().filter(|one| one.expires_at.is_none_or(|end| end > now)).collect();
    let archives: Vec<Archive> = candidates.iter().map(Candidate::archive).collect();
    let mut judged = Judged { archives: archives.len(), ..Judged::default() };
    for (candidate, verdict) in candidates.iter().zip(rules.judge(&archives, now)) {
        if candidate.hold_since.is_some() {
            continue;
        }
        let oldest = rules.end_of(candidate.finished_at).map(stored);
        let (end, because) = if verdict.goes() {
            judged.superseded += 1;
            (now, verdict.to_string())
        } else if let Some(oldest) = oldest.filter(|oldest| candidate.expires_at.is_none_or(|end| *oldest < end)) {
            judged.shortened += 1;
            (oldest, "the schedule's rules".to_owned())
        } else {
            continue;
        };
        let detail = json!({ "because": because });
        end_at(&mut transaction, candidate.id, end, detail, Actor::named("system"), now).await?;
    }
    transaction.commit().await?;
    Ok(judged)
}

impl Candidate {
    fn archive(&self) -> Archive {
        Archive { id: self.id, asked_at: self.created_at, ready_at: self.finished_at }
    }
}
