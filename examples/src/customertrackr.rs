//! CustomerTrackr: a CRM in one SQLite file.

mod accounts;
mod contacts;
mod insert;
mod notes;
mod sign_ins;
mod tags;

use std::path::Path;

use anyhow::Context as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use crate::table::{Size, Table};
use crate::{Generator, Tenant};

/// The tables, views and reference data of an empty CustomerTrackr.
pub const SCHEMA: &str = include_str!("../customertrackr/schema.sql");

/// The reviewed catalog of CustomerTrackr.
pub const CATALOG: &str = include_str!("../customertrackr/catalog.toml");

const USERS: Size = Size::new(40, 3);
const PREFERENCES: Size = USERS.each(accounts::SETTINGS);
const SESSIONS: Size = Size::new(200, 3);
const LOGIN_EVENTS: Size = Size::new(1_500, 5);
const USAGE_EVENTS: Size = Size::new(2_000, 5);
const SUPPORT_MESSAGES: Size = Size::new(120, 3);
const COMPANIES: Size = Size::new(2_000, 5);
const CONTACTS: Size = Size::new(8_000, 10);
const NOTES: Size = Size::new(12_000, 15);
const NOTE_ATTACHMENTS: Size = Size::new(600, 3);
const ACTIVITIES: Size = Size::new(11_000, 15);
const TAGS: Size = Size::new(60, 4);
const CONTACT_TAGS: Size = Size::new(6_000, 8);
const CUSTOM_FIELDS: Size = Size::new(12, 4);
const CUSTOM_FIELD_VALUES: Size = Size::new(6_000, 8);

/// Parents before children: foreign keys are on while rows are written.
const TABLES: [Table; 16] = [
    accounts::ACCOUNTS,
    accounts::USERS,
    accounts::PREFERENCES,
    sign_ins::SESSIONS,
    sign_ins::LOGIN_EVENTS,
    sign_ins::USAGE_EVENTS,
    accounts::SUPPORT_MESSAGES,
    contacts::COMPANIES,
    contacts::CONTACTS,
    notes::NOTES,
    notes::NOTE_ATTACHMENTS,
    notes::ACTIVITIES,
    tags::TAGS,
    tags::CONTACT_TAGS,
    tags::CUSTOM_FIELDS,
    tags::CUSTOM_FIELD_VALUES,
];

/// The first `count` of CustomerTrackr's own example accounts: `acme`, `globex`, ….
pub fn tenants(count: usize) -> Vec<Tenant> {
    const ACCOUNTS: [(&str, &str); 6] = [
        ("acme", "Acme Sales"),
        ("globex", "Globex & Töchter"),
        ("initech", "Initech \"Consulting\""),
        ("umbrella", "شركة المظلة"),
        ("hooli", "Hooli; North, South"),
        ("o-hara", "O'Hara Estates"),
    ];
    (0..count)
        .map(|place| {
            let (key, label) = ACCOUNTS[place % ACCOUNTS.len()];
            let round = place / ACCOUNTS.len();
            let (key, label) = if round == 0 {
                (key.to_owned(), label.to_owned())
            } else {
                (
                    format!("{key}-{}", round + 1),
                    format!("{label} {}", round + 1),
                )
            };
            Tenant {
                key,
                label,
                marker: String::new(),
            }
        })
        .collect()
}

/// Writes a new database file with the schema and every tenant's rows, all or nothing.
///
/// # Errors
///
/// When something already stands at `path`, when it cannot be written, or when two tenants share a key.
pub async fn create(path: &Path, generator: &Generator) -> anyhow::Result<()> {
    generator.check()?;
    anyhow::ensure!(
        !path.exists(),
        "{} exists already; nothing was changed",
        path.display()
    );
    // A half-written file is deleted, so nothing has to survive a crash while writing.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off);
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .with_context(|| format!("cannot create {}", path.display()))?;
    let filled = fill(&mut connection, generator).await;
    connection.close().await?;
    if filled.is_err() {
        std::fs::remove_file(path)?;
    }
    filled
}

async fn fill(connection: &mut SqliteConnection, generator: &Generator) -> anyhow::Result<()> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    for (number, table) in TABLES.iter().enumerate() {
        insert::table(&mut transaction, generator, table, number)
            .await
            .with_context(|| format!("cannot fill {}", table.name))?;
    }
    transaction.commit().await?;
    sqlx::raw_sql("analyze").execute(connection).await?;
    Ok(())
}
