//! The parts of an installation that more than one command opens, and how a process is told to stop.

use crate::{cli::Misuse, scrape};
use anyhow::Context as _;
use futures::{StreamExt, TryStreamExt, stream};
use shared::{
    clock,
    config::{Config, Role},
    keyring::{Keyring, Provider},
    ledger::{Ledger, configurations, data_keys},
    link::LinkSigner,
    queue::Queue,
    telemetry,
    vault::{ObjectKey, Vault},
};
use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Component, Path},
};
use tokio::{
    io::AsyncWriteExt,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// More objects than any archive has.
const MOST_OBJECTS: usize = 1_000_000;

/// The configuration for `role`, from the file and the environment.
pub(crate) fn read_config(file: Option<&Path>, role: Role) -> anyhow::Result<Config> {
    Ok(Config::read(file, variables()?, role)?)
}

/// The environment, as far as it is text.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn variables() -> anyhow::Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => variables.push((name, value)),
            (Ok(name), Err(_)) if name.starts_with("HANDOVER_") => {
                return Err(Misuse(format!("{name} is not UTF-8 text")).into());
            }
            // Somebody else's.
            _ => {}
        }
    }
    Ok(variables)
}

/// Opens the ledger; the folder of an embedded one is made at its first use, readable by its owner only.
pub(crate) async fn open_ledger(config: &Config) -> anyhow::Result<Ledger> {
    if config.ledger.url.is_none() {
        let folder = &config.data_dir;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("cannot make {} (HANDOVER_DATA_DIR)", folder.display()))?;
    }
    Ok(Ledger::open(&config.ledger_url()).await?)
}

/// What API and worker share.
pub(crate) struct Installation {
    pub(crate) config: Config,
    pub(crate) ledger: Ledger,
    pub(crate) queue: Queue,
    pub(crate) vault: Vault,
    pub(crate) keyring: Keyring,
    pub(crate) signer: LinkSigner,
}

impl Installation {
    /// Starts the log and opens every part. The ledger must have been migrated; `handover serve` does it itself.
    pub(crate) async fn open(config: Config, role: Role) -> anyhow::Result<Self> {
        telemetry::start(&config.log, &config.traces, role.service())?;
        let ledger = open_ledger(&config).await?;
        if role == Role::Serve {
            ledger.migrate().await?;
        }
        ledger.require_migrated().await?;
        if let Some(address) = config.metrics.listen {
            scrape::answer(address, ledger.clone())?;
        }
        let queue = Queue::open(&config.queue).await?;
        let vault = Vault::open(&config).await?;
        require_key_file(&config, &ledger).await?;
        let keyring = Keyring::open(&config)?;
        let signer = LinkSigner::open(&config)?;
        configurations::note(&ledger, role.service(), &config, &signer, clock::now()).await?;
        Ok(Self { config, ledger, queue, vault, keyring, signer })
    }

    pub(crate) fn api(&self) -> api::Context {
        api::Context {
            config: self.config.clone(),
            ledger: self.ledger.clone(),
            queue: self.queue.clone(),
            vault: self.vault.clone(),
            keyring: self.keyring.clone(),
            signer: self.signer.clone(),
        }
    }

    pub(crate) fn worker(self) -> anyhow::Result<worker::context::Context> {
        Ok(worker::context::Context::new(self.config, self.ledger, self.queue, self.vault, self.signer)?)
    }
}

/// A key that was made in the place of a lost one would open none of the archives there are.
async fn require_key_file(config: &Config, ledger: &Ledger) -> anyhow::Result<()> {
    if !Keyring::would_be_made(config) {
        return Ok(());
    }
    let in_use = data_keys::in_use(ledger).await?;
    anyhow::ensure!(
        in_use.iter().all(|used| used.provider != Provider::Local),
        "encryption.key is missing from the data folder, and archives are sealed with its keys: put it back from a backup. To begin anew without them, run \
         `handover key encryption new --add`"
    );
    Ok(())
}

/// What was copied from a bucket; removed when dropped.
pub(crate) enum Fetched {
    /// An object.
    File(tempfile::TempPath),
    /// All objects below a prefix.
    Folder(tempfile::TempDir),
}

/// Copies `bucket/key`, or every object of `bucket/prefix/`, onto this machine's disk, with the vault's settings; where no vault is configured, the region is
/// that of the AWS environment.
#[expect(clippy::disallowed_methods, reason = "the AWS environment belongs to it")]
pub(crate) async fn fetch_from_bucket(mut config: Config, object: &str) -> anyhow::Result<Fetched> {
    let (bucket, key) =
        object.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()).ok_or_else(|| {
            Misuse(format!("s3://{object} names no object: write s3://BUCKET/KEY, or s3://BUCKET/PREFIX/"))
        })?;
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    if let (None, Some(region)) = (&config.vault.bucket, region) {
        config.vault.region = region;
    }
    config.vault.bucket = Some(bucket.to_owned());
    let vault = Vault::open(&config).await?;
    if let (Some(prefix), Vault::S3(bucket)) = (key.strip_suffix('/'), &vault) {
        return Ok(Fetched::Folder(
            fetch_folder(&vault, bucket.keys_below(prefix, MOST_OBJECTS).await?, prefix).await?,
        ));
    }
    let (file, path) = tempfile::Builder::new().prefix("handover-").suffix(".zip").tempfile()?.into_parts();
    copy(&vault, &ObjectKey::from_ledger(key.to_owned()), file).await?;
    Ok(Fetched::File(path))
}

async fn fetch_folder(vault: &Vault, keys: Vec<ObjectKey>, prefix: &str) -> anyhow::Result<tempfile::TempDir> {
    anyhow::ensure!(!keys.is_empty(), "there is no object below {prefix}/");
    anyhow::ensure!(keys.len() < MOST_OBJECTS, "there are too many objects below {prefix}/ for one archive");
    let folder = tempfile::Builder::new().prefix("handover-").tempdir()?;
    let fetch = async |key: ObjectKey| {
        let name = key.as_str().strip_prefix(prefix).unwrap_or_default().trim_start_matches('/');
        // A name comes from elsewhere, and may not lead out of the folder.
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        anyhow::ensure!(plain && !name.is_empty(), "the object {name:?} is no file of an archive");
        let to = folder.path().join(name);
        if let Some(above) = to.parent() {
            tokio::fs::create_dir_all(above).await?;
        }
        copy(vault, &key, std::fs::File::create_new(to)?).await
    };
    stream::iter(keys).map(Ok).try_for_each_concurrent(8, fetch).await?;
    Ok(folder)
}

async fn copy(vault: &Vault, key: &ObjectKey, to: std::fs::File) -> anyhow::Result<()> {
    let (mut chunks, mut file) = (vault.read(key, None).await?, tokio::fs::File::from_std(to));
    while let Some(chunk) = chunks.try_next().await? {
        file.write_all(&chunk).await?;
    }
    Ok(file.flush().await?)
}

/// A token that the first SIGINT or SIGTERM cancels; the second ends the process at once.
pub(crate) fn stop_signal() -> anyhow::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        stop.cancel();
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        std::process::exit(130);
    });
    Ok(token)
}
