//! Small results of the text protocol: every cell as the server printed it.

use sqlx::{AssertSqlSafe, MySqlConnection, Row, mysql::MySqlRow};

/// Every row of a short query; bytes that are no UTF-8 are replaced.
pub(super) async fn read(connection: &mut MySqlConnection, text: &str) -> sqlx::Result<Vec<Vec<Option<String>>>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            (0..row.len())
                .map(|index| Ok(printed(row, index)?.map(|cell| String::from_utf8_lossy(cell).into_owned())))
                .collect()
        })
        .collect()
}

/// The bytes of one cell of the text protocol, whatever its type; `None` for NULL.
pub(super) fn printed(row: &MySqlRow, index: usize) -> sqlx::Result<Option<&[u8]>> {
    row.try_get_unchecked(index)
}

/// The text as a literal; the session reads backslashes as they are.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
