//! The desk of a worker: what it holds, from the claim to the report. Every call is repeated until Redis answers.

use crate::queue::{Delivery, Doorbell, Kind, Outcome, POLL_EVERY, Pulse, Queue, QueueError};
use apalis::prelude::{BoxDynError, Task, TaskBuilder, TaskId};
use apalis_core::{task::ExecutionContext, worker::ext::ack::Acknowledge};
use futures::{FutureExt, future::BoxFuture};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) struct Desk {
    queue: Queue,
    kind: Kind,
    /// Whose doorbells are answered beside those that ring anywhere.
    sources: Arc<[String]>,
    pulse: Pulse,
    held: Mutex<HashMap<Uuid, Held>>,
    renewed: Mutex<Instant>,
}

#[derive(Clone, Copy)]
struct Held {
    delivery: Delivery,
    /// The handler has ended; only the report is missing.
    over: bool,
}

impl Desk {
    pub(super) fn new(queue: Queue, kind: Kind, sources: Arc<[String]>, pulse: Pulse) -> Self {
        Self { queue, kind, sources, pulse, held: Mutex::default(), renewed: Mutex::new(Instant::now()) }
    }

    /// Waits for the next doorbell and claims it; `None` after `stop`.
    pub(super) async fn next(self: Arc<Self>, stop: CancellationToken) -> Option<Task<Doorbell>> {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            let wait = match self.claim().await {
                Ok(Some(delivery)) => {
                    self.pulse.beat();
                    return Some(self.take(delivery));
                }
                Ok(None) => {
                    self.pulse.beat();
                    pause = FIRST_PAUSE;
                    POLL_EVERY
                }
                Err(error) => {
                    self.warn("could not ask for work", &error, pause);
                    longer(&mut pause)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.queue.rung(self.kind) => {}
                () = sleep(wait) => {}
            }
        }
        None
    }

    /// Renews first when that is overdue: else, after Redis was away for longer than a lease, this worker would be handed
    /// what it is still running.
    async fn claim(&self) -> Result<Option<Delivery>, QueueError> {
        if self.renewed().elapsed() > self.queue.renew_every() * 2 {
            self.renew().await?;
        }
        self.queue.claim(self.kind, &self.sources).await
    }

    fn take(&self, delivery: Delivery) -> Task<Doorbell> {
        let held = Held { delivery, over: false };
        self.held().insert(delivery.token, held);
        // The token, not the export's id: with its feature `task-context` apalis panics at an id that still runs.
        TaskBuilder::new(Doorbell::new(delivery.export_id))
            .task_id(TaskId::from_string(delivery.token.to_string()))
            .data(delivery)
            .build()
    }

    /// Renews the leases of all that is held, for as long as the worker lives.
    pub(super) async fn keep_leases(self: Arc<Self>) {
        let every = self.queue.renew_every();
        let mut pause = FIRST_PAUSE;
        let mut wait = every;
        loop {
            sleep(wait).await;
            wait = match self.renew().await {
                Ok(()) => {
                    pause = FIRST_PAUSE;
                    every
                }
                Err(error) => {
                    self.warn("could not renew leases", &error, pause);
                    longer(&mut pause).min(every)
                }
            };
        }
    }

    async fn renew(&self) -> Result<(), QueueError> {
        let held: Vec<Delivery> = self.held().values().map(|held| held.delivery).collect();
        if !held.is_empty() {
            let lost = self.queue.renew(self.kind, &held).await?;
            self.pulse.beat();
            lost.into_iter().for_each(|delivery| self.lose(delivery));
        }
        *self.renewed() = Instant::now();
        Ok(())
    }

    fn lose(&self, delivery: Delivery) {
        if self.held().remove(&delivery.token).is_some_and(|held| !held.over) {
            tracing::warn!(
                kind = self.kind.as_str(),
                export = %delivery.export_id,
                "the lease of a running job is gone from the queue; the job goes on, the ledger decides whether it counts"
            );
        }
    }

    async fn report(self: Arc<Self>, delivery: Delivery) {
        if let Some(held) = self.held().get_mut(&delivery.token) {
            held.over = true;
        }
        let mut pause = FIRST_PAUSE;
        let outcome = loop {
            match self.queue.finish(self.kind, delivery).await {
                Ok(outcome) => break outcome,
                Err(error) => {
                    self.warn("could not report a job as over", &error, pause);
                    sleep(longer(&mut pause)).await;
                }
            }
        };
        self.held().remove(&delivery.token);
        let (kind, export) = (self.kind.as_str(), delivery.export_id);
        match outcome {
            Outcome::Done => tracing::debug!(kind, %export, "a job is over"),
            Outcome::RungAgain => {
                tracing::debug!(kind, %export, "a job is over and was rung again")
            }
            Outcome::Fenced => {
                tracing::info!(kind, %export, "a job is over that the queue no longer knew as ours")
            }
        }
    }

    /// Puts back what was claimed and will not be begun.
    pub(super) async fn put_back(&self, task: &Task<Doorbell>) {
        let Some(delivery) = task.data().get::<Delivery>().copied() else {
            return;
        };
        self.held().remove(&delivery.token);
        if let Err(error) = self.queue.release(self.kind, delivery).await {
            self.warn("could not put a doorbell back; it comes again after its lease", &error, Duration::ZERO);
        }
    }

    /// Hands back what is held when the worker goes away without having ended; in Redis the leases end by themselves.
    pub(super) fn abandon(&self) {
        if let Queue::Memory(queue) = &self.queue {
            for (_, held) in self.held().drain() {
                queue.release(self.kind, held.delivery);
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Uuid, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renewed(&self) -> MutexGuard<'_, Instant> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn warn(&self, what: &str, error: &(dyn std::error::Error + 'static), pause: Duration) {
        let reason = error.source().map(ToString::to_string).unwrap_or_default();
        tracing::warn!(kind = self.kind.as_str(), reason, again_in = ?pause, "the queue did not answer: {what}");
    }
}

/// The pause to make now; the next one is twice as long.
fn longer(pause: &mut Duration) -> Duration {
    let now = *pause;
    *pause = (now * 2).min(LONGEST_PAUSE);
    now
}

/// Reports each job as over, whatever came of it.
#[derive(Clone)]
pub(super) struct Report(pub(super) Arc<Desk>);

impl Acknowledge<()> for Report {
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<(), Infallible>>;

    fn ack(&mut self, result: &Result<(), BoxDynError>, context: &ExecutionContext) -> Self::Future {
        let desk = self.0.clone();
        let delivery = context.data().get::<Delivery>().copied();
        if result.is_err() {
            let export = delivery.map(|delivery| delivery.export_id.to_string());
            tracing::error!(kind = desk.kind.as_str(), export, "a handler panicked; the ledger decides what follows");
        }
        async move {
            if let Some(delivery) = delivery {
                desk.report(delivery).await;
            }
            Ok(())
        }
        .boxed()
    }
}
