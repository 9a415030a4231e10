use super::*;
use crate::rows::SqliteValue;
use bytes::Bytes;
use proptest::prelude::*;

fn columns(count: usize) -> Vec<ColumnPlan> {
    (0..count)
        .map(|number| ColumnPlan {
            name: format!("c{number}"),
            type_name: "text".to_owned(),
            base_type: "text".to_owned(),
            nullable: true,
            generated: false,
            mask: None,
        })
        .collect()
}

fn csv(profile: CsvProfile, count: usize, block: &RowBlock) -> Vec<u8> {
    let columns = columns(count);
    let mut encoder = CsvEncoder::new(profile, &columns);
    let mut out = Vec::new();
    encoder.header(&columns, &mut out);
    encoder.encode(block, &mut out).unwrap();
    assert_eq!(encoder.rows(), block.rows());
    out
}

/// The escapes of PostgreSQL's documentation of COPY, one character after the other.
fn copy_text(rows: &[Vec<Option<Vec<u8>>>]) -> RowBlock {
    let mut bytes = Vec::new();
    for row in rows {
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                bytes.push(b'\t');
            }
            let Some(value) = value else {
                bytes.extend_from_slice(b"\\N");
                continue;
            };
            for byte in value {
                match byte {
                    8 => bytes.extend_from_slice(b"\\b"),
                    12 => bytes.extend_from_slice(b"\\f"),
                    b'\n' => bytes.extend_from_slice(b"\\n"),
                    b'\r' => bytes.extend_from_slice(b"\\r"),
                    b'\t' => bytes.extend_from_slice(b"\\t"),
                    11 => bytes.extend_from_slice(b"\\v"),
                    b'\\' => bytes.extend_from_slice(b"\\\\"),
                    other => bytes.push(*other),
                }
            }
        }
        bytes.push(b'\n');
    }
    RowBlock::CopyText { bytes: Bytes::from(bytes), rows: rows.len() as u64 }
}

/// A reader of RFC 4180 that tells quoted fields from others.
fn records(mut text: &[u8]) -> Vec<Vec<(Vec<u8>, bool)>> {
    let mut records = Vec::new();
    while !text.is_empty() {
        let mut record = Vec::new();
        loop {
            let mut value = Vec::new();
            let quoted = text.first() == Some(&b'"');
            if quoted {
                text = &text[1..];
                loop {
                    match text {
                        [b'"', b'"', rest @ ..] => {
                            value.push(b'"');
                            text = rest;
                        }
                        [b'"', rest @ ..] => {
                            text = rest;
                            break;
                        }
                        [byte, rest @ ..] => {
                            value.push(*byte);
                            text = rest;
                        }
                        [] => panic!("a quoted field does not end"),
                    }
                }
            } else {
                while !text.is_empty() && !matches!(text[0], b',' | b'\r') {
                    assert!(!matches!(text[0], b'"' | b'\n'), "needs quotes");
                    value.push(text[0]);
                    text = &text[1..];
                }
            }
            record.push((value, quoted));
            match text {
                [b',', rest @ ..] => text = rest,
                [b'\r', b'\n', rest @ ..] => {
                    text = rest;
                    break;
                }
                other => panic!("a record ends with {:?}", &other[..other.len().min(8)]),
            }
        }
        records.push(record);
    }
    records
}

fn through_csv_crate(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
    ::csv::Reader::from_reader(text)
        .byte_records()
        .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
        .collect()
}

fn decoded(value: &[u8]) -> Vec<u8> {
    match value.strip_prefix(HEX_MARK.as_bytes()) {
        Some(digits) => hex::decode(digits).unwrap(),
        None => value.to_vec(),
    }
}

fn lossless(profile_rows: &[Vec<(Vec<u8>, bool)>], null: &str) -> Vec<Vec<Option<Vec<u8>>>> {
    profile_rows
        .iter()
        .map(|row| {
            row.iter().map(|(value, quoted)| (*quoted || value != null.as_bytes()).then(|| decoded(value))).collect()
        })
        .collect()
}

fn cell() -> impl Strategy<Value = Option<Vec<u8>>> {
    let pieces = prop::sample::select(vec![
        "",
        "a",
        "\\N",
        "\\.",
        "NULL",
        "\\",
        "\"",
        "'",
        ",",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "=1+1",
        "+49 170",
        "-12.50",
        "@x",
        " ",
        "😀",
        "ä",
        "\u{1}",
        "\u{feff}",
        "\u{2028}",
        "\u{8}",
        "\u{b}",
        "\u{c}",
        "handover-hex:",
        "ff",
        "12",
        "N",
        "-",
    ]);
    let text = prop::collection::vec(pieces, 0..5).prop_map(|pieces| pieces.concat().into_bytes());
    let bytes = prop::collection::vec(1u8.., 0..6);
    prop::option::weighted(0.85, prop_oneof![4 => text, 1 => bytes])
}

fn table() -> impl Strategy<Value = (usize, Vec<Vec<Option<Vec<u8>>>>)> {
    (1usize..5).prop_flat_map(|count| {
        let row = prop::collection::vec(cell(), count);
        (Just(count), prop::collection::vec(row, 0..6))
    })
}

proptest! {
    #[test]
    fn lossless_csv_of_copy_text_gives_every_value_back((count, rows) in table()) {
        let text = csv(CsvProfile::Lossless, count, &copy_text(&rows));
        prop_assert!(std::str::from_utf8(&text).is_ok());
        let read = records(&text);
        prop_assert_eq!(lossless(&read[1..], null_text(CsvProfile::Lossless, count)), rows.clone());
        let plain: Vec<Vec<Vec<u8>>> = read[1..].iter().map(|row| row.iter().map(|(value, _)| value.clone()).collect()).collect();
        prop_assert_eq!(through_csv_crate(&text), plain);
    }

    #[test]
    fn spreadsheet_csv_gives_every_value_back_and_runs_none((count, rows) in table()) {
        let text = csv(CsvProfile::Spreadsheet, count, &copy_text(&rows));
        prop_assert!(text.starts_with(b"\xEF\xBB\xBF"));
        let read = through_csv_crate(&text);
        prop_assert_eq!(read.len(), rows.len());
        for (row, original) in read.iter().zip(&rows) {
            for (value, original) in row.iter().zip(original) {
                let original = original.clone().unwrap_or_default();
                let value = decoded(value);
                let dangerous = value.first().is_some_and(|first| b"=+@\t\r\n".contains(first))
                    || value.starts_with(b"-") && std::str::from_utf8(&value).is_ok_and(|text| text.trim_end_matches('\t').parse::<f64>().is_err());
                if std::str::from_utf8(&original).is_ok() && !original.starts_with(HEX_MARK.as_bytes()) {
                    prop_assert!(!dangerous, "{:?}", value);
                }
                if value != original {
                    let marked = [value.strip_prefix(b"'"), value.strip_suffix(b"\t")];
                    prop_assert!(marked.contains(&Some(&original[..])), "{:?} {:?}", value, original);
                }
            }
        }
    }

    #[test]
    fn sqlite_text_comes_back(rows in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 2), 0..5)) {
        let block = RowBlock::Sqlite(rows.iter().map(|row| row.iter().cloned().map(SqliteValue::Text).collect()).collect());
        let read = records(&csv(CsvProfile::Lossless, 2, &block));
        let expected: Vec<Vec<Option<Vec<u8>>>> = rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect();
        prop_assert_eq!(lossless(&read[1..], ""), expected);
    }
}

#[test]
fn null_and_the_empty_text_are_told_apart() {
    let rows = vec![
        vec![None, Some(Vec::new()), Some(b"\\N".to_vec())],
        vec![Some(b"NULL".to_vec()), Some(b"x".to_vec()), None],
    ];
    assert_eq!(
        String::from_utf8(csv(CsvProfile::Lossless, 3, &copy_text(&rows))).unwrap(),
        "c0,c1,c2\r\n,\"\",\"\\N\"\r\n\"NULL\",x,\r\n"
    );
    assert_eq!(
        String::from_utf8(csv(CsvProfile::Spreadsheet, 3, &copy_text(&rows))).unwrap(),
        "\u{feff}c0,c1,c2\r\n,,\"\\N\"\r\n\"NULL\",x,\r\n"
    );
}

#[test]
fn the_null_of_a_single_column_is_no_blank_line() {
    let rows = vec![vec![None], vec![Some(Vec::new())], vec![Some(b"\\N".to_vec())]];
    assert_eq!(
        String::from_utf8(csv(CsvProfile::Lossless, 1, &copy_text(&rows))).unwrap(),
        "c0\r\n\\N\r\n\"\"\r\n\"\\N\"\r\n"
    );
    let text = csv(CsvProfile::Spreadsheet, 1, &copy_text(&rows));
    assert_eq!(through_csv_crate(&text).len(), 3);
}

#[test]
fn formulas_are_defused_and_numbers_are_not() {
    let values = ["=1+1", "+49 170 1", "+49", "-12.50", "-1e+30", "-1+1", "-", "@a", "a=b", "＝1", "-Infinity"];
    let rows: Vec<_> = values.iter().map(|value| vec![Some(value.as_bytes().to_vec()), None]).collect();
    let text = csv(CsvProfile::Spreadsheet, 2, &copy_text(&rows));
    let shown: Vec<String> =
        through_csv_crate(&text).into_iter().map(|row| String::from_utf8(row[0].clone()).unwrap()).collect();
    let shown: Vec<&str> = shown.iter().map(|shown| shown.trim_end_matches('\t')).collect();
    assert_eq!(
        shown,
        ["'=1+1", "'+49 170 1", "'+49", "-12.50", "-1e+30", "'-1+1", "'-", "'@a", "a=b", "'＝1", "'-Infinity"]
    );
}

#[test]
fn what_a_spreadsheet_would_change_gets_a_tab_that_nobody_sees() {
    let values = ["007", "12345678901234567890", "42", "12.5", "1-2", "2024-03-01", "Müller", "=007"];
    let rows: Vec<_> = values.iter().map(|value| vec![Some(value.as_bytes().to_vec()), None]).collect();
    let text = String::from_utf8(csv(CsvProfile::Spreadsheet, 2, &copy_text(&rows))).unwrap();
    let cells: Vec<&str> = text.lines().skip(1).map(|line| line.trim_end_matches(',')).collect();
    let expected =
        ["\"007\t\"", "\"12345678901234567890\t\"", "42", "12.5", "\"1-2\t\"", "2024-03-01", "Müller", "'=007"];
    assert_eq!(cells, expected);
    let text = String::from_utf8(csv(CsvProfile::Lossless, 2, &copy_text(&rows))).unwrap();
    assert!(!text.contains('\t'), "programs get values as they are: {text}");
}

#[test]
fn a_column_keeps_its_name() {
    let mut columns = columns(3);
    for (column, name) in columns.iter_mut().zip(["007", "=1+1", "a,b"]) {
        column.name = name.to_owned();
    }
    let mut out = Vec::new();
    CsvEncoder::new(CsvProfile::Spreadsheet, &columns).header(&columns, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "\u{feff}007,'=1+1,\"a,b\"\r\n");
}

#[test]
fn text_that_sqlite_holds_in_a_column_of_another_type_is_kept_as_text() {
    let mut columns = columns(2);
    for (column, base_type) in columns.iter_mut().zip(["date", "integer"]) {
        column.base_type = base_type.to_owned();
    }
    let text = |text: &str| SqliteValue::Text(text.as_bytes().to_vec());
    let rows = vec![vec![text("03/04/2024"), text("1-2")], vec![text("2024-03-04"), SqliteValue::Real(1.0)]];
    let mut encoder = CsvEncoder::new(CsvProfile::Spreadsheet, &columns);
    let mut out = Vec::new();
    encoder.encode(&RowBlock::Sqlite(rows), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "\"03/04/2024\t\",\"1-2\t\"\r\n2024-03-04,1.0\r\n");
    assert!(encoder.observed().iter().all(|observed| observed.kept_values == 1));
}

#[test]
fn sqlite_values_are_exact() {
    let row = vec![
        SqliteValue::Integer(i64::MIN),
        SqliteValue::Real(1.0),
        SqliteValue::Real(-0.0),
        SqliteValue::Real(0.1 + 0.2),
        SqliteValue::Real(f64::NEG_INFINITY),
        SqliteValue::Blob(vec![0, 255]),
        SqliteValue::Text(b"a\0b".to_vec()),
        SqliteValue::Null,
    ];
    assert_eq!(
        String::from_utf8(csv(CsvProfile::Lossless, 8, &RowBlock::Sqlite(vec![row]))).unwrap(),
        "c0,c1,c2,c3,c4,c5,c6,c7\r\n-9223372036854775808,1.0,-0.0,0.30000000000000004,-Infinity,\"\\x00ff\",handover-hex:610062,\r\n"
    );
}

#[test]
fn rows_that_do_not_fit_the_plan_are_refused() {
    let columns = columns(2);
    for lines in ["a\n", "a\tb\tc\n", "a\tb"] {
        let mut encoder = CsvEncoder::new(CsvProfile::Lossless, &columns);
        let block = RowBlock::CopyText { bytes: Bytes::from_static(lines.as_bytes()), rows: 1 };
        assert!(encoder.encode(&block, &mut Vec::new()).is_err(), "{lines:?}");
    }
}

#[test]
fn dates_that_programs_do_not_know_are_noticed() {
    let mut column = columns(1);
    column[0].base_type = "date".to_owned();
    for (value, beyond) in [("2026-11-22", false), ("infinity", true), ("0044-03-15 BC", true), ("12026-01-01", true)] {
        let mut encoder = CsvEncoder::new(CsvProfile::Lossless, &column);
        let rows = vec![vec![Some(value.as_bytes().to_vec())]];
        encoder.encode(&copy_text(&rows), &mut Vec::new()).unwrap();
        assert_eq!(encoder.observed()[0].beyond_calendar, beyond, "{value}");
    }
}
