//! The example on MariaDB is what its README and its catalog say.

use std::{collections::BTreeMap, fs, path::Path};

use examples::{SECRET, proecommerce};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use worker::catalog::Catalog;

use crate::support::{
    archive::archive_at,
    mariadb::MariaDb,
    markers::assert_only,
    process::text,
    proecommerce::{ProEcommerce, columns, holds, tables},
    program::handover,
};

#[tokio::test]
async fn every_account_has_the_rows_that_the_generator_says() {
    let product = ProEcommerce::create().await;
    let mut owner = product.connect().await;
    let schema = schema(&mut owner).await;
    for (table, expected) in proecommerce::rows(&ProEcommerce::generator()) {
        for tenant in &product.tenants {
            let marked = schema[table].iter().map(|column| holds(column, &tenant.marker));
            let marked = marked.collect::<Vec<_>>().join(" or ");
            assert_eq!(count(&mut owner, &format!("from `{table}` where {marked}")).await, expected, "{table}");
        }
        let all = count(&mut owner, &format!("from `{table}`")).await;
        assert_eq!(all, expected * product.tenants.len() as u64, "{table}");
    }
}

#[tokio::test]
async fn every_key_leads_to_a_row() {
    let product = ProEcommerce::create().await;
    let mut owner = product.connect().await;
    let declared = "select constraint_name, table_name, group_concat(column_name order by ordinal_position),
            referenced_table_name, group_concat(referenced_column_name order by ordinal_position)
        from information_schema.key_column_usage
        where table_schema = database() and referenced_table_name is not null
        group by constraint_name, table_name, referenced_table_name";
    let mut keys: Vec<(String, String, String, String, String)> =
        sqlx::query_as(declared).fetch_all(&mut owner).await.unwrap();
    assert!(keys.len() > 50, "{}", keys.len());
    for (table, column, parent) in
        [("traffic_days", "service_id", "hosting_services"), ("emails", "ticket_id", "tickets")]
    {
        let key = (String::new(), table, column, parent, "id");
        keys.push((key.0, key.1.into(), key.2.into(), key.3.into(), key.4.into()));
    }
    for (_, table, columns, parent, parent_columns) in keys {
        let pairs: Vec<(&str, &str)> = columns.split(',').zip(parent_columns.split(',')).collect();
        let set = pairs.iter().map(|(column, _)| format!("child.`{column}` is not null")).collect::<Vec<_>>();
        let equal = pairs.iter().map(|(column, to)| format!("child.`{column}` = parent.`{to}`")).collect::<Vec<_>>();
        let (set, equal) = (set.join(" and "), equal.join(" and "));
        let from = format!("from `{table}` child where {set}");
        assert!(count(&mut owner, &from).await > 0, "{table}.{columns} is never set");
        let lost = format!("{from} and not exists (select 1 from `{parent}` parent where {equal})");
        assert_eq!(count(&mut owner, &lost).await, 0, "{table}.{columns}");
    }
    for (class, table) in
        [("Domain", "domains"), ("HostingService", "hosting_services"), ("Invoice", "invoices"), ("Ticket", "tickets")]
    {
        // Two backslashes: this session reads them as one.
        let notes = format!("from notes where notable_type = 'App\\\\Models\\\\{class}'");
        assert!(count(&mut owner, &notes).await > 0, "{class}");
        let lost = format!("{notes} and notable_id not in (select id from {table})");
        assert_eq!(count(&mut owner, &lost).await, 0, "{class}");
    }
}

#[tokio::test]
async fn the_catalog_leaves_out_exactly_the_columns_of_the_database_that_hold_secrets() {
    let product = ProEcommerce::create().await;
    let mut owner = product.connect().await;
    let catalog = Catalog::parse(proecommerce::CATALOG).unwrap();
    let schema = schema(&mut owner).await;
    assert!(schema.keys().eq(catalog.tables.keys()));
    for (table, columns) in schema {
        for column in columns {
            let rule = catalog.tables[&table].columns.get(&column);
            let omitted = rule.and_then(|rule| rule.omit.as_ref()).is_some_and(|reason| reason.starts_with("secret: "));
            let found = count(&mut owner, &format!("from `{table}` where {}", holds(&column, SECRET))).await;
            assert_eq!(found > 0, omitted, "{table}.{column}");
        }
    }
}

#[tokio::test]
async fn the_script_makes_the_same_database() {
    let product = ProEcommerce::create().await;
    let server = MariaDb::shared().await;
    let database = server.create_database("scripted").await;
    let mut script = Vec::new();
    proecommerce::write(&mut script, &ProEcommerce::generator()).unwrap();
    let output = server.client(&database.name, Path::new("/"), &script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let mut owner = product.connect().await;
    let mut scripted = MySqlConnection::connect(&database.url).await.unwrap();
    let tables = schema(&mut owner).await;
    assert_eq!(tables, schema(&mut scripted).await);
    for table in tables.keys() {
        assert_eq!(checksum(&mut owner, table).await, checksum(&mut scripted, table).await, "{table}");
    }
    let balances = "select a.credit_balance = (select balance_after from credit_entries c where c.account_id = a.id order by id desc limit 1) from accounts a";
    let balances: Vec<bool> = sqlx::query_scalar(balances).fetch_all(&mut scripted).await.unwrap();
    assert_eq!(balances, [true; 3]);
}

#[tokio::test]
async fn every_account_leaves_whole_and_alone_and_restores() {
    let product = ProEcommerce::create().await;
    let (url, folder) = (product.source_url().await, tempfile::tempdir().unwrap());
    let (catalog, file) = (folder.path().join("catalog.toml"), folder.path().join("archive.zip"));
    fs::write(&catalog, proecommerce::CATALOG).unwrap();
    for tenant in &product.tenants {
        let export = ["export", "--source", &url, "--catalog", text(&catalog), "--tenant", &tenant.key];
        let exported = handover(&[&export[..], &["--output", text(&file)]].concat()).run().await;
        assert!(exported.status.success(), "{exported:?}");
        let archive = archive_at(&file);
        fs::remove_file(&file).unwrap();
        if *tenant == product.tenants[0] {
            archive.assert_sound().await;
        }
        let others = product.tenants.iter().filter(|other| other.key != tenant.key).collect::<Vec<_>>();
        assert_only(&archive, tenant, &others);
        product.assert_restores(&archive, tenant).await;
    }
}

#[tokio::test]
async fn a_database_that_is_not_empty_is_not_touched() {
    let database = MariaDb::shared().await.create_database("precious").await;
    let mut owner = MySqlConnection::connect(&database.url).await.unwrap();
    sqlx::raw_sql("create table precious (id int)").execute(&mut owner).await.unwrap();
    assert!(proecommerce::create(&database.url, &ProEcommerce::generator()).await.is_err());
    assert_eq!(schema(&mut owner).await.into_keys().collect::<Vec<_>>(), ["precious"]);
}

#[tokio::test]
async fn the_user_of_exports_may_look_and_nothing_else() {
    let product = ProEcommerce::create().await;
    let mut reader = MySqlConnection::connect(&product.source_url().await).await.unwrap();
    assert_eq!(count(&mut reader, "from accounts").await, 3);
    for forbidden in
        ["delete from notes", "update accounts set name = ''", "create table t (id int)", "drop table notes"]
    {
        let refused = sqlx::raw_sql(AssertSqlSafe(forbidden)).execute(&mut reader).await;
        assert!(refused.is_err(), "{forbidden}");
    }
}

/// Every table with its columns.
async fn schema(connection: &mut MySqlConnection) -> BTreeMap<String, Vec<String>> {
    let mut schema = BTreeMap::new();
    for table in tables(connection).await {
        let columns = columns(connection, &table).await;
        schema.insert(table, columns);
    }
    schema
}

async fn count(connection: &mut MySqlConnection, from: &str) -> u64 {
    let query = format!("select count(*) {from}");
    let found: i64 = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(connection).await.unwrap();
    found.unsigned_abs()
}

async fn checksum(connection: &mut MySqlConnection, table: &str) -> Option<i64> {
    let query = format!("checksum table `{table}`");
    let (_, checksum): (String, Option<i64>) =
        sqlx::query_as(AssertSqlSafe(query)).fetch_one(connection).await.unwrap();
    checksum
}
