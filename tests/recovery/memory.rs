//! The memory of a worker does not grow with what it exports; `bench/memory.sh` measures the same on gigabytes.

use std::{path::Path, process::Command};

use shared::export::State;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{bulk::SMALL, site::Site};
use crate::support::{
    mail_server::MailServer,
    patience::{LONG, until},
    postgres::Postgres,
    process::run,
    program::Invocation,
    redis::Redis,
};

const MEBIBYTE: u64 = 1024 * 1024;
/// How much address space the worker gets beyond what it has when it is idle.
const GROWTH: u64 = 256 * MEBIBYTE;
/// 2,000 bytes each, 120 MB in all.
const ROWS: u64 = 60_000;

#[tokio::test]
async fn a_worker_whose_address_space_hardly_grows_exports_far_more_than_fits_into_it() {
    let database = Postgres::shared().await.create_database("large").await;
    let statements = format!(
        "create table tenants (id text primary key);
         create table pages (id bigint primary key, tenant_id text not null references tenants (id), body text not null);
         alter table pages alter column body set storage plain;
         insert into tenants values ('{SMALL}');
         insert into pages select n, '{SMALL}', repeat(md5(n::text), 62) from generate_series(1, {ROWS}) n"
    );
    let mut owner = PgConnection::connect(&database.url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
    let ledger = Site::ledger().await;
    let site = Site::on("memory", &ledger.url, Redis::shared().await, &database.url).await;
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("pid");
    let script = "echo $$ > \"$1\"; exec \"$0\" worker";
    let note_text = note.to_str().unwrap();
    let _worker =
        site.begin(Invocation::of("/bin/sh", &["-c", script, env!("CARGO_BIN_EXE_handover"), note_text])).await;
    let process = std::fs::read_to_string(&note).unwrap().trim().to_owned();
    let idle = status(&process, "VmSize");
    let limit = format!("--as={}", idle + GROWTH);
    run(Command::new("prlimit").args(["--pid", &process, &limit]));

    let owner = MailServer::shared().await.address("memory");
    let export = site.ask_for(SMALL, &owner, &["csv", "sql"]).await;
    let quarter = until("a quarter to be read", LONG, async || {
        let export = site.show(export).await;
        assert_ne!(export.state, State::Failed, "{:?}", export.reason);
        (export.rows_done >= i64::try_from(ROWS / 4).unwrap()).then(|| status(&process, "VmHWM"))
    })
    .await;
    let ready = site.until_state(export, State::Ready).await;
    assert_eq!(ready.attempt, 1);
    let whole = status(&process, "VmHWM");
    assert!(whole < quarter + 48 * MEBIBYTE, "{quarter} bytes after a quarter of the rows, {whole} after all");
}

/// A number of bytes from `/proc/…/status`.
fn status(process: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(Path::new("/proc").join(process).join("status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}
