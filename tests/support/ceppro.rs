//! CepPro on PostgreSQL with Row Level Security, and what a restored archive of it must equal.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use examples::{Generator, Tenant, ceppro};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use super::{
    archive::{Archive, Sheet},
    markers::marked,
    patience::{LONG, until},
    postgres::{Database, Postgres},
    process::run,
};

static TEMPLATE: OnceCell<Database> = OnceCell::const_new();

/// The advisory lock of the gate.
const GATE: i64 = 42;

/// The role as which Handover reads.
pub(crate) const ROLE: &str = "ceppro_export";

/// A database of the product that one test has for itself.
pub(crate) struct CepPro {
    pub(crate) database: Database,
    pub(crate) tenants: Vec<Tenant>,
}

/// A closed gate in front of a table's rows; dropping it lets everybody through.
pub(crate) struct Hold {
    connection: PgConnection,
}

/// A table's content as text, the rows sorted: what two databases are compared by.
#[derive(Debug, PartialEq)]
struct Content {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

impl CepPro {
    /// Three workspaces with marked rows.
    pub(crate) async fn create() -> CepPro {
        let template = TEMPLATE.get_or_init(fill).await;
        let postgres = Postgres::shared().await;
        let database = postgres.create_database_like("ceppro", &template.name).await;
        CepPro { database, tenants: tenants() }
    }

    /// As the catalog's role, to which every policy applies.
    pub(crate) async fn source_url(&self) -> String {
        Postgres::shared().await.url_as(ROLE, &self.database.name)
    }

    /// Does something to the product's database that Handover itself could not do.
    pub(crate) async fn run(&self, statements: &str) {
        let mut owner = PgConnection::connect(&self.database.url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut owner).await.unwrap();
        owner.close().await.unwrap();
    }

    /// Restores an archive as its README says, as a role without any privilege, into an empty database; then every
    /// table must equal what PostgreSQL itself shows the tenant, and so must every CSV.
    pub(crate) async fn assert_restores(&self, archive: &Archive, tenant: &Tenant) {
        let restored = restore(archive).await;
        let mut source = self.as_tenant(tenant).await;
        let mut restored = PgConnection::connect(&restored).await.unwrap();

        let expected = expected(&mut source).await;
        let tables = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'";
        let found: BTreeSet<String> =
            sqlx::query_scalar(tables).fetch_all(&mut restored).await.unwrap().into_iter().collect();
        assert_eq!(found, expected.keys().cloned().collect());
        for (table, expected) in expected {
            assert!(!expected.rows.is_empty(), "the example has nothing in {table}");
            assert_eq!(restored_content(&mut restored, &table).await, expected, "sql: {table}");
            assert_eq!(archive.sheet(&table), as_sheet(expected), "csv: {table}");
        }
        assert_eq!(foreign_keys(&mut restored).await, foreign_keys(&mut source).await);
        assert_numbering_goes_on(&mut restored).await;
    }

    /// Makes whoever reads a row of this table wait until the hold is released or dropped. The schema and every other
    /// table can still be read, as a lock on the table itself would not allow. The gate reads the product's setting, as a policy must
    /// that may hold rows back.
    pub(crate) async fn hold(&self, table: &str) -> Hold {
        let gate = format!(
            "create function gate() returns boolean language plpgsql as $$ begin
                 perform pg_advisory_lock_shared({GATE});
                 perform pg_advisory_unlock_shared({GATE});
                 return current_setting('app.workspace_id') <> '';
             end $$;
             create policy gate on {table} as restrictive for select using (gate())"
        );
        self.run(&gate).await;
        let mut connection = PgConnection::connect(&self.database.url).await.unwrap();
        sqlx::query("select pg_advisory_lock($1)").bind(GATE).execute(&mut connection).await.unwrap();
        Hold { connection }
    }

    async fn as_tenant(&self, tenant: &Tenant) -> PgConnection {
        let mut source = PgConnection::connect(&self.source_url().await).await.unwrap();
        sqlx::query("select set_config('app.workspace_id', $1, false)")
            .bind(&tenant.key)
            .execute(&mut source)
            .await
            .unwrap();
        source
    }
}

impl Hold {
    /// Waits until this many sessions wait at the gate.
    pub(crate) async fn until_waiting(&mut self, sessions: i64) {
        let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())";
        until(&format!("{sessions} sessions at the gate"), LONG, async || {
            let found: i64 = sqlx::query_scalar(waiting).fetch_one(&mut self.connection).await.unwrap();
            (found == sessions).then_some(())
        })
        .await;
    }

    pub(crate) async fn release(self) {
        self.connection.close().await.unwrap();
    }
}

fn tenants() -> Vec<Tenant> {
    marked(ceppro::tenants(3))
}

async fn fill() -> Database {
    let database = Postgres::shared().await.create_database("ceppro_template").await;
    ceppro::create(&database.url, &Generator::with_tenants(tenants(), 0.01, 7)).await.unwrap();
    database
}

/// What Row Level Security shows the role of exports for this tenant, in every column that it was granted: nothing
/// of this comes from the catalog or from our planner. Of the plans only those that a subscription names.
async fn expected(source: &mut PgConnection) -> BTreeMap<String, Content> {
    let granted = "select relname::text, array_agg(attname::text order by attnum)
        from pg_class join pg_attribute on attrelid = pg_class.oid
        where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
            and has_column_privilege(attrelid, attnum, 'select')
        group by relname";
    let tables: Vec<(String, Vec<String>)> = sqlx::query_as(granted).fetch_all(&mut *source).await.unwrap();
    let mut expected = BTreeMap::new();
    for (table, columns) in tables {
        let condition = if table == "plans" { "where id in (select plan_id from subscriptions)" } else { "" };
        let values = columns.iter().map(|column| match (table.as_str(), column.as_str()) {
            ("users", "recovery_phone") => "repeat('*', length(recovery_phone) - 4) || right(recovery_phone, 4)".into(),
            _ => as_text(column),
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let rows = rows(source, &format!(r#"select array[{values}] from "{table}" {condition}"#)).await;
        expected.insert(table, Content { columns, rows });
    }
    expected
}

async fn restored_content(restored: &mut PgConnection, table: &str) -> Content {
    let named = "select attname::text from pg_attribute
        where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum";
    let columns: Vec<String> =
        sqlx::query_scalar(named).bind(format!(r#""{table}""#)).fetch_all(&mut *restored).await.unwrap();
    let values = columns.iter().map(|column| as_text(column)).collect::<Vec<_>>().join(", ");
    Content { rows: rows(restored, &format!(r#"select array[{values}] from "{table}""#)).await, columns }
}

/// `format` uses the type's own output function, as COPY does; a cast would spell booleans differently.
fn as_text(column: &str) -> String {
    format!(r#"case when "{column}" is not null then format('%s', "{column}") end"#)
}

async fn rows(connection: &mut PgConnection, query: &str) -> Vec<Vec<Option<String>>> {
    let mut rows: Vec<Vec<Option<String>>> =
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(connection).await.unwrap();
    rows.sort();
    rows
}

/// In the CSV a null and an empty text differ in their quotes only, which a reader does not tell.
fn as_sheet(content: Content) -> Sheet {
    let rows = content.rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect());
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.sort();
    Sheet { columns: content.columns, rows }
}

/// `psql -f sql/restore.sql` into a database that belongs to an ordinary role; returns its URL.
async fn restore(archive: &Archive) -> String {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("restored").await;
    let role = format!("owner_of_{}", database.name);
    let mut admin = PgConnection::connect(&database.url).await.unwrap();
    let ordinary = format!(
        r#"create role "{role}" login nosuperuser nocreatedb nocreaterole nobypassrls;
        alter database "{}" owner to "{role}""#,
        database.name
    );
    sqlx::raw_sql(AssertSqlSafe(ordinary)).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();

    let url = postgres.url_as(&role, &database.name);
    let restore = ["-v", "ON_ERROR_STOP=1", "-q", "-f", "sql/restore.sql", &url];
    run(Command::new("psql").args(restore).current_dir(archive.root()));
    url
}

/// Every foreign key by its definition.
async fn foreign_keys(connection: &mut PgConnection) -> BTreeSet<String> {
    let definitions = "select conrelid::regclass || ': ' || pg_get_constraintdef(oid) from pg_constraint
        where contype = 'f' and connamespace = 'public'::regnamespace";
    sqlx::query_scalar(definitions).fetch_all(connection).await.unwrap().into_iter().collect()
}

/// A row added to the restored database gets a number that is not taken.
async fn assert_numbering_goes_on(restored: &mut PgConnection) {
    let numbered = "select attrelid::regclass::text, attname::text from pg_attribute
        join pg_class on pg_class.oid = attrelid
        where attidentity <> '' and relnamespace = 'public'::regnamespace";
    let numbered: Vec<(String, String)> = sqlx::query_as(numbered).fetch_all(&mut *restored).await.unwrap();
    assert!(!numbered.is_empty());
    for (table, column) in numbered {
        let free =
            format!(r#"select nextval(pg_get_serial_sequence('{table}', '{column}')) > max("{column}") from {table}"#);
        assert!(sqlx::query_scalar::<_, bool>(AssertSqlSafe(free)).fetch_one(&mut *restored).await.unwrap(), "{table}");
    }
}
