//! Waiting for something that happens elsewhere.

use std::time::{Duration, Instant};

/// Long enough for whatever a machine under load has to do; only what never happens takes so long.
pub(crate) const LONG: Duration = Duration::from_secs(90);

/// Looks again and again until there is an answer; panics with `what` after `limit`.
pub(crate) async fn until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
