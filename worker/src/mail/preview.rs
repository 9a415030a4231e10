//! Every kind of mail with example values, for whoever wants to see them: with the real words, the real layout and the configured brand.

use super::{About, FailedRun, Key, Letter, MailError, Offer};
use chrono::{DateTime, Days, TimeDelta, Utc};
use shared::{
    config::Config,
    export::{ExportId, Layout},
    language::Language,
    ledger::schedules::Counts,
    recipient::RecipientKind,
};
use uuid::Uuid;

/// A mail to look at.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What it says, as in `ready`.
    pub kind: &'static str,
    /// What it looks like.
    pub letter: Letter,
}

/// Every kind of mail in this language, with the brand of this source, as if it were `now`. The links in them lead nowhere.
pub fn previews(
    config: &Config,
    source: &str,
    language: Language,
    now: DateTime<Utc>,
) -> Result<Vec<Preview>, MailError> {
    // Mails about schedules are written in the installation's language.
    let config = &Config { language, ..config.clone() };
    let (to, end, soon) = ("owner@example.com", now + Days::new(7), now + Days::new(2));
    let export = About {
        export: ExportId::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        source,
        language,
        layout: Layout::Zip,
        asked_at: now - TimeDelta::minutes(3),
        ready_at: Some(now),
        end: Some(end),
    };
    let as_files = About { layout: Layout::Files, ..export };
    let going = About { ready_at: Some(now - Days::new(5)), end: Some(soon), ..export };
    let key = Key { label: "Backup key".into(), short: "age1qyqszqgpq…d3k2pm".into(), kind: RecipientKind::X25519 };
    let offer = Offer { to, token: "preview", until: end, bytes: 12_345_678, keys: &[] };
    let locked = Offer { keys: &[key], ..offer };
    let last = Offer { until: soon, ..offer };
    let failed = FailedRun {
        schedule: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002),
        name: "nightly",
        source,
        run: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0003),
        began: now - TimeDelta::hours(1),
        counts: Counts { open: 0, ready: 10, failed: 2, cancelled: 0 },
        is_incomplete: false,
        paused_after: None,
    };
    let paused = FailedRun { paused_after: Some(3), ..failed };
    let unsubscribe = &format!("{}/u/preview", config.public_url().as_str().trim_end_matches('/'));
    let of = |kind, letter| Preview { kind, letter };
    Ok(vec![
        of("ready", Letter::ready(config, export, offer)?),
        of("ready-files", Letter::ready(config, as_files, offer)?),
        of("ready-encrypted", Letter::ready(config, export, locked)?),
        of("expiring", Letter::expiring(config, going, soon, last, unsubscribe)?),
        of("failed", Letter::failed(config, export, to)?),
        of("code", Letter::code(config, export, to, "1234 5678", now + TimeDelta::minutes(10))?),
        of("run-failed", Letter::run_failed(config, failed, to, unsubscribe)?),
        of("schedule-paused", Letter::run_failed(config, paused, to, unsubscribe)?),
    ])
}
