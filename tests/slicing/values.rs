//! Values arrive as the database holds them.

use super::desk::{catalog, open, read, run_postgres, sqlite};
use crate::support::postgres::Postgres;
use worker::rows::{RowBlock, SqliteValue};

#[tokio::test]
async fn sqlite_values_keep_their_storage_class_and_every_byte() {
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let (_folder, url) = sqlite(&format!(
            "pragma encoding = '{encoding}'; create table t(id integer primary key); insert into t values (1);
             create table v(t_id integer, a text, b integer, c, d real, e blob, g generated always as (b + 1) virtual, primary key (t_id, a)) without rowid;
             insert into v values (1, 'plain', 'text in integer', 1.0, -0.0, x'');
             insert into v values (1, cast(x'610062' as text), -9223372036854775808, x'00ff', 9e999, 'text in blob');
             insert into v values (1, '', 9223372036854775807, null, -9e999, x'610062');
             insert into v values (1, 'é😀' || char(13, 10) || '''\"\\', 5.5, '', 0.1, null);"
        ))
        .await;
        let catalog = catalog(
            "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.v]\nowner = { column = \"t_id\" }",
        );
        let (mut snapshot, plan, _) = open(&url, &catalog, "1").await.unwrap();
        let v = plan.tables.iter().find(|table| table.name == "v").unwrap();
        assert!(v.columns[6].generated);
        let blocks = read(&mut snapshot, v).await.unwrap();
        let [RowBlock::Sqlite(rows)] = blocks.as_slice() else { panic!("one block") };
        let find = |text: &[u8]| rows.iter().find(|row| row[1] == SqliteValue::Text(text.to_vec())).unwrap();
        let text = |text: &str| SqliteValue::Text(text.as_bytes().to_vec());
        let plain = find(b"plain");
        assert_eq!(plain[2..4], [text("text in integer"), SqliteValue::Real(1.0)]);
        assert!(
            matches!(plain[4], SqliteValue::Real(zero) if zero == 0.0),
            "SQLite itself stores -0.0 in a real column as 0"
        );
        assert_eq!(plain[5], SqliteValue::Blob(vec![]));
        if encoding == "UTF-8" {
            let nul = find(b"a\0b");
            assert_eq!(
                nul[2..6],
                [
                    SqliteValue::Integer(i64::MIN),
                    SqliteValue::Blob(vec![0, 255]),
                    SqliteValue::Real(f64::INFINITY),
                    text("text in blob")
                ]
            );
        }
        let empty = find(b"");
        assert_eq!(
            empty[2..6],
            [
                SqliteValue::Integer(i64::MAX),
                SqliteValue::Null,
                SqliteValue::Real(f64::NEG_INFINITY),
                SqliteValue::Blob(b"a\0b".to_vec())
            ]
        );
        let last = find("é😀\r\n'\"\\".as_bytes());
        assert_eq!(
            last[2..7],
            [SqliteValue::Real(5.5), text(""), SqliteValue::Real(0.1), SqliteValue::Null, SqliteValue::Real(6.5)]
        );
    }
}

#[tokio::test]
async fn a_sqlite_text_that_is_no_utf_8_survives() {
    let (_folder, url) =
        sqlite("create table t(id integer primary key, x text); insert into t values (1, cast(x'ff00fe' as text));")
            .await;
    let catalog = catalog(
        "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }",
    );
    let (mut snapshot, plan, _) = open(&url, &catalog, "1").await.unwrap();
    let blocks = read(&mut snapshot, &plan.tables[0]).await.unwrap();
    let [RowBlock::Sqlite(rows)] = blocks.as_slice() else { panic!("one block") };
    assert_eq!(rows[0][1], SqliteValue::Text(vec![0xff, 0, 0xfe]));
}

#[tokio::test]
async fn postgres_values_come_as_the_server_prints_them_whatever_its_settings() {
    let database = Postgres::shared().await.create_database("values").await;
    let name = &database.name;
    run_postgres(
        &database.url,
        &format!(
            "alter database {name} set datestyle = 'German'; alter database {name} set timezone = 'Asia/Kolkata'; alter database {name} set bytea_output = 'escape';
             alter database {name} set extra_float_digits = 0; alter database {name} set intervalstyle = 'iso_8601'; alter database {name} set statement_timeout = '60s';
             create table t(id int primary key); insert into t values (1);
             create table v(n int primary key, t_id int not null default 1, a text, f float8, d numeric, w timestamptz, i interval, b bytea, l text[], j json);
             insert into v values
             (1, 1, E'\\\\N', 0.1::float8 + 0.2, 'NaN', '2026-01-02 03:04:05.000100+00', '-1 mon +2 days', '\\x005cff', '{{NULL,\"NULL\",\"\"}}', '{{\"a\":1, \"a\":2}}'),
             (2, 1, E'\\\\.', '-Infinity', 1.10, 'infinity', '178000000 years', '', '[0:1]={{a,\"b,\\\\\\\"c\"}}', 'null'),
             (3, 1, E'a\\tb\\nc\\rd\\x01', '-0', 1e-20, '0044-03-15 00:00:00 BC', '0', null, '{{}}', null),
             (4, 1, '', 4.9e-324, -5, '-infinity', null, '\\x27', null, '{{}}'),
             (5, 1, null, 'NaN', 'Infinity', null, null, null, null, null);"
        ),
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.v]\nowner = { column = \"t_id\" }",
    );
    let (mut snapshot, plan, _) = open(&database.url, &catalog, "1").await.unwrap();
    let v = plan.tables.iter().find(|table| table.name == "v").unwrap();
    let blocks = read(&mut snapshot, v).await.unwrap();
    let [RowBlock::CopyText { bytes, rows: 5 }] = blocks.as_slice() else { panic!("one block") };
    let expected = concat!(
        "1\t1\t\\\\N\t0.30000000000000004\tNaN\t2026-01-02 03:04:05.0001+00\t-1 mons +2 days\t\\\\x005cff\t{NULL,\"NULL\",\"\"}\t{\"a\":1, \"a\":2}\n",
        "2\t1\t\\\\.\t-Infinity\t1.10\tinfinity\t178000000 years\t\\\\x\t[0:1]={a,\"b,\\\\\\\\\\\\\"c\"}\tnull\n",
        "3\t1\ta\\tb\\nc\\rd\x01\t-0\t0.00000000000000000001\t0044-03-15 00:00:00+00 BC\t00:00:00\t\\N\t{}\t\\N\n",
        "4\t1\t\t5e-324\t-5\t-infinity\t\\N\t\\\\x27\t\\N\t{}\n",
        "5\t1\t\\N\tNaN\tInfinity\t\\N\t\\N\t\\N\t\\N\t\\N\n",
    );
    assert_eq!(std::str::from_utf8(bytes).unwrap(), expected);
    snapshot.close().await;
}
