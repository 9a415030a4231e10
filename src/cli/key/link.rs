//! `handover key link`: the keys that sign links.

use crate::cli::Outcome;
use clap::Subcommand;
use secrecy::ExposeSecret;

/// Make a key that signs links.
#[derive(Subcommand)]
pub(in crate::cli) enum LinkCommand {
    /// Print a new entry for HANDOVER_LINKS__KEYS. To rotate, put it before the others, restart every API and worker, and take the old entry away when the last link that it signed has expired.
    New,
}

/// Does what was asked.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) fn run(command: &LinkCommand) -> anyhow::Result<Outcome> {
    match command {
        LinkCommand::New => {
            let entry = shared::key_list::new_entry(None).map_err(anyhow::Error::msg)?;
            println!("{}", entry.expose_secret());
        }
    }
    Ok(Outcome::Done)
}
