//! What SQLite tells `catalog infer` beyond the schema.

use super::{SqliteSnapshot, bind, values};
use crate::{
    error::ExportError,
    rows::SqliteValue,
    source::{
        refusal,
        survey::{PATIENCE, Probe, Survey},
    },
};
use sqlx::{AssertSqlSafe, Row};
use std::time::Instant;

/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS: i32 = 10_000;

impl SqliteSnapshot {
    pub(in crate::source) async fn survey(&mut self) -> Result<Survey, ExportError> {
        let views: Vec<String> = sqlx::query_scalar("select name from sqlite_schema where type = 'view' order by name")
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| refusal::sqlite(error, "reading views"))?;
        let views = views.into_iter().map(|name| ("main".to_owned(), name)).collect();
        Ok(Survey { views, ..Survey::default() })
    }

    pub(in crate::source) async fn probe(&mut self, query: &str) -> Result<Probe, ExportError> {
        let gone = |error| refusal::sqlite(error, "sampling rows");
        let begun = Instant::now();
        self.connection
            .lock_handle()
            .await
            .map_err(gone)?
            .set_progress_handler(STEPS, move || begun.elapsed() < PATIENCE);
        let query = sqlx::query(AssertSqlSafe(query.to_owned())).persistent(false);
        let query = match &self.tenant {
            Some(tenant) => bind(bind(query, &tenant.key), &self.subject),
            None => query,
        };
        let asked = query.fetch_all(&mut self.connection).await;
        self.connection.lock_handle().await.map_err(gone)?.remove_progress_handler();
        let rows = match asked {
            Ok(rows) => rows,
            Err(sqlx::Error::Database(database)) => {
                let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
                // https://www.sqlite.org/rescode.html: the lowest byte is the primary code, 9 an interrupt.
                return Ok(Probe::Refused(match code & 0xff {
                    9 => format!("it took longer than {} seconds", PATIENCE.as_secs()),
                    code => format!("SQLite could not read it (code {code})"),
                }));
            }
            Err(error) => return Err(gone(error)),
        };
        let cells = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<Vec<Option<Vec<u8>>>> {
            let values = values::row(row, row.len())?;
            Ok(values
                .into_iter()
                .map(|value| match value {
                    SqliteValue::Text(bytes) | SqliteValue::Blob(bytes) => Some(bytes),
                    value => values::print(&value),
                })
                .collect())
        };
        rows.iter().map(cells).collect::<sqlx::Result<_>>().map(Probe::Rows).map_err(gone)
    }
}
