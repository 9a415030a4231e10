//! `handover audit`: the chain of everything that was done.

mod export;
mod verify;

use super::{Misuse, Outcome};
use crate::installation::{open_ledger, read_config};
use clap::Subcommand;
use shared::{
    config::{Config, Role},
    ledger::{Ledger, audit},
};
use std::path::Path;

/// Check, show and export the audit.
#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// Check that no entry was edited, deleted, inserted or moved. Exit code 1 if one was; the first place is named.
    Verify(verify::Verify),
    /// Print the number and the hash of the last entry. Kept elsewhere, it shows later that the chain was not cut off or rewritten: `handover audit verify --head`.
    Head,
    /// Print entries, oldest first, as JSON Lines (each exactly as it was hashed) or CSV.
    Export(export::Export),
    /// Print the public half of the key that signs checkpoints, for `handover audit verify --key`.
    Key,
}

/// Does what was asked.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: AuditCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    match command {
        AuditCommand::Verify(command) => return verify::run(&config, &open(&config).await?, command).await,
        AuditCommand::Head => {
            let head = audit::head(&open(&config).await?).await?;
            println!("{head}");
        }
        AuditCommand::Export(command) => export::run(open(&config).await?, command).await?,
        AuditCommand::Key => {
            let key = verify::configured(&config)?.ok_or_else(|| {
                Misuse(
                    "no key signs the audit here: `handover key signing new` makes one for HANDOVER_SIGNING__KEY_FILE"
                        .into(),
                )
            })?;
            print!("{}", key.pem());
        }
    }
    Ok(Outcome::Done)
}

async fn open(config: &Config) -> anyhow::Result<Ledger> {
    let ledger = open_ledger(config).await?;
    ledger.require_migrated().await?;
    Ok(ledger)
}
