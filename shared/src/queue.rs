//! The queue: a doorbell that carries ids, never the truth. Everything in it may be lost at any time.
//!
//! A doorbell is known by its export's id, once per kind. Ringing while it waits changes nothing. Ringing while a worker
//! answers it is remembered and it waits again as soon as that worker is done, because the ledger may have changed after
//! the worker last looked. However a worker ends (done, error, panic), the doorbell is gone afterwards: whether there is
//! more to do, and when, only the ledger knows.

mod backend;
pub mod memory;
mod pulse;
pub mod redis;

pub use backend::monitor;
pub use pulse::Pulse;

use crate::{
    config::QueueConfig,
    export::{ExportId, words},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How often an idle worker asks Redis for a doorbell of its kind; in memory it is woken at once.
///
/// Each kind with a free slot costs Redis one small script per interval and process: six kinds are 30 calls a second.
pub const POLL_EVERY: Duration = Duration::from_millis(200);

words! {
    /// The kinds of work, each with its own queue and its own concurrency.
    Kind {
        /// Run an export.
        Export = "export",
        /// Send an export's mails.
        Notify = "notify",
        /// Answer whether a tenant exists.
        Check = "check",
        /// Estimate how much an export would hold.
        Estimate = "estimate",
        /// Go on with a run of a schedule; carries the run's number.
        Schedule = "schedule",
        /// Delete what is over; carries the nil id.
        Sweep = "sweep",
    }
}

/// What a message carries: ids only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doorbell {
    /// Version of the message; 1.
    pub version: u32,
    /// What to look at in the ledger. That of a [`Kind::Export`] only tells doorbells apart: whose turn it is, the ledger says.
    pub export_id: ExportId,
}

impl Doorbell {
    /// The version that this program writes, and the only one it reads.
    pub const VERSION: u32 = 1;

    /// The doorbell of one export.
    pub const fn new(export_id: ExportId) -> Self {
        Self { version: Self::VERSION, export_id }
    }
}

/// Where a doorbell rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// In every worker.
    Anywhere,
    /// Only in workers that serve this source.
    Source(&'a str),
}

/// How many doorbells of one kind the queue holds in one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Nobody has taken these yet.
    pub waiting: u64,
    /// A worker answers these, or its lease has not ended yet; of all places together.
    pub leased: u64,
}

impl Depth {
    /// Waiting and leased together.
    pub const fn total(self) -> u64 {
        self.waiting + self.leased
    }
}

/// Why the queue could not do it. The ledger has the work all the same.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis refused or could not be reached.
    #[error("the queue did not answer")]
    Redis(#[from] ::redis::RedisError),
    /// The window of this kind is full; the reconciler rings again.
    #[error("the queue's window is full")]
    Full,
}

/// One doorbell in one worker's hands; the token is new for each delivery and fences all the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Delivery {
    export_id: ExportId,
    token: Uuid,
}

/// What became of a delivery that its worker reported as over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The doorbell is gone.
    Done,
    /// It was rung meanwhile and waits again.
    RungAgain,
    /// It was no longer this worker's: its lease had ended, or Redis has lost everything.
    Fenced,
}

/// One end of the queue; cheap to clone.
#[derive(Clone)]
pub enum Queue {
    /// In the process.
    Memory(memory::MemoryQueue),
    /// In Redis.
    Redis(redis::RedisQueue),
}

impl Queue {
    /// The queue the configuration names. Does not wait for Redis: a Redis that is down is met again at each use.
    ///
    /// Fails when the address cannot be read.
    pub async fn open(config: &QueueConfig) -> Result<Self, QueueError> {
        match &config.url {
            None => Ok(Self::Memory(memory::MemoryQueue::new(config.window))),
            Some(url) => Ok(Self::Redis(redis::RedisQueue::open(url, config)?)),
        }
    }

    /// Rings; for an id that waits already this changes nothing, for one that is worked on it is remembered. Answers
    /// within about two seconds, also when Redis is down.
    pub async fn ring(&self, kind: Kind, place: Place<'_>, id: ExportId) -> Result<(), QueueError> {
        match self {
            Self::Memory(queue) => queue.ring(kind, place, id),
            Self::Redis(queue) => queue.ring(kind, place, id).await,
        }
    }

    /// Answers when the queue does, or fails within about two seconds.
    pub async fn ping(&self) -> Result<(), QueueError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(queue) => queue.ping().await,
        }
    }

    /// Counts the doorbells of a kind in a place, or fails within about two seconds.
    pub async fn depth(&self, kind: Kind, place: Place<'_>) -> Result<Depth, QueueError> {
        match self {
            Self::Memory(queue) => Ok(queue.depth(kind, place)),
            Self::Redis(queue) => queue.depth(kind, place).await,
        }
    }

    async fn claim(&self, kind: Kind, sources: &[String]) -> Result<Option<Delivery>, QueueError> {
        match self {
            Self::Memory(queue) => Ok(queue.claim(kind, sources)),
            Self::Redis(queue) => queue.claim(kind, sources).await,
        }
    }

    async fn finish(&self, kind: Kind, delivery: Delivery) -> Result<Outcome, QueueError> {
        match self {
            Self::Memory(queue) => Ok(queue.finish(kind, delivery)),
            Self::Redis(queue) => queue.finish(kind, delivery).await,
        }
    }

    async fn release(&self, kind: Kind, delivery: Delivery) -> Result<(), QueueError> {
        match self {
            Self::Memory(queue) => {
                queue.release(kind, delivery);
                Ok(())
            }
            Self::Redis(queue) => queue.release(kind, delivery).await,
        }
    }

    /// Extends the leases of `deliveries`; answers which of them were lost.
    async fn renew(&self, kind: Kind, deliveries: &[Delivery]) -> Result<Vec<Delivery>, QueueError> {
        match self {
            Self::Memory(_) => Ok(Vec::new()),
            Self::Redis(queue) => queue.renew(kind, deliveries).await,
        }
    }

    fn renew_every(&self) -> Duration {
        match self {
            Self::Memory(_) => Duration::from_secs(1),
            Self::Redis(queue) => (queue.lease() / 3).max(Duration::from_millis(10)),
        }
    }

    /// Waits until a doorbell of this kind may be there; for ever when only asking tells.
    async fn rung(&self, kind: Kind) {
        match self {
            Self::Memory(queue) => queue.rung(kind).await,
            Self::Redis(_) => std::future::pending().await,
        }
    }
}
