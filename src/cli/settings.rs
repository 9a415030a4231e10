//! `handover settings`: the reference of every setting, from the same text as the documentation.

use super::Outcome;
use clap::Args;
use shared::config::reference;

/// Print every setting with its meaning and default.
#[derive(Args)]
pub(super) struct Settings {
    /// As the Markdown table of the README instead of an environment file.
    #[arg(long)]
    markdown: bool,
}

/// Prints it.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) fn run(command: &Settings) -> anyhow::Result<Outcome> {
    print!("{}", if command.markdown { reference::markdown_table() } else { reference::env_example() });
    Ok(Outcome::Done)
}
