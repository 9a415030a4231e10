//! `handover exports show`.

use super::{
    Shape, Show,
    text::{as_json, harmless, progress, time},
    unknown,
};
use crate::cli::Outcome;
use serde_json::{Value, json};
use shared::{
    display,
    ledger::{
        Ledger,
        audit::{self, Event},
        exports::{self, Export},
        files::{self, File},
        notifications::{self, Delivery, Notification},
        recipients::{self, Recipient},
    },
};

/// Shows one export.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(ledger: &Ledger, command: &Show) -> anyhow::Result<Outcome> {
    let Some(export) = exports::find(ledger, command.id).await? else { return Ok(unknown(command.id)) };
    let files = files::of_export(ledger, export.id).await?;
    let mails = notifications::of_export(ledger, export.id).await?;
    let events = audit::of_export(ledger, export.id).await?;
    let recipients = recipients::of_export(ledger, export.id).await?;
    match command.format {
        Shape::Json => {
            let mut document = document(&export, &files, &mails, &events);
            document["recipients"] = recipients.iter().map(key).collect();
            println!("{document}");
        }
        Shape::Table => print!("{}", page(&export, &files, &recipients, &mails, &events)),
    }
    Ok(Outcome::Done)
}

fn document(export: &Export, files: &[File], mails: &[Notification], events: &[Event]) -> Value {
    let mut document = as_json(export);
    document["worker"] = json!(export.worker);
    document["files"] = files
        .iter()
        .map(|file| {
            json!({ "name": file.name, "bytes": file.bytes, "sha256": hex(&file.sha256), "deleted_at": file.deleted_at })
        })
        .collect();
    document["mails"] = mails
        .iter()
        .map(|mail| json!({ "kind": mail.kind, "delivery": mail.delivery, "attempt": mail.attempt, "error": mail.last_error }))
        .collect();
    document["events"] = events
        .iter()
        .map(|event| json!({ "at": event.at, "actor": event.actor, "action": event.action, "detail": event.detail.0 }))
        .collect();
    document
}

fn key(recipient: &Recipient) -> Value {
    json!({ "id": recipient.id, "kind": recipient.kind, "fingerprint": recipient.short(), "label": recipient.label })
}

fn page(export: &Export, files: &[File], recipients: &[Recipient], mails: &[Notification], events: &[Event]) -> String {
    let mut page = Page(String::new());
    page.line("export", &export.id.to_string());
    page.line("source", &export.source);
    page.line("tenant", export.tenant.as_str());
    if let Some(subject) = &export.subject.0 {
        page.line("person", &format!("{}:{}", subject.kind(), subject.key()));
    }
    page.line("origin", export.origin.as_str());
    let formats: Vec<&str> = export.formats.0.iter().map(|format| format.as_str()).collect();
    page.line("formats", &format!("{} ({})", formats.join(", "), export.csv_profile));
    page.line("language", export.language.as_str());
    page.line("state", export.state.as_str());
    if let Some(phase) = export.phase {
        page.line("doing", &format!("{phase}: {}", progress(export)));
    } else if export.tables_total > 0 {
        page.line("read", &progress(export));
    }
    page.line("attempt", &export.attempt.to_string());
    page.optional("worker", export.worker.as_deref());
    if let Some(code) = &export.reason_code {
        page.line("reason", &format!("{} [{code}]", export.reason.as_deref().unwrap_or_default()));
    }
    for (name, at) in [
        ("asked for", Some(export.created_at)),
        ("retried", export.retried_at),
        ("begun", export.started_at),
        ("ended", export.finished_at),
        ("again at", export.next_attempt_at),
        ("kept until", export.expires_at),
    ] {
        page.optional(name, at.map(|at| format!("{} UTC", time(at))).as_deref());
    }
    for file in files {
        let gone = if file.deleted_at.is_some() { ", deleted" } else { "" };
        let size = display::size(file.bytes.unsigned_abs());
        page.line("file", &format!("{} ({size}{gone}) sha256:{}", file.name, hex(&file.sha256)));
    }
    for recipient in recipients {
        page.line("opened by", &format!("{} ({})", recipient.label, recipient.short()));
    }
    for delivery in [Delivery::Sent, Delivery::Pending, Delivery::Dead] {
        let count = mails.iter().filter(|mail| mail.delivery == delivery).count();
        if count > 0 {
            page.line("mails", &format!("{count} {delivery}"));
        }
    }
    for event in events {
        page.line("history", &format!("{}  {:<22}  {}", time(event.at), event.action, event.actor));
    }
    page.0
}

/// Lines of a name and a value.
struct Page(String);

impl Page {
    fn line(&mut self, name: &str, value: &str) {
        self.0.push_str(&format!("{name:<12}{}\n", harmless(value)));
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.line(name, value);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
