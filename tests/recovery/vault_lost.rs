//! A vault that refuses, stalls, resets, answers with errors, or hangs up while it is sent a part.

use futures::{StreamExt, stream};
use shared::export::State;

use super::{
    bulk::{BIG, SMALL},
    site::Site,
    source_lost::assert_cancelled_at_once,
};
use crate::support::{
    mail_server::MailServer,
    wire::{Fault, Wire},
};

const PART: &[&str] = &["partNumber=2&"];
const BUSY: &str = "HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A site whose workers reach the vault over a wire.
async fn wired(hint: &str) -> (Site, Wire) {
    let mut site = Site::new(hint).await;
    let wire = Wire::to(Wire::port_of(site.get("VAULT__ENDPOINT"))).await;
    let behind = wire.instead_of(site.get("VAULT__ENDPOINT"));
    site.set("VAULT__ENDPOINT", behind);
    (site, wire)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_a_vault_does_not_take_is_sent_again_and_the_attempt_goes_on() {
    let faults = [
        ("reset", Fault::reset(PART).later(300_000).times(3)),
        ("half-closed", Fault::half_close(PART).later(300_000).times(3)),
        ("503", Fault::answer(PART, BUSY).times(3)),
        ("500", Fault::answer(PART, BROKEN).times(3)),
        ("the end answered with 500", Fault::answer(&["<CompleteMultipartUpload"], BROKEN).times(2)),
        ("the end's answer lost", Fault::half_close(&["<CompleteMultipartUpload"]).times(1)),
        ("the one request reset", Fault::reset(&["x-id=PutObject"]).later(100_000).times(2)),
    ];
    stream::iter(faults)
        .for_each_concurrent(4, async |(name, fault)| {
            let (site, wire) = wired("vault-fault").await;
            let owner = MailServer::shared().await.address("vault-fault");
            wire.plan(fault);
            let _worker = site.worker().await;
            let tenant = if name.contains("one request") { SMALL } else { BIG };
            let export = site.ask(tenant, &owner).await;
            let ready = site.assert_delivered(export, tenant, &owner, name).await;
            assert!(wire.fired() > 0, "{name}: nothing went wrong");
            assert_eq!((ready.attempt, ready.retries), (1, 0), "{name}");
            site.assert_keeps_only(&[export], name).await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_whose_vault_stalls_is_given_up_and_made_again() {
    let (mut site, wire) = wired("vault-stalls").await;
    site.set("WORKER__STALL", "5s");
    let owner = MailServer::shared().await.address("vault-stalls");
    wire.plan(Fault::hold(PART).later(300_000));
    let mut worker = site.worker().await;
    let export = site.ask(BIG, &owner).await;
    let line = worker.says("The attempt failed and is made again", crate::support::patience::LONG).await;
    assert!(line.contains("vault_stalled"), "{line}");
    let ready = site.assert_delivered(export, BIG, &owner, "stall").await;
    assert_eq!((ready.attempt, ready.retries, ready.crashes), (2, 1, 0));
    site.assert_keeps_only(&[export], "stall").await;
}

#[tokio::test]
async fn an_export_is_put_off_while_the_vault_refuses_connections_and_says_when_it_goes_on() {
    let (site, wire) = wired("vault-refuses").await;
    let owner = MailServer::shared().await.address("vault-refuses");
    let _worker = site.worker().await;
    wire.cut();
    let export = site.ask(SMALL, &owner).await;
    let waiting = site.until(export, "the reason", |export| export.reason_code.is_some()).await;
    assert_eq!((waiting.state, waiting.reason_code.as_deref()), (State::Queued, Some("vault_unavailable")));
    assert!(waiting.next_attempt_at.is_some());
    wire.mend();
    site.assert_delivered(export, SMALL, &owner, "refused").await;
    site.assert_keeps_only(&[export], "refused").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_takes_effect_within_two_seconds_while_the_vault_stalls() {
    for (tenant, words) in [(BIG, PART), (SMALL, &["x-id=PutObject"][..])] {
        let (site, wire) = wired("vault-cancel").await;
        let owner = MailServer::shared().await.address("vault-cancel");
        wire.plan(Fault::hold(words).later(300_000));
        let _worker = site.worker().await;
        let export = site.ask(tenant, &owner).await;
        wire.until_fired(1, "uploading").await;
        assert_cancelled_at_once(&site, export).await;
        wire.mend();
        site.until_quiet("cancel").await;
        site.assert_keeps_only(&[], "cancel").await;
        site.assert_audit_is_complete(export, "cancel").await;
    }
}
