//! A ledger that restarts while exports wait and run.

use super::{
    bulk::{self, BIG, SMALL},
    site::Site,
};
use crate::support::{
    mail_server::MailServer,
    postgres::Postgres,
    redis::Redis,
    wire::{Fault, Wire},
};

#[tokio::test]
async fn an_export_goes_on_when_its_ledger_restarts_and_one_that_waits_is_not_lost() {
    let mut postgres = Postgres::own().await;
    let ledger = postgres.create_database("ledger").await;
    Site::migrate(&ledger.url).await;
    let mut site = Site::on("ledger-restarts", &ledger.url, Redis::shared().await, &bulk::url().await).await;
    let wire = Wire::to(Wire::port_of(site.get("VAULT__ENDPOINT"))).await;
    let behind = wire.instead_of(site.get("VAULT__ENDPOINT"));
    site.set("VAULT__ENDPOINT", behind);
    // Longer than a restart takes on a busy machine.
    site.set("WORKER__LEASE", "60s");
    site.set("WORKER__EXPORTS", "1");
    let mail = MailServer::shared().await;
    let (first, second) = (mail.address("running"), mail.address("queued"));

    wire.plan(Fault::hold(&["partNumber=2&"]));
    let _worker = site.worker().await;
    let running = site.ask(BIG, &first).await;
    wire.until_fired(1, "uploading").await;
    let queued = site.ask(SMALL, &second).await;
    postgres.stop().await;
    // Its end cannot be noted before the ledger is back.
    wire.mend();
    postgres.start().await;
    for (export, tenant, owner) in [(running, BIG, &first), (queued, SMALL, &second)] {
        let ready = site.assert_delivered(export, tenant, owner, "restart").await;
        assert_eq!((ready.attempt, ready.crashes), (1, 0));
    }
    site.assert_keeps_only(&[running, queued], "restart").await;
}

#[tokio::test]
async fn an_archive_whose_commit_was_never_answered_is_kept_and_mailed_once() {
    let mut site = Site::new("in-doubt").await;
    let direct = site.get("LEDGER__URL").to_owned();
    let wire = Wire::to(Wire::port_of(&direct)).await;
    site.set("LEDGER__URL", wire.instead_of(&direct));
    site.set("WORKER__LEASE", "20s");
    let owner = MailServer::shared().await.address("in-doubt");
    wire.plan(Fault::hold_answer(&["set state = 'ready'", "COMMIT"]));
    let _worker = site.worker().await;
    let export = site.ask(SMALL, &owner).await;
    wire.until_fired(1, "the commit").await;
    // The connection breaks: the worker cannot know that its commit has taken effect.
    wire.mend();
    let ready = site.assert_delivered(export, SMALL, &owner, "in doubt").await;
    assert_eq!((ready.attempt, ready.crashes), (1, 0));
    site.assert_keeps_only(&[export], "in doubt").await;
}
