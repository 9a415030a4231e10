//! What happened to an export, told from its entries in the audit.

use crate::console::said::{self, Moment};
use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::ledger::audit::Entry;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: Moment,
    pub(super) what: String,
    /// Who did it and from where; empty for who may not read the audit.
    pub(super) who: String,
    /// `good`, `bad` or empty.
    pub(super) class: &'static str,
}

/// The entries, newest first, as steps, oldest first.
pub(super) fn of(entries: &[Entry], shows_who: bool, now: DateTime<Utc>) -> Vec<Step> {
    let steps = entries.iter().rev().map(|entry| {
        let event = &entry.event;
        let (what, class) = told(&event.action, &event.detail.0);
        let who = match (&event.address, shows_who) {
            (_, false) => String::new(),
            (Some(address), true) => format!("{} from {address}", event.actor),
            (None, true) => event.actor.clone(),
        };
        Step { at: Moment::of(event.at, now), what, who, class }
    });
    steps.collect()
}

/// The sentence for an action, and how it is coloured.
fn told(action: &str, detail: &Value) -> (String, &'static str) {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| detail.get(name).and_then(Value::as_i64).unwrap_or_default();
    let sentence = match action {
        "export.requested" => "Asked for".to_owned(),
        "export.joined" => "Asked for again; joined to this one".to_owned(),
        "export.claimed" => match number("attempt") {
            0 => "A worker began".to_owned(),
            attempt => format!("A worker began attempt {attempt}"),
        },
        "export.worker_lost" => "A worker died, or was silent for too long".to_owned(),
        "export.handed_over" => "The worker stopped and handed it over".to_owned(),
        "export.postponed" => format!("The attempt failed ({}); it is made again", text("code")),
        "export.ready" => {
            format!("Ready: {}, {}", said::of(number("files"), "file"), said::size(number("bytes")))
        }
        "export.failed" => format!("Failed ({})", text("code")),
        "export.cancel_requested" => "Told to stop".to_owned(),
        "export.cancelled" => "Cancelled".to_owned(),
        "export.retried" => "Retried by hand".to_owned(),
        "export.expired" => "The archive was deleted, and the vault confirmed it".to_owned(),
        "export.expiry_changed" => "The end of its time was changed".to_owned(),
        "export.deletion_failed" => "The archive could not be deleted yet".to_owned(),
        "export.held" => format!("Held: {}", text("reason")),
        "export.released" => "Released from the hold".to_owned(),
        "export.addresses_forgotten" => "The mail addresses were forgotten".to_owned(),
        "export.locked" => "Encrypted to the tenant's own keys".to_owned(),
        "link.created" => "A link was made".to_owned(),
        "link.revoked" => "A link was revoked".to_owned(),
        "link.downloaded" => format!("Downloaded{}", of_file(text("file"))),
        "link.served" => format!("A download ended{}", of_file(text("file"))),
        "link.refused" => "A link was refused".to_owned(),
        "link.code_requested" => "A code was asked for".to_owned(),
        "link.code_sent" => "A code was mailed".to_owned(),
        "link.code_accepted" => "The code was right".to_owned(),
        "link.code_refused" => "A code was wrong".to_owned(),
        "data_key.shredded" => "The archive's key was destroyed".to_owned(),
        "data_key.rewrapped" => "The archive's key was wrapped anew".to_owned(),
        other => other.replace(['.', '_'], " "),
    };
    let class = match action {
        "export.ready" | "link.downloaded" | "link.code_accepted" => "good",
        "export.failed" | "export.worker_lost" | "export.deletion_failed" | "link.refused" | "link.code_refused" => {
            "bad"
        }
        _ => "",
    };
    (sentence, class)
}

fn of_file(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(": {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_step_is_a_sentence_and_an_unknown_one_is_still_readable() {
        assert_eq!(told("export.ready", &json!({ "files": 1, "bytes": 1500 })).0, "Ready: 1 file, 1.50 kB");
        assert_eq!(told("export.failed", &json!({ "code": "too_large" })), ("Failed (too_large)".into(), "bad"));
        assert_eq!(told("link.downloaded", &json!({ "file": "a.zip" })).0, "Downloaded: a.zip");
        assert_eq!(told("webhook.sent_late", &json!({})).0, "webhook sent late");
    }
}
