//! CustomerTrackr in a SQLite file, and what a restored archive of it must equal.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use examples::{Generator, SECRET, Tenant, customertrackr};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::{archive::Archive, process::text};

/// A database of the product that one test has for itself.
pub(crate) struct CustomerTrackr {
    folder: TempDir,
    pub(crate) tenants: Vec<Tenant>,
}

/// A table's content as text, the rows sorted: what two databases are compared by.
#[derive(Debug, PartialEq)]
struct Content {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl CustomerTrackr {
    /// These accounts, each with a marker of its own.
    pub(crate) async fn create(tenants: Vec<Tenant>) -> CustomerTrackr {
        let folder = tempfile::Builder::new().prefix("handover-crm-").tempdir().unwrap();
        let product = CustomerTrackr { folder, tenants };
        let generator = Generator::with_tenants(product.tenants.clone(), 0.01, 7);
        customertrackr::create(&product.path(), &generator).await.unwrap();
        product
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("crm.db")
    }

    pub(crate) fn source_url(&self) -> String {
        format!("sqlite://{}", self.path().display())
    }

    /// Does something to the product's database that Handover itself could not do.
    pub(crate) async fn run(&self, statements: &str) {
        let mut connection = open(&self.path()).await;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Takes every declared foreign key out of the schema; the rows stay.
    pub(crate) async fn forget_keys(&self) {
        let mut connection = open(&self.path()).await;
        let statements: Vec<(String, String)> =
            sqlx::query_as("select name, sql from sqlite_schema where type = 'table' and sql like '%references%'")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        sqlx::raw_sql("pragma writable_schema = on").execute(&mut connection).await.unwrap();
        for (name, statement) in statements {
            sqlx::query("update sqlite_schema set sql = ?2 where type = 'table' and name = ?1")
                .bind(name)
                .bind(without_keys(&statement))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        let version: i64 = sqlx::query_scalar("pragma schema_version").fetch_one(&mut connection).await.unwrap();
        let end = format!("pragma schema_version = {}; pragma writable_schema = off", version + 1);
        sqlx::raw_sql(AssertSqlSafe(end)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Restores an archive as its README says, with foreign keys on, into a new file; then every table must equal
    /// the rows of the source that carry the tenant's marker.
    pub(crate) async fn assert_restores(&self, archive: &Archive, tenant: &Tenant) {
        let file = archive.root().join("restored.db");
        restore(archive, &file);
        let mut source = open(&self.path()).await;
        let mut restored = open(&file).await;

        let expected = expected(&mut source, tenant).await;
        let found: BTreeSet<String> = tables(&mut restored).await.into_iter().collect();
        assert_eq!(found, expected.keys().cloned().collect());
        for (table, expected) in expected {
            assert!(!expected.rows.is_empty(), "the example has nothing in {table}");
            let columns = columns(&mut restored, &table).await;
            let content = content(&mut restored, &table, columns, "true").await;
            assert_eq!(content, expected, "sql: {table}");
            let sheet = archive.sheet(&table);
            assert_eq!((sheet.columns, sheet.rows.len()), (expected.columns, expected.rows.len()), "csv: {table}");
        }
        let broken = sqlx::query("pragma foreign_key_check").fetch_all(&mut restored).await.unwrap();
        assert!(broken.is_empty(), "{} rows point nowhere", broken.len());
        assert_eq!(foreign_keys(&mut restored).await, foreign_keys(&mut source).await);
    }
}

/// `references accounts (id) on delete cascade` and the like taken out of a statement.
fn without_keys(statement: &str) -> String {
    let mut left = String::new();
    let mut rest = statement;
    while let Some(begin) = rest.find(" references ") {
        left.push_str(&rest[..begin]);
        let end = begin + rest[begin..].find(')').unwrap() + 1;
        rest = &rest[end..];
        for action in [" on delete cascade", " on delete set null"] {
            rest = rest.strip_prefix(action).unwrap_or(rest);
        }
    }
    left + rest
}

fn restore(archive: &Archive, file: &Path) {
    let script = std::fs::File::open(archive.root().join("sql/restore.sql")).unwrap();
    let mut sqlite = Command::new("sqlite3");
    sqlite.args(["-bail", "-cmd", "pragma foreign_keys = on", text(file)]).current_dir(archive.root()).stdin(script);
    let output = sqlite.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", output.status);
}

/// Owned tables: the rows in which the tenant's marker stands, for every row carries its owner's. Countries: all.
/// Plans: the one that the account names. Left out are the columns that hold the word that must never leave: nothing
/// of this comes from the catalog or from our planner.
async fn expected(source: &mut SqliteConnection, tenant: &Tenant) -> BTreeMap<String, Content> {
    let marked = |columns: &[String]| {
        let holds = columns.iter().map(|column| holds(column, &tenant.marker)).collect::<Vec<_>>();
        holds.join(" or ")
    };
    let accounts = marked(&columns(source, "accounts").await);
    let mut expected = BTreeMap::new();
    for table in tables(source).await {
        let all = columns(source, &table).await;
        let condition = match table.as_str() {
            "schema_migrations" => continue,
            "countries" => "true".to_owned(),
            "plans" => format!("id in (select plan_id from accounts where {accounts})"),
            _ => marked(&all),
        };
        let mut delivered = Vec::new();
        for column in all {
            let secret = format!(r#"select exists (select 1 from "{table}" where {})"#, holds(&column, SECRET));
            let secret: bool = sqlx::query_scalar(AssertSqlSafe(secret)).fetch_one(&mut *source).await.unwrap();
            if !secret {
                delivered.push(column);
            }
        }
        let content = content(source, &table, delivered, &condition).await;
        expected.insert(table, content);
    }
    let users = expected.get_mut("users").unwrap();
    let phone = users.columns.iter().position(|column| column == "recovery_phone").unwrap();
    for user in &mut users.rows {
        user[phone] = masked(&user[phone]);
    }
    users.rows.sort();
    expected
}

/// All but the last four characters of a text become asterisks.
fn masked(value: &str) -> String {
    let Some(digits) = value.strip_prefix("text ") else { return value.to_owned() };
    let text = String::from_utf8(hex::decode(digits).unwrap()).unwrap();
    let hidden = text.chars().count() - 4;
    let masked: String = text.chars().enumerate().map(|(place, c)| if place < hidden { '*' } else { c }).collect();
    format!("text {}", hex::encode_upper(masked))
}

/// SQLite's own text functions stop at a NUL character; its bytes do not.
fn holds(column: &str, wanted: &str) -> String {
    format!(r#"instr(cast("{column}" as blob), x'{}') > 0"#, hex::encode(wanted))
}

async fn content(connection: &mut SqliteConnection, table: &str, columns: Vec<String>, condition: &str) -> Content {
    // Storage class and bytes of each value; of a real number all of its digits.
    let values = columns.iter().map(|column| {
        format!(
            r#"typeof("{column}") || ' ' || case typeof("{column}") when 'null' then ''
            when 'real' then printf('%!.17g', "{column}") else hex(cast("{column}" as blob)) end"#
        )
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let query = format!(r#"select {values} from "{table}" where {condition}"#);
    let found = sqlx::query(AssertSqlSafe(query)).fetch_all(connection).await.unwrap();
    let mut rows: Vec<Vec<String>> =
        found.iter().map(|row| (0..columns.len()).map(|place| row.get(place)).collect()).collect();
    rows.sort();
    Content { columns, rows }
}

async fn tables(connection: &mut SqliteConnection) -> Vec<String> {
    let named = "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'";
    sqlx::query_scalar(named).fetch_all(connection).await.unwrap()
}

/// Generated columns included.
async fn columns(connection: &mut SqliteConnection, table: &str) -> Vec<String> {
    let named = "select name from pragma_table_xinfo(?) order by cid";
    sqlx::query_scalar(named).bind(table).fetch_all(connection).await.unwrap()
}

/// Every foreign key of the tables that leave.
async fn foreign_keys(connection: &mut SqliteConnection) -> BTreeSet<String> {
    let keys = "select m.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || coalesce(f.\"to\", '') || ' ' || f.on_delete
        from sqlite_schema m join pragma_foreign_key_list(m.name) f where m.type = 'table'";
    sqlx::query_scalar(keys).fetch_all(connection).await.unwrap().into_iter().collect()
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap()
}
