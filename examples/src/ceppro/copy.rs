use std::io::Write as _;

use sqlx::PgConnection;

use crate::Generator;
use crate::table::{Cursor, Table, Value};

/// Bytes gathered before they are sent.
const CHUNK: usize = 256 * 1024;

/// Writes all rows of a table in one COPY, never holding more than a chunk of them.
pub(super) async fn table(
    connection: &mut PgConnection,
    generator: &Generator,
    table: &Table,
    number: usize,
) -> anyhow::Result<()> {
    let statement = format!("copy {} ({}) from stdin", table.name, table.columns.join(", "));
    let mut copy = connection.copy_in_raw(&statement).await?;
    let mut lines = Vec::with_capacity(CHUNK * 2);
    for mut cursor in Cursor::over(generator, table, number) {
        line(&mut lines, &(table.row)(&mut cursor));
        if lines.len() >= CHUNK {
            copy.send(lines.as_slice()).await?;
            lines.clear();
        }
    }
    copy.send(lines.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

/// Appends a row in COPY's text format (PostgreSQL manual, "COPY", "Text Format").
fn line(lines: &mut Vec<u8>, row: &[Value]) {
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            lines.push(b'\t');
        }
        match value {
            Value::Null => lines.extend(b"\\N"),
            Value::Boolean(value) => lines.push(if *value { b't' } else { b'f' }),
            Value::Text(value) => text(lines, value),
            // Writing to a vector cannot fail.
            Value::Integer(value) => drop(write!(lines, "{value}")),
            Value::Real(value) => drop(write!(lines, "{value}")),
            Value::Bytes(value) => {
                lines.extend(b"\\\\x");
                for byte in value {
                    drop(write!(lines, "{byte:02x}"));
                }
            }
        }
    }
    lines.push(b'\n');
}

fn text(lines: &mut Vec<u8>, value: &str) {
    for &byte in value.as_bytes() {
        match byte {
            b'\\' => lines.extend(b"\\\\"),
            b'\t' => lines.extend(b"\\t"),
            b'\n' => lines.extend(b"\\n"),
            b'\r' => lines.extend(b"\\r"),
            other => lines.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::row;

    #[test]
    fn a_null_an_empty_text_and_a_text_that_looks_like_null_stay_apart() {
        let texts = row![None::<i64>, "", "\\N", "a\tb\r\nc\\", true, -7, 0.1];
        let bytes = row![vec![0_u8, 255]];
        let mut lines = Vec::new();
        line(&mut lines, &texts);
        line(&mut lines, &bytes);
        assert_eq!(lines, b"\\N\t\t\\\\N\ta\\tb\\r\\nc\\\\\tt\t-7\t0.1\n\\\\x00ff\n");
    }
}
