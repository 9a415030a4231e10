//! A worker that is killed at twenty moments of an export.

use futures::{StreamExt, stream};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use shared::{export::ExportId, ledger::notifications::Delivery};

use super::{
    bulk::{BIG, SMALL},
    site::Site,
};
use crate::support::{
    mail_server::MailServer,
    wire::{Fault, Wire},
};

/// Byte counts are drawn with this seed.
const SEED: [u8; 32] = *b"twenty moments of an export, all";

/// Rounds at the same time.
const AT_ONCE: usize = 7;

/// A moment and how it is recognised.
struct Moment {
    name: &'static str,
    tenant: &'static str,
    behind: &'static str,
    fault: Fault,
}

fn moments() -> Vec<Moment> {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let mut some = |from: u64, to: u64| from + random.next_u64() % (to - from);
    let source = "SOURCES__BULK__URL";
    let (vault, ledger, mail) = ("VAULT__ENDPOINT", "LEDGER__URL", "MAIL__URL");
    let small = |name, behind, fault| Moment { name, tenant: SMALL, behind, fault };
    let big = |name, fault| Moment { name, tenant: BIG, behind: vault, fault };
    vec![
        small("before the snapshot", source, Fault::hold(&[])),
        small("while the schema is read", source, Fault::hold_after_answers(some(1_000, 4_000))),
        small("in the first rows", source, Fault::hold(&["copy ("])),
        small("in the middle of the rows", source, Fault::hold_after_answers(some(300_000, 900_000))),
        small("near the last rows", source, Fault::hold_after_answers(some(900_000, 1_300_000))),
        small("before one request stores all", vault, Fault::hold(&["x-id=PutObject"])),
        small("in the one request", vault, Fault::hold(&["x-id=PutObject"]).later(some(1_000, 700_000))),
        small("after the one request", vault, Fault::hold_answer(&["x-id=PutObject"])),
        big("before the upload begins", Fault::hold(&[".zip?uploads"])),
        big("after the upload has begun", Fault::hold_answer(&[".zip?uploads"])),
        big("in the first part", Fault::hold(&["partNumber=1&"]).later(some(1_000, 5_000_000))),
        big("after the first part", Fault::hold_answer(&["partNumber=1&"])),
        big("in the second part", Fault::hold(&["partNumber=2&"]).later(some(1_000, 5_000_000))),
        big("before the last part", Fault::hold(&["partNumber=3&"])),
        big("before the parts are put together", Fault::hold(&["<CompleteMultipartUpload"])),
        big("after the parts were put together", Fault::hold_answer(&["<CompleteMultipartUpload"])),
        small("before it is ready", ledger, Fault::hold(&["set state = 'ready'"])),
        small("after it is ready", ledger, Fault::hold_answer(&["set state = 'ready'", "COMMIT"])),
        small("before the mail", mail, Fault::hold(&[])),
        small("after the mail", ledger, Fault::hold(&["set delivery = 'sent'"])),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_at_any_moment_leaves_one_archive_one_mail_and_no_remains() {
    let moments = moments();
    assert_eq!(moments.len(), 20);
    stream::iter(moments).for_each_concurrent(AT_ONCE, killed_at).await;
}

async fn killed_at(moment: Moment) {
    let Moment { name, tenant, behind, fault } = moment;
    let mut site = Site::new("killed").await;
    let owner = MailServer::shared().await.address("killed");
    let direct = site.get(behind).to_owned();
    let wire = Wire::to(Wire::port_of(&direct)).await;
    wire.plan(fault);
    site.set(behind, wire.instead_of(&direct));
    let victim = site.worker().await;
    let export = site.ask(tenant, &owner).await;
    wire.until_fired(1, name).await;
    victim.kill().await;
    drop(wire);

    site.set(behind, direct);
    let _rescuer = site.worker().await;
    let ready = site.assert_delivered(export, tenant, &owner, name).await;
    // What was stored and noted before the worker died is not made again.
    let was_over = ["after it is ready", "before the mail", "after the mail"].contains(&name);
    let expected = if was_over { (1, 0) } else { (2, 1) };
    assert_eq!((ready.attempt, ready.crashes), expected, "{name}");
    site.assert_keeps_only(&[export], name).await;
    assert_mailed_once(&site, export, &owner, name).await;
}

/// Two mails arrive only where the worker died between the relay's answer and the note of it; no order of the two steps could exclude both a second mail and none.
async fn assert_mailed_once(site: &Site, export: ExportId, owner: &str, name: &str) {
    let received = MailServer::shared().await.received(owner).len();
    assert_eq!(received, if name == "after the mail" { 2 } else { 1 }, "{name}");
    assert_eq!(site.mails(export).await[0].delivery, Delivery::Sent);
}
