//! CustomerTrackr: a CRM in one SQLite file.

mod accounts;
mod contacts;
mod notes;
mod sign_ins;
mod sizes;
mod tags;

use std::path::Path;

use crate::table::Table;
use crate::{Generator, Tenant, sqlite};

/// The tables, views and reference data of an empty CustomerTrackr.
pub const SCHEMA: &str = include_str!("../customertrackr/schema.sql");

/// The reviewed catalog of CustomerTrackr.
pub const CATALOG: &str = include_str!("../customertrackr/catalog.toml");

/// Parents before children: foreign keys are on while rows are written.
pub(crate) const TABLES: [Table; 16] = [
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
                (format!("{key}-{}", round + 1), format!("{label} {}", round + 1))
            };
            Tenant { key, label, marker: String::new() }
        })
        .collect()
}

/// Writes a new database file with the schema and every tenant's rows, all or nothing.
///
/// # Errors
///
/// When something already stands at `path`, when it cannot be written, or when two tenants share a key.
pub async fn create(path: &Path, generator: &Generator) -> anyhow::Result<()> {
    sqlite::create(path, SCHEMA, &TABLES, generator).await
}

#[cfg(test)]
mod tests {

    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    use super::*;

    /// Accounts whose keys try to break out of a query, a path and a file.
    fn hostile() -> Generator {
        let mut tenants = tenants(3);
        tenants[1].key = "' OR 1=1 --".to_owned();
        tenants[2].key = "../\"x\"\n%00 😈".to_owned();
        Generator::with_tenants(tenants, 0.01, 1)
    }

    async fn open(path: &Path) -> SqliteConnection {
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap()
    }

    #[tokio::test]
    async fn the_same_generator_writes_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = async |name: &str, generator: &Generator| {
            let path = folder.path().join(name);
            create(&path, generator).await.unwrap();
            std::fs::read(path).unwrap()
        };
        let first = write("first.db", &hostile()).await;
        assert!(first == write("second.db", &hostile()).await);
        assert!(first != write("third.db", &Generator { seed: 2, ..hostile() }).await);
    }

    #[tokio::test]
    async fn foreign_keys_hold_and_every_account_has_rows_in_every_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.db");
        create(&path, &hostile()).await.unwrap();
        let mut connection = open(&path).await;

        let broken = sqlx::raw_sql("pragma foreign_key_check").fetch_all(&mut connection).await;
        assert_eq!(broken.unwrap().len(), 0);
        let version: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut connection).await.unwrap();
        assert_eq!(version, 42);

        let attachments = sqlx::query(
            "select contacts.account_id, count(*) from note_attachments
             join notes on notes.id = note_id join contacts on contacts.id = contact_id
             group by 1 order by 1",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let accounts: Vec<(String, i64)> = attachments.iter().map(|row| (row.get(0), row.get(1))).collect();
        let mut expected: Vec<(String, i64)> = hostile().tenants.into_iter().map(|tenant| (tenant.key, 6)).collect();
        expected.sort();
        assert_eq!(accounts, expected);
    }

    #[tokio::test]
    async fn texts_blobs_and_numbers_arrive_as_they_were_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.db");
        create(&path, &Generator::with_tenants(tenants(1), 0.3, 1)).await.unwrap();
        let mut connection = open(&path).await;
        let classes: Vec<String> =
            sqlx::query_scalar("select distinct typeof(value) from custom_field_values order by 1")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        assert_eq!(classes, ["blob", "integer", "null", "real", "text"]);
        let with_nul: i64 = sqlx::query_scalar("select count(*) from notes where hex(body) like '%64006672%'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(with_nul > 0);
        let empty: i64 =
            sqlx::query_scalar("select count(*) from notes where title = ''").fetch_one(&mut connection).await.unwrap();
        assert!(empty > 0);
    }

    #[tokio::test]
    async fn a_file_that_stands_there_already_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("precious.db");
        std::fs::write(&path, "precious").unwrap();
        assert!(create(&path, &hostile()).await.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[tokio::test]
    async fn two_accounts_with_one_key_are_refused_before_a_file_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.db");
        let mut generator = hostile();
        generator.tenants[1].key = generator.tenants[0].key.clone();
        assert!(create(&path, &generator).await.is_err());
        assert!(!path.exists());
    }
}
