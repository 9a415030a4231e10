//! The queue as apalis sees it: a backend that hands out doorbells, keeps their leases and reports them as over.
//!
//! apalis' own `Persisted` state machine is not used: it forgets a fetch that is under way when the worker stops, and it
//! reports finished jobs only between two fetches. Here a doorbell is claimed when a slot is free, one at a time, and each
//! job reports for itself. No call shows apalis an error of Redis, because apalis would cancel what is running.

mod desk;

use super::{Doorbell, Kind, Pulse, Queue};
use apalis::{
    layers::WorkerBuilderExt,
    prelude::{Backend, Monitor, ParallelizeExt, Task, WorkerBuilder, WorkerContext},
};
use apalis_core::{
    backend::{BackendConfig, finalize::Ephemeral},
    worker::ext::ack::AcknowledgeLayer,
};
use desk::{Desk, Report};
use futures::{FutureExt, future::BoxFuture, ready};
use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

/// A monitor to register workers in: it starts a worker again that ended with an error, and after the signal to stop
/// waits at most `shutdown` for running jobs. What still waits stays in the queue. A job that needs longer goes on until
/// the process ends, and its doorbell comes again.
pub fn monitor(shutdown: Duration) -> Monitor {
    Monitor::new().should_restart(|_, _| true).shutdown_timeout(shutdown)
}

impl Queue {
    /// Registers a worker that answers the doorbells of `kind` that ring anywhere or at one of `sources`, at most `concurrency` at the same time, each in a task of
    /// its own.
    ///
    /// A panic of `handler` ends only its own job. `pulse` beats while the worker reaches the queue. A doorbell can come
    /// twice, also at the same time (after a lease has ended, or Redis has lost everything): the ledger decides who works.
    pub fn attend<H, F>(
        &self,
        monitor: Monitor,
        (kind, sources): (Kind, &[String]),
        concurrency: usize,
        pulse: &Pulse,
        handler: H,
    ) -> Monitor
    where
        H: Fn(Doorbell) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (queue, pulse, sources) = (self.clone(), pulse.clone(), Arc::<[String]>::from(sources));
        monitor.register(move |_| {
            let handler = handler.clone();
            let answer = move |bell: Doorbell| {
                let handler = handler.clone();
                async move {
                    handler(bell).await;
                    Ok::<(), Infallible>(())
                }
            };
            WorkerBuilder::new(format!("{kind}-{}", Uuid::now_v7()))
                .backend(Doorbells::new(Desk::new(queue.clone(), kind, sources.clone(), pulse.clone())))
                .concurrency(concurrency.max(1))
                .parallelize(tokio::spawn)
                .catch_panic()
                .build(answer)
        })
    }
}

/// The doorbells of one kind, for one worker.
struct Doorbells {
    desk: Arc<Desk>,
    stop: CancellationToken,
    next: Option<BoxFuture<'static, Option<Task<Doorbell>>>>,
    close: Option<BoxFuture<'static, ()>>,
    renewal: Option<AbortOnDropHandle<()>>,
}

impl Doorbells {
    fn new(desk: Desk) -> Self {
        Self { desk: Arc::new(desk), stop: CancellationToken::new(), next: None, close: None, renewal: None }
    }
}

impl Backend for Doorbells {
    type Task = Task<Doorbell>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        // In a task of its own: leases are renewed even while the worker's task has no time.
        self.renewal.get_or_insert_with(|| AbortOnDropHandle::new(tokio::spawn(self.desk.clone().keep_leases())));
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Infallible>>> {
        let next = self.next.get_or_insert_with(|| self.desk.clone().next(self.stop.clone()).boxed());
        let task = ready!(next.poll_unpin(context));
        self.next = None;
        Poll::Ready(task.map(Ok))
    }

    /// apalis calls this when all running jobs have ended. A doorbell that was just being claimed is put back.
    fn poll_close(&mut self, context: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        self.stop.cancel();
        let close = self.close.get_or_insert_with(|| {
            let (desk, next) = (self.desk.clone(), self.next.take());
            async move {
                if let Some(next) = next
                    && let Some(task) = next.await
                {
                    desk.put_back(&task).await;
                }
            }
            .boxed()
        });
        close.poll_unpin(context).map(Ok)
    }
}

impl BackendConfig for Doorbells {
    type Args = Doorbell;
    type Id = Uuid;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = AcknowledgeLayer<Report>;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Self::Layer {
        AcknowledgeLayer::new(Report(self.desk.clone()))
    }
}

impl Drop for Doorbells {
    fn drop(&mut self) {
        self.desk.abandon();
    }
}
