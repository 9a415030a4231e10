//! ProEcommerce: billing, hosting and domains in one MariaDB or MySQL database.

mod accounts;
mod billing;
mod contacts;
mod domains;
mod hosting;
mod insert;
mod records;
mod sizes;
mod support;

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};

use crate::random::Random;
use crate::table::{Cursor, Table};
use crate::{Generator, SECRET, Tenant, sqlite};

/// The tables, view, trigger and reference data of an empty ProEcommerce.
pub const SCHEMA: &str = include_str!("../proecommerce/schema.sql");

/// The reviewed catalog of ProEcommerce.
pub const CATALOG: &str = include_str!("../proecommerce/catalog.toml");

/// The tables and reference data of an empty small ProEcommerce: the same in one SQLite file, for the demo.
const SMALL_SCHEMA: &str = include_str!("../proecommerce/small.sql");

/// The reviewed catalog, for the small ProEcommerce.
pub fn small_catalog() -> String {
    CATALOG.replace("engine  = \"mysql\"", "engine  = \"sqlite\"")
}

/// Writes a new file of the small ProEcommerce with every tenant's rows, all or nothing.
///
/// # Errors
///
/// When something already stands at `path`, when it cannot be written, or when two tenants share a key.
pub async fn create_small(path: &Path, generator: &Generator) -> anyhow::Result<()> {
    sqlite::create(path, SMALL_SCHEMA, &TABLES, generator).await
}

/// Parents before children: foreign keys are on while rows are written.
pub(crate) const TABLES: [Table; 30] = [
    accounts::ACCOUNTS,
    accounts::ACCOUNT_FOLDERS,
    accounts::WEBHOOKS,
    contacts::CONTACTS,
    contacts::API_KEYS,
    contacts::SESSIONS,
    contacts::LOGIN_HISTORY,
    contacts::MARKETING_CONSENTS,
    contacts::EMAIL_PREFERENCES,
    billing::PAYMENT_METHODS,
    billing::SUBSCRIPTIONS,
    billing::INVOICES,
    billing::INVOICE_LINES,
    billing::INVOICE_LINE_TAXES,
    billing::TRANSACTIONS,
    billing::CREDIT_ENTRIES,
    domains::DOMAINS,
    domains::DNS_RECORDS,
    domains::TLS_CERTIFICATES,
    domains::TAGS,
    domains::DOMAIN_TAGS,
    hosting::HOSTING_SERVICES,
    hosting::SERVER_CREDENTIALS,
    hosting::TRAFFIC_DAYS,
    support::TICKETS,
    support::TICKET_MESSAGES,
    support::EMAILS,
    support::ATTACHMENTS,
    records::NOTES,
    records::AUDIT_LOG,
];

/// Strict, so that nothing is cut or guessed; moments are written in UTC.
const SESSION: &str = "set names utf8mb4; \
     set session sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'";

/// Beyond this many rows checking every foreign key takes longer than writing the rows, and proves
/// nothing that a smaller data set from the same code did not.
const ROWS_WORTH_CHECKING: u64 = 1_000_000;

/// The first `count` of ProEcommerce's own example accounts; their keys never change.
pub fn tenants(count: usize) -> Vec<Tenant> {
    const ACCOUNTS: [&str; 6] = [
        "Bluebird Web Studio",
        "O'Malley & Sons Hosting",
        "متجر الواحة",
        "Käsekuchen \"Online\" GmbH",
        "さくらドメイン 🌸",
        "Ten Percent; Off",
    ];
    (0..count)
        .map(|place| {
            let account = ACCOUNTS[place % ACCOUNTS.len()];
            let round = place / ACCOUNTS.len();
            let label = if round == 0 { account.to_owned() } else { format!("{account} {}", round + 1) };
            Tenant { key: (1_042 + 379 * place).to_string(), label, marker: String::new() }
        })
        .collect()
}

/// Runs the schema on an empty database and fills it; memory does not grow with the data.
///
/// The user in `url` needs every right on the database. MySQL cannot take a table back: after an error
/// the database is half filled, and a new one is needed.
///
/// # Errors
///
/// When the database is not empty or cannot be reached, when a tenant's key is no number from 1 up, or
/// when two tenants share a key.
pub async fn create(url: &str, generator: &Generator) -> anyhow::Result<()> {
    check(generator)?;
    let mut connection = MySqlConnection::connect(url).await.context("cannot connect")?;
    let tables = "select count(*) from information_schema.tables where table_schema = database()";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut connection).await?;
    anyhow::ensure!(tables == 0, "the database has {tables} tables already; nothing was changed");
    run(&mut connection, SESSION.to_owned()).await?;
    run(&mut connection, SCHEMA.to_owned()).await.context("cannot create the schema")?;
    if let Some(unchecked) = unchecked(generator) {
        run(&mut connection, unchecked.to_owned()).await?;
    }
    for (number, table) in TABLES.iter().enumerate() {
        let fill = async {
            run(&mut connection, "start transaction".to_owned()).await?;
            for statement in insert::statements(generator, table, number) {
                run(&mut connection, statement).await?;
            }
            run(&mut connection, "commit".to_owned()).await
        };
        fill.await.with_context(|| format!("cannot fill {}", table.name))?;
    }
    run(&mut connection, format!("analyze table {}", TABLES.map(|table| table.name).join(", "))).await?;
    connection.close().await?;
    Ok(())
}

/// Writes schema and rows as a script for the `mariadb` or `mysql` client; memory does not grow with the data.
///
/// # Errors
///
/// When `script` cannot be written, when a tenant's key is no number from 1 up, or when two tenants share a key.
pub fn write(script: &mut impl Write, generator: &Generator) -> anyhow::Result<()> {
    check(generator)?;
    writeln!(script, "{SESSION};\n{SCHEMA}")?;
    if let Some(unchecked) = unchecked(generator) {
        writeln!(script, "{unchecked};")?;
    }
    for (number, table) in TABLES.iter().enumerate() {
        writeln!(script, "start transaction;")?;
        for statement in insert::statements(generator, table, number) {
            writeln!(script, "{statement};")?;
        }
        writeln!(script, "commit;")?;
    }
    script.flush()?;
    Ok(())
}

/// How many rows each account has in each table that somebody owns, by the table's name.
pub fn rows(generator: &Generator) -> Vec<(&'static str, u64)> {
    TABLES.iter().map(|table| (table.name, table.size.rows(generator.scale))).collect()
}

fn check(generator: &Generator) -> anyhow::Result<()> {
    generator.check()?;
    for tenant in &generator.tenants {
        let number = tenant.key.parse::<u64>().ok().filter(|number| *number > 0 && number.to_string() == tenant.key);
        anyhow::ensure!(number.is_some(), "the key of {:?} is not a number from 1 up", tenant.label);
    }
    Ok(())
}

fn unchecked(generator: &Generator) -> Option<&'static str> {
    let rows: u64 = rows(generator).iter().map(|(_, rows)| rows).sum();
    let rows = rows.saturating_mul(generator.tenants.len() as u64);
    (rows > ROWS_WORTH_CHECKING).then_some("set session foreign_key_checks = 0, unique_checks = 0")
}

async fn run(connection: &mut MySqlConnection, statements: String) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await?;
    Ok(())
}

/// Bytes that no other row has and that begin with the mark of what never leaves.
fn secret_bytes(cursor: &mut Cursor<'_>, length: usize) -> Vec<u8> {
    let mut bytes = SECRET.as_bytes().to_vec();
    bytes.extend(cursor.random.bytes(length));
    bytes
}

/// Stripe's way of naming a thing: `pm_`, `cus_`, `sub_`, `ch_` and letters that mean nothing.
fn stripe(prefix: &str, random: &mut Random) -> String {
    format!("{prefix}_{:016x}{:08x}", random.next(), random.next() >> 32)
}

/// An address in network order, as `inet6_aton` stores it.
fn packed(address: &str) -> Option<Vec<u8>> {
    match address.parse().ok()? {
        std::net::IpAddr::V4(address) => Some(address.octets().to_vec()),
        std::net::IpAddr::V6(address) => Some(address.octets().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_the_same_for_the_same_seed() {
        let script = |seed| {
            let mut script = Vec::new();
            write(&mut script, &Generator::with_tenants(tenants(2), 0.01, seed)).unwrap();
            script
        };
        assert!(script(1) == script(1));
        assert!(script(1) != script(2));
    }

    #[test]
    fn a_key_that_is_no_number_is_refused() {
        for key in ["0", "-1", "007", "acme", "1; drop table accounts", "18446744073709551616"] {
            let mut tenants = tenants(1);
            key.clone_into(&mut tenants[0].key);
            let refused = write(&mut Vec::new(), &Generator::with_tenants(tenants, 0.01, 1));
            assert!(refused.is_err(), "{key}");
        }
    }

    #[test]
    fn addresses_are_packed_as_the_server_packs_them() {
        assert_eq!(packed("192.0.2.1"), Some(vec![192, 0, 2, 1]));
        assert_eq!(packed("2001:db8::1").map(|bytes| bytes.len()), Some(16));
    }
}
