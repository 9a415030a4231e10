//! `handover decrypt`: sealed objects of the vault as files, without API and vault.

use super::{Misuse, Outcome, unless_stopped, unlocking};
use crate::{installation::read_config, progress::Progress, unsealing::Unsealing};
use clap::Args;
use shared::config::Role;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use worker::steps::Steps;

/// Open sealed objects that were copied from the vault, or archives for recipients.
///
/// An archive for recipients, whose name ends in `.age`, is opened with the private half of one of their keys (--identity): as a file, or as the folder with its files.
///
/// Who downloads through a link needs none of this: the API opens what it hands out. This is for the day without the API: with the objects, the keyring
/// (--keyring-file), and the wrapped key of the archive (--record, written before by `handover key encryption export`), it needs no network, no ledger and no
/// settings. Without --record the ledger is asked. A file appears only after every byte of it was checked. The format is that of the Tink libraries;
/// docs/archive-format.md tells how to open it without Handover.
#[derive(Args)]
pub(super) struct Decrypt {
    /// The objects, under any name.
    #[arg(value_name = "FILE", required = true)]
    objects: Vec<PathBuf>,
    /// The private key that opens archives for recipients: a file that `age-keygen -o` or `ssh-keygen -t ed25519` wrote. Repeat it for several.
    #[arg(long, value_name = "KEY_FILE", conflicts_with_all = ["keyring_file", "record"])]
    identity: Vec<PathBuf>,
    /// A file with the key-encryption keys, `id:base64,…`; default the configured ones.
    #[arg(long, value_name = "FILE")]
    keyring_file: Option<PathBuf>,
    /// The record of the archive's data key; default the ledger's.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The folder that the files go into, each under its name in the archive. Nothing is overwritten.
    #[arg(long, short, value_name = "FOLDER", default_value = ".")]
    output: PathBuf,
}

/// Opens them; the paths of the files are the result.
pub(super) async fn run(command: Decrypt, file: Option<&Path>) -> anyhow::Result<Outcome> {
    if !command.output.is_dir() {
        return Err(Misuse(format!("{} is no folder", command.output.display())).into());
    }
    unless_stopped(open(command, file)).await
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn open(command: Decrypt, file: Option<&Path>) -> anyhow::Result<Outcome> {
    if !command.identity.is_empty() {
        let identities = Arc::new(unlocking::identities(&command.identity)?);
        let (steps, progress) = progress(&command.objects);
        for object in &command.objects {
            let opened = unlocking::unlock(object, &identities, &command.output, &steps).await?;
            progress.aside(|| println!("{}", opened.display()));
        }
        return Ok(Outcome::Done);
    }
    let config = read_config(file, Role::Ledger)?;
    let unsealing = Unsealing::open(&config, command.keyring_file.as_deref(), command.record.as_deref()).await?;
    let (steps, progress) = progress(&command.objects);
    for object in &command.objects {
        let opened = unsealing.unseal(object, &command.output, &steps).await?;
        progress.aside(|| println!("{}", opened.display()));
    }
    Ok(Outcome::Done)
}

/// Of all these files, and of those in a folder among them.
fn progress(objects: &[PathBuf]) -> (Arc<Steps>, Progress) {
    fn bytes(path: &Path) -> u64 {
        match std::fs::read_dir(path) {
            Ok(entries) => entries.flatten().map(|entry| bytes(&entry.path())).sum(),
            Err(_) => std::fs::metadata(path).map_or(0, |found| found.len()),
        }
    }
    let steps = Arc::<Steps>::default();
    steps.expect(objects.iter().map(|object| bytes(object)).sum());
    (steps.clone(), Progress::of_bytes("opening", steps))
}
