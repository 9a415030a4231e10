//! A source that restarts, goes dark, or is slow to be let go.

use std::time::{Duration, Instant};

use shared::{
    clock,
    export::State,
    ledger::{audit::Actor, exports},
};
use sqlx::{Connection, PgConnection};

use super::{
    bulk::{self, SMALL},
    site::Site,
};
use crate::support::{
    mail_server::MailServer,
    patience::{LONG, until},
    postgres::Postgres,
    redis::Redis,
    wire::{Fault, Wire},
};

#[tokio::test]
async fn an_export_whose_source_restarts_while_it_is_read_is_made_again() {
    let mut postgres = Postgres::own().await;
    let source = postgres.create_database("bulk").await;
    bulk::fill(&source.url).await;
    let ledger = Site::ledger().await;
    let mut site = Site::on("source-restarts", &ledger.url, Redis::shared().await, &source.url).await;
    let wire = Wire::to(Wire::port_of(&source.url)).await;
    site.set("SOURCES__BULK__URL", wire.instead_of(&source.url));
    let owner = MailServer::shared().await.address("restarted");
    let _worker = site.worker().await;

    wire.plan(Fault::hold_after_answers(500_000));
    let export = site.ask(SMALL, &owner).await;
    wire.until_fired(1, "reading").await;
    postgres.stop().await;
    wire.mend();
    let waiting = site.until(export, "the reason", |export| export.reason_code.is_some()).await;
    assert_eq!(waiting.reason_code.as_deref(), Some("source_unavailable"));
    postgres.start().await;
    let ready = site.assert_delivered(export, SMALL, &owner, "restart").await;
    assert!(ready.retries > 0 && ready.crashes == 0 && ready.reason_code.is_none(), "{ready:?}");
    site.assert_keeps_only(&[export], "restart").await;
}

#[tokio::test]
async fn an_export_whose_source_goes_dark_is_given_up_and_made_again() {
    let mut site = Site::new("dark").await;
    let direct = site.get("SOURCES__BULK__URL").to_owned();
    let wire = Wire::to(Wire::port_of(&direct)).await;
    site.set("SOURCES__BULK__URL", wire.instead_of(&direct));
    site.set("WORKER__STALL", "5s");
    let owner = MailServer::shared().await.address("dark");
    let mut worker = site.worker().await;

    wire.plan(Fault::hold_after_answers(500_000));
    let export = site.ask(SMALL, &owner).await;
    wire.until_fired(1, "reading").await;
    let line = worker.says("The attempt failed and is made again", LONG).await;
    assert!(line.contains("source_stalled"), "{line}");
    // New connections pass, and over one of them the server is told to stop.
    let ready = site.assert_delivered(export, SMALL, &owner, "dark").await;
    assert_eq!((ready.attempt, ready.retries, ready.crashes), (2, 1, 0));
    site.assert_keeps_only(&[export], "dark").await;
    assert_let_go(&direct, &export.simple().to_string()).await;
}

#[tokio::test]
async fn a_cancel_takes_effect_within_two_seconds_while_a_silent_source_is_read() {
    let mut site = Site::new("cancel").await;
    let direct = site.get("SOURCES__BULK__URL").to_owned();
    let wire = Wire::to(Wire::port_of(&direct)).await;
    site.set("SOURCES__BULK__URL", wire.instead_of(&direct));
    let owner = MailServer::shared().await.address("cancelled");
    let _worker = site.worker().await;

    wire.plan(Fault::hold_after_answers(500_000));
    let export = site.ask(SMALL, &owner).await;
    wire.until_fired(1, "reading").await;
    assert_cancelled_at_once(&site, export).await;
    assert_let_go(&direct, &export.simple().to_string()).await;
    site.until_quiet("cancel").await;
    site.assert_keeps_only(&[], "cancel").await;
    assert!(site.mails(export).await.is_empty());
    site.assert_audit_is_complete(export, "cancel").await;
}

pub(super) async fn assert_cancelled_at_once(site: &Site, export: shared::export::ExportId) {
    let asked = Instant::now();
    exports::request_cancel(&site.ledger, export, Actor::named("cli"), clock::now()).await.unwrap();
    let cancelled = site.until_state(export, State::Cancelled).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "it took {:?}: {cancelled:?}", asked.elapsed());
}

/// The source runs nothing for this export any more.
async fn assert_let_go(source: &str, label: &str) {
    let mut server = PgConnection::connect(source).await.unwrap();
    let running = "select count(*) from pg_stat_activity where application_name = $1 and state = 'active'";
    until("the source to be let go", LONG, async || {
        let name = format!("handover/{label}");
        let found: i64 = sqlx::query_scalar(running).bind(name).fetch_one(&mut server).await.unwrap();
        (found == 0).then_some(())
    })
    .await;
}

/// Waits in the source for a lock that somebody else holds, before the first row is read.
async fn assert_a_waiting_question_is_let_go(site: &str, locked: &str, is_stopped: bool) {
    let source = Postgres::shared().await.create_database("bulk").await;
    bulk::fill(&source.url).await;
    let ledger = Site::ledger().await;
    let mut site = Site::on(site, &ledger.url, Redis::shared().await, &source.url).await;
    site.set("WORKER__SHUTDOWN", "0s");
    let mut worker = site.worker().await;
    let mut holder = PgConnection::connect(&source.url).await.unwrap();
    let lock = format!("begin; lock table {locked} in access exclusive mode");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut holder).await.unwrap();
    let mut server = PgConnection::connect(&Postgres::shared().await.admin_url()).await.unwrap();
    let waiting = "select count(*) from pg_stat_activity where datname = $1 and application_name like 'handover/%' and state = 'active'";
    let mut count =
        async || -> i64 { sqlx::query_scalar(waiting).bind(&source.name).fetch_one(&mut server).await.unwrap() };
    let export = site.request(site.wish(SMALL, vec![shared::export::Format::Csv])).await;
    until("the session to wait", LONG, async || (count().await == 1).then_some(())).await;
    let asked = Instant::now();
    if is_stopped {
        worker.signal("TERM");
        site.until_state(export, State::Queued).await;
    } else {
        assert_cancelled_at_once(&site, export).await;
    }
    until("the session to be let go", LONG, async || (count().await == 0).then_some(())).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{locked}: it took {:?}", asked.elapsed());
}

#[tokio::test]
async fn a_cancel_while_the_tenant_is_looked_up_ends_the_question_at_the_source() {
    assert_a_waiting_question_is_let_go("cancelled-tenant", "tenants", false).await;
}

#[tokio::test]
async fn a_cancel_while_the_schema_is_read_ends_the_question_at_the_source() {
    assert_a_waiting_question_is_let_go("cancelled-schema", "pg_catalog.pg_description", false).await;
}

#[tokio::test]
async fn a_stop_while_the_tenant_is_looked_up_ends_the_question_at_the_source() {
    assert_a_waiting_question_is_let_go("stopped-tenant", "tenants", true).await;
}
