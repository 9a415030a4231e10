use super::*;
use shared::export::Engine;

fn column(name: &str, type_name: &str) -> ColumnPlan {
    ColumnPlan {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        base_type: type_name.split([' ', '(']).next().unwrap_or_default().to_owned(),
        nullable: true,
        generated: false,
        mask: None,
    }
}

fn encoder(columns: &[(ColumnPlan, bool)]) -> InsertEncoder {
    let target = Target {
        engine: Engine::Mysql,
        schema: String::new(),
        table: "a`b".to_owned(),
        columns: columns.iter().map(|(column, stored)| (column.name.clone(), *stored)).collect(),
    };
    let columns: Vec<ColumnPlan> = columns.iter().map(|(column, _)| column.clone()).collect();
    InsertEncoder::new(&target, &columns)
}

fn rows(rows: &[&[Option<&[u8]>]]) -> PrintedRows {
    let mut printed = PrintedRows::new(rows[0].len());
    rows.iter().flat_map(|row| row.iter()).for_each(|cell| printed.push(*cell));
    printed
}

fn written(encoder: &mut InsertEncoder, printed: &PrintedRows) -> String {
    let mut out = Vec::new();
    encoder.encode(printed, &mut out).unwrap();
    encoder.footer(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn rows_become_statements_without_what_the_database_computes() {
    let mut encoder =
        encoder(&[(column("id", "int(11)"), true), (column("g", "int(11)"), false), (column("t", "text"), true)]);
    let text =
        written(&mut encoder, &rows(&[&[Some(b"1"), Some(b"2"), Some(b"it's")], &[Some(b"-3"), Some(b"4"), None]]));
    assert_eq!(text, "insert into `a``b` (`id`, `t`) values\n(1,'it''s'),\n(-3,null);\n");
    assert_eq!(encoder.rows(), 2);
}

#[test]
fn a_table_that_computes_every_column_gets_empty_rows() {
    let mut encoder = encoder(&[(column("g", "int(11)"), false)]);
    let text = written(&mut encoder, &rows(&[&[Some(b"2")], &[Some(b"2")]]));
    assert_eq!(text, "insert into `a``b` () values\n(),\n();\n");
}

#[test]
fn only_the_error_value_of_an_enum_is_written_without_strictness() {
    let mut encoder = encoder(&[(column("e", "enum('a','b')"), true), (column("s", "set('x')"), true)]);
    let text =
        written(&mut encoder, &rows(&[&[Some(b"a"), Some(b"")], &[Some(b""), Some(b"x")], &[Some(b"b"), Some(b"")]]));
    let insert = "insert into `a``b` (`e`, `s`) values\n";
    assert_eq!(text, format!("{insert}('a','');\n{LENIENT}{insert}('','x');\n{EXACT}{insert}('b','');\n"));
}

#[test]
fn a_statement_is_short_unless_one_row_is_long() {
    let mut encoder = encoder(&[(column("t", "longtext"), true)]);
    let (short, long) = (vec![b'x'; 30_000], vec![b'y'; 100_000]);
    let printed = rows(&[&[Some(&short)], &[Some(&short)], &[Some(&short)], &[Some(&long)], &[Some(&short)]]);
    let text = written(&mut encoder, &printed);
    let lengths: Vec<usize> = text.split_inclusive(";\n").map(str::len).collect();
    assert_eq!(lengths.len(), 4, "{lengths:?}");
    assert!(lengths.iter().filter(|length| **length > BYTES_A_STATEMENT).count() == 1);
    assert_eq!(encoder.longest_statement(), lengths.into_iter().max().unwrap());
}

#[test]
fn a_block_of_another_width_is_refused() {
    let mut encoder = encoder(&[(column("t", "text"), true)]);
    let error = encoder.encode(&rows(&[&[None, None]]), &mut Vec::new()).unwrap_err();
    assert_eq!(error, Malformed::Columns { found: 2, planned: 1 });
}
