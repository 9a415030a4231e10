//! Values come as the database prints them, and restore as they were.

use super::filled;
use crate::slicing::desk::{catalog, export, open, read};
use sqlx::{Connection, MySqlConnection};
use worker::rows::RowBlock;

const CATALOG: &str = "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.v]\nshare = \"all\"";

/// The numbers of one row, as they were and as they came back.
type Pair = (f32, f64, f32, f64, f32, f64, f32, f64);

/// Every cell of table `v`, as bytes.
async fn cells(url: &str) -> Vec<Vec<Option<Vec<u8>>>> {
    let (mut snapshot, plan, _) = open(url, &catalog(CATALOG), "1").await.unwrap();
    let table = plan.tables.iter().find(|table| table.name == "v").unwrap();
    let blocks = read(&mut snapshot, table).await.unwrap();
    snapshot.close().await;
    blocks
        .iter()
        .flat_map(|block| match block {
            RowBlock::Mysql(rows) => {
                rows.rows().map(|row| row.map(|cell| cell.map(<[u8]>::to_vec)).collect()).collect::<Vec<_>>()
            }
            _ => unreachable!(),
        })
        .collect()
}

#[tokio::test]
async fn cells_are_the_bytes_that_the_server_prints() {
    let values: &[(&str, &str, Option<&[u8]>)] = &[
        ("tinyint(1)", "-128", Some(b"-128")),
        ("bigint unsigned", "18446744073709551615", Some(b"18446744073709551615")),
        ("int(5) unsigned zerofill", "42", Some(b"00042")),
        (
            "decimal(65,30)",
            "-99999999999999999999999999999999999.999999999999999999999999999999",
            Some(b"-99999999999999999999999999999999999.999999999999999999999999999999"),
        ),
        ("float", "0.1", Some(b"0.1")),
        ("float", "16777217", Some(b"16777216")),
        ("float", "1.17549435e-38", Some(b"1.1754944e-38")),
        ("float(7,2)", "1.23", Some(b"1.23")),
        ("double", "0.1", Some(b"0.1")),
        ("double", "1.7976931348623157e308", Some(b"1.7976931348623157e308")),
        ("double", "5e-324", Some(b"5e-324")),
        ("bit(1)", "b'1'", Some(b"\x01")),
        ("bit(64)", "~0", Some(b"\xff\xff\xff\xff\xff\xff\xff\xff")),
        ("bit(12)", "b'100000000000'", Some(b"\x08\x00")),
        ("date", "'0000-00-00'", Some(b"0000-00-00")),
        ("date", "'2024-00-15'", Some(b"2024-00-15")),
        ("date", "'9999-12-31'", Some(b"9999-12-31")),
        ("datetime(6)", "'0000-00-00 00:00:00'", Some(b"0000-00-00 00:00:00.000000")),
        ("datetime(3)", "'2026-01-02 03:04:05.678'", Some(b"2026-01-02 03:04:05.678")),
        ("timestamp", "from_unixtime(1)", Some(b"1970-01-01 00:00:01")),
        ("timestamp null", "'2026-03-29 02:30:00'", Some(b"2026-03-29 02:30:00")),
        ("time(6)", "'-838:59:59.999999'", Some(b"-838:59:59.999999")),
        ("year", "1901", Some(b"1901")),
        ("year", "0", Some(b"0000")),
        ("char(5)", "'ab'", Some(b"ab")),
        ("varchar(20)", "'a\\\\b''c\\n\\0d'", Some(b"a\\b'c\n\0d")),
        ("varchar(20) character set latin1", "'\u{e9}\u{20ac}'", Some("é€".as_bytes())),
        ("varchar(20) character set gbk", "'\u{4e02}'", Some("丂".as_bytes())),
        ("varchar(20) character set ucs2", "'\u{e9}'", Some("é".as_bytes())),
        ("text", "'\u{1f600}'", Some("😀".as_bytes())),
        ("binary(4)", "x'00ff00'", Some(b"\0\xff\0\0")),
        ("blob", "x'0a5c2700ff'", Some(b"\x0a\x5c\x27\x00\xff")),
        ("blob", "''", Some(b"")),
        ("varchar(9)", "null", None),
        ("enum('a','it''s')", "2", Some(b"it's")),
        ("enum('a','b')", "0", Some(b"")),
        ("set('a','b','c')", "5", Some(b"a,c")),
        ("json", "'{\"a\": 1, \"a\": 2e400}'", Some(b"{\"a\": 1, \"a\": 2e400}")),
        (
            "point",
            "st_geomfromtext('point(1 2)', 4326)",
            Some(b"\xe6\x10\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40"),
        ),
        ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", Some(b"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
        ("inet6", "'2001:DB8::1'", Some(b"2001:db8::1")),
    ];
    let columns: Vec<String> =
        values.iter().enumerate().map(|(number, (kind, ..))| format!("c{number} {kind}")).collect();
    let names: Vec<String> = (0..values.len()).map(|number| format!("c{number}")).collect();
    let literals: Vec<&str> = values.iter().map(|(_, literal, _)| *literal).collect();
    let database = filled(
        "values",
        &format!(
            "set time_zone = '+05:30', sql_mode = 'ALLOW_INVALID_DATES'; create table t(id int primary key); insert into t values (1);
             create table v({}, inv int invisible default 7, gen int as (inv * 2) virtual); set time_zone = '+00:00'; insert into v({}) values ({});",
            columns.join(", "),
            names.join(", "),
            literals.join(", ")
        ),
    )
    .await;
    let rows = cells(&database.url).await;
    assert_eq!(rows.len(), 1);
    for (number, (kind, literal, expected)) in values.iter().enumerate() {
        assert_eq!(
            rows[0][number].as_deref(),
            *expected,
            "{kind} {literal}: {:?}",
            rows[0][number].as_deref().map(String::from_utf8_lossy)
        );
    }
    assert_eq!(rows[0][values.len()..], [Some(b"7".to_vec()), Some(b"14".to_vec())]);
}

#[tokio::test]
async fn floats_and_doubles_restore_bit_for_bit() {
    let database = filled(
        "floats",
        "create table t(id int primary key); insert into t values (1);
         create table v(id int primary key auto_increment, f float, d double, s float(9,3), m double(20,4))",
    )
    .await;
    let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut values: Vec<(f32, f64)> =
        vec![(f32::MAX, f64::MAX), (f32::MIN_POSITIVE, f64::MIN_POSITIVE), (1e-45, 5e-324), (f32::MIN, f64::MIN)];
    while values.len() < 3000 {
        let (single, double) = (f32::from_bits(u32::try_from(random() >> 32).unwrap()), f64::from_bits(random()));
        if single.is_finite() && double.is_finite() {
            values.push((single, double));
        }
    }
    for (single, double) in &values {
        sqlx::query("insert into v(f, d, s, m) values (?, ?, ?, ?)")
            .bind(single)
            .bind(double)
            .bind((single % 100_000.0) / 7.0)
            .bind(f64::from(*single % 1_000_000.0) / 7.0)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let rows = cells(&database.url).await;
    assert_eq!(rows.len(), values.len());
    sqlx::raw_sql("create table back like v").execute(&mut connection).await.unwrap();
    for chunk in rows.chunks(500) {
        // As text literals: a bare -0 would be the integer.
        let tuples: Vec<String> = chunk
            .iter()
            .map(|row| {
                let cells: Vec<String> =
                    row.iter().map(|cell| format!("'{}'", String::from_utf8_lossy(cell.as_ref().unwrap()))).collect();
                format!("({})", cells.join(", "))
            })
            .collect();
        let text = format!("insert into back values {}", tuples.join(", "));
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    }
    let pairs: Vec<Pair> =
        sqlx::query_as("select v.f, v.d, v.s, v.m, b.f, b.d, b.s, b.m from v join back b on b.id = v.id order by v.id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(pairs.len(), values.len());
    for (pair, (single, double)) in pairs.iter().zip(&values) {
        assert_eq!((pair.0.to_bits(), pair.1.to_bits()), (single.to_bits(), double.to_bits()), "{single} {double}");
        assert_eq!((pair.0.to_bits(), pair.1.to_bits()), (pair.4.to_bits(), pair.5.to_bits()), "{single} {double}");
        assert_eq!((pair.2.to_bits(), pair.3.to_bits()), (pair.6.to_bits(), pair.7.to_bits()), "{single} {double}");
    }
}

#[tokio::test]
async fn large_cells_come_whole_also_where_they_come_first() {
    let database = filled(
        "large",
        "create table t(id int primary key); insert into t values (1); create table v(big longblob, id int primary key, also longtext);
         insert into v values (repeat('x', 16777215), 1, 'a'), (repeat('y', 16777216), 2, 'b'), (repeat('z', 100000000), 3, repeat('é', 9000000)), ('', 4, null);",
    )
    .await;
    let rows = cells(&database.url).await;
    let lengths: Vec<_> =
        rows.iter().map(|row| row.iter().map(|cell| cell.as_ref().map(Vec::len)).collect::<Vec<_>>()).collect();
    assert_eq!(
        lengths,
        [
            [Some(16_777_215), Some(1), Some(1)],
            [Some(16_777_216), Some(1), Some(1)],
            [Some(100_000_000), Some(1), Some(18_000_000)],
            [Some(0), Some(1), None],
        ]
    );
    assert!(rows[2][0].as_ref().unwrap().iter().all(|byte| *byte == b'z'));
}

#[tokio::test]
async fn limits_of_the_servers_configuration_cut_nothing_off() {
    let database = filled(
        "limits",
        "create table t(id int primary key); insert into t values (1); create table v(id int primary key); insert into v select seq from seq_1_to_5000",
    )
    .await;
    let name = format!("limited_{}", database.name);
    let password = crate::support::postgres::PASSWORD;
    crate::slicing::desk::run_mysql(
        &database.url,
        &format!("create user {name} identified by '{password}' with max_statement_time 0.001; grant select on `{}`.* to {name}", database.name),
    )
    .await;
    let url = crate::support::mariadb::MariaDb::shared().await.url_as(&name, &database.name);
    assert_eq!(export(&url, &catalog(CATALOG), "1").await.unwrap()["v"].len(), 5000);
}
