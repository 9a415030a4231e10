//! The migrations in `migrations/`, embedded: the same steps by the same names for both engines.

use super::{Ledger, LedgerError, Result, audit};
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The name and the text of each step, in order; a step's version is its place, counted from 1.
macro_rules! steps {
    ($folder:literal: $($name:literal)+) => {
        &[$(($name, include_str!(concat!("../../../migrations/", $folder, "/", $name, ".sql")))),+]
    };
}

macro_rules! every_step {
    ($folder:literal) => {
        steps!($folder:
            "0001_exports" "0002_idempotency_keys" "0003_files" "0004_uploads" "0005_links" "0006_notifications"
            "0007_api_keys" "0008_audit_events" "0009_sources" "0010_workers" "0011_checks" "0012_subjects" "0013_layout" "0014_limits" "0015_schedules"
            "0016_retention" "0017_operating" "0018_recovery"
            "0019_sealing" "0020_recipients" "0021_portal" "0022_links" "0023_audit" "0024_access" "0025_schedules"
            "0026_languages" "0027_mails" "0028_webhooks" "0029_operators" "0030_console" "0031_current_table")
    };
}

const POSTGRES: &[(&str, &str)] = every_step!("postgres");
const SQLITE: &[(&str, &str)] = every_step!("sqlite");

/// The step that makes the audit a chain; the hashes of older entries are not SQL's to make.
const CHAINED: usize = 23;

/// Any number, as long as no other program takes the same advisory lock in the ledger's database.
const LOCK: i64 = 0x4861_6e64_6f76_6572;

pub(super) async fn apply(ledger: &Ledger) -> Result<u64> {
    let migrator = migrator(ledger);
    let mut transaction = ledger.begin().await?;
    // SQLite needs no lock of its own: `begin immediate` lets one writer in. sqlx's lock would end before the commit.
    if let super::Open::Postgres(transaction) = transaction.open() {
        sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut **transaction).await?;
    }
    let before = within!(&mut transaction, connection => {
        sqlx::migrate::Migrate::ensure_migrations_table(connection, &migrator.table_name).await?;
        sqlx::migrate::Migrate::list_applied_migrations(connection, &migrator.table_name).await?.len()
    });
    within!(&mut transaction, connection => migrator.run_direct(None, connection, false).await?);
    if before < CHAINED {
        audit::chain::adopt(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(migrator.iter().len().saturating_sub(before) as u64)
}

pub(super) async fn require(ledger: &Ledger) -> Result<()> {
    let any: bool = match ledger {
        Ledger::Postgres(pool) => {
            sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?
        }
        Ledger::Sqlite(pool) => {
            sqlx::query_scalar(
                "select exists (select 1 from sqlite_master where type = 'table' and name = '_sqlx_migrations')",
            )
            .fetch_one(pool)
            .await?
        }
    };
    if !any {
        return Err(LedgerError::NotMigrated);
    }
    let applied: Vec<(i64, Vec<u8>, bool)> = on!(ledger, pool =>
        sqlx::query_as("select version, checksum, success from _sqlx_migrations order by version").fetch_all(pool).await?);
    let migrator = migrator(ledger);
    let known = migrator.iter().map(|step| (step.version, step.checksum.as_ref(), true));
    let same = known.eq(applied.iter().map(|(version, checksum, success)| (*version, checksum.as_slice(), *success)));
    if same { Ok(()) } else { Err(LedgerError::NotMigrated) }
}

/// `sqlx::migrate!` would read the folder by itself, but needs sqlx's query macros, which drag both drivers into the compiler.
fn migrator(ledger: &Ledger) -> Migrator {
    let steps = match ledger {
        Ledger::Postgres(_) => POSTGRES,
        Ledger::Sqlite(_) => SQLITE,
    };
    let migrations = (1..).zip(steps).map(|(version, (name, text))| {
        Migration::new(version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_locking(false);
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_folders_is_embedded_at_its_place() {
        for (folder, steps) in [("postgres", POSTGRES), ("sqlite", SQLITE)] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(folder);
            let mut files: Vec<String> = std::fs::read_dir(path)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let embedded: Vec<String> = steps.iter().map(|(name, _)| format!("{name}.sql")).collect();
            assert_eq!(files, embedded);
            for (place, (name, _)) in (1..).zip(steps) {
                assert!(name.starts_with(&format!("{place:04}_")), "{name} is step {place}");
            }
        }
    }
}
