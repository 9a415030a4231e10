//! How long archives and the links in mails live.

use crate::context::Context;
use chrono::{DateTime, SubsecRound, Utc};
use shared::ledger::{Result as LedgerResult, exports::Export, rules};

/// When the time of an export's archive is over that is ready at `ready_at`; `None` when only its schedule's rules say so.
///
/// A schedule's own rules come before the configured days: one that keeps archives by rules and names no age keeps them for as long as the rules do.
pub async fn end_of(
    context: &Context,
    export: &Export,
    ready_at: DateTime<Utc>,
) -> LedgerResult<Option<DateTime<Utc>>> {
    let own = match export.schedule_id {
        Some(schedule) => rules::of_schedule(&context.ledger, schedule).await?.unwrap_or_default(),
        None => Default::default(),
    };
    if own.max_age_days.is_some() || own.has_rules() {
        return Ok(own.end_of(ready_at));
    }
    Ok(Some(context.config.retention.end_of(export.origin, ready_at)))
}

/// When a link to a ready export's archive ends that is made `now`: after its own lifetime, and never after the archive.
pub fn end_of_link(context: &Context, export: &Export, now: DateTime<Utc>) -> DateTime<Utc> {
    let own = (now + context.config.links.lifetime).trunc_subsecs(6);
    export.expires_at.map_or(own, |archive| archive.min(own))
}
