//! `handover key signing`: the key that signs manifests.

use crate::{
    cli::{Misuse, Outcome},
    installation::read_config,
};
use clap::{Args, Subcommand};
use shared::config::Role;
use std::path::{Path, PathBuf};
use worker::signing::SigningKey;

/// Make the key that signs archives, and show its public half.
#[derive(Subcommand)]
pub(in crate::cli) enum SigningCommand {
    /// Make a key and write it to a new file, readable by its owner only; its public half is printed.
    New(New),
    /// Print the public half of a key, with which anybody can check an archive: `handover verify FILE --key PUBLIC_KEY_FILE`.
    Public(Public),
}

#[derive(Args)]
pub(in crate::cli) struct New {
    /// Where the private key goes; name the file as HANDOVER_SIGNING__KEY_FILE.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args)]
pub(in crate::cli) struct Public {
    /// The private key; default the configured one (HANDOVER_SIGNING__KEY_FILE).
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// Does what was asked; the public key is the result.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result, and which key it is")]
pub(super) fn run(command: SigningCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let key = match command {
        SigningCommand::New(new) => SigningKey::create(&new.out)?,
        SigningCommand::Public(Public { key: Some(path) }) => SigningKey::read(&path)?,
        SigningCommand::Public(Public { key: None }) => {
            let configured = read_config(file, Role::Ledger)?.signing.key_file;
            let path = configured
                .ok_or_else(|| Misuse("say which key: --key FILE, or set HANDOVER_SIGNING__KEY_FILE".into()))?;
            SigningKey::read(&path)?
        }
    };
    eprintln!("Key {}.", key.id());
    print!("{}", key.public().pem());
    Ok(Outcome::Done)
}
