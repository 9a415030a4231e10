//! `handover verify`: whether an archive is sound, and whether it restores.

mod report;

use super::{Misuse, Outcome, database_url::database_url, unless_stopped, unlocking::Unlocked};
use crate::{
    installation::{Fetched, fetch_from_bucket, read_config},
    progress::Progress,
    unsealing::{Unsealing, looks_sealed},
};
use clap::{Args, ValueEnum};
use report::Report;
use secrecy::SecretString;
use shared::config::{Config, Role};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use worker::{
    archive::verify::{
        Trust, examine,
        restore::{RestoreError, restore},
    },
    signing::{PublicKey, SigningKey},
    steps::Steps,
};

/// Check an archive: its structure, its checksums, its signature, and its row counts against its manifest.
///
/// Prints one line a problem and exits 1, or what was found and exits 0. With --restore it also runs the archive's SQL in
/// an empty database of the same engine, by the engine's own client (psql, mariadb, sqlite3), and compares every table
/// with the archive: number of rows and a checksum over all of them.
///
/// Without Handover the signature is checked by
/// `openssl pkeyutl -verify -pubin -inkey PUBLIC_KEY_FILE -rawin -in manifest.json -sigfile manifest.json.sig`.
#[derive(Args)]
pub(super) struct Verify {
    /// The archive: the ZIP, the folder that it was unpacked into, a folder with the files of one, or `s3://BUCKET/KEY` and
    /// `s3://BUCKET/PREFIX/`, read with the vault's settings.
    #[arg(value_name = "FILE.zip|FILE.age|FOLDER|S3_URL")]
    archive: PathBuf,
    /// Restore into this empty database and compare: `postgres://user@host/database`, `mysql://…`, `sqlite://path`.
    /// A URL with a password is taken from standard input only: write `-`.
    #[arg(long, value_name = "URL")]
    restore: Option<String>,
    /// `text` for people, `json` for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    /// The public key that must have signed the archive. Without it a signature is checked if the configured key made it.
    #[arg(long, value_name = "PUBLIC_KEY_FILE")]
    key: Option<PathBuf>,
    /// For objects as they lie in the vault: a file with the key-encryption keys; default the configured ones.
    #[arg(long, value_name = "FILE")]
    keyring_file: Option<PathBuf>,
    /// For objects as they lie in the vault: the record of the archive's data key; default the ledger's.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The private key that opens an archive for recipients: a file that `age-keygen -o` or `ssh-keygen -t ed25519` wrote. Repeat it for
    /// several. The archive is opened into a folder that is removed in the end.
    #[arg(long, value_name = "KEY_FILE")]
    identity: Vec<PathBuf>,
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Lines.
    Text,
    /// One object.
    Json,
}

/// Checks it.
pub(super) async fn run(mut command: Verify, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    let url = command.restore.take().map(|url| database_url("--restore", url)).transpose()?;
    let trust = trust(command.key.as_deref(), &config)?;
    // Not before: while the URL is typed, a signal ends the process at once.
    unless_stopped(check(command, &config, url, trust)).await
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn check(command: Verify, config: &Config, url: Option<SecretString>, trust: Trust) -> anyhow::Result<Outcome> {
    let archive = match command.archive.to_str().and_then(|text| text.strip_prefix("s3://")) {
        Some(object) => {
            let _progress = Progress::of("fetching the archive");
            Archive::Copy(fetch_from_bucket(config.clone(), object).await?)
        }
        None => Archive::Own(command.archive),
    };
    let archive = if is_sealed(archive.path()) {
        let _progress = Progress::of("opening the archive");
        let unsealing = Unsealing::open(config, command.keyring_file.as_deref(), command.record.as_deref()).await?;
        unsealed(&unsealing, archive.path()).await?
    } else {
        archive
    };
    let opening = Progress::of("opening the archive");
    let unlocked = Unlocked::of(archive.path(), &command.identity).await?;
    drop(opening);
    let opened = unlocked.as_ref().map_or(archive.path(), Unlocked::path);
    let path = opened.to_owned();
    let steps = Arc::<Steps>::default();
    let progress = Progress::of_bytes("checking", steps.clone());
    let examined = tokio::task::spawn_blocking(move || examine(&path, &trust, &steps)).await?;
    drop(progress);
    let mut report = Report::new(examined);
    if let (Some(url), Some(manifest), true) = (url, &report.manifest, report.is_sound()) {
        let progress = Progress::of("restoring and comparing");
        let restored = restore(opened, manifest, &url).await;
        drop(progress);
        report.add(restored.map_err(|error| match error {
            RestoreError::NoSql | RestoreError::Engine { .. } | RestoreError::NotEmpty { .. } => {
                Misuse(error.to_string()).into()
            }
            error => anyhow::Error::from(error),
        })?);
    }
    match command.format {
        Shape::Text => report.lines().iter().for_each(|line| println!("{line}")),
        Shape::Json => println!("{}", report.json()),
    }
    Ok(if report.is_sound() { Outcome::Done } else { Outcome::No })
}

/// The archive on this machine's disk.
enum Archive {
    Own(PathBuf),
    Copy(Fetched),
    /// Unsealed into a folder that is removed when dropped.
    Unsealed {
        path: PathBuf,
        _kept: tempfile::TempDir,
    },
}

impl Archive {
    fn path(&self) -> &Path {
        match self {
            Self::Own(path) => path,
            Self::Copy(Fetched::File(path)) => path,
            Self::Copy(Fetched::Folder(folder)) => folder.path(),
            Self::Unsealed { path, .. } => path,
        }
    }
}

fn is_sealed(archive: &Path) -> bool {
    looks_sealed(&if archive.is_dir() { archive.join("manifest.json") } else { archive.to_owned() })
}

async fn unsealed(unsealing: &Unsealing, archive: &Path) -> anyhow::Result<Archive> {
    let folder = tempfile::Builder::new().prefix("handover-").tempdir()?;
    if archive.is_file() {
        let path = unsealing.unseal(archive, folder.path(), &Steps::default()).await?;
        return Ok(Archive::Unsealed { path, _kept: folder });
    }
    let mut below = vec![archive.to_owned()];
    while let Some(folder_below) = below.pop() {
        for entry in std::fs::read_dir(folder_below)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                below.push(entry.path());
            } else {
                unsealing.unseal(&entry.path(), folder.path(), &Steps::default()).await?;
            }
        }
    }
    let path = folder.path().to_owned();
    Ok(Archive::Unsealed { path, _kept: folder })
}

fn trust(key: Option<&Path>, config: &Config) -> anyhow::Result<Trust> {
    Ok(match (key, &config.signing.key_file) {
        (Some(path), _) => Trust::Required(PublicKey::read(path)?),
        (None, Some(path)) => Trust::Known(SigningKey::read(path)?.public()),
        (None, None) => Trust::Nobody,
    })
}
