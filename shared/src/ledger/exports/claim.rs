//! The claim of the next export: the fairest one that may run now, within the limits.

use super::{Export, attempt, turn};
use crate::ledger::{Ledger, Result, stored};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// How many cancelled exports without a worker one claim ends; the next claim goes on.
const CANCELLED_AT_ONCE: i64 = 100;

/// A worker that has room for one more export.
#[derive(Debug, Clone)]
pub struct Claimer<'a> {
    /// Its name.
    pub worker: &'a str,
    /// How long it may be silent.
    pub lease: Duration,
    /// The sources that it serves.
    pub serves: Vec<&'a str>,
    /// A source that no worker has announced since then is served by nobody: whoever comes takes its exports, so that they fail with a reason.
    pub announced_since: DateTime<Utc>,
}

/// Takes the export whose turn it is, of those that this worker may run, as attempt + 1; `None` if there is none. The rule is told in `turn.rs`.
///
/// However many workers claim at the same time, no limit is exceeded. Exports whose cancel was requested and that no worker holds end as `cancelled` on the way.
pub async fn claim_next(ledger: &Ledger, claimer: &Claimer<'_>, now: DateTime<Utc>) -> Result<Option<Export>> {
    let now = stored(now);
    let mut transaction = ledger.begin().await?;
    let startable = turn::startable(&mut transaction, now).await?;
    for id in turn::unheld(&mut transaction, CANCELLED_AT_ONCE, now).await? {
        attempt::take(&mut transaction, id, claimer.worker, claimer.lease, now).await?;
    }
    let mut claimed = None;
    for export in startable {
        if export.is_left_by(&claimer.serves, claimer.announced_since) {
            continue;
        }
        // What was startable may have been cancelled since; the statement itself looks again.
        claimed = attempt::take(&mut transaction, export.id, claimer.worker, claimer.lease, now).await?;
        if let Some(export) = &claimed {
            turn::begun(&mut transaction, export.id, now).await?;
            break;
        }
    }
    transaction.commit().await?;
    Ok(claimed)
}
