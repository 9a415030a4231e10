//! The queue: a doorbell that carries ids, never the truth. Everything in it may be lost at any time.

pub mod memory;
pub mod redis;

use crate::{
    config::QueueConfig,
    export::{ExportId, words},
};
use serde::{Deserialize, Serialize};

words! {
    /// The kinds of work, each with its own queue and its own concurrency.
    Kind {
        /// Run an export.
        Export = "export",
        /// Send an export's mails.
        Notify = "notify",
        /// Answer whether a tenant exists.
        Check = "check",
        /// Delete what is over; carries the nil id.
        Sweep = "sweep",
    }
}

/// What a message carries: ids only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doorbell {
    /// Version of the message; 1.
    pub version: u32,
    /// The export to look at in the ledger.
    pub export_id: ExportId,
}

/// Why a doorbell could not be rung. The ledger has the work all the same.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis refused or could not be reached.
    #[error("the queue did not answer")]
    Redis(#[from] ::redis::RedisError),
    /// The window of this kind is full; the reconciler rings again.
    #[error("the queue's window is full")]
    Full,
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
    pub async fn open(_config: &QueueConfig) -> Result<Self, QueueError> {
        todo!()
    }
    /// Rings; ringing for an id that already waits or is worked on changes nothing. Answers within about two seconds, also when Redis is down.
    pub async fn ring(&self, _kind: Kind, _id: ExportId) -> Result<(), QueueError> {
        todo!()
    }
    /// Answers when the queue does.
    pub async fn ping(&self) -> Result<(), QueueError> {
        todo!()
    }
}
