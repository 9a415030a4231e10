//! The queue in Redis: outages, leases, backlog, messages that cannot be read.

use super::attendant::{KIND, Log, OtherProcess, Worker, counted, redis, ring_new, until, until_depth};
use crate::support::redis::{Persistence, Redis};
use ::redis::{Client, Cmd, FromRedisValue, cmd};
use futures::{StreamExt, stream};
use shared::{
    export::ExportId,
    queue::{Doorbell, POLL_EVERY, Place, Queue, QueueError},
};
use std::time::{Duration, Instant};
use uuid::Uuid;

const WINDOW: u32 = 100;

async fn ask<T: FromRedisValue>(server: &Redis, command: &Cmd) -> T {
    let client = Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    command.query_async(&mut connection).await.unwrap()
}

async fn keys(server: &Redis, prefix: &str) -> Vec<String> {
    ask(server, cmd("KEYS").arg(format!("*{prefix}:*"))).await
}

async fn open(server: &Redis, prefix: &str, window: u32, lease: Duration) -> Queue {
    Queue::open(&redis(&server.url(), prefix, window, lease)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_9_000_drains_once_each_and_leaves_no_key() {
    let server = Redis::shared().await;
    let prefix = server.prefix("backlog");
    let queue = open(server, &prefix, 10_000, Duration::from_secs(30)).await;
    let ids: Vec<ExportId> = (0..9_000).map(|_| Uuid::now_v7()).collect();
    let rings = stream::iter(&ids).map(|id| queue.ring(KIND, Place::Anywhere, *id)).buffer_unordered(64);
    rings.for_each(async |rung| rung.unwrap()).await;
    assert_eq!(queue.depth(KIND, Place::Anywhere).await.unwrap().waiting, 9_000);
    let log = Log::opened();
    let workers = [Worker::start(&queue, 8, &log), Worker::start(&queue, 8, &log)];
    until_depth(&queue, 0, 0).await;
    assert_eq!(counted(&log.ended()), counted(&ids));
    assert_eq!(keys(server, &prefix).await, [""; 0]);
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_once_though_redis_is_away_for_longer_than_its_lease() {
    let mut server = Redis::own(Persistence::AppendOnly).await;
    let queue = open(&server, "away", WINDOW, Duration::from_secs(1)).await;
    let log = Log::closed();
    let worker = Worker::start(&queue, 3, &log);
    let id = ring_new(&queue, 1).await[0];
    log.until_started(1).await;
    server.kill().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.start().await;
    let next = Uuid::now_v7();
    queue.ring(KIND, Place::Anywhere, next).await.unwrap();
    log.until_started(2).await;
    log.open();
    until_depth(&queue, 0, 0).await;
    assert_eq!(log.ended().len(), 2);
    assert_eq!(counted(&log.started()), counted(&[id, next]));
    assert_eq!(keys(&server, "away").await, [""; 0]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ends_while_redis_is_away_is_reported_when_it_is_back() {
    let mut server = Redis::own(Persistence::AppendOnly).await;
    let queue = open(&server, "report", WINDOW, Duration::from_secs(30)).await;
    let log = Log::closed();
    let worker = Worker::start(&queue, 1, &log);
    let id = ring_new(&queue, 1).await[0];
    log.until_started(1).await;
    server.kill().await;
    log.open();
    log.until_ended(1).await;
    server.start().await;
    until_depth(&queue, 0, 0).await;
    let next = ring_new(&queue, 1).await[0];
    log.until_ended(2).await;
    assert_eq!(log.started(), [id, next]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_when_redis_comes_back_empty_and_ringing_works_again() {
    let mut server = Redis::own(Persistence::Nothing).await;
    let queue = open(&server, "empty", WINDOW, Duration::from_secs(1)).await;
    let log = Log::closed();
    let worker = Worker::start(&queue, 2, &log);
    let id = ring_new(&queue, 1).await[0];
    log.until_started(1).await;
    server.kill().await;
    server.start().await;
    until_depth(&queue, 0, 0).await;
    // The ledger rings for the job that still runs, as it cannot know that; the worker must survive meeting it twice.
    queue.ring(KIND, Place::Anywhere, id).await.unwrap();
    log.until_started(2).await;
    assert!(log.ended().is_empty());
    log.open();
    log.until_ended(2).await;
    until_depth(&queue, 0, 0).await;
    let next = ring_new(&queue, 1).await[0];
    log.until_ended(3).await;
    assert_eq!(log.started(), [id, id, next]);
    until_depth(&queue, 0, 0).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_are_made_anew_and_no_job_notices() {
    let server = Redis::own(Persistence::Nothing).await;
    let queue = open(&server, "cut", WINDOW, Duration::from_secs(30)).await;
    let log = Log::closed();
    let worker = Worker::start(&queue, 2, &log);
    let id = ring_new(&queue, 1).await[0];
    log.until_started(1).await;
    let mut ids = vec![id];
    for _ in 0..2 {
        let cut: u32 = ask(&server, cmd("CLIENT").arg(&["KILL", "TYPE", "normal"])).await;
        assert!(cut > 0);
        let next = ring_new(&queue, 1).await[0];
        ids.push(next);
        log.let_one_pass();
        log.until_started(ids.len()).await;
    }
    log.open();
    until_depth(&queue, 0, 0).await;
    assert_eq!(counted(&log.started()), counted(&ids));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jobs_of_a_killed_worker_are_handed_over_after_their_lease_and_not_before() {
    let server = Redis::shared().await;
    let prefix = server.prefix("killed");
    let config = redis(&server.url(), &prefix, WINDOW, Duration::from_secs(1));
    let queue = Queue::open(&config).await.unwrap();
    let (first, second) = (Log::closed(), Log::opened());
    let mut other = OtherProcess::start(config, 3, &first);
    let ids = ring_new(&queue, 3).await;
    first.until_started(3).await;
    let worker = Worker::start(&queue, 1, &second);
    // Three leases long it lives, and keeps its jobs.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(second.started().is_empty());
    other.kill();
    second.until_ended(3).await;
    assert_eq!(counted(&second.ended()), counted(&ids));
    until_depth(&queue, 0, 0).await;
    assert_eq!(keys(server, &prefix).await, [""; 0]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_killed_worker_is_handed_over_to_one_that_serves_its_source() {
    let server = Redis::shared().await;
    let config = redis(&server.url(), &server.prefix("served"), WINDOW, Duration::from_secs(1));
    let queue = Queue::open(&config).await.unwrap();
    let id = Uuid::now_v7();
    queue.ring(KIND, Place::Source("shop"), id).await.unwrap();
    let lost = Log::closed();
    let mut process = OtherProcess::serving(config, &["shop"], &lost);
    lost.until_started(1).await;
    process.kill();
    let (stranger, next) = (Log::opened(), Log::opened());
    let strangers = Worker::serving(&queue, &["bank"], &stranger);
    until("the doorbell to wait again", async || {
        queue.depth(KIND, Place::Source("shop")).await.is_ok_and(|depth| depth.waiting == 1)
    })
    .await;
    let served = Worker::serving(&queue, &["shop"], &next);
    next.until_ended(1).await;
    assert_eq!((next.ended(), stranger.started()), (vec![id], vec![]));
    until_depth(&queue, 0, 0).await;
    served.stop().await;
    strangers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doorbell_that_arrives_during_the_stop_is_put_back() {
    let mut server = Redis::own(Persistence::Nothing).await;
    let queue = open(&server, "stop", WINDOW, Duration::from_secs(30)).await;
    let log = Log::opened();
    let worker = Worker::start(&queue, 1, &log);
    // Redis knows the scripts from here on: each ring and each question is one command.
    ring_new(&queue, 1).await;
    until_depth(&queue, 0, 0).await;
    until("a poll just now", async || {
        worker.pulse.silence().is_some_and(|silence| silence < Duration::from_millis(20))
    })
    .await;
    // Redis hangs with the ring and after it the worker's next question unanswered; then the signal comes.
    server.signal("STOP");
    let ring = tokio::spawn({
        let queue = queue.clone();
        async move { queue.ring(KIND, Place::Anywhere, Uuid::now_v7()).await }
    });
    tokio::time::sleep(POLL_EVERY * 2).await;
    worker.signal().await;
    tokio::time::sleep(POLL_EVERY).await;
    server.signal("CONT");
    ring.await.unwrap().unwrap();
    worker.ended().await;
    let depth = queue.depth(KIND, Place::Anywhere).await.unwrap();
    assert_eq!(depth.leased, 0, "its lease would hold it back for 30 s");
    assert_eq!(depth.waiting + log.ended().len() as u64, 2, "one before, one now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_handler_that_blocks_for_longer_than_its_lease_runs_once() {
    let server = Redis::shared().await;
    let lease = Duration::from_millis(1500);
    let queue = open(server, &server.prefix("blocking"), WINDOW, lease).await;
    let log = Log::opened();
    let handler = {
        let log = log.clone();
        move |bell: Doorbell| {
            let log = log.clone();
            async move {
                std::thread::sleep(Duration::from_secs(4));
                log.answer(bell).await;
            }
        }
    };
    let workers = [1, 2].map(|_| Worker::with(&queue, 1, lease, handler.clone()));
    let id = ring_new(&queue, 1).await[0];
    until_depth(&queue, 0, 1).await;
    until_depth(&queue, 0, 0).await;
    assert_eq!(log.ended(), [id]);
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_job_was_handed_over_cannot_end_it() {
    let server = Redis::shared().await;
    let prefix = server.prefix("fence");
    let config = redis(&server.url(), &prefix, WINDOW, Duration::from_secs(60));
    let queue = Queue::open(&config).await.unwrap();
    let (late, heir) = (Log::closed(), Log::closed());
    let first = Worker::start(&queue, 1, &late);
    let id = ring_new(&queue, 1).await[0];
    late.until_started(1).await;
    let lease = format!("{{{prefix}:export}}:lease");
    let _: u32 = ask(server, cmd("ZADD").arg(&lease).arg(1).arg(id.to_string())).await;
    let second = Worker::start(&queue, 1, &heir);
    heir.until_started(1).await;
    late.open();
    first.stop().await;
    assert_eq!(late.ended(), [id]);
    until_depth(&queue, 0, 1).await;
    queue.ring(KIND, Place::Anywhere, id).await.unwrap();
    until_depth(&queue, 0, 1).await;
    heir.open();
    heir.until_ended(2).await;
    until_depth(&queue, 0, 0).await;
    assert_eq!(keys(server, &prefix).await, [""; 0]);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_cannot_be_read_are_dropped_and_stop_no_others() {
    let server = Redis::shared().await;
    let prefix = server.prefix("poison");
    let queue = open(server, &prefix, WINDOW, Duration::from_secs(30)).await;
    let [garbage, newer, stranger, lost] = [(); 4].map(|()| Uuid::now_v7().to_string());
    let messages = [
        (garbage.as_str(), "\u{0}not json".to_owned()),
        (&newer, format!(r#"{{"version":2,"export_id":"{newer}","more":true}}"#)),
        (&stranger, format!(r#"{{"version":1,"export_id":"{garbage}"}}"#)),
        ("no uuid", r#"{"version":1,"export_id":"no uuid"}"#.to_owned()),
    ];
    let base = format!("{{{prefix}:export}}");
    for (id, message) in &messages {
        let job = format!("{base}:j:{id}");
        let _: u32 = ask(server, cmd("HSET").arg(job).arg("message").arg(message)).await;
    }
    for id in messages.iter().map(|(id, _)| *id).chain([lost.as_str(), "text"]) {
        let _: u32 = ask(server, cmd("ZADD").arg(format!("{base}:ready")).arg(1).arg(id)).await;
    }
    // A job key of a type that no version writes: the script fails on it.
    let text = format!("{base}:j:text");
    let _: String = ask(server, cmd("SET").arg(&text).arg("?")).await;
    let log = Log::opened();
    let worker = Worker::start(&queue, 1, &log);
    let ids = ring_new(&queue, 2).await;
    log.until_ended(2).await;
    assert_eq!(log.started(), ids);
    until_depth(&queue, 0, 0).await;
    assert_eq!(keys(server, &prefix).await, [text]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_down_opening_works_ringing_fails_soon_and_later_all_works() {
    let mut server = Redis::own(Persistence::Nothing).await;
    server.kill().await;
    let start = Instant::now();
    let queue = open(&server, "down", WINDOW, Duration::from_secs(30)).await;
    assert!(start.elapsed() < Duration::from_secs(1), "opening waits");
    let log = Log::opened();
    let worker = Worker::start(&queue, 1, &log);
    refused_soon(&queue).await;
    assert_eq!(worker.pulse.silence(), None);
    server.start().await;
    let id = ring_new(&queue, 1).await[0];
    queue.ping().await.unwrap();
    log.until_ended(1).await;
    assert_eq!(log.ended(), [id]);
    until("a pulse", async || worker.pulse.silence().is_some()).await;

    server.signal("STOP");
    refused_soon(&queue).await;
    assert!(worker.pulse.silence().unwrap() > Duration::from_millis(1500));
    server.signal("CONT");
    let next = ring_new(&queue, 1).await[0];
    until("the worker has gone on", async || log.ended().contains(&next)).await;
    worker.stop().await;
}

async fn refused_soon(queue: &Queue) {
    let start = Instant::now();
    let (rung, pinged) = tokio::join!(queue.ring(KIND, Place::Anywhere, Uuid::now_v7()), queue.ping());
    assert!(matches!(rung, Err(QueueError::Redis(_))), "{rung:?}");
    assert!(matches!(pinged, Err(QueueError::Redis(_))), "{pinged:?}");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_stops_while_redis_is_down() {
    let mut server = Redis::own(Persistence::Nothing).await;
    let queue = open(&server, "stop", WINDOW, Duration::from_secs(30)).await;
    let worker = Worker::start(&queue, 1, &Log::opened());
    until("a pulse", async || worker.pulse.silence().is_some()).await;
    server.kill().await;
    let signal = Instant::now();
    worker.stop().await;
    assert!(signal.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pulse_beats_at_every_renewal() {
    let server = Redis::shared().await;
    let lease = Duration::from_millis(900);
    let queue = open(server, &server.prefix("pulse"), WINDOW, lease).await;
    let log = Log::closed();
    let worker = Worker::start(&queue, 1, &log);
    ring_new(&queue, 1).await;
    log.until_started(1).await;
    tokio::time::sleep(lease).await;
    until("a beat while busy", async || {
        worker.pulse.silence().is_some_and(|silence| silence < Duration::from_millis(100))
    })
    .await;
    log.open();
    worker.stop().await;
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused() {
    for address in ["", "http://127.0.0.1", "127.0.0.1:6379"] {
        let config = redis(address, "address", WINDOW, Duration::from_secs(30));
        let refused = Queue::open(&config).await.err();
        assert!(matches!(refused, Some(QueueError::Redis(_))), "{address}");
    }
}
