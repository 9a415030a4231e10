//! `handover key encryption`: the keys that wrap the data keys of archives, and the data keys themselves.

mod rotate;

use crate::{
    cli::{Misuse, Outcome},
    installation::{open_ledger, read_config},
    unsealing::KeyRecord,
};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use shared::{
    clock,
    config::{Config, Role},
    export::ExportId,
    key_list,
    keyring::{KeyName, Keyring},
    ledger::{
        Ledger,
        audit::Actor,
        data_keys::{self, InUse},
        exports::{self, Ended},
        files,
    },
};
use std::{
    fs::File,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Make and list the keys that seal archives, wrap data keys anew, hand one out, destroy one.
#[derive(Subcommand)]
pub(in crate::cli) enum EncryptionCommand {
    /// Make a key-encryption key and print it, as an entry of HANDOVER_ENCRYPTION__KEYS.
    New(New),
    /// List the key-encryption keys with the number of archives, and of secrets of webhooks, that each of them opens. Exit code 1 if the keyring lacks one that is in use.
    List,
    /// Wrap every data key with the first key-encryption key. No object is touched; interrupted, it goes on where it was when it is run again.
    ///
    /// The order of a rotation: make a key; put it first in HANDOVER_ENCRYPTION__KEYS of every process and start them anew, keeping the old one behind it;
    /// rotate; remove the old key once `list` shows that it opens nothing.
    Rotate,
    /// Destroy the data key of an archive, at once and for good: nobody can read it any more, wherever its objects lie. Its links end and its objects are deleted.
    Shred(One),
    /// Write the wrapped key of an archive to a file, with which `handover decrypt` needs no ledger. It is written to the audit.
    ///
    /// Whoever has this file and the keyring can open the archive's objects, also after the key was destroyed in the ledger: keep it as you keep the keyring,
    /// or do not make it.
    Export(Export),
}

#[derive(Args)]
pub(in crate::cli) struct New {
    /// What it is called: 1 to 32 small letters, digits, `_` or `-`; default a random name.
    #[arg(long)]
    id: Option<String>,
    /// Write it to a new file, readable by its owner only, instead of printing it.
    #[arg(long, short, value_name = "FILE", conflicts_with = "add")]
    out: Option<PathBuf>,
    /// Put it before the keys in the data folder, where they are not configured; a running process wraps with it after its next start.
    #[arg(long)]
    add: bool,
}

#[derive(Args)]
pub(in crate::cli) struct One {
    /// The export's number.
    #[arg(long, value_name = "ID")]
    export: ExportId,
}

#[derive(Args)]
pub(in crate::cli) struct Export {
    /// The export's number.
    #[arg(long, value_name = "ID")]
    export: ExportId,
    /// A new file, readable by its owner only; default standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Does what was asked.
pub(super) async fn run(command: EncryptionCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    match command {
        EncryptionCommand::New(new) => make(&new, &config),
        EncryptionCommand::List => list(&Keyring::existing(&config)?, &ledger(&config).await?).await,
        EncryptionCommand::Rotate => rotate::run(&Keyring::existing(&config)?, &ledger(&config).await?).await,
        EncryptionCommand::Shred(one) => shred(&ledger(&config).await?, one.export).await,
        EncryptionCommand::Export(export) => hand_out(&ledger(&config).await?, &export).await,
    }
}

async fn ledger(config: &Config) -> anyhow::Result<Ledger> {
    let ledger = open_ledger(config).await?;
    ledger.require_migrated().await?;
    Ok(ledger)
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result, and what follows")]
fn make(new: &New, config: &Config) -> anyhow::Result<Outcome> {
    let entry = key_list::new_entry(new.id.as_deref()).map_err(|why| Misuse(format!("--id: {why}")))?;
    if new.add {
        if config.encryption.keys.is_some() {
            let message = "the keys are configured: put a new one first in HANDOVER_ENCRYPTION__KEYS instead";
            return Err(Misuse(message.to_owned()).into());
        }
        let id = Keyring::add_to_folder(config, &entry)?;
        eprintln!("The key {id} wraps from the next start on; `handover key encryption rotate` wraps what there is.");
        return Ok(Outcome::Done);
    }
    match &new.out {
        None => println!("{}", entry.expose_secret()),
        Some(out) => write_private(out, format!("{}\n", entry.expose_secret()).as_bytes())?,
    }
    Ok(Outcome::Done)
}

fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let opened = File::options().write(true).create_new(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn list(keyring: &Keyring, ledger: &Ledger) -> anyhow::Result<Outcome> {
    let in_use = data_keys::in_use(ledger).await?;
    println!("{:<48} {:<8} archives  webhooks", "key", "state");
    for (place, name) in keyring.names().iter().enumerate() {
        let state = if place == 0 { "wraps" } else { "unwraps" };
        let (archives, webhooks) = count(&in_use, name);
        println!("{:<48} {state:<8} {archives:<8}  {webhooks}", name.to_string());
    }
    let names = keyring.names();
    let mut lacking = false;
    for used in in_use.iter().filter(|used| !names.contains(&used.name())) {
        let is_there = keyring.holds(&used.name());
        lacking |= !is_there;
        let state = if is_there { "unwraps" } else { "MISSING" };
        println!("{:<48} {state:<8} {:<8}  {}", used.name().to_string(), used.data_keys, used.webhook_secrets);
    }
    Ok(if lacking { Outcome::No } else { Outcome::Done })
}

/// How many archives and webhooks the key is needed for.
fn count(in_use: &[InUse], name: &KeyName) -> (i64, i64) {
    let used = in_use.iter().find(|used| used.name() == *name);
    used.map_or((0, 0), |used| (used.data_keys, used.webhook_secrets))
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn shred(ledger: &Ledger, id: ExportId) -> anyhow::Result<Outcome> {
    match data_keys::of_export(ledger, id).await? {
        None => {
            println!("The export {id} has no data key: it has no archive, or one that was not sealed.");
            return Ok(Outcome::No);
        }
        Some(key) if key.shredded_at.is_some() => {
            println!("The key was destroyed already.");
            return Ok(Outcome::Done);
        }
        Some(_) => {}
    }
    match exports::end_now(ledger, id, Actor::named("cli"), clock::now()).await? {
        Some(Ended::Done(_)) => {
            println!(
                "The key is destroyed: nobody can read the archive any more. Its objects are deleted by the next sweep."
            );
            Ok(Outcome::Done)
        }
        Some(Ended::Held(_)) => {
            println!("The archive is held; release it first. Nothing was changed.");
            Ok(Outcome::No)
        }
        Some(Ended::NoArchive(export)) => {
            println!("The export is {}; it has no archive. Nothing was changed.", export.state);
            Ok(Outcome::No)
        }
        None => {
            println!("There is no export {id}.");
            Ok(Outcome::No)
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn hand_out(ledger: &Ledger, wanted: &Export) -> anyhow::Result<Outcome> {
    let id = wanted.export;
    let Some(key) = data_keys::of_export(ledger, id).await? else {
        println!("The export {id} has no data key: it has no archive, or one that was not sealed.");
        return Ok(Outcome::No);
    };
    let files = files::of_export(ledger, id).await?;
    let Some(record) = KeyRecord::new(&key, &files) else {
        println!("The key was destroyed; nobody can read the archive any more.");
        return Ok(Outcome::No);
    };
    let text = format!("{}\n", serde_json::to_string_pretty(&record)?);
    if !data_keys::handed_out(ledger, &key, Actor::named("cli"), clock::now()).await? {
        println!("The key was destroyed or wrapped anew meanwhile; run it again.");
        return Ok(Outcome::No);
    }
    match &wanted.out {
        None => print!("{text}"),
        Some(out) => write_private(out, text.as_bytes())?,
    }
    Ok(Outcome::Done)
}
