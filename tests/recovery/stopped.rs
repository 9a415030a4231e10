//! A worker that is told to stop, and one whose disk is full.

use std::time::{Duration, Instant};

use shared::{export::State, ledger::audit};

use super::{
    bulk::{BIG, SMALL},
    site::Site,
};
use crate::support::{
    mail_server::MailServer,
    patience::LONG,
    program::Invocation,
    wire::{Fault, Wire},
};

#[tokio::test]
async fn a_worker_that_cannot_finish_in_time_hands_its_export_over_and_nobody_waits_for_its_lease() {
    let mut site = Site::new("handed-over").await;
    let owner = MailServer::shared().await.address("handed-over");
    let direct = site.get("SOURCES__BULK__URL").to_owned();
    let wire = Wire::to(Wire::port_of(&direct)).await;
    wire.plan(Fault::hold_after_answers(500_000));
    site.set("WORKER__LEASE", "60s");
    site.set("WORKER__SHUTDOWN", "1s");
    site.set("SOURCES__BULK__URL", wire.instead_of(&direct));
    let mut leaving = site.worker().await;
    let export = site.ask(SMALL, &owner).await;
    wire.until_fired(1, "reading").await;
    site.set("SOURCES__BULK__URL", direct);
    let _next = site.worker().await;

    let asked = Instant::now();
    leaving.signal("TERM");
    let ended = leaving.wait(LONG).await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let ready = site.until_state(export, State::Ready).await;
    assert!(asked.elapsed() < Duration::from_secs(30), "it took {:?}", asked.elapsed());
    assert_eq!((ready.attempt, ready.retries, ready.crashes), (2, 0, 0));
    let events = audit::of_export(&site.ledger, export).await.unwrap();
    assert!(events.iter().any(|event| event.action == "export.handed_over"));
    site.assert_delivered(export, SMALL, &owner, "handed over").await;
    site.assert_keeps_only(&[export], "handed over").await;
}

#[tokio::test]
async fn an_export_that_is_handed_over_more_often_than_it_may_be_tried_still_gets_through() {
    let mut site = Site::new("rolling").await;
    let owner = MailServer::shared().await.address("rolling");
    let direct = site.get("SOURCES__BULK__URL").to_owned();
    site.set("WORKER__SHUTDOWN", "0s");
    site.set("WORKER__ATTEMPTS", "1");
    let mut export = None;
    for round in 1..=3 {
        let wire = Wire::to(Wire::port_of(&direct)).await;
        wire.plan(Fault::hold_after_answers(500_000));
        site.set("SOURCES__BULK__URL", wire.instead_of(&direct));
        let mut worker = site.worker().await;
        let id = match export {
            Some(id) => id,
            None => *export.insert(site.ask(SMALL, &owner).await),
        };
        wire.until_fired(1, "reading").await;
        worker.signal("TERM");
        worker.wait(LONG).await;
        let waiting = site.show(id).await;
        assert_eq!((waiting.state, waiting.attempt, waiting.crashes), (State::Queued, round, 0));
    }
    site.set("SOURCES__BULK__URL", direct);
    let _worker = site.worker().await;
    site.assert_delivered(export.unwrap(), SMALL, &owner, "rolling").await;
}

/// A limit on the size of files stands in for a full disk: writing fails in the same place, and nothing has to be mounted.
#[tokio::test]
async fn an_export_that_finds_no_room_on_the_workers_disk_fails_with_a_reason_and_gives_the_space_back() {
    let mut site = Site::new("disk-full").await;
    let owner = MailServer::shared().await.address("disk-full");
    let spool = tempfile::Builder::new().prefix("handover-spool-").tempdir().unwrap();
    site.set("WORKER__ATTEMPTS", "2");
    // In blocks of 512 bytes: 2 MiB. Ignored, the signal becomes an error of the write.
    let script = "trap '' XFSZ; ulimit -f 4096; exec \"$0\" worker";
    let program = Invocation::of("/bin/sh", &["-c", script, env!("CARGO_BIN_EXE_handover")]);
    let _worker = site.begin(program.set("TMPDIR", spool.path())).await;
    let export = site.ask_for(BIG, &owner, &["csv", "sql"]).await;
    let failed = site.until_state(export, State::Failed).await;
    assert_eq!((failed.reason_code.as_deref(), failed.attempt, failed.retries), (Some("worker_disk"), 2, 1));
    site.until_quiet("disk full").await;
    assert_eq!(files_below(spool.path()), Vec::<std::path::PathBuf>::new());
    site.assert_keeps_only(&[], "disk full").await;
    site.assert_audit_is_complete(export, "disk full").await;

    // The same worker goes on with what fits.
    let export = site.ask(SMALL, &owner).await;
    site.until_state(export, State::Ready).await;
}

/// Every file of any process below the folder, also those that have no name any more.
fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|process| process.path().join("fd"));
    let open = processes.filter_map(|files| std::fs::read_dir(files).ok()).flatten().flatten();
    let named = std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path());
    open.filter_map(|file| std::fs::read_link(file.path()).ok())
        .filter(|file| file.starts_with(folder) && file != folder)
        .chain(named)
        .collect()
}
