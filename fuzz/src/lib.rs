//! What the fuzz targets share: columns, and rows as PostgreSQL's COPY writes them.

use worker::{plan::ColumnPlan, rows::RowBlock};

/// A table of text: its rows, each with the same number of columns.
pub type Rows = Vec<Vec<Option<Vec<u8>>>>;

/// Columns of these base types.
pub fn columns(types: &[&str]) -> Vec<ColumnPlan> {
    let column = |(number, base_type): (usize, &&str)| ColumnPlan {
        name: format!("c{number}"),
        type_name: (*base_type).to_owned(),
        base_type: (*base_type).to_owned(),
        nullable: true,
        generated: false,
        mask: None,
    };
    types.iter().enumerate().map(column).collect()
}

/// The block that a server would send for these rows: <https://www.postgresql.org/docs/current/sql-copy.html>, "Text Format".
pub fn copied(rows: &Rows) -> RowBlock {
    let mut bytes = Vec::new();
    for row in rows {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                bytes.push(b'\t');
            }
            let Some(cell) = cell else {
                bytes.extend_from_slice(b"\\N");
                continue;
            };
            for byte in cell {
                match byte {
                    8 => bytes.extend_from_slice(b"\\b"),
                    9 => bytes.extend_from_slice(b"\\t"),
                    10 => bytes.extend_from_slice(b"\\n"),
                    11 => bytes.extend_from_slice(b"\\v"),
                    12 => bytes.extend_from_slice(b"\\f"),
                    13 => bytes.extend_from_slice(b"\\r"),
                    b'\\' => bytes.extend_from_slice(b"\\\\"),
                    other => bytes.push(*other),
                }
            }
        }
        bytes.push(b'\n');
    }
    RowBlock::CopyText { bytes: bytes.into(), rows: rows.len() as u64 }
}

/// Cuts or fills the rows to one number of columns, at least one and at most nine.
pub fn rectangular(mut rows: Rows) -> (usize, Rows) {
    let columns = rows.first().map_or(1, Vec::len).clamp(1, 9);
    rows.iter_mut().for_each(|row| row.resize(columns, None));
    (columns, rows)
}
