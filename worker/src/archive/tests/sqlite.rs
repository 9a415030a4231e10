//! A slice of a SQLite database, and its restore.

use super::sample::{Sample, archive, column, members, on_disk, planned};
use crate::{
    archive::verify,
    catalog::Mask,
    plan::Plan,
    rows::{
        RowBlock,
        SqliteValue::{self, Blob, Integer, Null, Real, Text},
    },
    schema::{Column, Definition, ForeignKey, Generated, Schema, Table},
};
use shared::export::{CsvProfile, Engine, Format};
use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqliteConnection};

const HOSTILE: &str = "od\"d\n.quit; drop table 'x'";

fn text(text: &str) -> SqliteValue {
    Text(text.as_bytes().to_vec())
}

fn key(columns: &[&str], to_table: &str) -> ForeignKey {
    ForeignKey {
        name: None,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        to_schema: "main".to_owned(),
        to_table: to_table.to_owned(),
        to_columns: vec!["id".to_owned()],
        definition: None,
    }
}

fn table(name: &str, columns: Vec<Column>, statement: &str) -> Table {
    Table {
        schema: "main".to_owned(),
        name: name.to_owned(),
        columns,
        create_statement: Some(statement.to_owned()),
        ..Table::default()
    }
}

fn sample() -> Sample {
    let lives = vec![
        Table {
            primary_key: vec!["id".to_owned()],
            unique: vec![vec!["id".to_owned()], vec!["code".to_owned()]],
            indexes: vec![
                Definition {
                    name: "item_code".to_owned(),
                    columns: vec!["code".to_owned()],
                    text: "CREATE UNIQUE INDEX item_code ON item(code)".to_owned(),
                },
                Definition {
                    name: "item_v".to_owned(),
                    columns: vec!["v".to_owned()],
                    text: "CREATE INDEX item_v ON item(v)".to_owned(),
                },
            ],
            ..table(
                "item",
                vec![
                    Column { not_null: true, ..column("id", "INTEGER", "integer") },
                    column("code", "TEXT", "text"),
                    column("v", "", ""),
                    Column {
                        generated: Some(Generated { expression: String::new(), stored: true, own_code: false }),
                        ..column("up", "TEXT", "text")
                    },
                ],
                "CREATE TABLE item(id INTEGER PRIMARY KEY, code TEXT, v, up TEXT AS (upper(code)) STORED) -- items",
            )
        },
        Table {
            foreign_keys: vec![key(&["parent"], HOSTILE), key(&["item"], "item"), key(&["gone"], "gone")],
            primary_key: vec!["id".to_owned()],
            unique: vec![vec!["id".to_owned()]],
            ..table(
                HOSTILE,
                vec![
                    column("id", "INTEGER", "integer"),
                    column("parent", "INTEGER", "integer"),
                    column("item", "INTEGER", "integer"),
                    column("gone", "INTEGER", "integer"),
                    Column { default: Some("'x'".to_owned()), not_null: true, ..column("no\"te", "TEXT", "text") },
                    Column {
                        generated: Some(Generated { expression: String::new(), stored: false, own_code: false }),
                        ..column("len", "INT", "int")
                    },
                    column("card", "TEXT", "text"),
                ],
                "CREATE TABLE composed anew",
            )
        },
    ];
    let mut tables = vec![
        planned(&lives[0], "item", "Other", "shared with everybody"),
        planned(&lives[1], "odd", "Other", "tenant_id is the tenant's key"),
    ];
    tables[1].columns[6].mask = Some(Mask::Last4);
    tables[1].masked = vec![("card".to_owned(), Mask::Last4)];
    let hard = vec![
        Null,
        Integer(i64::MIN),
        Integer(1),
        Real(1.0),
        Real(-0.0),
        Real(5e-324),
        Real(f64::INFINITY),
        Real(0.1 + 0.2),
        text(""),
        text("it's\r\nlong\r\\r"),
        text("a\r\nb"),
        text("a\0b"),
        Text(vec![0xff, 0xfe]),
        text("\n.quit\n;\n--"),
        Blob(vec![]),
        Blob(vec![0, 255]),
    ];
    let items = hard
        .into_iter()
        .enumerate()
        .map(|(place, value)| {
            vec![Integer(place as i64), text(&format!("c{place}")), value, text(&format!("C{place}"))]
        })
        .collect();
    let odd = (0..500)
        .map(|place| {
            let parent = if place == 499 { Null } else { Integer(place + 1) };
            vec![
                Integer(place),
                parent,
                Integer(place % 16),
                Null,
                text(&"x'(".repeat(place as usize)),
                Integer(place * 3),
                text("****1234"),
            ]
        })
        .collect();
    Sample {
        rows: vec![
            ("item".to_owned(), vec![RowBlock::Sqlite(items)]),
            (HOSTILE.to_owned(), vec![RowBlock::Sqlite(odd)]),
        ],
        plan: Plan {
            schema: Schema {
                engine: Engine::Sqlite,
                version: "3.46.0".to_owned(),
                prelude: Vec::new(),
                tables: lives,
                hides_triggers: false,
            },
            catalog_fingerprint: "sha256:0".to_owned(),
            tables,
            excluded: Vec::new(),
        },
        sequences: Vec::new(),
        label: "Till".to_owned(),
    }
}

/// The statements of `sql/restore.sql` as the shell runs them.
pub(super) fn script(members: &std::collections::BTreeMap<String, Vec<u8>>) -> String {
    let restore = String::from_utf8(members["sql/restore.sql"].clone()).unwrap();
    let lines = restore.lines().filter(|line| !line.starts_with(".bail"));
    let expanded: Vec<String> = lines
        .map(|line| match line.strip_prefix(".read ") {
            Some(path) => String::from_utf8(members[path].clone()).unwrap(),
            None => line.to_owned(),
        })
        .collect();
    expanded.join("\n")
}

#[tokio::test]
async fn a_slice_restores_with_storage_classes_keys_and_hostile_names() {
    let sample = sample();
    let (bytes, manifest) = archive(&sample, &[Format::Csv, Format::Sql], CsvProfile::Lossless).await;
    let file = on_disk(&bytes);
    let verified = verify::verify(file.path()).unwrap();
    assert_eq!(verified.manifest, manifest);
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    connection.execute(AssertSqlSafe(script(&members(&bytes)))).await.unwrap();
    let rows = sqlx::query("select typeof(v), cast(v as blob), up from item order by id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let RowBlock::Sqlite(items) = &sample.rows[0].1[0] else { panic!("SQLite") };
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(items) {
        let (class, bytes): (String, Option<Vec<u8>>) = (row.get(0), row.get(1));
        let bytes = bytes.unwrap_or_default();
        match &item[2] {
            Null => assert_eq!(class, "null"),
            Integer(number) => assert_eq!((class.as_str(), bytes), ("integer", number.to_string().into_bytes())),
            Real(_) => assert_eq!(class, "real"),
            Text(text) => assert_eq!((class.as_str(), &bytes), ("text", text)),
            Blob(blob) => assert_eq!((class.as_str(), &bytes), ("blob", blob)),
        }
        assert_eq!(Text(row.get::<String, _>(2).into_bytes()), item[3]);
    }
    let quoted = format!("\"{}\"", HOSTILE.replace('"', "\"\""));
    let sql = format!("select count(*), sum(length(\"no\"\"te\")), sum(len) from {quoted}");
    let row = connection.fetch_one(AssertSqlSafe(sql)).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 500);
    assert_eq!(row.get::<i64, _>(1), (0..500).map(|place| place * 3).sum::<i64>());
    assert_eq!(row.get::<i64, _>(2), (0..500).map(|place| place * 3).sum::<i64>());
    let left: Vec<&str> = manifest.left_out.iter().map(|rule| rule.kind.as_str()).collect();
    assert_eq!(left, ["generation rule", "foreign key"]);
    let orphan = format!("insert into {quoted} (id, item) values (1000, 99)");
    assert!(connection.execute(AssertSqlSafe(orphan)).await.is_err(), "foreign keys are restored");
}

#[tokio::test]
async fn the_spreadsheet_face_verifies_too() {
    let (bytes, _) = archive(&sample(), &[Format::Csv, Format::Sql], CsvProfile::Spreadsheet).await;
    let file = on_disk(&bytes);
    verify::verify(file.path()).unwrap();
}
