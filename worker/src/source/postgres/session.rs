//! The session of an export.

use super::PostgresSnapshot;
use crate::{
    error::ExportError,
    source::{SnapshotProof, refusal},
};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{sync::LazyLock, time::Duration};
use tokio::{runtime::Handle, time::timeout};
use tokio_util::task::TaskTracker;

/// How long a server may take to let us in, and to take a cancel request.
const CONNECTING: Duration = Duration::from_secs(30);
const CANCELLING: Duration = Duration::from_secs(5);

/// What servers are still being told on behalf of dropped sessions.
static CANCELS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// See [`crate::source::settle`].
pub(in crate::source) async fn settle() {
    CANCELS.close();
    CANCELS.wait().await;
}

/// The server's end of the session. Dropped before it was ended, as by a cancelled export, it is told to stop whatever it does.
pub(super) struct Backend {
    options: PgConnectOptions,
    process: i32,
    /// Set while a COPY runs and after any error: then the connection cannot be used again.
    pub(super) broken: bool,
    ended: bool,
}

impl Backend {
    /// Asks the server to stop what the session does; without it a query that prints no row for long would run on unseen.
    pub(super) async fn cancel(&mut self) {
        cancel(&self.options, self.process).await;
        self.ended = true;
    }

    /// Nothing is left to be told: the session waits for no answer.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if !self.ended
            && let Ok(runtime) = Handle::try_current()
        {
            let (options, process) = (self.options.clone(), self.process);
            CANCELS.spawn_on(async move { cancel(&options, process).await }, &runtime);
        }
    }
}

pub(in crate::source) fn options(url: &SecretString) -> Result<PgConnectOptions, ExportError> {
    let options: PgConnectOptions = url.expose_secret().parse().map_err(|error| refusal::postgres(error, "", ""))?;
    // Nothing is prepared for later: behind a pooler the server session is ours for one transaction only.
    Ok(options.statement_cache_capacity(0).disable_statement_logging())
}

pub(super) async fn begin(
    url: &SecretString,
    place: Option<&str>,
    label: &str,
    now: DateTime<Utc>,
) -> Result<PostgresSnapshot, ExportError> {
    let mut options = options(url)?.application_name(&format!("handover/{label}"));
    if let Some(place) = place {
        options = options.database(place);
    }
    let role = options.get_username().to_owned();
    let refuse = |error| refusal::postgres(error, &role, "connecting");
    let mut connection = timeout(CONNECTING, options.connect())
        .await
        .map_err(|_| refusal::away("PostgreSQL did not answer in time".to_owned(), None))?
        .map_err(refuse)?;
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int4")
        .persistent(false)
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
    if version < 130_000 {
        return Err(refusal::refused(
            "it is older than PostgreSQL 13, the oldest that Handover reads".to_owned(),
            None,
        ));
    }
    pin(&mut connection).await.map_err(refuse)?;
    let (proof, process, role, version, server, database): (String, i32, String, String, String, String) = sqlx::query_as(
        "select pg_current_snapshot()::text, pg_backend_pid(), current_user::text, split_part(current_setting('server_version'), ' ', 1), pg_catalog.version(),
                current_database()::text",
    )
    .persistent(false)
    .fetch_one(&mut connection)
    .await
    .map_err(refuse)?;
    // Servers cut long names, and poolers translate them.
    if place.is_some_and(|place| place != database) {
        return Err(refusal::another_database());
    }
    Ok(PostgresSnapshot {
        connection,
        backend: Backend { options, process, broken: false, ended: false },
        role,
        version,
        proof: SnapshotProof { taken_at: now, isolation: "repeatable read".to_owned(), proof, server },
        tenant: None,
    })
}

/// Begins the transaction and sets everything that changes how values are printed or names are found, for this transaction only.
///
/// Memory for hashing is raised to 64 MB, since policies like `id in (select …)` over a large tenant fall back to comparing every row with every key
/// when their keys do not fit. Compiling queries (`jit`) costs small exports more than it gives large ones.
async fn pin(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "begin isolation level repeatable read read only;
         select pg_catalog.set_config('search_path', '', true);
         set local client_encoding = 'UTF8';
         set local datestyle = 'ISO, MDY';
         set local intervalstyle = 'postgres';
         set local timezone = 'UTC';
         set local extra_float_digits = 3;
         set local bytea_output = 'hex';
         set local xmloption = 'content';
         set local lc_monetary = 'C';
         set local standard_conforming_strings = on;
         set local quote_all_identifiers = off;
         set local synchronize_seqscans = off;
         set local row_security = off;
         set local jit = off;
         select pg_catalog.set_config('work_mem', '64MB', true)
          where pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < 67108864;
         set local statement_timeout = 0;
         set local lock_timeout = 0;
         set local idle_in_transaction_session_timeout = 0;
         select pg_catalog.set_config(name, case name when 'transaction_timeout' then '0' else 'view, foreign-table' end, true)
           from pg_catalog.pg_settings where name in ('transaction_timeout', 'restrict_nonsystem_relation_kind')",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// From here on policies filter, with the tenant in the product's own setting. They may look into views.
pub(super) async fn under_row_level_security(
    connection: &mut PgConnection,
    setting: &str,
    tenant: &str,
) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "set local row_security = on;
         select pg_catalog.set_config(name, '', true) from pg_catalog.pg_settings where name = 'restrict_nonsystem_relation_kind'",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("select set_config($1, $2, true)")
        .persistent(false)
        .bind(setting)
        .bind(tenant)
        .execute(connection)
        .await?;
    Ok(())
}

async fn cancel(options: &PgConnectOptions, process: i32) {
    let cancelled = timeout(CANCELLING, async {
        let mut connection = options.connect().await?;
        sqlx::query("select pg_cancel_backend($1)").persistent(false).bind(process).execute(&mut connection).await?;
        connection.close().await
    });
    if !matches!(cancelled.await, Ok(Ok(()))) {
        tracing::debug!("the source did not take the request to cancel; its session ends with the connection");
    }
}
