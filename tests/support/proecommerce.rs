//! ProEcommerce on MariaDB, and what a restored archive of it must equal.

use std::collections::{BTreeMap, BTreeSet};

use examples::{Generator, SECRET, Tenant, proecommerce};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row};

use super::{
    archive::Archive,
    mariadb::{Database, MariaDb},
    markers::marked,
    postgres::PASSWORD,
};

/// A database of the product that one test has for itself.
pub(crate) struct ProEcommerce {
    pub(crate) database: Database,
    pub(crate) tenants: Vec<Tenant>,
    reader: String,
}

/// A table's content as text, the rows sorted: what two databases are compared by.
#[derive(Debug, PartialEq)]
struct Content {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

impl ProEcommerce {
    /// Three accounts with marked rows, and a user who may look and nothing else.
    pub(crate) async fn create() -> ProEcommerce {
        let server = MariaDb::shared().await;
        let database = server.create_database("proecommerce").await;
        let generator = ProEcommerce::generator();
        proecommerce::create(&database.url, &generator).await.unwrap();
        let reader = format!("{}_export", database.name);
        let product = ProEcommerce { database, tenants: generator.tenants, reader };
        let grant = format!(
            "create user '{reader}'@'%' identified by '{PASSWORD}'; grant select on `{name}`.* to '{reader}'@'%'",
            reader = product.reader,
            name = product.database.name
        );
        product.run(&grant).await;
        product
    }

    /// What [`ProEcommerce::create`] writes.
    pub(crate) fn generator() -> Generator {
        Generator::with_tenants(marked(proecommerce::tenants(3)), 0.01, 7)
    }

    /// As the user of exports, who may only select.
    pub(crate) async fn source_url(&self) -> String {
        MariaDb::shared().await.url_as(&self.reader, &self.database.name)
    }

    /// As the owner of the product's database.
    pub(crate) async fn connect(&self) -> MySqlConnection {
        MySqlConnection::connect(&self.database.url).await.unwrap()
    }

    /// Does something to the product's database that Handover itself could not do.
    pub(crate) async fn run(&self, statements: &str) {
        let mut owner = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut owner).await.unwrap();
        owner.close().await.unwrap();
    }

    /// Takes every declared foreign key out of the schema; the rows stay.
    pub(crate) async fn forget_keys(&self) {
        let mut owner = self.connect().await;
        let keys: Vec<(String, String)> = sqlx::query_as(
            "select table_name, constraint_name from information_schema.table_constraints
             where table_schema = database() and constraint_type = 'FOREIGN KEY'",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        owner.close().await.unwrap();
        let drops = keys.iter().map(|(table, name)| format!("alter table `{table}` drop foreign key `{name}`;"));
        self.run(&drops.collect::<String>()).await;
    }

    /// Restores an archive as its README says into an empty database; then every table must equal the rows of the source that carry the tenant's marker.
    pub(crate) async fn assert_restores(&self, archive: &Archive, tenant: &Tenant) {
        let server = MariaDb::shared().await;
        let database = server.create_database("restored").await;
        let script = std::fs::read(archive.root().join("sql/restore.sql")).unwrap();
        let output = server.client(&database.name, &archive.root(), &script);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

        let mut source = self.connect().await;
        let mut restored = MySqlConnection::connect(&database.url).await.unwrap();
        let expected = expected(&mut source, tenant).await;
        assert_eq!(tables(&mut restored).await, expected.keys().cloned().collect());
        for (table, expected) in expected {
            assert!(!expected.rows.is_empty(), "the example has nothing in {table}");
            let columns = columns(&mut restored, &table).await;
            assert_eq!(content(&mut restored, &table, columns, "true").await, expected, "sql: {table}");
            let sheet = archive.sheet(&table);
            assert_eq!((sheet.columns, sheet.rows.len()), (expected.columns, expected.rows.len()), "csv: {table}");
        }
        assert_eq!(foreign_keys(&mut restored).await, foreign_keys(&mut source).await);
        assert_numbering_goes_on(&mut restored).await;
    }
}

/// Owned tables: the rows in which the tenant's marker stands, for every row carries its owner's. Of the shared ones those that such rows name, with
/// every category above. Left out are the columns that hold the word that must never leave and what is private of our own people and network: nothing of
/// this comes from the catalog or from our planner.
async fn expected(source: &mut MySqlConnection, tenant: &Tenant) -> BTreeMap<String, Content> {
    let private = [
        ("staff", "full_name"),
        ("staff", "email"),
        ("staff", "phone"),
        ("staff", "hired_on"),
        ("servers", "management_ip"),
    ];
    let mut marked = BTreeMap::new();
    for table in tables(source).await {
        let columns = columns(source, &table).await;
        let holds = columns.iter().map(|column| holds(column, &tenant.marker)).collect::<Vec<_>>().join(" or ");
        marked.insert(table, holds);
    }
    let named = |column: &str, from: &str| format!("select {column} from {from} where {}", marked[from]);
    let staff = [named("staff_id", "tickets"), named("staff_id", "ticket_messages"), named("staff_id", "audit_log")];
    let mut expected = BTreeMap::new();
    for table in tables(source).await {
        let condition = match table.as_str() {
            "schema_migrations" => continue,
            "countries" | "currencies" => "true".to_owned(),
            "plans" => format!("id in ({})", named("plan_id", "subscriptions")),
            "servers" => format!("id in ({})", named("server_id", "hosting_services")),
            "staff" => format!("id in ({})", staff.join(" union ")),
            "ticket_categories" => format!(
                "id in (with recursive above as ({} union select parent_id from ticket_categories join above on id = category_id)
                    select category_id from above)",
                named("category_id", "tickets")
            ),
            _ => marked[&table].clone(),
        };
        let mut delivered = Vec::new();
        for column in columns(source, &table).await {
            let secret = format!("select exists (select 1 from `{table}` where {})", holds(&column, SECRET));
            let secret: bool = sqlx::query_scalar(AssertSqlSafe(secret)).fetch_one(&mut *source).await.unwrap();
            if !secret && !private.contains(&(&table, &column)) {
                delivered.push(column);
            }
        }
        let content = content(source, &table, delivered, &condition).await;
        expected.insert(table, content);
    }
    let contacts = expected.get_mut("contacts").unwrap();
    let phone = contacts.columns.iter().position(|column| column == "recovery_phone").unwrap();
    for contact in &mut contacts.rows {
        contact[phone] = contact[phone].as_deref().map(masked);
    }
    contacts.rows.sort();
    expected
}

/// All but the last four characters of a text, in hexadecimal, become asterisks.
fn masked(value: &str) -> String {
    let text = String::from_utf8(hex::decode(value).unwrap()).unwrap();
    let hidden = text.chars().count() - 4;
    let masked: String = text.chars().enumerate().map(|(place, c)| if place < hidden { '*' } else { c }).collect();
    hex::encode_upper(masked)
}

/// By its bytes, whatever the column's type.
pub(crate) fn holds(column: &str, wanted: &str) -> String {
    format!("coalesce(instr(cast(`{column}` as binary), x'{}'), 0) > 0", hex::encode(wanted))
}

async fn content(connection: &mut MySqlConnection, table: &str, columns: Vec<String>, condition: &str) -> Content {
    let floats = "select column_name from information_schema.columns
        where table_schema = database() and table_name = ? and data_type in ('float', 'bit')";
    let floats: Vec<String> = sqlx::query_scalar(floats).bind(table).fetch_all(&mut *connection).await.unwrap();
    let values = columns.iter().map(|column| match floats.contains(column) {
        // A float is printed with six digits; as a double with all of them.
        true => format!("cast(`{column}` + 0e0 as char)"),
        false => format!("hex(cast(`{column}` as binary))"),
    });
    let query = format!("select {} from `{table}` where {condition}", values.collect::<Vec<_>>().join(", "));
    let found = sqlx::query(AssertSqlSafe(query)).fetch_all(connection).await.unwrap();
    let mut rows: Vec<Vec<Option<String>>> =
        found.iter().map(|row| (0..columns.len()).map(|place| row.get(place)).collect()).collect();
    rows.sort();
    Content { columns, rows }
}

/// Every table, views left out.
pub(crate) async fn tables(connection: &mut MySqlConnection) -> BTreeSet<String> {
    let named = "select table_name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'";
    sqlx::query_scalar(named).fetch_all(connection).await.unwrap().into_iter().collect()
}

/// A table's columns, generated ones included.
pub(crate) async fn columns(connection: &mut MySqlConnection, table: &str) -> Vec<String> {
    let named = "select column_name from information_schema.columns
        where table_schema = database() and table_name = ? order by ordinal_position";
    sqlx::query_scalar(named).bind(table).fetch_all(connection).await.unwrap()
}

/// Every foreign key with its rules.
async fn foreign_keys(connection: &mut MySqlConnection) -> BTreeSet<String> {
    let keys = "select concat(k.table_name, '(', group_concat(k.column_name order by k.ordinal_position), ') -> ', r.referenced_table_name, '(',
            group_concat(k.referenced_column_name order by k.ordinal_position), ') ', r.update_rule, ' ', r.delete_rule)
        from information_schema.referential_constraints r
        join information_schema.key_column_usage k
            on k.constraint_schema = r.constraint_schema and k.constraint_name = r.constraint_name and k.table_name = r.table_name
        where r.constraint_schema = database()
        group by r.constraint_name, k.table_name, r.referenced_table_name, r.update_rule, r.delete_rule";
    sqlx::query_scalar(keys).fetch_all(connection).await.unwrap().into_iter().collect()
}

/// A row added to the restored database gets a number that is not taken.
async fn assert_numbering_goes_on(restored: &mut MySqlConnection) {
    for table in tables(restored).await {
        let created = format!("show create table `{table}`");
        let (_, created): (String, String) =
            sqlx::query_as(AssertSqlSafe(created)).fetch_one(&mut *restored).await.unwrap();
        if !created.to_lowercase().contains(" auto_increment") {
            continue;
        }
        let next =
            "select auto_increment from information_schema.tables where table_schema = database() and table_name = ?";
        let next: u64 = sqlx::query_scalar(next).bind(&table).fetch_one(&mut *restored).await.unwrap();
        let last = format!("select cast(max(id) as unsigned) from `{table}`");
        let last: u64 = sqlx::query_scalar(AssertSqlSafe(last)).fetch_one(&mut *restored).await.unwrap();
        assert!(next > last, "{table}: {next} after {last}");
    }
}
