//! A Redis that forgets, stops and comes back.

use redis::{AsyncCommands, Client};

use super::{
    bulk::{self, BIG, SMALL},
    site::Site,
};
use crate::support::{
    mail_server::MailServer,
    redis::{Persistence, Redis},
    wire::{Fault, Wire},
};

#[derive(Clone, Copy)]
enum Loss {
    Flush,
    Restart(Persistence),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queued_and_running_exports_outlive_whatever_redis_loses() {
    let losses = [Loss::Flush, Loss::Restart(Persistence::Nothing), Loss::Restart(Persistence::AppendOnly)];
    let [first, second, third] = losses.map(lose);
    tokio::join!(first, second, third);
}

/// One export runs and one waits while Redis loses what it has; both end in their first attempt.
async fn lose(loss: Loss) {
    let persistence = if let Loss::Restart(persistence) = loss { persistence } else { Persistence::Nothing };
    let mut redis = Redis::own(persistence).await;
    let ledger = Site::ledger().await;
    let direct = bulk::url().await;
    let mut site = Site::on("redis-lost", &ledger.url, &redis, &direct).await;
    let mail = MailServer::shared().await;
    let (first, second) = (mail.address("running"), mail.address("queued"));
    let wire = Wire::to(Wire::port_of(site.get("VAULT__ENDPOINT"))).await;
    let behind = wire.instead_of(site.get("VAULT__ENDPOINT"));
    site.set("VAULT__ENDPOINT", behind);
    site.set("WORKER__EXPORTS", "1");
    // The answer to the second part is lost once: the part is sent again after the attempt's patience, or at once when the wire is mended.
    wire.plan(Fault::hold(&["partNumber=2&"]));
    let _worker = site.worker().await;
    let running = site.ask(BIG, &first).await;
    wire.until_fired(1, "uploading").await;
    let queued = site.ask(SMALL, &second).await;

    match loss {
        Loss::Flush => {
            let mut connection = Client::open(redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
            let _: () = connection.flushall().await.unwrap();
        }
        Loss::Restart(_) => {
            redis.kill().await;
            redis.start().await;
        }
    }
    wire.mend();
    for (export, tenant, owner) in [(running, BIG, &first), (queued, SMALL, &second)] {
        let ready = site.assert_delivered(export, tenant, owner, "redis").await;
        assert_eq!((ready.attempt, ready.crashes), (1, 0));
    }
    site.assert_keeps_only(&[running, queued], "redis").await;
}
