//! Values in their storage classes.

use crate::rows::SqliteValue;
use sqlx::{Decode, Row, Sqlite, TypeInfo, ValueRef, sqlite::SqliteRow};

/// How the file keeps its texts: SQLite hands their bytes out as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "UTF-16le" => Self::Utf16Little,
            "UTF-16be" => Self::Utf16Big,
            _ => Self::Utf8,
        }
    }

    /// A stored text in UTF-8. A lone surrogate keeps its number in the three bytes that UTF-8 would give it (WTF-8), so that nothing is lost.
    fn decode(self, stored: &[u8]) -> Vec<u8> {
        let unit = |pair: &[u8; 2]| match self {
            Self::Utf16Big => u16::from_be_bytes(*pair),
            Self::Utf8 | Self::Utf16Little => u16::from_le_bytes(*pair),
        };
        if self == Self::Utf8 {
            return stored.to_vec();
        }
        let mut text = Vec::with_capacity(stored.len());
        let units = stored.as_chunks::<2>().0.iter().map(unit);
        for char in char::decode_utf16(units) {
            match char {
                Ok(char) => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(lone) => {
                    let [high, low] = lone.unpaired_surrogate().to_be_bytes();
                    text.extend_from_slice(&[
                        0xE0 | (high >> 4),
                        0x80 | ((high & 0x0F) << 2) | (low >> 6),
                        0x80 | (low & 0x3F),
                    ]);
                }
            }
        }
        text
    }
}

/// The first `count` columns of a row.
pub(super) fn row(
    row: &SqliteRow,
    count: usize,
    encoding: Encoding,
) -> sqlx::Result<Vec<SqliteValue>> {
    (0..count)
        .map(|index| value(row, index, encoding))
        .collect()
}

pub(super) fn value(
    row: &SqliteRow,
    index: usize,
    encoding: Encoding,
) -> sqlx::Result<SqliteValue> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(SqliteValue::Null);
    }
    let class = raw.type_info().name().to_owned();
    let value = match class.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(raw).map(SqliteValue::Integer),
        "REAL" => <f64 as Decode<Sqlite>>::decode(raw).map(SqliteValue::Real),
        // As bytes, because sqlx would refuse a text that is not UTF-8.
        "TEXT" => <&[u8] as Decode<Sqlite>>::decode(raw)
            .map(|stored| SqliteValue::Text(encoding.decode(stored))),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_becomes_utf_8_and_a_lone_surrogate_survives() {
        let little: Vec<u8> = "aé😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "aé😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Encoding::Utf16Little.decode(&little), "aé😀".as_bytes());
        assert_eq!(Encoding::Utf16Big.decode(&big), "aé😀".as_bytes());
        assert_eq!(Encoding::Utf16Big.decode(&[0xD8, 0x3D]), [0xED, 0xA0, 0xBD]);
    }
}
