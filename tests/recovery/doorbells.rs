//! Doorbells that come twice, are forged, or never end; and the one who rings again.

use redis::{AsyncCommands, AsyncConnectionConfig, Client, aio::MultiplexedConnection};
use shared::{
    export::State,
    ledger::Ledger,
    queue::{Kind, Place},
};
use uuid::Uuid;

use super::{
    bulk::{BIG, SMALL},
    site::Site,
};
use crate::support::{
    mail_server::MailServer,
    patience::{LONG, until},
    wire::{Fault, Wire},
};

#[tokio::test]
async fn an_export_that_is_delivered_to_two_workers_at_once_runs_in_one() {
    let mut site = Site::new("twice").await;
    let owner = MailServer::shared().await.address("twice");
    let wire = Wire::to(Wire::port_of(site.get("VAULT__ENDPOINT"))).await;
    let behind = wire.instead_of(site.get("VAULT__ENDPOINT"));
    site.set("VAULT__ENDPOINT", behind);
    wire.plan(Fault::hold(&["partNumber=2&"]));
    let _workers = [site.worker().await, site.worker().await];
    let export = site.ask(BIG, &owner).await;
    wire.until_fired(1, "uploading").await;
    for _ in 0..5 {
        // Redis forgets who has it, so that the other worker is handed it too.
        forget(&site).await;
        site.queue.ring(Kind::Export, Place::Anywhere, export).await.unwrap();
        until("the second delivery to be over", LONG, async || {
            (site.queue.depth(Kind::Export, Place::Anywhere).await.unwrap().total() == 0).then_some(())
        })
        .await;
    }
    let running = site.show(export).await;
    assert_eq!((running.state, running.attempt), (State::Running, 1));
    wire.mend();
    let ready = site.assert_delivered(export, BIG, &owner, "twice").await;
    assert_eq!(ready.attempt, 1);
    site.assert_keeps_only(&[export], "twice").await;
}

#[tokio::test]
async fn forged_and_unreadable_doorbells_keep_nobody_from_working() {
    let mut site = Site::new("forged").await;
    site.set("QUEUE__WINDOW", "100");
    let owner = MailServer::shared().await.address("forged");
    let mut forged = redis::pipe();
    // More than the window holds.
    let ready = format!("{{{}:export}}:ready", site.get("QUEUE__PREFIX"));
    for number in 0..300 {
        let id = Uuid::now_v7().to_string();
        let message = match number % 3 {
            0 => format!(r#"{{"version":1,"export_id":"{id}"}}"#),
            1 => format!(r#"{{"version":99,"export_id":"{id}"}}"#),
            _ => "\u{0}nothing".to_owned(),
        };
        let job = format!("{{{}:export}}:j:{id}", site.get("QUEUE__PREFIX"));
        forged.hset(job, "message", message).ignore().zadd(&ready, id, number).ignore();
    }
    let _: () = forged.query_async(&mut connect(&site).await).await.unwrap();
    let export = site.ask(SMALL, &owner).await;
    let _worker = site.worker().await;
    let delivered = site.assert_delivered(export, SMALL, &owner, "forged").await;
    assert_eq!(delivered.attempt, 1);
    until("the forged ones to be gone", LONG, async || {
        (site.queue.depth(Kind::Export, Place::Anywhere).await.unwrap().total() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_worker_reconciles_and_another_takes_over_when_it_dies() {
    let site = Site::new("duty").await;
    let (one, other) = (site.worker().await, site.worker().await);
    let holder = async || {
        let Ledger::Postgres(pool) = &site.ledger else { unreachable!() };
        let query = "select holder from duties where held_until > clock_timestamp()";
        sqlx::query_scalar::<_, String>(query).fetch_optional(pool).await.unwrap()
    };
    let first = until("a reconciler", LONG, &holder).await;
    let (holding, waiting) = if one.stderr().contains(&first) { (one, other) } else { (other, one) };
    let killed = holding.kill().await;
    assert!(killed.stderr.contains(&first));
    let next = until("another reconciler", LONG, async || holder().await.filter(|holder| *holder != first)).await;
    assert!(waiting.stderr().contains(&next));
    let owner = MailServer::shared().await.address("duty");
    let export = site.ask(SMALL, &owner).await;
    // Rung by nobody but the reconciler.
    forget(&site).await;
    site.assert_delivered(export, SMALL, &owner, "duty").await;
}

/// Redis loses what it knew of this site.
async fn forget(site: &Site) {
    let mut redis = connect(site).await;
    let keys: Vec<String> = redis.keys(format!("{{{}:*", site.get("QUEUE__PREFIX"))).await.unwrap();
    if !keys.is_empty() {
        let _: () = redis.del(keys).await.unwrap();
    }
}

async fn connect(site: &Site) -> MultiplexedConnection {
    let client = Client::open(site.get("QUEUE__URL")).unwrap();
    let patient = AsyncConnectionConfig::new().set_connection_timeout(Some(LONG)).set_response_timeout(Some(LONG));
    client.get_multiplexed_async_connection_with_config(&patient).await.unwrap()
}
