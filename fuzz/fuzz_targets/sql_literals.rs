//! Names and texts between quotes end where they should, in every dialect.

#![no_main]

use handover_fuzz::columns;
use libfuzzer_sys::fuzz_target;
use shared::export::Engine;
use worker::{
    format::sql::{SqlEncoder, Target, name, sqlite::literal},
    rows::{PrintedRows, RowBlock, SqliteValue},
};

fuzz_target!(|input: (String, Vec<u8>)| {
    let (word, bytes) = input;
    assert_eq!(undoubled(&name::quoted(&word), '"'), word);
    assert_eq!(undoubled(&name::backticked(&word), '`'), word);

    let mut written = Vec::new();
    literal::append_value(&SqliteValue::Text(bytes.clone()), &mut written);
    let written = String::from_utf8(written).unwrap();
    assert!(!written.contains(['\r', '\0']));
    match std::str::from_utf8(&bytes) {
        Ok(text) if !text.contains(['\r', '\0']) => assert_eq!(undoubled(&written, '\''), text),
        _ => assert!(written.starts_with("cast(x'") || written.starts_with("replace('")),
    }

    let target = Target {
        engine: Engine::Mysql,
        schema: String::new(),
        table: "t".to_owned(),
        columns: vec![("c0".to_owned(), true)],
    };
    let mut encoder = SqlEncoder::new(&target, &columns(&["text"]));
    let mut rows = PrintedRows::new(1);
    rows.push(Some(&bytes));
    let mut statement = Vec::new();
    encoder.encode(&RowBlock::Mysql(rows), &mut statement).unwrap();
    encoder.footer(&mut statement);
    let statement = String::from_utf8(statement).unwrap();
    let row = statement.strip_prefix("insert into `t` (`c0`) values\n(").and_then(|rest| rest.strip_suffix(");\n")).unwrap();
    assert!(!row.contains(['\r', '\n', '\0']));
    if let Ok(text) = std::str::from_utf8(&bytes) {
        assert_eq!(unescaped(row), text);
    }
});

/// What stands between two quotes, of which those inside are doubled.
fn undoubled(quoted: &str, quote: char) -> String {
    let inside = quoted.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap();
    let halves = inside.replace(&format!("{quote}{quote}"), "\u{F8FF}\u{F8FF}");
    assert!(!halves.contains(quote), "{quoted}");
    inside.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// A literal as MySQL reads it: <https://dev.mysql.com/doc/refman/8.4/en/string-literals.html>.
fn unescaped(quoted: &str) -> String {
    let inside = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
    let mut text = String::new();
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next().unwrap() {
                '0' => '\0',
                'b' => '\u{8}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'Z' => '\u{1A}',
                other => other,
            },
            '\'' => {
                assert_eq!(characters.next(), Some('\''), "the literal ends early");
                '\''
            }
            other => other,
        });
    }
    text
}
