//! The tables `schedules` and `schedule_runs`: what is exported again and again, and each time it was.

/// Binds what a plan says to $2 to $14 of a statement that writes it.
macro_rules! with_plan {
    ($query:expr, $plan:expr) => {
        $query
            .bind(&$plan.name)
            .bind(&$plan.source)
            .bind(&$plan.cron)
            .bind(&$plan.time_zone)
            .bind(Json(&$plan.tenants))
            .bind(Json(&$plan.formats))
            .bind($plan.csv_profile)
            .bind($plan.layout)
            .bind($plan.compression)
            .bind(Json(&$plan.retention))
            .bind(Json(&$plan.notify))
            .bind(i64::from($plan.jitter))
            .bind(i64::from($plan.pause_after))
    };
}

mod forgetting;
mod health;
mod runs;
mod settling;

pub use forgetting::forget_runs;
pub use health::{Health, health};

pub use runs::{
    Begun, Counts, Entered, Run, RunNow, begin, claim_run, close_run, counts, due, enter, entering, find_run,
    postpone_run, recent_runs, run_now,
};
pub(super) use settling::reopen;
pub use settling::{ended, pause_unreadable, settle};

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, Result, Transaction, stored};
use crate::export::{Compression, CsvProfile, Format, Layout};
use crate::language::Language;
use crate::retention::Retention;
use crate::schedule::{PauseReason, Recurrence, Tenants};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// One schedule as the ledger knows it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Schedule {
    /// Its number.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// The name of the source.
    pub source: String,
    /// When it runs: five fields of cron.
    pub cron: String,
    /// The IANA name of the time zone in which the cron text is read.
    pub time_zone: String,
    /// Whose data it exports.
    pub tenants: Json<Tenants>,
    /// The formats each table is written in, sorted.
    pub formats: Json<Vec<Format>>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// How each archive is laid out.
    pub layout: Layout,
    /// How its files are compressed; only where it is laid out as files.
    pub compression: Option<Compression>,
    /// The language that its people read.
    pub language: Language,
    /// Which archives are kept.
    pub retention: Json<Retention>,
    /// The addresses that are told when a run failed, and when the schedule is paused because of that.
    pub notify: Json<Vec<String>>,
    /// Over how many seconds the starts of a run's exports are spread.
    pub jitter: i64,
    /// After so many failed runs in a row it is paused.
    pub pause_after: i64,
    /// Raised by each change; a change of another revision than the one that was read changes nothing.
    pub revision: i64,
    /// Since when no run begins by itself.
    pub paused_at: Option<DateTime<Utc>>,
    /// Why.
    pub pause_reason: Option<PauseReason>,
    /// How many of the last runs that were due failed, without a success between them.
    pub failures_in_row: i64,
    /// When the next run is due; none while it is paused.
    pub next_run_at: Option<DateTime<Utc>>,
    /// When the last run began.
    pub last_run_at: Option<DateTime<Utc>>,
    /// How often a run was due while the one before was still going on.
    pub skipped_runs: i64,
    /// When that was last so.
    pub last_skipped_at: Option<DateTime<Utc>>,
    /// The API key that made it.
    pub created_by: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When somebody last changed it.
    pub updated_at: DateTime<Utc>,
    /// When somebody deleted it.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What people say of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What people call it.
    pub name: String,
    /// The name of the source.
    pub source: String,
    /// Five fields of cron; the caller has read them as a [`Recurrence`].
    pub cron: String,
    /// The IANA name of a time zone.
    pub time_zone: String,
    /// Whose data.
    pub tenants: Tenants,
    /// The formats, sorted, without doubles.
    pub formats: Vec<Format>,
    /// The CSV face.
    pub csv_profile: CsvProfile,
    /// How each archive is laid out.
    pub layout: Layout,
    /// How its files are compressed; only where it is laid out as files.
    pub compression: Option<Compression>,
    /// The language that its people read.
    pub language: Language,
    /// Which archives are kept.
    pub retention: Retention,
    /// The addresses that are told.
    pub notify: Vec<String>,
    /// Over how many seconds the starts are spread.
    pub jitter: u32,
    /// After so many failed runs in a row it is paused.
    pub pause_after: u32,
    /// Whether no run begins by itself.
    pub paused: bool,
}

/// Which schedules to list; `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct ScheduleFilter {
    /// Only of this source.
    pub source: Option<String>,
    /// Only those that export this tenant and no other.
    pub tenant: Option<String>,
    /// Only older than this one (exclusive), for cursor pages; newest first.
    pub before: Option<Uuid>,
    /// At most so many rows.
    pub limit: i64,
}

impl Schedule {
    /// The one tenant it exports, if it exports no other.
    pub fn only_tenant(&self) -> Option<&str> {
        match &self.tenants.0 {
            Tenants::These(tenants) => match tenants.as_slice() {
                [only] => Some(only.as_str()),
                _ => None,
            },
            Tenants::Every => None,
        }
    }

    fn event(&self, action: &'static str, actor: Actor, mut detail: Value) -> NewEvent {
        detail["schedule"] = json!(self.id);
        NewEvent {
            actor,
            action,
            export_id: None,
            source: Some(self.source.clone()),
            tenant: self.only_tenant().map(str::to_owned),
            detail,
        }
    }
}

/// Enters a new schedule with its audit event.
pub async fn create(
    ledger: &Ledger,
    plan: &Plan,
    recurrence: &Recurrence,
    created_by: Option<Uuid>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Schedule> {
    let mut transaction = ledger.begin().await?;
    let next = if plan.paused { None } else { recurrence.next_after(now).map(stored) };
    let schedule: Schedule = within!(&mut transaction, connection => with_plan!(sqlx::query_as(
        "insert into schedules (id, name, source, cron, time_zone, tenants, formats, csv_profile, layout, compression, retention, notify,
                                jitter, pause_after, paused_at, pause_reason, next_run_at, created_by, created_at, updated_at, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20) returning *")
        .bind(Uuid::now_v7()), plan)
        .bind(plan.paused.then(|| stored(now)))
        .bind(plan.paused.then_some(PauseReason::Requested))
        .bind(next)
        .bind(created_by)
        .bind(stored(now))
        .bind(plan.language)
        .fetch_one(connection).await?);
    let event = schedule.event("schedule.created", actor, json!({ "next_run_at": schedule.next_run_at }));
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(schedule)
}

/// Writes the plan over the schedule, if it is still in this revision; `None` if it is not, or was deleted.
///
/// A run that is due stays due, unless other times were given or the schedule was paused. Going on after a pause forgets the failures, and begins with
/// the next time from now on.
pub async fn change(
    ledger: &Ledger,
    before: &Schedule,
    plan: &Plan,
    recurrence: &Recurrence,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Schedule>> {
    let was_paused = before.paused_at.is_some();
    let other_times = before.cron != plan.cron || before.time_zone != plan.time_zone;
    let next = match (plan.paused, was_paused || other_times) {
        (true, _) => None,
        (false, true) => recurrence.next_after(now).map(stored),
        (false, false) => before.next_run_at,
    };
    let resumed = was_paused && !plan.paused;
    let mut transaction = ledger.begin().await?;
    let schedule: Option<Schedule> = within!(&mut transaction, connection => with_plan!(sqlx::query_as(
        "update schedules set name = $2, source = $3, cron = $4, time_zone = $5, tenants = $6, formats = $7, csv_profile = $8, layout = $9,
                compression = $10, retention = $11, notify = $12, jitter = $13, pause_after = $14, paused_at = $15, pause_reason = $16,
                failures_in_row = case when $17 then 0 else failures_in_row end, next_run_at = $18, updated_at = $19, language = $21, revision = revision + 1
         where id = $1 and revision = $20 and deleted_at is null returning *")
        .bind(before.id), plan)
        .bind(plan.paused.then(|| before.paused_at.unwrap_or(stored(now))))
        .bind(plan.paused.then(|| before.pause_reason.unwrap_or(PauseReason::Requested)))
        .bind(resumed)
        .bind(next)
        .bind(stored(now))
        .bind(before.revision)
        .bind(plan.language)
        .fetch_optional(connection).await?);
    let Some(schedule) = schedule else {
        return Ok(None);
    };
    let action = match (was_paused, plan.paused) {
        (true, false) => "schedule.resumed",
        (false, true) => "schedule.paused",
        _ => "schedule.changed",
    };
    let detail = json!({ "changed": changed(before, &schedule), "next_run_at": schedule.next_run_at });
    audit::write(&mut transaction, schedule.event(action, actor, detail), now).await?;
    transaction.commit().await?;
    Ok(Some(schedule))
}

/// The names of what differs; never the values, which may name tenants and addresses.
fn changed(before: &Schedule, after: &Schedule) -> Vec<&'static str> {
    let differences = [
        ("name", before.name != after.name),
        ("source", before.source != after.source),
        ("cron", before.cron != after.cron),
        ("time_zone", before.time_zone != after.time_zone),
        ("tenants", before.tenants != after.tenants),
        ("formats", before.formats != after.formats),
        ("csv_profile", before.csv_profile != after.csv_profile),
        ("layout", before.layout != after.layout),
        ("compression", before.compression != after.compression),
        ("language", before.language != after.language),
        ("retention", before.retention != after.retention),
        ("notify", before.notify != after.notify),
        ("jitter", before.jitter != after.jitter),
        ("pause_after", before.pause_after != after.pause_after),
        ("paused", before.paused_at.is_some() != after.paused_at.is_some()),
    ];
    differences.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

/// Deletes a schedule: no run begins any more, and one whose exports are still being entered goes no further. What was entered is
/// done to its end. `false` if there is none. The row stays, for the archives are kept by its rules.
pub async fn delete(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let schedule: Option<Schedule> = within!(&mut transaction, connection => sqlx::query_as(
        "update schedules set deleted_at = $2, updated_at = $2, next_run_at = null, revision = revision + 1
         where id = $1 and deleted_at is null returning *")
        .bind(id).bind(stored(now)).fetch_optional(connection).await?);
    let Some(schedule) = schedule else {
        return Ok(false);
    };
    within!(&mut transaction, connection => sqlx::query(
        "update schedule_runs set state = 'cancelled', finished_at = $2, reason_code = 'schedule_deleted', reason = 'the schedule was deleted'
         where schedule_id = $1 and state = 'entering'")
        .bind(id).bind(stored(now)).execute(connection).await?.rows_affected());
    audit::write(&mut transaction, schedule.event("schedule.deleted", actor, json!({})), now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The schedule with this number, unless it was deleted.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Schedule>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from schedules where id = $1 and deleted_at is null")
        .bind(id).fetch_optional(pool).await?))
}

/// The schedule with this number, even if it was deleted.
pub async fn find_even_deleted(ledger: &Ledger, id: Uuid) -> Result<Option<Schedule>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select * from schedules where id = $1").bind(id).fetch_optional(pool).await?),
    )
}

/// Newest first, without the deleted ones.
pub async fn list(ledger: &Ledger, filter: &ScheduleFilter) -> Result<Vec<Schedule>> {
    let only = filter.tenant.as_ref().map(|tenant| json!([tenant]));
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from schedules
         where deleted_at is null and ($1 is null or source = $1) and ($2 is null or tenants = $2)
           and ($3 is null or (created_at, id) < (select page.created_at, page.id from schedules page where page.id = $3))
         order by created_at desc, id desc limit $4")
        .bind(filter.source.as_deref().map(super::storable))
        .bind(only.as_ref().map(Json))
        .bind(filter.before)
        .bind(filter.limit.max(0))
        .fetch_all(pool).await?))
}

/// The schedule, with its row locked until the transaction ends.
async fn lock(transaction: &mut Transaction, id: Uuid) -> Result<Option<Schedule>> {
    // Writing a row as it is locks it on both engines; `for update` does on one.
    Ok(
        within!(transaction, connection => sqlx::query_as("update schedules set revision = revision where id = $1 returning *")
        .bind(id).fetch_optional(connection).await?),
    )
}
