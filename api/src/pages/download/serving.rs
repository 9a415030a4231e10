//! A file on its way out: every byte that is handed to the network is counted, and the audit is told when it ends, also by a broken connection.

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::{Bytes, Data},
};
use shared::{
    clock,
    ledger::{
        Ledger,
        audit::Actor,
        downloads::{self, Served},
    },
};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// How often noting an end is tried while the ledger is away; the waits are 1, 2, 4, 8 and 16 seconds.
const TRIES: u32 = 6;

/// The ends of downloads that are being noted or still to come.
pub(crate) struct Endings {
    noting: TaskTracker,
    /// Outlives the threads that answer requests: these are gone when the last connections of a server that stops are closed.
    runtime: Handle,
}

impl Endings {
    /// Notes in this runtime.
    pub(crate) fn new() -> Self {
        Self { noting: TaskTracker::new(), runtime: Handle::current() }
    }

    /// Is held as long as an end is still to come.
    pub(super) fn awaited(&self) -> TaskTrackerToken {
        self.noting.token()
    }

    fn note(&self, ledger: Ledger, served: Served, actor: Actor) {
        self.noting.spawn_on(
            async move {
                for tried in 0..TRIES {
                    match downloads::served(&ledger, &served, actor.clone(), clock::now()).await {
                        Ok(()) => return,
                        Err(error) => {
                            tracing::warn!(download = %served.download, error = %error, "The end of a download could not be noted; trying again");
                        }
                    }
                    tokio::time::sleep(Duration::from_secs(1 << tried)).await;
                }
                tracing::error!(download = %served.download, bytes = served.sent, "The end of a download was not noted: the audit lacks it");
            },
            &self.runtime,
        );
    }

    /// Waits until every download has ended and its end is noted, for at most so long. The connections of a server that has stopped are
    /// closed by its threads in their own time.
    pub(crate) async fn noted(&self, patience: Duration) {
        self.noting.close();
        if timeout(patience, self.noting.wait()).await.is_err() {
            tracing::error!("The ends of some downloads were not noted: the audit lacks them");
        }
    }
}

/// The body of an answer that is counted.
pub(super) struct Serving {
    pub(super) body: BoxBody,
    pub(super) served: Served,
    pub(super) actor: Actor,
    pub(super) ledger: Ledger,
    pub(super) endings: Data<Endings>,
    /// Let go after the end was handed over.
    pub(super) _awaited: TaskTrackerToken,
}

impl MessageBody for Serving {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let serving = self.get_mut();
        let next = Pin::new(&mut serving.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            serving.served.sent += bytes.len() as u64;
        }
        next
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.endings.note(self.ledger.clone(), self.served.clone(), std::mem::take(&mut self.actor));
    }
}
