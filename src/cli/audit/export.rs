//! `handover audit export`.

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use futures::TryStreamExt;
use shared::{
    clock,
    export::ExportId,
    ledger::{
        Ledger,
        audit::{self, Actor, Filter, NewEvent, Outcome},
    },
};
use std::{io::Write, pin::pin};

#[derive(Args)]
pub(in crate::cli) struct Export {
    /// Only of this source.
    #[arg(long)]
    source: Option<String>,
    /// Only about this tenant's data.
    #[arg(long)]
    tenant: Option<String>,
    /// Only about this export.
    #[arg(long)]
    export: Option<ExportId>,
    /// Only by this actor, as `key:hk_abcdefgh`.
    #[arg(long)]
    actor: Option<String>,
    /// Only this action, as `link.downloaded`; `link` is every action of links.
    #[arg(long)]
    action: Option<String>,
    /// Only with this outcome: done, refused, failed.
    #[arg(long)]
    outcome: Option<Outcome>,
    /// Only from then on, as `2026-01-31T00:00:00Z`.
    #[arg(long)]
    since: Option<DateTime<Utc>>,
    /// Only before then.
    #[arg(long)]
    until: Option<DateTime<Utc>>,
    /// One JSON document a line, or a table for a spreadsheet.
    #[arg(long, value_enum, default_value_t = Shape::Jsonl)]
    format: Shape,
}

/// How entries are printed.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// JSON Lines.
    Jsonl,
    /// CSV (RFC 4180).
    Csv,
}

/// Prints what fits; that it was printed is an entry itself.
pub(super) async fn run(ledger: Ledger, command: Export) -> anyhow::Result<()> {
    let format = if command.format == Shape::Csv { "csv" } else { "jsonl" };
    let event = NewEvent {
        actor: Actor::operator(),
        action: "audit.exported",
        export_id: None,
        source: command.source.clone(),
        tenant: command.tenant.clone(),
        detail: serde_json::json!({ "format": format, "since": command.since, "until": command.until }),
    };
    audit::record(&ledger, event, clock::now()).await?;
    let filter = Filter {
        source: command.source,
        tenant: command.tenant,
        export: command.export,
        actor: command.actor,
        action: command.action,
        outcome: command.outcome,
        since: command.since,
        until: command.until,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if command.format == Shape::Csv {
        out.write_all(audit::csv_head().as_bytes())?;
    }
    let mut entries = pin!(audit::stream(ledger, filter));
    while let Some(entry) = entries.try_next().await? {
        let line = if command.format == Shape::Csv { entry.csv_line() } else { entry.line() };
        out.write_all(line.as_bytes())?;
    }
    Ok(out.flush()?)
}
