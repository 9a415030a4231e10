//! An answer that knows how long its last piece has been waiting for the client.

use super::Busy;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use std::{
    error::Error,
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Since when the client has not taken what it was given.
#[derive(Default)]
pub(super) struct Pace {
    /// In milliseconds since the start and never 0; 0 while it is the answer that is waited for.
    given_at: AtomicU64,
}

impl Pace {
    /// Whether the client has taken nothing for so long.
    pub(super) fn waits(&self, limit: Duration) -> bool {
        let given_at = self.given_at.load(Ordering::Relaxed);
        given_at > 0 && u128::from(now().saturating_sub(given_at)) > limit.as_millis()
    }
}

fn now() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The body of an answer; the server asks for its next piece when it has room for it, that is, when the client has taken the one before.
pub(super) struct Paced {
    body: BoxBody,
    pace: Arc<Pace>,
    _busy: Busy,
}

impl Paced {
    pub(super) fn new(body: BoxBody, pace: Arc<Pace>, busy: Busy) -> Self {
        Self { body, pace, _busy: busy }
    }
}

impl MessageBody for Paced {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.pace.given_at.store(0, Ordering::Relaxed);
        let piece = ready!(Pin::new(&mut self.body).poll_next(context));
        if piece.is_some() {
            self.pace.given_at.store(now(), Ordering::Relaxed);
        }
        Poll::Ready(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_waits_only_after_a_piece_was_given() {
        let pace = Pace::default();
        assert!(!pace.waits(Duration::ZERO));
        pace.given_at.store(now(), Ordering::Relaxed);
        assert!(!pace.waits(Duration::from_secs(60)));
        std::thread::sleep(Duration::from_millis(5));
        assert!(pace.waits(Duration::from_millis(2)));
    }
}
