use std::fmt::Write as _;

use crate::Generator;
use crate::table::{Cursor, Table, Value};

/// Bytes of rows gathered into one statement: far below any server's `max_allowed_packet`.
const STATEMENT: usize = 256 * 1024;

/// The statements that write all rows of a table, each made when it is asked for.
///
/// They are right under `NO_BACKSLASH_ESCAPES` only.
pub(super) fn statements<'g>(
    generator: &'g Generator,
    table: &'g Table,
    number: usize,
) -> impl Iterator<Item = String> + 'g {
    let head = format!("insert into {} ({}) values", table.name, table.columns.join(", "));
    let mut cursors = Cursor::over(generator, table, number);
    std::iter::from_fn(move || {
        let mut statement = String::new();
        while statement.len() < STATEMENT
            && let Some(mut cursor) = cursors.next()
        {
            if statement.is_empty() {
                statement.push_str(&head);
            } else {
                statement.push(',');
            }
            row(&mut statement, &(table.row)(&mut cursor));
        }
        (!statement.is_empty()).then_some(statement)
    })
}

fn row(statement: &mut String, row: &[Value]) {
    statement.push_str("\n(");
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            statement.push_str(", ");
        }
        literal(statement, value);
    }
    statement.push(')');
}

fn literal(statement: &mut String, value: &Value) {
    match value {
        Value::Null => statement.push_str("null"),
        Value::Boolean(value) => statement.push(if *value { '1' } else { '0' }),
        Value::Integer(value) => statement.push_str(&value.to_string()),
        Value::Real(value) => statement.push_str(&format!("{value:e}")),
        // A client that reads a script stops at a NUL, and makes one line end of two characters.
        Value::Text(text) if text.contains(['\0', '\r']) => {
            statement.push_str("_utf8mb4 ");
            hexadecimal(statement, text.as_bytes());
        }
        Value::Text(text) => {
            statement.push('\'');
            statement.push_str(&text.replace('\'', "''"));
            statement.push('\'');
        }
        Value::Bytes(bytes) => hexadecimal(statement, bytes),
    }
}

fn hexadecimal(statement: &mut String, bytes: &[u8]) {
    statement.push_str("x'");
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(statement, "{byte:02x}");
    }
    statement.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::row as values;

    #[test]
    fn quotes_backslashes_and_nuls_do_not_end_a_text() {
        let mut statement = String::new();
        let texts = values![None::<i64>, "", "it's", "a\\", "a\0b", true, -7, 0.1];
        row(&mut statement, &texts);
        let bytes = values![vec![0_u8, 255], Vec::<u8>::new()];
        row(&mut statement, &bytes);
        assert_eq!(statement, "\n(null, '', 'it''s', 'a\\', _utf8mb4 x'610062', 1, -7, 1e-1)\n(x'00ff', x'')");
    }
}
