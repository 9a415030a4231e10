use super::*;
use crate::rows::{PrintedRows, SqliteValue};
use proptest::prelude::*;
use serde_json::{Value, json};

fn columns(types: &[&str]) -> Vec<ColumnPlan> {
    types
        .iter()
        .enumerate()
        .map(|(number, base_type)| ColumnPlan {
            name: format!("c{number}"),
            type_name: (*base_type).to_owned(),
            base_type: (*base_type).to_owned(),
            nullable: true,
            generated: false,
            mask: None,
        })
        .collect()
}

fn lines(types: &[&str], block: &RowBlock) -> Vec<String> {
    let mut encoder = JsonlEncoder::new(&columns(types));
    let mut out = Vec::new();
    encoder.encode(block, &mut out).unwrap();
    assert_eq!(encoder.rows(), block.rows());
    let text = String::from_utf8(out).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

fn copy(types: &[&str], line: &str) -> String {
    let block = RowBlock::CopyText { bytes: format!("{line}\n").into(), rows: 1 };
    lines(types, &block).remove(0)
}

#[test]
fn values_of_postgres_are_numbers_only_where_every_reader_keeps_them() {
    let types = ["int8", "int8", "int8", "numeric", "float8", "float8", "bool", "bool"];
    assert_eq!(
        copy(&types, "9007199254740991\t9007199254740992\t-9223372036854775808\t1.50\t1e-07\tNaN\tt\t\\N"),
        r#"{"c0":9007199254740991,"c1":"9007199254740992","c2":"-9223372036854775808","c3":"1.50","c4":1e-07,"c5":"NaN","c6":true,"c7":null}"#
    );
}

#[test]
fn documents_stand_in_the_row_as_they_are() {
    assert_eq!(
        copy(&["json"], r#"{"a" : 1,\\n"#.trim_end_matches(r"\\n")),
        r#"{"c0":"handover-hex:7b226122203a20312c"}"#
    );
    assert_eq!(
        copy(&["json"], r#"{"b" : 1.50,\n "a": "x\\ny", "b": 2}"#),
        r#"{"c0":{"b" : 1.50,  "a": "x\ny", "b": 2}}"#
    );
    assert_eq!(copy(&["jsonb"], "null"), r#"{"c0":null}"#);
    assert_eq!(copy(&["jsonb"], "\"handover-hex:00\""), r#"{"c0":"handover-hex:2268616e646f7665722d6865783a303022"}"#);
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(copy(&["jsonb"], &deep), format!("{{\"c0\":{deep}}}"));
}

#[test]
fn text_that_no_string_can_hold_stands_as_its_bytes() {
    let mut block = b"\xff\thandover-hex:\t\\\\x00\tt\n".to_vec();
    block.extend_from_slice(b"a\\tb\\n\"\\\\\x01\t\\N\t\t\n");
    let rows = lines(&["text", "text", "bytea", "text"], &RowBlock::CopyText { bytes: block.into(), rows: 2 });
    assert_eq!(
        rows[0],
        r#"{"c0":"handover-hex:ff","c1":"handover-hex:68616e646f7665722d6865783a","c2":"\\x00","c3":"t"}"#
    );
    assert_eq!(rows[1], r#"{"c0":"a\tb\n\"\\\u0001","c1":null,"c2":"","c3":""}"#);
}

#[test]
fn a_row_without_columns_is_an_empty_object() {
    let block = RowBlock::CopyText { bytes: "\n\n".into(), rows: 2 };
    assert_eq!(lines(&[], &block), ["{}", "{}"]);
}

#[test]
fn a_row_of_another_shape_is_refused() {
    let mut encoder = JsonlEncoder::new(&columns(&["text", "text"]));
    for line in ["a\n", "a\tb\tc\n", "a\tb"] {
        assert!(
            encoder.encode(&RowBlock::CopyText { bytes: line.into(), rows: 1 }, &mut Vec::new()).is_err(),
            "{line}"
        );
    }
    let row = vec![SqliteValue::Null];
    assert!(encoder.encode(&RowBlock::Sqlite(vec![row]), &mut Vec::new()).is_err());
    assert!(encoder.encode(&RowBlock::Mysql(PrintedRows::new(1)), &mut Vec::new()).is_err());
}

#[test]
fn a_masked_column_is_text_whatever_it_hides() {
    let mut hidden = columns(&["int4"]);
    hidden[0].mask = Some(crate::catalog::Mask::Redact);
    let mut out = Vec::new();
    let block = RowBlock::CopyText { bytes: "7\n".into(), rows: 1 };
    JsonlEncoder::new(&hidden).encode(&block, &mut out).unwrap();
    assert_eq!(out, b"{\"c0\":\"7\"}\n");
}

#[test]
fn cells_of_mysql_follow_their_types() {
    let mut rows = PrintedRows::new(7);
    let cells: [Option<&[u8]>; 7] = [
        Some(b"\x01\x02"),
        Some(b"18446744073709551615"),
        Some(b"-0"),
        Some(b"0.10"),
        Some(b"\0\xff"),
        Some(b"[1, 2]"),
        None,
    ];
    cells.iter().for_each(|cell| rows.push(*cell));
    assert_eq!(
        lines(&["bit", "bigint", "double", "decimal", "blob", "json", "text"], &RowBlock::Mysql(rows)),
        [r#"{"c0":258,"c1":"18446744073709551615","c2":-0,"c3":"0.10","c4":"\\x00ff","c5":[1, 2],"c6":null}"#]
    );
}

/// What a careful reader makes of a SQLite value, by the rules of the dialect.
fn read_back(cell: &str) -> SqliteValue {
    let text = match serde_json::from_str(cell).unwrap() {
        Value::Null => return SqliteValue::Null,
        // serde_json's own reals are a last digit off.
        Value::Number(_) if cell.contains(['.', 'e']) => return SqliteValue::Real(cell.parse().unwrap()),
        Value::Number(_) => return SqliteValue::Integer(cell.parse().unwrap()),
        Value::String(text) => text,
        other => panic!("{other}"),
    };
    let number = text.parse::<i64>().ok().filter(|number| number.unsigned_abs() > value::LARGEST);
    match (text.as_str(), number, text.strip_prefix("\\x"), text.strip_prefix(HEX_MARK)) {
        ("Infinity", ..) => SqliteValue::Real(f64::INFINITY),
        ("-Infinity", ..) => SqliteValue::Real(f64::NEG_INFINITY),
        (_, Some(number), ..) => SqliteValue::Integer(number),
        (_, _, Some(blob), _) => SqliteValue::Blob(hex::decode(blob).unwrap()),
        (_, _, _, Some(text)) => SqliteValue::Text(hex::decode(text).unwrap()),
        _ => SqliteValue::Text(text.into_bytes()),
    }
}

fn sqlite_value() -> impl Strategy<Value = SqliteValue> {
    prop_oneof![
        Just(SqliteValue::Null),
        any::<i64>().prop_map(SqliteValue::Integer),
        (-9_007_199_254_740_993_i64..9_007_199_254_740_993).prop_map(SqliteValue::Integer),
        prop::num::f64::ANY.prop_filter("SQLite has no NaN", |real| !real.is_nan()).prop_map(SqliteValue::Real),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(SqliteValue::Text),
        ".{0,20}".prop_map(|text| SqliteValue::Text(text.into_bytes())),
        "(\\\\x|handover-hex:|-?Infinity|-?9007199254740992|)[0-9a-f]{0,4}"
            .prop_map(|text| SqliteValue::Text(text.into_bytes())),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(SqliteValue::Blob),
    ]
}

/// The escapes of PostgreSQL's documentation of COPY.
fn copied(value: Option<&str>) -> String {
    match value {
        None => "\\N".to_owned(),
        Some(text) => text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"),
    }
}

proptest! {
    #[test]
    fn every_sqlite_value_comes_back_in_its_storage_class(value in sqlite_value()) {
        let line = lines(&[""], &RowBlock::Sqlite(vec![vec![value.clone()]])).remove(0);
        let cell = line.strip_prefix("{\"c0\":").and_then(|rest| rest.strip_suffix('}')).unwrap();
        match (read_back(cell), value) {
            (SqliteValue::Real(back), SqliteValue::Real(value)) => prop_assert_eq!(back.to_bits(), value.to_bits()),
            (back, value) => prop_assert_eq!(back, value),
        }
    }

    #[test]
    fn every_text_comes_back(row in prop::collection::vec(prop::option::of("[^\0]{0,30}"), 1..5)) {
        let line: Vec<String> = row.iter().map(|value| copied(value.as_deref())).collect();
        let types = vec!["text"; row.len()];
        let object: Value = serde_json::from_str(&copy(&types, &line.join("\t"))).unwrap();
        for (number, value) in row.iter().enumerate() {
            let expected = value.as_ref().map_or(Value::Null, |text| match text.starts_with(HEX_MARK) {
                true => json!(format!("{HEX_MARK}{}", hex::encode(text))),
                false => json!(text),
            });
            prop_assert_eq!(&object[format!("c{number}")], &expected);
        }
    }

    #[test]
    fn whatever_a_number_column_prints_is_a_line_of_json(printed in "[-+0-9.eE]{0,12}|[^\0]{0,8}") {
        for kind in ["int8", "float8", "bool", "numeric"] {
            let object: Value = serde_json::from_str(&copy(&[kind], &copied(Some(&printed)))).unwrap();
            let kept = match &object["c0"] {
                Value::String(text) => *text == printed || text.starts_with(HEX_MARK),
                Value::Number(number) => number.as_f64() == printed.parse().ok(),
                Value::Bool(_) => matches!(printed.as_str(), "t" | "f"),
                _ => false,
            };
            prop_assert!(kept, "{} as {}", printed, kind);
        }
    }
}
