//! Workers for the tests of the queue, and what they saw.

use apalis::prelude::Monitor;
use shared::{
    config::QueueConfig,
    export::ExportId,
    queue::{Depth, Doorbell, Kind, Place, Pulse, Queue, monitor},
};
use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The kind that every test uses.
pub(crate) const KIND: Kind = Kind::Export;

/// A configuration of Redis with a window and a lease.
pub(crate) fn redis(url: &str, prefix: &str, window: u32, lease: Duration) -> QueueConfig {
    QueueConfig { url: Some(url.to_owned().into()), prefix: prefix.to_owned(), window, lease }
}

/// A configuration of the queue in the process.
pub(crate) fn memory(window: u32) -> QueueConfig {
    QueueConfig { url: None, prefix: String::new(), window, lease: Duration::from_secs(30) }
}

/// What the handlers of a test did, and a gate that holds them.
#[derive(Clone)]
pub(crate) struct Log(Arc<Entries>);

struct Entries {
    started: Mutex<Vec<ExportId>>,
    ended: Mutex<Vec<ExportId>>,
    running: AtomicUsize,
    peak: AtomicUsize,
    gate: Semaphore,
}

impl Log {
    /// Handlers wait at the gate until [`Log::open`].
    pub(crate) fn closed() -> Self {
        Self(Arc::new(Entries {
            started: Mutex::default(),
            ended: Mutex::default(),
            running: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        }))
    }

    /// Handlers end at once.
    pub(crate) fn opened() -> Self {
        let log = Self::closed();
        log.open();
        log
    }

    /// Lets all pass that wait, and all that come.
    pub(crate) fn open(&self) {
        self.0.gate.add_permits(1_000_000);
    }

    /// Lets one pass.
    pub(crate) fn let_one_pass(&self) {
        self.0.gate.add_permits(1);
    }

    /// Answers a doorbell as a handler does.
    pub(crate) async fn answer(self, bell: Doorbell) {
        self.0.started.lock().unwrap().push(bell.export_id);
        let running = self.0.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.peak.fetch_max(running, Ordering::SeqCst);
        self.0.gate.acquire().await.unwrap().forget();
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.lock().unwrap().push(bell.export_id);
    }

    pub(crate) fn started(&self) -> Vec<ExportId> {
        self.0.started.lock().unwrap().clone()
    }

    pub(crate) fn ended(&self) -> Vec<ExportId> {
        self.0.ended.lock().unwrap().clone()
    }

    /// How many ran at the same time at the most.
    pub(crate) fn peak(&self) -> usize {
        self.0.peak.load(Ordering::SeqCst)
    }

    pub(crate) async fn until_started(&self, count: usize) {
        until(&format!("{count} started"), async || self.started().len() >= count).await;
    }

    pub(crate) async fn until_ended(&self, count: usize) {
        until(&format!("{count} ended"), async || self.ended().len() >= count).await;
    }
}

/// How often each id occurs.
pub(crate) fn counted(ids: &[ExportId]) -> BTreeMap<ExportId, usize> {
    let mut counts = BTreeMap::new();
    for id in ids {
        *counts.entry(*id).or_default() += 1;
    }
    counts
}

/// A worker in a task of this test.
pub(crate) struct Worker {
    pub(crate) pulse: Pulse,
    signal: CancellationToken,
    taken: CancellationToken,
    run: JoinHandle<()>,
}

impl Worker {
    pub(crate) fn start(queue: &Queue, concurrency: usize, log: &Log) -> Self {
        let log = log.clone();
        Self::with(queue, concurrency, Duration::from_secs(20), move |bell| log.clone().answer(bell))
    }

    /// One that serves these sources.
    pub(crate) fn serving(queue: &Queue, sources: &[&str], log: &Log) -> Self {
        let (log, sources) = (log.clone(), sources.iter().map(|source| (*source).to_owned()).collect::<Vec<_>>());
        Self::attending(queue, &sources, 1, Duration::from_secs(20), move |bell| log.clone().answer(bell))
    }

    pub(crate) fn with<H, F>(queue: &Queue, concurrency: usize, shutdown: Duration, handler: H) -> Self
    where
        H: Fn(Doorbell) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::attending(queue, &[], concurrency, shutdown, handler)
    }

    fn attending<H, F>(queue: &Queue, sources: &[String], concurrency: usize, shutdown: Duration, handler: H) -> Self
    where
        H: Fn(Doorbell) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (pulse, signal, taken) = (Pulse::default(), CancellationToken::new(), CancellationToken::new());
        let monitor = queue.attend(monitor(shutdown), (KIND, sources), concurrency, &pulse, handler);
        let run = tokio::spawn(until_signal(monitor, signal.clone(), taken.clone()));
        Self { pulse, signal, taken, run }
    }

    /// Gives the signal to stop, and waits until the monitor has taken it.
    pub(crate) async fn signal(&self) {
        self.signal.cancel();
        self.taken.cancelled().await;
    }

    /// Gives the signal and waits for the end.
    pub(crate) async fn stop(self) {
        self.signal().await;
        self.ended().await;
    }

    /// Waits for the end.
    pub(crate) async fn ended(self) {
        let end = tokio::time::timeout(Duration::from_secs(20), self.run).await;
        end.unwrap().unwrap();
    }
}

async fn until_signal(monitor: Monitor, signal: CancellationToken, taken: CancellationToken) {
    let signalled = async move {
        signal.cancelled().await;
        taken.cancel();
        io::Result::Ok(())
    };
    monitor.run_with_signal(signalled).await.unwrap();
}

/// A worker in a runtime of its own, which can vanish as a killed process does: nothing is said to Redis any more.
pub(crate) struct OtherProcess(Option<Runtime>);

impl OtherProcess {
    pub(crate) fn start(config: QueueConfig, concurrency: usize, log: &Log) -> Self {
        let log = log.clone();
        Self::with(config, move |queue| Worker::start(queue, concurrency, &log))
    }

    /// One that serves these sources.
    pub(crate) fn serving(config: QueueConfig, sources: &'static [&'static str], log: &Log) -> Self {
        let log = log.clone();
        Self::with(config, move |queue| Worker::serving(queue, sources, &log))
    }

    fn with(config: QueueConfig, start: impl FnOnce(&Queue) -> Worker + Send + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        runtime.spawn(async move {
            let queue = Queue::open(&config).await.unwrap();
            let _worker = start(&queue);
            std::future::pending::<()>().await;
        });
        Self(Some(runtime))
    }

    pub(crate) fn kill(&mut self) {
        self.0.take().unwrap().shutdown_background();
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits until the condition holds; panics after 20 s.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the queue holds just this.
pub(crate) async fn until_depth(queue: &Queue, waiting: u64, leased: u64) {
    let wanted = Depth { waiting, leased };
    until(&format!("{wanted:?}"), async || queue.depth(KIND, Place::Anywhere).await.is_ok_and(|depth| depth == wanted))
        .await;
}

/// Rings for `count` new exports, one after the other.
pub(crate) async fn ring_new(queue: &Queue, count: usize) -> Vec<ExportId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let id = Uuid::now_v7();
        queue.ring(KIND, Place::Anywhere, id).await.unwrap();
        ids.push(id);
    }
    ids
}
