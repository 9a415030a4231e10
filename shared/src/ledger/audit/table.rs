//! Entries as CSV (RFC 4180), for people with a spreadsheet.

use super::Entry;
use super::chain::text_of;
use chrono::SecondsFormat;

/// The names of the columns.
const COLUMNS: [&str; 12] = [
    "seq",
    "at",
    "actor",
    "action",
    "outcome",
    "export_id",
    "source",
    "tenant",
    "address",
    "request_id",
    "detail",
    "hash",
];

/// The first line.
pub fn csv_head() -> String {
    line(COLUMNS.map(str::to_owned))
}

impl Entry {
    /// One line of CSV. A cell that a spreadsheet would calculate gets a `'` before it.
    pub fn csv_line(&self) -> String {
        let event = &self.event;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        line([
            self.seq.to_string(),
            event.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            event.actor.clone(),
            event.action.clone(),
            event.outcome.clone(),
            event.export_id.map(|id| id.to_string()).unwrap_or_default(),
            text(&event.source),
            text(&event.tenant),
            text(&event.address),
            text(&event.request_id),
            text_of(event),
            hex::encode(&self.hash),
        ])
    }
}

fn line(cells: [String; 12]) -> String {
    let cells = cells.map(|cell| cell_of(&cell));
    format!("{}\r\n", cells.join(","))
}

fn cell_of(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"\n", "\"say \"\"x\"\"\n\""),
            ("=1+1", "'=1+1"),
            ("@sum(a,b)", "\"'@sum(a,b)\""),
        ] {
            assert_eq!(cell_of(text), cell);
        }
        assert!(csv_head().starts_with("seq,at,actor,") && csv_head().ends_with("hash\r\n"));
    }
}
