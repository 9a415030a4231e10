//! The cool-down of exports that people ask for themselves: the next one is allowed some calendar days (UTC) after the last.

use super::{Export, NewExport};
use crate::export::{Origin, State, TenantId};
use crate::ledger::{Ledger, Person, Result, Transaction};
use chrono::{DateTime, Days, NaiveTime, Utc};
use sha2::{Digest, Sha256};

/// When the next export is allowed after one that was asked for at `asked_at`: at the beginning of the day (UTC) that many days later. 0 days: at once.
pub fn ends(asked_at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    if days == 0 {
        return asked_at;
    }
    let day = asked_at.date_naive().checked_add_days(Days::new(days.into())).unwrap_or(chrono::NaiveDate::MAX);
    day.and_time(NaiveTime::MIN).and_utc()
}

impl Export {
    /// When the same person may ask again because of this export; `None` if it is not held against them: it was not asked for in the portal,
    /// or ended without an archive.
    pub fn next_allowed_at(&self, days: u32) -> Option<DateTime<Utc>> {
        let counts = self.origin == Origin::Portal
            && days > 0
            && !self.cancel_requested
            && !matches!(self.state, State::Failed | State::Cancelled);
        counts.then(|| ends(self.created_at, days))
    }
}

/// When this person may ask for this next; `None` if now, and for whoever does not ask in the portal.
pub async fn until(
    ledger: &Ledger,
    source: &str,
    tenant: &TenantId,
    subject: &Person,
    origin: Origin,
    days: u32,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    if origin != Origin::Portal || days == 0 {
        return Ok(None);
    }
    let last: Option<DateTime<Utc>> = on!(ledger, pool => sqlx::query_scalar(LAST)
        .bind(source).bind(tenant.as_str()).bind(subject.kind()).bind(subject.key()).fetch_optional(pool).await?);
    Ok(last.map(|asked_at| ends(asked_at, days)).filter(|allowed| *allowed > now))
}

/// When the last export was asked for that is held against the person.
const LAST: &str = "
    select created_at from exports
     where source = $1 and tenant = $2 and subject_kind = $3 and subject_key = $4 and origin = 'portal'
       and state in ('queued', 'running', 'ready', 'expired') and not cancel_requested
     order by created_at desc, id desc limit 1";

/// The same for a request that is being entered. Until the transaction ends nobody else asks for the same tenant.
pub(super) async fn begin(
    transaction: &mut Transaction,
    new: &NewExport,
    days: u32,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    if new.origin != Origin::Portal || days == 0 {
        return Ok(None);
    }
    transaction.alone(lock(new)).await?;
    let last: Option<DateTime<Utc>> = within!(transaction, connection => sqlx::query_scalar(LAST)
        .bind(&new.source).bind(new.tenant.as_str()).bind(new.subject.kind()).bind(new.subject.key())
        .fetch_optional(connection).await?);
    Ok(last.map(|asked_at| ends(asked_at, days)).filter(|allowed| *allowed > now))
}

/// A number for the source and tenant; that two of them share one only makes them wait for each other.
fn lock(new: &NewExport) -> i64 {
    let mut hash = Sha256::new();
    for part in ["cool-down", new.source.as_str(), new.tenant.as_str()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    hash.iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (asked, days, allowed) in [
            ("2026-03-01T00:00:00Z", 1, "2026-03-02T00:00:00Z"),
            ("2026-03-01T23:59:59.999999Z", 1, "2026-03-02T00:00:00Z"),
            ("2026-03-01T12:00:00Z", 7, "2026-03-08T00:00:00Z"),
            ("2028-02-28T12:00:00Z", 1, "2028-02-29T00:00:00Z"),
            ("2026-12-31T12:00:00Z", 1, "2027-01-01T00:00:00Z"),
            ("2026-03-01T12:00:00Z", 0, "2026-03-01T12:00:00Z"),
        ] {
            assert_eq!(ends(at(asked), days), at(allowed), "{asked} {days}");
        }
        assert!(ends(at("2026-03-01T12:00:00Z"), u32::MAX) > at("2026-03-01T12:00:00Z"));
    }
}
