//! Looking entries up.

use super::{Entry, Outcome};
use crate::export::ExportId;
use crate::ledger::{Ledger, Result, storable, stored};
use chrono::{DateTime, Utc};
use futures::{Stream, TryStreamExt, stream};

/// How many entries a stream holds at once.
const BATCH: i64 = 500;

/// Which entries. What is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Of this source.
    pub source: Option<String>,
    /// About this tenant's data.
    pub tenant: Option<String>,
    /// About this export.
    pub export: Option<ExportId>,
    /// By this actor, in full.
    pub actor: Option<String>,
    /// Of this action, as in `link.downloaded`; `link` is every action of links.
    pub action: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// From then on.
    pub since: Option<DateTime<Utc>>,
    /// Before then.
    pub until: Option<DateTime<Utc>>,
}

/// At most so many entries before the place `before`, newest first.
pub async fn page(ledger: &Ledger, filter: &Filter, before: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    find(ledger, filter, (None, before), limit, "desc").await
}

/// Every entry, oldest first, a few hundred at a time: what is added meanwhile is included.
pub fn stream(ledger: Ledger, filter: Filter) -> impl Stream<Item = Result<Entry>> {
    stream::try_unfold((ledger, filter, Some(0)), async |(ledger, filter, after)| {
        let Some(place) = after else { return Ok(None) };
        let batch = find(&ledger, &filter, (Some(place), None), BATCH, "asc").await?;
        let next = batch.last().map(|entry| entry.seq).filter(|_| batch.len() as i64 == BATCH);
        Ok::<_, crate::ledger::LedgerError>(Some((stream::iter(batch.into_iter().map(Ok)), (ledger, filter, next))))
    })
    .try_flatten()
}

async fn find(
    ledger: &Ledger,
    filter: &Filter,
    (after, before): (Option<i64>, Option<i64>),
    limit: i64,
    order: &str,
) -> Result<Vec<Entry>> {
    let text = format!(
        "select * from audit_events
         where ($1 is null or source = $1) and ($2 is null or tenant = $2) and ($3 is null or export_id = $3)
           and ($4 is null or actor = $4) and ($5 is null or action = $5 or action like $6) and ($7 is null or outcome = $7)
           and ($8 is null or at >= $8) and ($9 is null or at < $9)
           and ($10 is null or seq > $10) and ($11 is null or seq < $11)
         order by seq {order} limit $12"
    );
    let prefix = filter.action.as_deref().map(|action| format!("{}.%", storable(action).replace(['%', '_', '\\'], "")));
    Ok(on!(ledger, pool => sqlx::query_as(sqlx::AssertSqlSafe(text))
        .bind(filter.source.as_deref().map(storable))
        .bind(filter.tenant.as_deref().map(storable))
        .bind(filter.export)
        .bind(filter.actor.as_deref().map(storable))
        .bind(filter.action.as_deref().map(storable))
        .bind(prefix)
        .bind(filter.outcome)
        .bind(filter.since.map(stored))
        .bind(filter.until.map(stored))
        .bind(after)
        .bind(before)
        .bind(limit.max(0))
        .fetch_all(pool).await?))
}
