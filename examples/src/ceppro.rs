//! CepPro: phone-repair shops, all in one PostgreSQL schema.

mod billing;
mod copy;
mod customers;
mod purchasing;
mod repairs;
mod sales;
mod security;
mod sizes;
mod stock;
mod users;
mod workspaces;

use std::path::Path;

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection};

use crate::money::between as money;
use crate::random::Random;
use crate::table::Table;
use crate::{Generator, Tenant, sqlite};

/// The types, tables, policies, reference data and export role of an empty CepPro.
pub const SCHEMA: &str = include_str!("../ceppro/schema.sql");

/// The reviewed catalog of CepPro.
pub const CATALOG: &str = include_str!("../ceppro/catalog.toml");

/// The tables and reference data of an empty small CepPro: the same in one SQLite file, for the demo.
const SMALL_SCHEMA: &str = include_str!("../ceppro/small.sql");

/// The reviewed catalog, for the small CepPro.
pub fn small_catalog() -> String {
    // What only PostgreSQL has goes; what belongs to whom stays as it was reviewed.
    let is_postgres = |line: &&str| line.starts_with("schemas ") || line.starts_with("row_level_security ");
    let lines = CATALOG.lines().filter(|line| !is_postgres(line));
    lines.map(|line| line.replace("\"postgres\"", "\"sqlite\"") + "\n").collect()
}

/// Writes a new file of the small CepPro with every tenant's rows, all or nothing.
///
/// # Errors
///
/// When something already stands at `path`, when it cannot be written, or when two tenants share a key.
pub async fn create_small(path: &Path, generator: &Generator) -> anyhow::Result<()> {
    sqlite::create(path, SMALL_SCHEMA, &TABLES, generator).await
}

/// Parents before children: foreign keys are checked after each table.
pub(crate) const TABLES: [Table; 32] = [
    workspaces::WORKSPACES,
    workspaces::BRANCHES,
    users::ROLES,
    users::USERS,
    users::MEMBERSHIPS,
    users::PREFERENCES,
    users::API_TOKENS,
    customers::CUSTOMERS,
    customers::DEVICES,
    repairs::REPAIR_TICKETS,
    repairs::TICKET_HISTORY,
    repairs::NOTES,
    purchasing::SUPPLIERS,
    stock::PRODUCTS,
    stock::BARCODES,
    stock::INVENTORY,
    stock::STOCK_MOVEMENTS,
    purchasing::PURCHASE_ORDERS,
    purchasing::PURCHASE_ORDER_LINES,
    purchasing::RECEIVING_RECORDS,
    purchasing::RECEIVING_LINES,
    sales::CASHIER_SHIFTS,
    sales::RETAIL_SALES,
    sales::SALE_LINES,
    sales::REFUNDS,
    sales::ACCOUNTING_ENTRIES,
    sales::DAILY_REPORTS,
    billing::SUBSCRIPTIONS,
    billing::PAYMENT_METHODS,
    billing::INVOICES,
    security::USER_SESSIONS,
    security::SECURITY_EVENTS,
];

/// Beyond this many rows checking every foreign key takes longer than writing the rows, and proves
/// nothing that a smaller data set from the same code did not.
const ROWS_WORTH_CHECKING: u64 = 1_000_000;

/// The first `count` of CepPro's own example workspaces; their keys never change.
pub fn tenants(count: usize) -> Vec<Tenant> {
    const SHOPS: [&str; 6] = [
        "Display Doktor",
        "O'Brien's Phone Clinic",
        "مركز إصلاح الهواتف",
        "Réparation \"Express\", Lyon",
        "スマホ修理センター",
        "Big Buttons; Wholesale",
    ];
    (0..count)
        .map(|place| {
            let shop = SHOPS[place % SHOPS.len()];
            let round = place / SHOPS.len();
            let label = if round == 0 { shop.to_owned() } else { format!("{shop} {}", round + 1) };
            let key = uuid(&mut Random::at([0, 0, 0, place as u64]));
            Tenant { key, label, marker: String::new() }
        })
        .collect()
}

/// Runs the schema on an empty database and fills it; memory does not grow with the data.
///
/// The role in `url` must be a superuser: it creates a role and writes past every policy. The schema
/// is created in one transaction and the rows are written in a second one.
///
/// # Errors
///
/// When the database is not empty or cannot be reached, when a tenant's key is no UUID, or when two
/// tenants share a key.
pub async fn create(url: &str, generator: &Generator) -> anyhow::Result<()> {
    generator.check()?;
    for tenant in &generator.tenants {
        uuid::Uuid::parse_str(&tenant.key).with_context(|| format!("the key of {:?} is not a UUID", tenant.label))?;
    }
    let mut connection = PgConnection::connect(url).await.context("cannot connect")?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await.context("cannot create the schema")?;

    let mut transaction = connection.begin().await?;
    let rows: u64 = TABLES.iter().map(|table| table.size.rows(generator.scale)).sum();
    if rows.saturating_mul(generator.tenants.len() as u64) > ROWS_WORTH_CHECKING {
        sqlx::raw_sql("set local session_replication_role = replica").execute(&mut *transaction).await?;
    }
    for (number, table) in TABLES.iter().enumerate() {
        copy::table(&mut transaction, generator, table, number)
            .await
            .with_context(|| format!("cannot fill {}", table.name))?;
    }
    continue_numbering(&mut transaction).await?;
    transaction.commit().await?;
    sqlx::raw_sql("analyze").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Lets every identity column go on after the highest id that was written.
async fn continue_numbering(connection: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::raw_sql(
        "do $$
        declare
            numbered record;
        begin
            for numbered in
                select attrelid::regclass as name, attname as key
                from pg_attribute join pg_class on pg_class.oid = attrelid
                where attidentity <> '' and relnamespace = 'public'::regnamespace
            loop
                execute format('select setval(pg_get_serial_sequence(%L, %L), max(%I)) from %s',
                    numbered.name, numbered.key, numbered.key, numbered.name);
            end loop;
        end
        $$",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A version 4 UUID of the given randomness.
fn uuid(random: &mut Random) -> String {
    let bytes = (u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
