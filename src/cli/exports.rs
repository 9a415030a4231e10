//! `handover exports`: the exports in the ledger, for the operator at a terminal.

mod change;
mod list;
mod show;
pub(super) mod text;
mod watch;

use super::Outcome;
use crate::installation::{open_ledger, read_config};
use clap::{Args, Subcommand, ValueEnum};
use shared::{
    config::{Config, Role},
    export::{ExportId, State},
    ledger::Ledger,
};
use std::path::Path;
use uuid::Uuid;

/// List, show, watch, cancel and retry the exports in the ledger.
#[derive(Subcommand)]
pub(super) enum ExportsCommand {
    /// List exports, newest first.
    List(List),
    /// Show one export with its files, its mails and its history.
    Show(Show),
    /// Follow an export to its end. Exit code 0 if its archive is ready, 1 if it failed or was cancelled. Ctrl-C ends only the watching.
    Watch(One),
    /// Stop an export: at once if it is queued; a running one as soon as its worker has stopped.
    Cancel(One),
    /// Queue a failed export again, with all its attempts to come.
    Retry(One),
}

#[derive(Args)]
pub(super) struct List {
    /// Only of this source.
    #[arg(long)]
    source: Option<String>,
    /// Only of this tenant.
    #[arg(long)]
    tenant: Option<String>,
    /// Only in this state: queued, running, ready, failed, cancelled, expired.
    #[arg(long)]
    state: Option<State>,
    /// Only those that this schedule asked for.
    #[arg(long)]
    schedule: Option<Uuid>,
    /// Only those of this run of a schedule.
    #[arg(long)]
    run: Option<Uuid>,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// As a table for people, or as JSON, one export a line.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

#[derive(Args)]
pub(super) struct Show {
    /// The export's number.
    id: ExportId,
    /// For people, or as JSON on one line.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

#[derive(Args)]
pub(super) struct One {
    /// The export's number.
    id: ExportId,
}

/// How the result is printed.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Does what was asked.
pub(super) async fn run(command: ExportsCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    let ledger = open(&config).await?;
    match command {
        ExportsCommand::List(command) => list::run(&ledger, command).await,
        ExportsCommand::Show(command) => show::run(&ledger, &command).await,
        ExportsCommand::Watch(One { id }) => watch::run(&ledger, id).await,
        ExportsCommand::Cancel(One { id }) => change::cancel(&ledger, id).await,
        ExportsCommand::Retry(One { id }) => change::retry(&config, &ledger, id).await,
    }
}

async fn open(config: &Config) -> anyhow::Result<Ledger> {
    let ledger = open_ledger(config).await?;
    ledger.require_migrated().await?;
    Ok(ledger)
}

/// Says that there is no such export.
#[expect(clippy::print_stdout, reason = "the result")]
fn unknown(id: ExportId) -> Outcome {
    println!("There is no export {id}.");
    Outcome::No
}
