//! Tables from which no way leads to a tenant: lookups, bookkeeping, and what only a person can tell.

use super::{
    landscape::{Landscape, Place},
    noun, personal, polymorphic,
    verdict::{Decision, Verdict},
    way::Ways,
};
use crate::{catalog::Share, check::secret, schema::Table};
use std::collections::BTreeSet;

/// Tables in which deploy tools note what they have done.
const DEPLOYED: &[&str] = &[
    "schema_migrations",
    "schema_migration",
    "_sqlx_migrations",
    "flyway_schema_history",
    "schema_version",
    "schema_info",
    "ar_internal_metadata",
    "django_migrations",
    "south_migrationhistory",
    "knex_migrations",
    "knex_migrations_lock",
    "alembic_version",
    "__efmigrationshistory",
    "databasechangelog",
    "databasechangeloglock",
    "goose_db_version",
    "_prisma_migrations",
    "sequelizemeta",
    "typeorm_metadata",
    "__drizzle_migrations",
    "pgmigrations",
    "__diesel_schema_migrations",
    "refinery_schema_history",
    "seaql_migrations",
    "phinxlog",
    "doctrine_migration_versions",
    "mikro_orm_migrations",
    "kysely_migration",
    "kysely_migration_lock",
    "_handover_migrations",
    "atlas_schema_revisions",
    "gorp_migrations",
    "bun_migrations",
    "bun_migration_locks",
];

/// Tables in which job queues and caches keep their work.
const QUEUES: &[&str] = &[
    "delayed_jobs",
    "failed_jobs",
    "job_batches",
    "oban_jobs",
    "oban_peers",
    "que_jobs",
    "que_lockers",
    "good_jobs",
    "good_job_batches",
    "good_job_executions",
    "good_job_processes",
    "good_job_settings",
    "solid_queue_jobs",
    "solid_queue_ready_executions",
    "solid_queue_claimed_executions",
    "solid_queue_failed_executions",
    "solid_queue_blocked_executions",
    "solid_queue_scheduled_executions",
    "solid_queue_recurring_executions",
    "solid_queue_recurring_tasks",
    "solid_queue_processes",
    "solid_queue_pauses",
    "solid_queue_semaphores",
    "solid_cache_entries",
    "solid_cable_messages",
    "celery_taskmeta",
    "celery_tasksetmeta",
    "cache_locks",
];

/// Lists that are the same for everybody and printed in every atlas.
const PUBLIC: &[&str] = &["country", "currency", "language", "locale", "continent", "timezone", "time zone"];

/// More rows than a list that everybody gets should have.
const LONG: u64 = 100_000;

/// Decides, for every table that has no verdict yet, whether it is shared, left out or a question. Returns the tables that may be shared once a person says so:
/// what they tell about people is then to be decided column by column.
pub(super) fn decide(land: &Landscape<'_>, ways: &[Ways], verdicts: &mut [Option<Verdict>]) -> BTreeSet<Place> {
    let mut perhaps = BTreeSet::new();
    for place in land.all() {
        let table = land.table(place);
        if verdicts[place].is_some() {
            continue;
        }
        if table.is_virtual() {
            let keeper = if table.foreign { "another server" } else { "a module" };
            verdicts[place] = Some(Verdict::undecided(format!(
                "{keeper} keeps its rows, so they cannot be exported from here: is it right to leave it out? Write `exclude` with the reason"
            )));
        } else if let Some(reason) = bookkeeping(table) {
            verdicts[place] = Some(Verdict {
                decision: Decision::Exclude(reason.to_owned()),
                notes: vec!["Known by its name; no way leads from it to a tenant.".to_owned()],
            });
        }
    }
    loop {
        let mut changed = false;
        for place in land.all().filter(|place| verdicts[*place].is_none()).collect::<Vec<_>>() {
            if let Some(from) = pointing(land, ways, verdicts, place) {
                let verdict = lookup(land, ways, place, &from);
                if verdict.is_undecided() {
                    perhaps.insert(place);
                }
                verdicts[place] = Some(verdict);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for place in land.all() {
        if verdicts[place].is_none() {
            let hints: Vec<&str> = ways[place].doubts.iter().map(|doubt| doubt.what.as_str()).collect();
            let hints = if hints.is_empty() { String::new() } else { format!(" ({})", hints.join("; ")) };
            verdicts[place] = Some(Verdict::undecided(format!(
                "no way leads from it to a tenant, and no delivered row points to it: whose are its rows?{hints} Give it an owner, share it, or exclude it with the reason"
            )));
        }
    }
    perhaps
}

/// The delivered tables that point to this one; none where there is none.
fn pointing(land: &Landscape<'_>, ways: &[Ways], verdicts: &[Option<Verdict>], place: Place) -> Option<Vec<String>> {
    let delivered = |from: Place| {
        verdicts[from]
            .as_ref()
            .is_some_and(|verdict| verdict.is_owned() || matches!(verdict.decision, Decision::Share(_)))
    };
    let from: Vec<String> = land
        .all()
        .filter(|from| *from != place && delivered(*from))
        .filter(|from| ways[*from].ways.iter().any(|way| way.to == place))
        .map(|from| land.name(from).to_owned())
        .collect();
    (!from.is_empty()).then_some(from)
}

/// A table that delivered rows point to, and that belongs to nobody as far as keys tell.
fn lookup(land: &Landscape<'_>, ways: &[Ways], place: Place, from: &[String]) -> Verdict {
    let table = land.table(place);
    let pointing = match from {
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, rest @ ..] => format!("{one} and {} other tables", rest.len()),
        [] => "nobody".to_owned(),
    };
    let mut against: Vec<String> = Vec::new();
    let named = |columns: Vec<&str>| columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let personal: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| personal::looks_personal(table, column))
        .map(|column| column.name.as_str())
        .collect();
    let secrets: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| secret::looks_secret(table, column))
        .map(|column| column.name.as_str())
        .collect();
    if !personal.is_empty() {
        against.push(format!("{} may be about a person", named(personal)));
    }
    if !secrets.is_empty() {
        against.push(format!("{} may be secret", named(secrets)));
    }
    against.extend(ways[place].doubts.iter().map(|doubt| doubt.what.clone()));
    if let Some((kind, id)) = polymorphic::pair(land, table) {
        against.push(format!("`{}` and `{}` look like a key to several tables", kind.name, id.name));
    }
    if !against.is_empty() {
        return Verdict::undecided(format!(
            "{pointing} point to it, but it does not look like a mere list: {}. Whose are its rows? Where they belong to nobody, write `share = \"referenced\"`",
            against.join("; ")
        ));
    }
    let words = noun::words(&table.name).join(" ");
    let public = PUBLIC.iter().any(|name| noun::alike(&noun::words(name), &noun::words(&words)));
    match public && table.estimated_rows.is_none_or(|rows| rows < LONG) {
        true => Verdict::new(Decision::Share(Share::All), format!("A public list that {pointing} point to.")),
        false => Verdict::new(
            Decision::Share(Share::Referenced),
            format!(
                "Belongs to nobody; {pointing} point to it, and the rows that they point to are needed to restore them."
            ),
        ),
    }
}

pub(super) fn bookkeeping(table: &Table) -> Option<&'static str> {
    let name = table.name.to_ascii_lowercase();
    let has = |wanted: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(wanted));
    if DEPLOYED.contains(&name.as_str()) || name == "migrations" && has("migration") && has("batch") {
        return Some("bookkeeping of the deploy tool");
    }
    let queue = name == "jobs" && has("queue") && (has("payload") || has("attempts"));
    if QUEUES.contains(&name.as_str()) || queue {
        return Some("work in progress of a job queue");
    }
    (name == "spatial_ref_sys").then_some("coordinate systems of the PostGIS extension")
}
