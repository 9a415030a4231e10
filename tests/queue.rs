//! The queue: what it promises in memory and in Redis alike. What only Redis can meet is in `queue/redis.rs`.

mod attendant;
mod redis;

use crate::support::redis::Redis;
use attendant::{KIND, Log, Worker, counted, memory, ring_new, until_depth};
use shared::{
    export::ExportId,
    queue::{Depth, Doorbell, Kind, Place, Queue, QueueError},
};
use std::time::{Duration, Instant};
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);

/// One queue of each sort, empty.
async fn both(window: u32) -> [Queue; 2] {
    let server = Redis::shared().await;
    let config = attendant::redis(&server.url(), &server.prefix("queue"), window, LEASE);
    [Queue::open(&memory(window)).await.unwrap(), Queue::open(&config).await.unwrap()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doorbell_reaches_a_worker_and_is_gone_afterwards() {
    for queue in both(10).await {
        let log = Log::closed();
        let worker = Worker::start(&queue, 1, &log);
        let id = Uuid::now_v7();
        queue.ring(KIND, Place::Anywhere, id).await.unwrap();
        log.until_started(1).await;
        assert_eq!(queue.depth(KIND, Place::Anywhere).await.unwrap(), Depth { waiting: 0, leased: 1 });
        log.open();
        until_depth(&queue, 0, 0).await;
        assert_eq!(log.ended(), [id]);
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ringing_twice_while_it_waits_is_ringing_once() {
    for queue in both(10).await {
        let id = Uuid::now_v7();
        for _ in 0..3 {
            queue.ring(KIND, Place::Anywhere, id).await.unwrap();
        }
        assert_eq!(queue.depth(KIND, Place::Anywhere).await.unwrap().total(), 1);
        let log = Log::opened();
        let worker = Worker::start(&queue, 2, &log);
        until_depth(&queue, 0, 0).await;
        let last = ring_new(&queue, 1).await[0];
        log.until_ended(2).await;
        assert_eq!(log.ended(), [id, last]);
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ringing_while_it_is_worked_on_makes_it_come_once_more() {
    for queue in both(10).await {
        let log = Log::closed();
        let worker = Worker::start(&queue, 2, &log);
        let id = Uuid::now_v7();
        queue.ring(KIND, Place::Anywhere, id).await.unwrap();
        log.until_started(1).await;
        for _ in 0..3 {
            queue.ring(KIND, Place::Anywhere, id).await.unwrap();
        }
        assert_eq!(queue.depth(KIND, Place::Anywhere).await.unwrap(), Depth { waiting: 0, leased: 1 });
        assert_eq!(log.started(), [id], "not while the first still runs");
        log.let_one_pass();
        log.until_started(2).await;
        log.let_one_pass();
        until_depth(&queue, 0, 0).await;
        assert_eq!(log.ended(), [id, id]);
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_window_refuses_new_ids_only_and_only_while_it_is_full() {
    for queue in both(3).await {
        let ids = ring_new(&queue, 3).await;
        let refused = Uuid::now_v7();
        assert!(matches!(queue.ring(KIND, Place::Anywhere, refused).await, Err(QueueError::Full)));
        queue.ring(KIND, Place::Anywhere, ids[0]).await.unwrap();
        queue.ring(Kind::Notify, Place::Anywhere, refused).await.unwrap();
        let log = Log::opened();
        let worker = Worker::start(&queue, 1, &log);
        until_depth(&queue, 0, 0).await;
        queue.ring(KIND, Place::Anywhere, refused).await.unwrap();
        log.until_ended(4).await;
        assert_eq!(log.ended(), [ids, vec![refused]].concat());
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doorbells_are_answered_in_the_order_they_were_rung() {
    for queue in both(100).await {
        let ids = ring_new(&queue, 50).await;
        let log = Log::opened();
        let worker = Worker::start(&queue, 1, &log);
        log.until_ended(50).await;
        assert_eq!(log.ended(), ids);
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doorbell_of_a_source_rings_only_where_it_is_served_and_in_its_order() {
    for queue in both(10).await {
        let ids: Vec<ExportId> = (0..4).map(|_| Uuid::now_v7()).collect();
        let places = [Place::Source("shop"), Place::Source("bank"), Place::Anywhere, Place::Source("shop")];
        for (id, place) in ids.iter().zip(places) {
            queue.ring(KIND, place, *id).await.unwrap();
        }
        // A doorbell that waits somewhere is rung again wherever that may be.
        queue.ring(KIND, Place::Source("bank"), ids[0]).await.unwrap();
        assert_eq!(queue.depth(KIND, Place::Source("shop")).await.unwrap().waiting, 2);
        assert_eq!(queue.depth(KIND, Place::Source("bank")).await.unwrap().waiting, 1);
        assert_eq!(queue.depth(KIND, Place::Anywhere).await.unwrap().waiting, 1);
        let (stranger, shop) = (Log::opened(), Log::closed());
        let strangers = Worker::serving(&queue, &["bank", "school"], &stranger);
        stranger.until_ended(2).await;
        assert_eq!(stranger.ended(), [ids[1], ids[2]]);
        let served = Worker::serving(&queue, &["shop"], &shop);
        shop.until_started(1).await;
        // Rung while it is answered, it comes back to its own place, behind what waits there.
        queue.ring(KIND, Place::Anywhere, ids[0]).await.unwrap();
        shop.open();
        shop.until_ended(3).await;
        assert_eq!(shop.ended(), [ids[0], ids[3], ids[0]]);
        until_depth(&queue, 0, 0).await;
        assert_eq!(stranger.started().len(), 2);
        served.stop().await;
        strangers.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_jobs_run_at_the_same_time_than_allowed() {
    for queue in both(100).await {
        ring_new(&queue, 12).await;
        let log = Log::closed();
        let worker = Worker::start(&queue, 3, &log);
        log.until_started(3).await;
        for ended in 1..=12 {
            log.let_one_pass();
            log.until_ended(ended).await;
        }
        assert_eq!(log.peak(), 3);
        until_depth(&queue, 0, 0).await;
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_its_own_job_only() {
    for queue in both(100).await {
        let ids = ring_new(&queue, 20).await;
        let bad: Vec<ExportId> = ids.iter().copied().step_by(5).collect();
        let good: Vec<ExportId> = ids.iter().copied().filter(|id| !bad.contains(id)).collect();
        let log = Log::opened();
        let (seen, panics) = (log.clone(), bad.clone());
        let worker = Worker::with(&queue, 1, LEASE, move |bell: Doorbell| {
            // One kind of panic before the first await, one after.
            assert!(!panics[..2].contains(&bell.export_id), "a planned panic");
            let (seen, panics) = (seen.clone(), panics.clone());
            async move {
                tokio::task::yield_now().await;
                assert!(!panics.contains(&bell.export_id), "a planned panic");
                seen.answer(bell).await;
            }
        });
        until_depth(&queue, 0, 0).await;
        assert_eq!(log.ended(), good);
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_signal_running_jobs_end_and_waiting_ones_stay() {
    for queue in both(100).await {
        let ids = ring_new(&queue, 5).await;
        let log = Log::closed();
        let worker = Worker::start(&queue, 2, &log);
        log.until_started(2).await;
        worker.signal().await;
        // Only now: a worker that would go on after the signal would take these.
        let more = ring_new(&queue, 2).await;
        log.open();
        worker.ended().await;
        assert_eq!(counted(&log.ended()), counted(&ids[..2]));
        assert_eq!(queue.depth(KIND, Place::Anywhere).await.unwrap(), Depth { waiting: 5, leased: 0 });
        let log = Log::opened();
        let next = Worker::start(&queue, 1, &log);
        log.until_ended(5).await;
        assert_eq!(log.ended(), [&ids[2..], &more[..]].concat());
        next.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn past_its_time_a_stop_leaves_running_jobs_behind_and_loses_none() {
    for queue in both(100).await {
        ring_new(&queue, 2).await;
        let log = Log::closed();
        let answers = log.clone();
        let shutdown = Duration::from_millis(300);
        let worker = Worker::with(&queue, 1, shutdown, move |bell| answers.clone().answer(bell));
        log.until_started(1).await;
        // Longer than it may take to stop: that time counts from the signal.
        tokio::time::sleep(shutdown * 2).await;
        let signal = Instant::now();
        worker.stop().await;
        assert!(signal.elapsed() >= shutdown, "stopped at once");
        assert!(signal.elapsed() < Duration::from_secs(5), "stopped too late");
        assert!(log.ended().is_empty());
        let depth = queue.depth(KIND, Place::Anywhere).await.unwrap();
        match queue {
            Queue::Memory(_) => assert_eq!((depth.waiting, depth.leased), (2, 0), "handed back"),
            Queue::Redis(_) => assert_eq!((depth.waiting, depth.leased), (1, 1), "until its lease ends"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_stops_at_once() {
    for queue in both(100).await {
        let worker = Worker::start(&queue, 1, &Log::opened());
        attendant::until("a pulse", async || worker.pulse.silence().is_some()).await;
        let signal = Instant::now();
        worker.stop().await;
        assert!(signal.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pulse_beats_while_a_worker_is_idle_and_while_all_its_slots_are_taken() {
    for queue in both(100).await {
        let log = Log::closed();
        let worker = Worker::start(&queue, 1, &log);
        let beats = async || {
            let silence = worker.pulse.silence();
            silence.is_some_and(|silence| silence < Duration::from_millis(100))
        };
        attendant::until("a first beat", beats).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        attendant::until("a beat while idle", beats).await;
        if matches!(queue, Queue::Memory(_)) {
            ring_new(&queue, 1).await;
            log.until_started(1).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            attendant::until("a beat while busy", beats).await;
        }
        log.open();
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_a_ring_wakes_an_idle_worker_at_once() {
    let queue = Queue::open(&memory(10)).await.unwrap();
    let log = Log::opened();
    let worker = Worker::start(&queue, 1, &log);
    let start = Instant::now();
    for ended in 1..=20 {
        ring_new(&queue, 1).await;
        log.until_ended(ended).await;
    }
    assert!(start.elapsed() < Duration::from_secs(2), "it was polled instead");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_two_workers_share_what_is_rung() {
    let queue = Queue::open(&memory(100)).await.unwrap();
    let log = Log::closed();
    let workers = [Worker::start(&queue, 1, &log), Worker::start(&queue, 1, &log)];
    let ids = ring_new(&queue, 10).await;
    log.until_started(2).await;
    log.open();
    log.until_ended(10).await;
    assert_eq!(counted(&log.ended()), counted(&ids));
    for worker in workers {
        worker.stop().await;
    }
}
