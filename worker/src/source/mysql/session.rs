//! The session of an export.

use super::{MysqlSnapshot, cells};
use crate::{
    error::ExportError,
    source::{SnapshotProof, refusal},
};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, mysql::MySqlConnectOptions};
use std::{collections::HashMap, sync::LazyLock, time::Duration};
use tokio::{runtime::Handle, time::timeout};
use tokio_util::task::TaskTracker;

/// How long a server may take to let us in, and to take a request to kill.
const CONNECTING: Duration = Duration::from_secs(30);
const CANCELLING: Duration = Duration::from_secs(5);

/// The oldest MySQL and the oldest MariaDB that Handover reads.
const OLDEST_MYSQL: (u32, u32) = (8, 0);
const OLDEST_MARIADB: (u32, u32) = (10, 6);

/// Set on every session: whatever changes how values are printed, where names are found, how many rows come, or when the server gives up.
///
/// A query that runs into a limit on rows would end early without an error, so such limits are lifted. `lock_wait_timeout` is the wait for a table that
/// somebody alters: rather fail and try again than stand in the queue before the product's own queries.
const PINNED: &str = "sql_mode = 'NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES', time_zone = '+00:00', sql_select_limit = 18446744073709551615, \
     sql_big_selects = 1, sql_auto_is_null = 0, sql_quote_show_create = 1, completion_type = 'NO_CHAIN', net_read_timeout = 86400, \
     net_write_timeout = 86400, wait_timeout = 604800, lock_wait_timeout = 30";

/// MariaDB only. Recursion that reaches its limit ends with a warning: rows would be missing.
const PINNED_MARIADB: &str = "max_statement_time = 0, max_recursive_iterations = 4294967295, idle_transaction_timeout = 0, \
     idle_readonly_transaction_timeout = 0, system_versioning_asof = default";

/// MySQL only.
const PINNED_MYSQL: &str = "max_execution_time = 0, cte_max_recursion_depth = 4294967295";

/// What servers are still being told on behalf of dropped sessions.
static KILLS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// See [`crate::source::settle`].
pub(in crate::source) async fn settle() {
    KILLS.close();
    KILLS.wait().await;
}

/// The server's end of the session. Dropped before it was ended, as by a cancelled export, it is killed.
pub(super) struct Backend {
    pub(super) options: MySqlConnectOptions,
    thread: u64,
    /// Set while rows are read and after any error: then the connection cannot be used again.
    pub(super) broken: bool,
    ended: bool,
}

impl Backend {
    /// Asks the server to end the session; without it a query that prints no row for long would run on unseen.
    pub(super) async fn kill(&mut self) {
        kill(&self.options, self.thread).await;
        self.ended = true;
    }

    /// Nothing is left to be killed: the session waits for no answer.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if !self.ended
            && let Ok(runtime) = Handle::try_current()
        {
            let (options, thread) = (self.options.clone(), self.thread);
            KILLS.spawn_on(async move { kill(&options, thread).await }, &runtime);
        }
    }
}

pub(in crate::source) fn options(url: &SecretString) -> Result<MySqlConnectOptions, ExportError> {
    let url = url.expose_secret();
    let url = url.strip_prefix("mariadb://").map_or_else(|| url.to_owned(), |rest| format!("mysql://{rest}"));
    let options: MySqlConnectOptions = url.parse().map_err(|error| refusal::mysql(error, "", "connecting"))?;
    if options.get_database().is_none_or(str::is_empty) {
        return Err(refusal::refused(
            "its URL names no database; write mysql://user:password@host/database".to_owned(),
            None,
        ));
    }
    // What the driver would set on its own is pinned with everything else.
    Ok(options
        .statement_cache_capacity(0)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .charset("utf8mb4")
        .disable_statement_logging())
}

pub(super) async fn begin(
    url: &SecretString,
    place: Option<&str>,
    label: &str,
    now: DateTime<Utc>,
) -> Result<MysqlSnapshot, ExportError> {
    let mut options = options(url)?;
    if let Some(place) = place {
        options = options.database(place);
    }
    let name = session_name(label);
    let user = options.get_username().to_owned();
    let refuse = |error| refusal::mysql(error, &user, "connecting");
    let mut connection = timeout(CONNECTING, options.connect())
        .await
        .map_err(|_| refusal::away("MySQL did not answer in time".to_owned(), None))?
        .map_err(refuse)?;
    let facts = cells::read(
        &mut connection,
        &format!("{name}select version(), connection_id(), current_user(), database(), concat(version(), ' ', @@version_comment)"),
    )
    .await
    .map_err(refuse)?;
    let [Some(version), Some(thread), Some(role), Some(database), Some(server)] =
        facts.into_iter().next().and_then(|row| <[Option<String>; 5]>::try_from(row).ok()).unwrap_or_default()
    else {
        return Err(refusal::refused("it does not say what it is".to_owned(), None));
    };
    if place.is_some_and(|place| place != database) {
        return Err(refusal::another_database());
    }
    let mariadb = version.contains("MariaDB");
    let oldest = if mariadb { OLDEST_MARIADB } else { OLDEST_MYSQL };
    if numbers(&version) < oldest {
        return Err(refusal::refused(
            "it is older than MySQL 8.0 and MariaDB 10.6, the oldest that Handover reads".to_owned(),
            None,
        ));
    }
    let thread = thread.parse().map_err(|_| refusal::refused("it does not number its sessions".to_owned(), None))?;
    let own = if mariadb { PINNED_MARIADB } else { PINNED_MYSQL };
    if mariadb {
        // With a binary log MariaDB lets go of a table within a transaction only if the session takes no part in the log, which needs a right of its own
        // (`binlog admin`). Without it a table that was read cannot be altered before the export ends.
        let aside = sqlx::raw_sql("set session sql_log_bin = 0").execute(&mut connection).await;
        if let Err(error) = aside.map_err(refuse)
            && !matches!(error, ExportError::Source { .. })
        {
            return Err(error);
        }
    }
    let begin = format!(
        "{name}set {PINNED}, {own}; set names utf8mb4; set session transaction isolation level repeatable read; \
         start transaction with consistent snapshot, read only; savepoint handover"
    );
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection).await.map_err(refuse)?;
    let position = position(&mut connection, mariadb).await.map_err(refuse)?;
    everything_is_seen(&mut connection, &database, &role).await?;
    Ok(MysqlSnapshot {
        connection,
        backend: Backend { options, thread, broken: false, ended: false },
        name,
        role,
        version: shown(&version, mariadb),
        database,
        proof: SnapshotProof {
            taken_at: now,
            isolation: "repeatable read, consistent snapshot".to_owned(),
            proof: format!("session {thread}, {position}"),
            server,
        },
        tenant: None,
        created: HashMap::new(),
    })
}

/// A comment before each statement: in the server's list of processes it says whose work this is, since the driver sends no attributes.
fn session_name(label: &str) -> String {
    let label: String = label.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    format!("/* handover/{label} */ ")
}

/// Where the binary log stood. MariaDB keeps the position of the snapshot itself; MySQL says which transactions were committed just after it.
async fn position(connection: &mut MySqlConnection, mariadb: bool) -> sqlx::Result<String> {
    let text = if mariadb {
        "show session status like 'binlog_snapshot_%'"
    } else {
        "select 'gtid_executed', @@global.gtid_executed"
    };
    let found: Vec<String> = cells::read(connection, text)
        .await?
        .into_iter()
        .filter_map(|row| match row.as_slice() {
            [Some(name), Some(value)] if !value.is_empty() => {
                Some(format!("{}={}", name.to_ascii_lowercase(), value.replace(['\n', ' '], "")))
            }
            _ => None,
        })
        .collect();
    Ok(match found.is_empty() {
        true => "no binary log".to_owned(),
        false => found.join(" "),
    })
}

/// The information schema leaves out whatever the role may not read, so a table that nobody classified could go unseen. The server checks the right before it
/// looks for the table: only a role that may read every table of the database is told that there is none.
async fn everything_is_seen(connection: &mut MySqlConnection, database: &str, role: &str) -> Result<(), ExportError> {
    let probe = sqlx::raw_sql("select 1 from `handover: no such table` limit 0").execute(connection).await;
    match probe {
        Err(error) if refusal::mysql_number(&error) == Some(1146) => Ok(()),
        Ok(_) => Ok(()),
        Err(error) if matches!(refusal::mysql_number(&error), Some(1142 | 1044 | 1143)) => Err(refusal::refused(
            format!(
                "role {role} may not read every table of database {database}, and MySQL hides the others from it; grant select, show view on {database}.* to it"
            ),
            Some(error),
        )),
        Err(error) => Err(refusal::mysql(error, role, "connecting")),
    }
}

/// The version without the packager's additions, but with MariaDB's name, because its dialect is its own.
fn shown(version: &str, mariadb: bool) -> String {
    let number = version.split('-').next().unwrap_or_default();
    if mariadb { format!("{number}-MariaDB") } else { number.to_owned() }
}

/// The first two numbers of a version such as `10.11.19-MariaDB-log`.
fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

async fn kill(options: &MySqlConnectOptions, thread: u64) {
    let killed = timeout(CANCELLING, async {
        let mut connection = options.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(format!("kill {thread}"))).execute(&mut connection).await?;
        connection.close().await
    });
    match killed.await {
        Ok(Ok(())) => {}
        // The session is gone already.
        Ok(Err(error)) if refusal::mysql_number(&error) == Some(1094) => {}
        _ => tracing::debug!("the source did not take the request to end a session; it ends with the connection"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_first_two_numbers() {
        assert_eq!(numbers("10.11.19-MariaDB-0+deb12u1-log"), (10, 11));
        assert_eq!(numbers("8.0.mysql_aurora.3.05.2"), (8, 0));
        assert_eq!(numbers("9.1.0"), (9, 1));
        assert!(numbers("5.7.44-log") < OLDEST_MYSQL && numbers("10.5.29-MariaDB") < OLDEST_MARIADB);
    }

    #[test]
    fn both_schemes_are_understood_and_a_database_is_required() {
        for url in ["mysql://reader:secret@localhost/shop", "mariadb://reader:secret@localhost/shop"] {
            assert_eq!(options(&SecretString::from(url)).unwrap().get_database(), Some("shop"));
        }
        let refusal = options(&SecretString::from("mysql://reader:secret@localhost")).unwrap_err().to_string();
        assert!(refusal.contains("names no database"), "{refusal}");
    }

    #[test]
    fn a_sessions_name_cannot_end_its_comment() {
        assert_eq!(session_name("0af3*/ drop"), "/* handover/0af3drop */ ");
    }
}
