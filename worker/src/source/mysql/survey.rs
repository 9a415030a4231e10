//! What MySQL and MariaDB tell `catalog infer` beyond the schema.

use super::{MysqlSnapshot, cells};
use crate::{
    error::ExportError,
    source::{
        refusal,
        survey::{PATIENCE, Probe, Survey},
    },
};
use sqlx::AssertSqlSafe;

impl MysqlSnapshot {
    pub(in crate::source) async fn survey(&mut self) -> Result<Survey, ExportError> {
        let database = cells::literal(&self.database);
        let views = format!(
            "{}select table_name from information_schema.views where table_schema = {database} order by table_name",
            self.name
        );
        // Columns on which the role has no right at all are not even listed.
        let unreadable = format!(
            "{}select table_name, column_name from information_schema.columns
             where table_schema = {database} and find_in_set('select', replace(privileges, ', ', ',')) = 0",
            self.name
        );
        let mut read = async |text: &str| {
            cells::read(&mut self.connection, text).await.map_err(|error| {
                self.backend.broken = true;
                refusal::mysql(error, &self.role, "reading views and rights")
            })
        };
        let views = read(&views).await?;
        let unreadable = read(&unreadable).await?;
        self.release().await?;
        let mut survey = Survey::default();
        for row in views {
            survey.views.extend(row.into_iter().flatten().map(|view| (String::new(), view)));
        }
        for row in unreadable {
            if let [Some(table), Some(column)] = row.as_slice() {
                survey.unreadable.insert((String::new(), table.clone(), column.clone()));
            }
        }
        Ok(survey)
    }

    pub(in crate::source) async fn probe(&mut self, query: &str) -> Result<Probe, ExportError> {
        if self.backend.broken {
            return Err(ExportError::Internal("a broken snapshot was asked again".to_owned()));
        }
        self.backend.broken = true;
        let asked = async {
            self.limit(true).await?;
            let rows =
                sqlx::raw_sql(AssertSqlSafe(format!("{}{query}", self.name))).fetch_all(&mut self.connection).await;
            let rows = match rows {
                Ok(rows) => Ok(rows),
                Err(error) => Err(refusal_of(&error).ok_or(error)?),
            };
            self.limit(false).await?;
            Ok(rows)
        };
        let asked: sqlx::Result<Result<Vec<_>, String>> = asked.await;
        let rows = asked.map_err(|error| refusal::mysql(error, &self.role, "sampling rows"))?;
        self.backend.broken = false;
        self.release().await?;
        let cell = |row, index| Ok(cells::printed(row, index)?.map(<[u8]>::to_vec));
        match rows {
            Ok(rows) => rows
                .iter()
                .map(|row| (0..sqlx::Row::len(row)).map(|index| cell(row, index)).collect())
                .collect::<sqlx::Result<_>>()
                .map(Probe::Rows)
                .map_err(|error| refusal::mysql(error, &self.role, "sampling rows")),
            Err(why) => Ok(Probe::Refused(why)),
        }
    }

    /// Sets or lifts the time limit of queries; the two servers call it differently and count it in seconds and in milliseconds.
    async fn limit(&mut self, limited: bool) -> sqlx::Result<()> {
        // MySQL's versions stay below 10, where MariaDB's begin.
        let mariadb =
            self.version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 10);
        let (setting, value) = match mariadb {
            true => ("max_statement_time", PATIENCE.as_secs().into()),
            false => ("max_execution_time", PATIENCE.as_millis()),
        };
        let value = if limited { value } else { 0 };
        let text = format!("{}set session {setting} = {value}", self.name);
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut self.connection).await.map(drop)
    }
}

/// Why the server would not answer; none where the connection is what failed.
fn refusal_of(error: &sqlx::Error) -> Option<String> {
    // https://mariadb.com/kb/en/mariadb-error-code-reference/
    match refusal::mysql_number(error)? {
        1142 | 1143 | 1044 | 1356 => Some("the role may not read it".to_owned()),
        1969 | 3024 => Some(format!("it took longer than {} seconds", PATIENCE.as_secs())),
        1053 | 1077 | 1079 | 1080 | 1152..=1161 | 1184 | 1205 | 1213 | 1317 | 1927 => None,
        number => Some(format!("the server could not compare it (error {number})")),
    }
}
