//! `handover demo`: the whole journey on an example product, as its people would go it.

mod portal;

use super::{Misuse, Outcome, serve::serve};
use crate::installation::{Installation, stop_signal};
use anyhow::{Context as _, bail};
use clap::Args;
use examples::{Generator, customertrackr};
use portal::Portal;
use shared::{
    clock,
    config::{Config, Role, SourceConfig},
    ledger::{
        audit::Actor,
        keys::{self, KeyScope, NewKey},
    },
};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};
use worker::archive::verify::verify;

/// Show the whole journey on an example product: request, progress, mail, link, download, verified archive.
///
/// Needs nothing but this program. Everything happens in one folder and on a free port of this machine; Ctrl-C ends it.
#[derive(Args)]
pub(super) struct Demo {
    /// Stop after the archive is verified, with `archive: PATH` as the last line.
    #[arg(long)]
    once: bool,
    /// The folder; it must be new or empty. Default: a new `handover-demo-…` in the folder for temporary files.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// The name of the example's source.
const SOURCE: &str = "customertrackr";

/// Shows it.
pub(super) async fn run(command: Demo) -> anyhow::Result<Outcome> {
    let stop = stop_signal()?;
    let dir = prepare_folder(command.dir.as_deref())?;
    say(&format!("Everything is in {}", dir.display()));
    let tenant = make_product(&dir).await?;
    let config = configure(&dir)?;
    let address = config.public_url();
    let mailbox = dir.join("mailbox");
    let installation = Installation::open(config, Role::Serve).await?;
    let key = NewKey {
        name: "CustomerTrackr portal".into(),
        role: None,
        scopes: vec![KeyScope::ExportsWrite],
        source: Some(SOURCE.into()),
        tenant: None,
        expires_at: None,
    };
    let (_, secret) = keys::create(&installation.ledger, key, Actor::operator(), clock::now()).await?;
    let portal = Portal::new(address.clone(), secret, mailbox.clone())?;
    let server = tokio::spawn(serve(installation, Some(mailbox), stop.clone()));
    let journey = tokio::select! {
        archive = journey(&portal, &tenant, &dir) => archive,
        () = stop.cancelled() => Err(super::Interrupted.into()),
    };
    match journey {
        Ok((archive, page)) if command.once => {
            stop.cancel();
            server.await??;
            say(&format!("page: {page}"));
            say(&format!("archive: {}", archive.display()));
            Ok(Outcome::Done)
        }
        Ok((archive, page)) => {
            invite(&archive, &page, address.as_str());
            server.await??;
            Ok(Outcome::Done)
        }
        Err(error) => {
            stop.cancel();
            server.await??;
            Err(error)
        }
    }
}

fn prepare_folder(dir: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(dir) = dir else {
        return Ok(tempfile::Builder::new().prefix("handover-demo-").tempdir()?.keep());
    };
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    if std::fs::read_dir(dir)?.next().is_some() {
        return Err(Misuse(format!("{} is not empty; give --dir a new folder", dir.display())).into());
    }
    Ok(dir.canonicalize()?)
}

/// Makes the example's database with three tenants; returns the key of the one that will ask.
async fn make_product(dir: &Path) -> anyhow::Result<String> {
    let generator = Generator { seed: 1, scale: 0.05, tenants: customertrackr::tenants(3) };
    customertrackr::create(&dir.join("customertrackr.db"), &generator).await?;
    std::fs::write(dir.join("catalog.toml"), customertrackr::CATALOG)?;
    let Some(tenant) = generator.tenants.first() else { bail!("the example has no tenant") };
    say(&format!(
        "CustomerTrackr has {} tenants; {} will press \"Export my data\".",
        generator.tenants.len(),
        tenant.label
    ));
    Ok(tenant.key.clone())
}

fn configure(dir: &Path) -> anyhow::Result<Config> {
    // Mails need the address before the server listens, so a free port is chosen here.
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut config = Config { listen, data_dir: dir.to_owned(), product: "CustomerTrackr".into(), ..Config::default() };
    config.log.filter = "warn".into();
    config.worker.reconcile_every = std::time::Duration::from_secs(2);
    let database = dir.join("customertrackr.db");
    let source = SourceConfig {
        url: format!("sqlite://{}", database.display()).into(),
        catalog: dir.join("catalog.toml"),
        exports: 2,
        max_rows: None,
        max_bytes: None,
    };
    config.sources.insert(SOURCE.into(), source);
    Ok(config)
}

/// What happens between the button and the file, told as it happens.
async fn journey(portal: &Portal, tenant: &str, dir: &Path) -> anyhow::Result<(PathBuf, url::Url)> {
    portal.wait_until_ready().await?;
    let export = portal.request(SOURCE, tenant, "owner@example.com").await?;
    say(&format!("POST /v1/exports answered: export {export} is queued."));
    portal.follow(&export).await?;
    say("The archive is ready; the worker sends the mail.");
    let page = portal.find_link().await?;
    say("The mail is in the mailbox, with a link to a page.");
    let archive = dir.join("downloads").join("archive.zip");
    portal.download(&page, &archive).await?;
    say("The page was opened and its button pressed: the file is on the disk.");
    let path = archive.clone();
    let sound = tokio::task::spawn_blocking(move || verify(&path)).await?;
    let sound = sound.map_err(|problems| anyhow::anyhow!("the archive is not sound:\n{}", problems.join("\n")))?;
    let rows: u64 = sound.manifest.tables.iter().map(|table| table.rows).sum();
    say(&format!("Verified: {} tables, {rows} rows, every checksum and count agrees.", sound.manifest.tables.len()));
    Ok((archive, page))
}

fn invite(archive: &Path, page: &url::Url, address: &str) {
    let folder = archive.with_extension("");
    say(&format!(
        "\nLook at it:\n  the download page   {page}\n  the mailbox         {address}mailbox\n  the API             {address}docs\n  the archive         {archive}\n\n\
         Try next:\n  unzip -d {folder} {archive}\n  open {folder}/START-HERE.html\n  cd {folder} && sha256sum -c CHECKSUMS.sha256\n  cd {folder} && sqlite3 restored.db < sql/restore.sql\n\n\
         Ctrl-C ends the demo; the folder stays.",
        archive = archive.display(),
        folder = folder.display(),
    ));
}

#[expect(clippy::print_stdout, reason = "the demo talks to the person at the terminal")]
fn say(sentence: &str) {
    println!("{sentence}");
}
