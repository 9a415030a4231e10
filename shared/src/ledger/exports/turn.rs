//! Whose turn it is: how many exports run at the same time, and which of those that wait comes next.
//!
//! **Limits.** A tenant of a source has at most one running export, and a source at most as many as its workers announced. A
//! running export holds its place until it ends or another worker takes it over, also after its lease has ended: a worker
//! that is only slow may still be reading.
//!
//! **Order.** The exports of one tenant that wait under one origin are a line. The first of a line has waited since it was asked
//! for, or since the line's previous export began; its turn is that moment plus the [`handicap`] of its origin. Of the exports
//! that may run, the one with the earliest turn goes first.
//!
//! **Bound.** Once an export is the first of its line and its handicap has passed, nobody who asks later goes before it, and of
//! every other line at most one more export does. So a tenant with a thousand waiting exports keeps another one waiting for
//! one of them, and a person who clicks goes before every schedule of the last day, but a schedule never waits for ever.

use crate::export::{ExportId, Origin};
use crate::ledger::{Ledger, Result, Transaction, stored};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// Any number, as long as nothing else in the ledger's database takes the same advisory lock.
const LOCK: i64 = 0x4861_6e64_7475_726e;

/// By how much an export of this origin gives way: a person's click not at all, the operator's by an hour, a schedule's by a day.
pub const fn handicap(origin: Origin) -> TimeDelta {
    match origin {
        Origin::Portal => TimeDelta::zero(),
        Origin::Operator | Origin::Cli => TimeDelta::hours(1),
        Origin::Schedule => TimeDelta::days(1),
    }
}

/// The turn of an export that waits since `since`, in microseconds since 1970.
pub(super) fn turn(origin: Origin, since: DateTime<Utc>) -> i64 {
    (since + handicap(origin)).timestamp_micros()
}

/// An export that may begin now.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(super) struct Startable {
    pub(super) id: ExportId,
    pub(super) source: String,
    /// When a worker last announced the source; `None` if none ever did.
    pub(super) seen_at: Option<DateTime<Utc>>,
}

impl Startable {
    /// Whether a worker that serves these sources leaves it to another one.
    pub(super) fn is_left_by(&self, serves: &[&str], announced_since: DateTime<Utc>) -> bool {
        !serves.contains(&self.source.as_str()) && self.seen_at.is_some_and(|seen_at| seen_at > announced_since)
    }
}

/// The exports that could begin now all at once, in the order in which they would: first those to take over from a worker whose lease
/// has ended, which hold their places already, then the first of each line while places are free.
const STARTABLE: &str = "
    with waiting as (
        select e.id, e.source, e.tenant, e.turn, case when line.turn > e.turn then line.turn else e.turn end as place
          from exports e left join turns line on line.source = e.source and line.tenant = e.tenant and line.queued_as = e.queued_as
         where e.state = 'queued' and not e.cancel_requested and (e.next_attempt_at is null or e.next_attempt_at <= $1)
           and not exists (select 1 from exports held where held.state = 'running' and held.source = e.source and held.tenant = e.tenant)
    ), of_tenants as (
        select waiting.*, row_number() over (partition by source, tenant order by place, turn, id) as number from waiting
    ), first as (
        select id, source, turn, place, row_number() over (partition by source order by place, turn, id) as number
          from of_tenants where number = 1
    ), startable as (
        select id, source, 0 as waits, turn as place, turn from exports
         where state = 'running' and lease_until < $1 and not cancel_requested
        union all
        select first.id, first.source, 1, first.place, first.turn
          from first left join sources on sources.name = first.source
         where first.number <= coalesce(sources.exports, $3)
                             - (select count(*) from exports held where held.state = 'running' and held.source = first.source)
    )
    select startable.id, startable.source, sources.seen_at
      from startable left join sources on sources.name = startable.source
     order by startable.waits, startable.place, startable.turn, startable.id limit $2";

/// An export that a doorbell should be rung for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The export.
    pub id: ExportId,
    /// The source whose workers may take it, and when one of them last announced it; `None`: any worker may.
    pub source: Option<(String, DateTime<Utc>)>,
}

/// Up to `limit` exports that a doorbell should be rung for: those to be cancelled that no worker holds, then those that could begin now, in the order in
/// which they would.
pub async fn due(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Due>> {
    let unheld: Vec<ExportId> =
        on!(ledger, pool => sqlx::query_scalar(UNHELD).bind(stored(now)).bind(limit).fetch_all(pool).await?);
    let left = limit.saturating_sub(i64::try_from(unheld.len()).unwrap_or(i64::MAX));
    let startable: Vec<Startable> = on!(ledger, pool =>
        sqlx::query_as(STARTABLE).bind(stored(now)).bind(left).bind(super::DEFAULT_PLACES).fetch_all(pool).await?);
    let startable = startable
        .into_iter()
        .map(|export| Due { id: export.id, source: export.seen_at.map(|seen_at| (export.source, seen_at)) });
    Ok(unheld.into_iter().map(|id| Due { id, source: None }).chain(startable).collect())
}

/// Exports to be cancelled that no worker holds.
const UNHELD: &str = "
    select id from exports where state in ('queued', 'running') and cancel_requested and (state = 'queued' or lease_until < $1)
     order by created_at, id limit $2";

/// See [`UNHELD`], inside a transaction.
pub(super) async fn unheld(transaction: &mut Transaction, limit: i64, now: DateTime<Utc>) -> Result<Vec<ExportId>> {
    Ok(within!(transaction, connection =>
        sqlx::query_scalar(UNHELD).bind(stored(now)).bind(limit).fetch_all(connection).await?))
}

/// Every export that could begin now, see [`STARTABLE`]. Until the transaction ends nobody else learns or changes it.
pub(super) async fn startable(transaction: &mut Transaction, now: DateTime<Utc>) -> Result<Vec<Startable>> {
    transaction.alone(LOCK).await?;
    Ok(within!(transaction, connection =>
        sqlx::query_as(STARTABLE).bind(stored(now)).bind(i64::MAX).bind(super::DEFAULT_PLACES).fetch_all(connection).await?))
}

/// Notes that this export of its line has begun, so that the line waits anew from `now`.
pub(super) async fn begun(transaction: &mut Transaction, id: ExportId, now: DateTime<Utc>) -> Result<()> {
    let (source, tenant, queued_as): (String, String, Origin) = within!(transaction, connection =>
        sqlx::query_as("select source, tenant, queued_as from exports where id = $1").bind(id).fetch_one(connection).await?);
    let more: bool = within!(transaction, connection => sqlx::query_scalar(
        "select exists (select 1 from exports where source = $1 and tenant = $2 and queued_as = $3 and state = 'queued')")
        .bind(&source).bind(&tenant).bind(queued_as).fetch_one(connection).await?);
    let text = match more {
        true => {
            "insert into turns (source, tenant, queued_as, turn) values ($1, $2, $3, $4)
             on conflict (source, tenant, queued_as) do update set turn = excluded.turn"
        }
        // Whoever asks later waits since later.
        false => "delete from turns where source = $1 and tenant = $2 and queued_as = $3 and turn <= $4",
    };
    within!(transaction, connection => sqlx::query(text)
        .bind(&source).bind(&tenant).bind(queued_as).bind(turn(queued_as, now))
        .execute(connection).await?.rows_affected());
    Ok(())
}

/// The place of each waiting export among those of its source, counted from 1, if every place went round once a moment; of one export if `id` is given. Those
/// that wait for their next attempt have none.
pub async fn positions(ledger: &Ledger, id: Option<ExportId>, now: DateTime<Utc>) -> Result<HashMap<ExportId, i64>> {
    let positions: Vec<(ExportId, i64)> = on!(ledger, pool => sqlx::query_as(
        "with waiting as (
             select e.id, e.source, e.queued_as, e.turn, case when line.turn > e.turn then line.turn else e.turn end as place,
                    row_number() over (partition by e.source, e.tenant, e.queued_as order by e.turn, e.id) as number
               from exports e left join turns line on line.source = e.source and line.tenant = e.tenant and line.queued_as = e.queued_as
              where e.state = 'queued' and not e.cancel_requested and (e.next_attempt_at is null or e.next_attempt_at <= $1)
         ), soon as (
             select waiting.*, case queued_as when 'portal' then $2 when 'schedule' then $4 else $3 end as again from waiting
         ), numbered as (
             select id, row_number() over (
                        partition by source order by case when number > 1 and again > place then again else place end, number, turn, id) as position
               from soon
         )
         select id, position from numbered where $5 is null or id = $5")
        .bind(stored(now))
        .bind(turn(Origin::Portal, now))
        .bind(turn(Origin::Operator, now))
        .bind(turn(Origin::Schedule, now))
        .bind(id)
        .fetch_all(pool).await?);
    Ok(positions.into_iter().collect())
}

/// Lets a waiting export that is asked for again under a more urgent origin wait under that one.
pub(super) async fn hurry(
    transaction: &mut Transaction,
    id: ExportId,
    origin: Origin,
    now: DateTime<Utc>,
) -> Result<()> {
    within!(transaction, connection => sqlx::query(
        "update exports set queued_as = $2, turn = $3 where id = $1 and state = 'queued' and turn > $3")
        .bind(id).bind(origin).bind(turn(origin, now)).execute(connection).await?.rows_affected());
    Ok(())
}
