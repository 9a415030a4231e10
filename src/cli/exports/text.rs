//! How values of the ledger are written on a terminal, and as JSON.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::{display, export::Phase, ledger::exports::Export};
use std::borrow::Cow;

/// The text with its control characters spelled out: a tenant's key may be any text, and must not steer the terminal.
pub(in crate::cli) fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_steering) {
        return Cow::Borrowed(text);
    }
    let spelled = text.chars().flat_map(|c| {
        let (plain, escaped) = if is_steering(c) { (None, Some(c.escape_unicode())) } else { (Some(c), None) };
        plain.into_iter().chain(escaped.into_iter().flatten())
    });
    Cow::Owned(spelled.collect())
}

/// Control characters, and those that change the direction of what follows.
fn is_steering(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `2026-11-22 13:37:00`, in UTC.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// What it is doing, or why it is where it is.
pub(super) fn remark(export: &Export) -> String {
    if let Some(phase) = export.phase {
        return format!("{phase}, {}", progress(export));
    }
    match (&export.reason_code, export.next_attempt_at) {
        (Some(code), Some(next)) => format!("{code}; again at {}", time(next)),
        (Some(code), None) => code.clone(),
        (None, _) => export.expires_at.map(|end| format!("kept until {}", time(end))).unwrap_or_default(),
    }
}

/// How far it is.
pub(super) fn progress(export: &Export) -> String {
    format!(
        "{} of {} tables, {} rows, {}",
        export.tables_done,
        export.tables_total,
        export.rows_done,
        display::size(export.bytes_done.unsigned_abs())
    )
}

/// The export with the names that the API uses.
pub(super) fn as_json(export: &Export) -> Value {
    let subject = export.subject.0.as_ref();
    json!({
        "id": export.id,
        "source": export.source,
        "tenant": export.tenant.as_str(),
        "subject": subject.map(|subject| json!({ "kind": subject.kind(), "key": subject.key() })),
        "origin": export.origin,
        "schedule": export.schedule_id,
        "run": export.schedule_run_id,
        "formats": export.formats.0,
        "csv_profile": export.csv_profile,
        "layout": export.layout,
        "language": export.language,
        "state": export.state,
        "phase": export.phase,
        "progress": {
            "tables_done": export.tables_done, "tables_total": export.tables_total,
            "rows": export.rows_done, "bytes": export.bytes_done,
            "table": export.current_table.as_ref().filter(|_| export.phase == Some(Phase::Reading)),
        },
        "attempt": export.attempt,
        "reason": export.reason_code.as_ref().map(|code| json!({ "code": code, "message": export.reason })),
        "created_at": export.created_at,
        "started_at": export.started_at,
        "finished_at": export.finished_at,
        "expires_at": export.expires_at,
        "next_attempt_at": export.next_attempt_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_steer_the_terminal() {
        assert_eq!(harmless("4711 Köln ' or 1=1"), "4711 Köln ' or 1=1");
        assert_eq!(harmless("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\u{a}\\u{202e}c");
    }
}
