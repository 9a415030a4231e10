use super::*;
use crate::archive::tests::sample::{Sample, archive, column, members, on_disk, planned};
use crate::{
    plan::Plan,
    rows::RowBlock,
    schema::{Schema, Table},
};
use rawzip::{ZipArchiveWriter, path::EntryPath};
use shared::export::{CsvProfile, Engine, Format};
use std::io::Write;

fn sample() -> Sample {
    let live = Table {
        schema: "public".to_owned(),
        name: "sales".to_owned(),
        columns: vec![column("id", "integer", "int4"), column("note", "text", "text")],
        ..Table::default()
    };
    let lines = "1\tone\n2\t\\N\n3\tthr\\nee\n";
    Sample {
        rows: vec![("sales".to_owned(), vec![RowBlock::CopyText { bytes: lines.into(), rows: 3 }])],
        plan: Plan {
            tables: vec![planned(&live, "sales", "Other", "yours")],
            schema: Schema {
                hides_triggers: false,
                engine: Engine::Postgres,
                version: "15".to_owned(),
                prelude: Vec::new(),
                tables: vec![live],
            },
            catalog_fingerprint: String::new(),
            excluded: Vec::new(),
        },
        sequences: Vec::new(),
        label: "Till".to_owned(),
    }
}

async fn sound() -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let (bytes, _) = archive(&sample(), Format::ALL, CsvProfile::Lossless).await;
    let members = members(&bytes).into_iter().collect();
    (bytes, members)
}

fn zip(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipArchiveWriter::new(Vec::new());
    for (name, content) in members {
        let path = EntryPath::verbatim(name.as_bytes());
        let (mut entry, config) = zip.new_file(path).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    zip.finish().unwrap()
}

fn problems(bytes: &[u8]) -> String {
    let file = on_disk(bytes);
    verify(file.path()).unwrap_err().join("\n")
}

fn member<'a>(members: &'a mut [(String, Vec<u8>)], name: &str) -> &'a mut Vec<u8> {
    &mut members.iter_mut().find(|(path, _)| path == name).unwrap().1
}

/// Writes the right checksums for changed members, as a forger would.
fn seal(members: &mut [(String, Vec<u8>)]) {
    let lines: String = members
        .iter()
        .filter(|(path, _)| path != checksums::PATH)
        .map(|(path, content)| {
            use sha2::{Digest, Sha256};
            format!("{}  {path}\n", hex::encode(Sha256::digest(content)))
        })
        .collect();
    *member(members, checksums::PATH) = lines.into_bytes();
}

#[tokio::test]
async fn the_same_members_in_another_zip_are_still_sound() {
    let (_, members) = sound().await;
    let file = on_disk(&zip(&members));
    assert_eq!(verify(file.path()).unwrap().members, members.len());
}

#[tokio::test]
async fn a_truncated_file_is_no_archive() {
    let (bytes, _) = sound().await;
    for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        assert!(problems(&bytes[..length]).contains("not a complete ZIP archive"), "{length}");
    }
}

#[tokio::test]
async fn a_flipped_byte_is_found_wherever_it_is() {
    let (_, members) = sound().await;
    for place in 0..members.len() {
        let mut changed = members.clone();
        let middle = changed[place].1.len() / 2;
        changed[place].1[middle] ^= 1;
        let told = problems(&zip(&changed));
        assert!(!told.is_empty(), "{}", members[place].0);
    }
    let (mut bytes, _) = sound().await;
    let place = bytes.windows(11).position(|part| part == b"csv/sales.csv".get(..11).unwrap()).unwrap() + 20;
    bytes[place] ^= 0x10;
    assert!(problems(&bytes).contains("csv/sales.csv is damaged"));
}

#[tokio::test]
async fn a_changed_row_is_found() {
    let (_, mut members) = sound().await;
    *member(&mut members, "csv/sales.csv") = b"id,note\r\n1,two\r\n2,\r\n3,x\r\n".to_vec();
    assert!(problems(&zip(&members)).contains("The member csv/sales.csv is not what was exported"));
}

#[tokio::test]
async fn missing_rows_are_found_although_every_checksum_fits() {
    for (path, content, told) in [
        ("csv/sales.csv", "id,note\r\n1,one\r\n", "The member csv/sales.csv has 1 rows, but the manifest says 3."),
        (
            "sql/data/sales.sql",
            "copy \"public\".\"sales\" (\"id\", \"note\") from stdin;\n1\tx\n\\.\n",
            "The member sql/data/sales.sql has 1 rows, but the manifest says 3.",
        ),
        (
            "sql/data/sales.sql",
            "copy \"public\".\"sales\" (\"id\", \"note\") from stdin;\n1\tx\n",
            "the line that ends the rows is missing",
        ),
        (
            "sql/data/sales.sql",
            "copy \"public\".\"users\" (\"id\", \"note\") from stdin;\n1\tx\n\\.\n",
            "does not begin with the statement for its table",
        ),
        (
            "sql/data/sales.sql",
            "copy \"public\".\"sales\" (\"id\", \"note\") from stdin;\n\\.\ndrop table x;\n",
            "something stands after the last row",
        ),
        ("csv/sales.csv", "id,note\r\n1,one,1\r\n", "The rows of csv/sales.csv cannot be counted"),
        ("jsonl/sales.jsonl", "{\"id\":1,\"note\":\"}\\n\"}\n", "has 1 rows, but the manifest says 3"),
        ("jsonl/sales.jsonl", "{\"id\":1}\n", "an object has 1 keys instead of 2"),
        ("jsonl/sales.jsonl", "{\"id\":1,\"note\":2}{\"id\":1,\"note\":2}\n", "a row is not a line of its own"),
        ("jsonl/sales.jsonl", "\n{\"id\":1,\"note\":2}{\"id\":1,\"note\":2}\n", "a row is not a line of its own"),
        ("jsonl/sales.jsonl", "{\"id\":1,\"note\":2}", "a row is not a line of its own"),
        ("jsonl/sales.jsonl", "{\"id\":1,\"note\":nul}\n", "The rows of jsonl/sales.jsonl cannot be counted"),
    ] {
        let (_, mut members) = sound().await;
        *member(&mut members, path) = content.as_bytes().to_vec();
        let mut manifest: Manifest = serde_json::from_slice(member(&mut members, "manifest.json")).unwrap();
        let files = &mut manifest.tables[0].files;
        for file in files.csv.iter_mut().chain(&mut files.sql).chain(&mut files.jsonl) {
            use sha2::{Digest, Sha256};
            if file.path == path {
                file.bytes = content.len() as u64;
                file.sha256 = hex::encode(Sha256::digest(content));
            }
        }
        *member(&mut members, "manifest.json") = serde_json::to_vec(&manifest).unwrap();
        seal(&mut members);
        let found = problems(&zip(&members));
        assert!(found.contains(told), "{found}");
    }
}

#[tokio::test]
async fn members_that_nobody_listed_are_found() {
    let (_, mut members) = sound().await;
    members.push(("virus.exe".to_owned(), b"MZ".to_vec()));
    assert!(problems(&zip(&members)).contains("The member virus.exe is not part of the archive"));
    seal(&mut members);
    assert!(problems(&zip(&members)).contains("The member virus.exe is not part of the archive"));
}

#[tokio::test]
async fn names_that_leave_the_folder_are_found() {
    for name in ["../evil", "/etc/passwd", "a/../../b", "C:\\evil", "a\\..\\b", "a//b", "folder/"] {
        let (_, mut members) = sound().await;
        members.push((name.to_owned(), Vec::new()));
        seal(&mut members);
        assert!(problems(&zip(&members)).contains("would be unpacked outside"), "{name}");
    }
}

#[tokio::test]
async fn two_members_of_one_name_are_found() {
    let (_, mut members) = sound().await;
    members.push(("csv/sales.csv".to_owned(), b"id,note\r\n".to_vec()));
    assert!(problems(&zip(&members)).contains("Two members have the same name"));
    let (_, mut members) = sound().await;
    members.push(("csv/SALES.csv".to_owned(), b"id,note\r\n".to_vec()));
    assert!(problems(&zip(&members)).contains("differs from another one only in case"));
}

#[tokio::test]
async fn a_missing_member_is_found() {
    for name in ["csv/sales.csv", "START-HERE.html", "CHECKSUMS.sha256", "manifest.json"] {
        let (_, mut members) = sound().await;
        members.retain(|(path, _)| path != name);
        assert!(problems(&zip(&members)).contains(&format!("The member {name} is missing")), "{name}");
    }
}

#[test]
fn rows_of_insert_statements_are_counted_through_every_quoting() {
    let text = "-- it's (a) comment;\ninsert into \"a(\"\"b;\" (\"x\", \"y)\") values\n('it''s (1), (2);', (-9223372036854775807-1)),\n(replace('a\\rb','\\r',char(13)), cast(x'00' as text));\n\
                insert into \"t\" default values;\ninsert into \"t\" default values;\n";
    let target =
        Target { engine: Engine::Sqlite, schema: "main".to_owned(), table: "t".to_owned(), columns: Vec::new() };
    for length in 1..text.len() {
        let mut rows = SqlRows::new(&target);
        for part in text.as_bytes().chunks(length) {
            rows.take(part);
        }
        assert_eq!(rows.finish(), Ok(4));
    }
    let mut rows = SqlRows::new(&target);
    rows.take(b"insert into \"t\" (\"x\") values\n(1),\n(2)");
    assert!(rows.finish().is_err());
}

#[test]
fn rows_of_mysql_are_counted_through_every_quoting() {
    let text = "-- it's (a) comment;\ninsert into `a(``\"b;` (`x'`, `y`) values\n('it''s \\\\',(1)),\n('\\' (2), (3);',x'00');\n\
                set sql_mode = 'ALLOW_INVALID_DATES';\ninsert into `t` (`e`) values\n('');\nset sql_mode = 'STRICT_ALL_TABLES';\n\
                insert into `t` () values\n(),\n();\n";
    let target = Target { engine: Engine::Mysql, schema: String::new(), table: "t".to_owned(), columns: Vec::new() };
    for length in 1..text.len() {
        let mut rows = SqlRows::new(&target);
        for part in text.as_bytes().chunks(length) {
            rows.take(part);
        }
        assert_eq!(rows.finish(), Ok(5));
    }
}

#[test]
fn rows_are_summed_up_alike_however_they_arrive_and_are_written() {
    let copy = "copy \"public\".\"t\" (\"x\") from stdin;\n\\N\n\n\\\\.\nx\n\\.\n";
    let moved = "copy \"public\".\"t\" (\"x\") from stdin;\nx\n\\\\.\n\n\\N\n\\.\n";
    let other = "copy \"public\".\"t\" (\"x\") from stdin;\ny\n\\\\.\n\n\\N\n\\.\n";
    let insert = "insert into \"t\" (\"x\") values\n('a),(\n''b'),\n(replace('a\\r','\\r',char(13)));\ninsert into \"t\" (\"x\") values\n(-1);\n";
    let apart =
        "-- no row (1);\ninsert into \"t\" (\"x\") values\n(-1),\n(replace('a\\r','\\r',char(13))),\n('a),(\n''b');\n";
    let target = |engine| Target {
        engine,
        schema: "public".to_owned(),
        table: "t".to_owned(),
        columns: vec![("x".to_owned(), true)],
    };
    let sum = |engine, text: &str, length| {
        let mut rows = SqlRows::summing(&target(engine));
        text.as_bytes().chunks(length).for_each(|part| rows.take(part));
        rows.finish_sum().unwrap()
    };
    for length in 1..copy.len() {
        assert_eq!(sum(Engine::Postgres, copy, length), sum(Engine::Postgres, moved, 1000));
        assert_ne!(sum(Engine::Postgres, copy, length), sum(Engine::Postgres, other, 1000));
    }
    for length in 1..insert.len() {
        assert_eq!(sum(Engine::Sqlite, insert, length), sum(Engine::Sqlite, apart, 1000));
        assert_ne!(sum(Engine::Sqlite, insert, length), sum(Engine::Sqlite, &apart.replace("-1", "1"), 1000));
    }
    let mysql = "insert into `t` (`x`) values\n('a\\'),('),\n('b');\nset sql_mode = 'X';\n";
    let turned =
        "set sql_mode = 'Y';\ninsert into `t` (`x`) values\n('b');\ninsert into `t` (`x`) values\n('a\\'),(');\n";
    for length in 1..mysql.len() {
        assert_eq!(sum(Engine::Mysql, mysql, length), sum(Engine::Mysql, turned, 1000));
        assert_ne!(sum(Engine::Mysql, mysql, length), sum(Engine::Mysql, &turned.replace('b', "c"), 1000));
    }
    assert_eq!(sum(Engine::Mysql, mysql, 3).rows, 2);
    assert_eq!((sum(Engine::Postgres, copy, 3).rows, sum(Engine::Sqlite, insert, 3).rows), (4, 3));
}

#[tokio::test]
async fn a_member_that_only_the_checksums_list_is_refused_also_without_tables() {
    let mut empty = sample();
    empty.plan.tables.clear();
    let (bytes, _) = archive(&empty, &[Format::Csv], CsvProfile::Lossless).await;
    verify(on_disk(&bytes).path()).unwrap();
    let mut members: Vec<(String, Vec<u8>)> = members(&bytes).into_iter().collect();
    members.push(("setup.exe".to_owned(), b"MZ".to_vec()));
    seal(&mut members);
    assert!(problems(&zip(&members)).contains("setup.exe is not part of the archive"));
}
