//! Every kind of value and rule leaves one database and arrives in another.

use super::{archive, catalog, product, restore, succeeded, texts};
use crate::support::mariadb::{Database, MariaDb};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row};
use std::collections::BTreeMap;

const FIXTURE: &str = include_str!("../../fixtures/mysql.sql");
const TABLES: [&str; 21] = [
    "numbers",
    "moments",
    "texts",
    "bytes",
    "words",
    "shapes",
    "made",
    "nothing",
    "counted",
    "aria_one",
    "memory_one",
    "versioned",
    "parted",
    "spans",
    "keyless",
    "one_column",
    "parents",
    "children",
    "ring_a",
    "ring_b",
    "CON",
];
const ODD: &str = "odd`name \"x' \\ ü; -- .sql";

fn rules() -> String {
    catalog(&TABLES, "[tables.\"odd`name \\\"x' \\\\ ü; -- .sql\"]\nowner = { column = \"ten ant\" }\n")
}

#[tokio::test]
async fn every_value_of_mariadb_leaves_one_database_and_arrives_in_another() {
    let source = product("torture", FIXTURE).await;
    let first = archive(&source.url, &rules()).await;
    let target = MariaDb::shared().await.create_database("torture_restored").await;
    // A session of the person who restores may read everything differently.
    let foreign = "set names latin1; set time_zone = '+05:30'; set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,TRADITIONAL,PIPES_AS_CONCAT';\n";
    let output = restore(&target, &first, foreign).await;
    succeeded(&output);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "no row points away");

    let (source_sums, target_sums) = (sums(&source, "where `{owner}` = 1").await, sums(&target, "").await);
    for (table, sum) in &source_sums {
        assert_eq!(Some(sum), target_sums.get(table), "{table}");
    }
    assert_eq!(source_sums.len(), target_sums.len());

    let second = archive(&target.url, &rules()).await;
    let members = |archive: &crate::support::archive::Archive| -> BTreeMap<String, Vec<u8>> {
        let kept = archive
            .members()
            .into_iter()
            .filter(|member| member.name.starts_with("csv/") || member.name.starts_with("sql/"));
        kept.map(|member| (member.name, member.bytes)).collect()
    };
    let (first, second) = (members(&first), members(&second));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        let texts = [bytes, &second[name]].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert_eq!(texts[0], texts[1], "{name}");
        assert!(!texts[0].contains("CANARY"), "{name}");
    }
}

/// For each table the number of its rows and a sum over what they hold, as the server's own storage has it.
async fn sums(database: &Database, filter: &str) -> BTreeMap<String, (i64, String)> {
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    let columns = "select c.table_name, c.column_name, c.data_type from information_schema.columns c join information_schema.tables t
        on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
        where c.table_schema = database() order by 1, c.ordinal_position";
    let mut tables: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for row in sqlx::query(columns).fetch_all(&mut connection).await.unwrap() {
        let [table, column, kind]: [String; 3] = [row.get(0), row.get(1), row.get(2)];
        let name = format!("`{}`", column.replace('`', "``"));
        let cell = match kind.as_str() {
            "float" => format!("hex(concat({name} * 1e0))"),
            "enum" | "set" => format!("concat(hex({name}), '/', {name} + 0)"),
            "char" | "varchar" | "tinytext" | "text" | "longtext" | "binary" | "varbinary" | "tinyblob" | "blob"
            | "mediumblob" | "longblob" | "geometry" | "point" | "linestring" | "polygon" | "geometrycollection" => {
                format!("hex({name})")
            }
            _ => format!("hex(concat({name}))"),
        };
        let (owner, cells) = tables.entry(table.clone()).or_default();
        cells.push(format!("coalesce({cell}, 'NULL')"));
        if ["tenant_id", "ten ant"].contains(&column.as_str()) || table == "tenants" && column == "id" {
            *owner = column;
        }
    }
    let mut sums = BTreeMap::new();
    for (table, (owner, cells)) in tables {
        let query = format!(
            "select count(*), concat(coalesce(sum(crc32(concat_ws('|', {cells}))), 0), ' ', coalesce(sum(crc32(reverse(concat_ws('|', {cells})))), 0)) from `{}` {}",
            table.replace('`', "``"),
            filter.replace("{owner}", &owner),
            cells = cells.join(", "),
        );
        let row = sqlx::query(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap();
        sums.insert(table, (row.get(0), row.get(1)));
    }
    connection.close().await.unwrap();
    sums
}

#[tokio::test]
async fn what_mariadb_computes_and_counts_goes_on_in_the_restored_database() {
    let source = product("goes_on", FIXTURE).await;
    let archive = archive(&source.url, &rules()).await;
    let target = MariaDb::shared().await.create_database("goes_on_restored").await;
    succeeded(&restore(&target, &archive, "").await);
    let insert = "insert into made (id, name) values (10, 'new'); insert into numbers (tenant_id) values (1); insert into counted (tenant_id) values (1)";
    super::run(&target, insert).await.unwrap();
    let made = "select concat_ws(' ', ticket, hidden, must_hide, upper_name, twice, length(code), positive, `on`) as v from made where id = 10";
    assert_eq!(texts(&target, made).await, ["565 3 x <NEW> 6 36 3 on"]);
    assert_eq!(
        texts(&target, "select max(id) as v from numbers").await,
        ["10"],
        "not what other tenants have counted up to"
    );
    assert_eq!(texts(&target, "select max(no) as v from counted").await, ["4"]);
    let sequences = "select table_name as v from information_schema.tables where table_schema = database() and table_type = 'SEQUENCE'";
    assert_eq!(texts(&target, sequences).await, ["tickets"]);
    let views =
        "select count(*) as v from information_schema.tables where table_schema = database() and table_type = 'VIEW'";
    assert_eq!(texts(&target, views).await, ["0"]);
    for refused in [
        "insert into made (id, positive) values (11, -1)",
        "insert into made (id, positive, name) values (11, 1000, 'x')",
        "insert into made (id, code) values (11, 'a')",
        "insert into children (id, parent) values (11, 99)",
        "insert into words (id, mood, tags, document) values (11, 'good', '', '{')",
    ] {
        assert!(super::run(&target, refused).await.is_err(), "{refused}");
    }
    let left_out = archive.manifest()["left_out"].to_string();
    assert!(left_out.contains("history") && left_out.contains("only its rows at the time of the export"), "{left_out}");
    assert!(archive.manifest()["tables"].as_array().unwrap().iter().any(|table| table["table"] == ODD));
}
