//! Values in their storage classes.

use crate::rows::SqliteValue;
use sqlx::{Decode, Row, Sqlite, TypeInfo, ValueRef, sqlite::SqliteRow};

/// The first `count` columns of a row.
pub(super) fn row(row: &SqliteRow, count: usize) -> sqlx::Result<Vec<SqliteValue>> {
    (0..count).map(|index| value(row, index)).collect()
}

pub(super) fn value(row: &SqliteRow, index: usize) -> sqlx::Result<SqliteValue> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(SqliteValue::Null);
    }
    let class = raw.type_info().name().to_owned();
    let value = match class.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(raw).map(SqliteValue::Integer),
        "REAL" => <f64 as Decode<Sqlite>>::decode(raw).map(SqliteValue::Real),
        // As bytes, because sqlx would refuse a text that is not UTF-8. From a file in UTF-16 they come in UTF-8 all the same: sqlx asks for their
        // length first, which makes SQLite convert them.
        "TEXT" => <&[u8] as Decode<Sqlite>>::decode(raw).map(|text| SqliteValue::Text(text.to_vec())),
        _ => <&[u8] as Decode<Sqlite>>::decode(raw).map(|bytes| SqliteValue::Blob(bytes.to_vec())),
    };
    value.map_err(sqlx::Error::Decode)
}

/// A key as text: numbers in decimal, texts as they are, blobs in lower-case hexadecimal.
pub(super) fn print(value: &SqliteValue) -> Option<Vec<u8>> {
    match value {
        SqliteValue::Null => None,
        SqliteValue::Integer(number) => Some(number.to_string().into_bytes()),
        SqliteValue::Real(number) => Some(format!("{number:?}").into_bytes()),
        SqliteValue::Text(text) => Some(text.clone()),
        SqliteValue::Blob(bytes) => Some(hex::encode(bytes).into_bytes()),
    }
}

/// About how many bytes the values take.
pub(super) fn size(values: &[SqliteValue]) -> usize {
    values
        .iter()
        .map(|value| match value {
            SqliteValue::Text(bytes) | SqliteValue::Blob(bytes) => 16 + bytes.len(),
            SqliteValue::Null | SqliteValue::Integer(_) | SqliteValue::Real(_) => 16,
        })
        .sum()
}
