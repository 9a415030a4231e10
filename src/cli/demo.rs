//! `handover demo`: the whole journey on an example product, as its people would go it.

mod pages;
mod portal;
mod products;

use super::{Misuse, Outcome, serve::serve};
use crate::installation::{Installation, stop_signal};
use anyhow::Context as _;
use clap::Args;
use examples::Tenant;
use pages::Pages;
use portal::Portal;
use products::Product;
use shared::{
    clock,
    config::{Config, Role},
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

/// Show the whole journey on example products: request, progress, mail, link, download, verified archive.
///
/// Then three products have the button in their settings, for whoever wants to press it. Needs nothing but this program. Everything happens in one folder and on free ports of this machine; Ctrl-C ends it.
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
    let (products, tenant) = make_products(&dir, command.once).await?;
    let pages = Pages::bind()?;
    let config = configure(&dir, &products, &pages)?;
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
    let products_at = pages.address().clone();
    let pages = pages.run(&address, &products)?;
    let server = tokio::spawn(serve(installation, Some(mailbox), stop.clone()));
    let journey = tokio::select! {
        archive = journey(&portal, &tenant.key, &dir) => archive,
        () = stop.cancelled() => Err(super::Interrupted.into()),
    };
    let shown = match journey {
        Ok((archive, page)) if command.once => {
            stop.cancel();
            server.await??;
            say(&format!("page: {page}"));
            say(&format!("archive: {}", archive.display()));
            Ok(Outcome::Done)
        }
        Ok((archive, page)) => {
            invite(&archive, &page, address.as_str(), products_at.as_str());
            server.await??;
            Ok(Outcome::Done)
        }
        Err(error) => {
            stop.cancel();
            server.await??;
            Err(error)
        }
    };
    pages.stop(false).await;
    shown
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

/// Makes the examples; returns them with the account of CustomerTrackr that will ask. With `only_one` it is CustomerTrackr alone.
async fn make_products(dir: &Path, only_one: bool) -> anyhow::Result<(Vec<Product>, Tenant)> {
    let (product, first) = Product::customertrackr(dir).await?;
    let mut products = vec![product];
    if !only_one {
        products.push(Product::ceppro(dir).await?);
        products.push(Product::proecommerce(dir).await?);
    }
    say(&format!("CustomerTrackr has 3 tenants; {} will press \"Export my data\".", first.label));
    Ok((products, first))
}

fn configure(dir: &Path, products: &[Product], pages: &Pages) -> anyhow::Result<Config> {
    // Mails need the address before the server listens, so a free port is chosen here.
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut config = Config { listen, data_dir: dir.to_owned(), product: "CustomerTrackr".into(), ..Config::default() };
    config.log.filter = "warn".into();
    config.worker.reconcile_every = std::time::Duration::from_secs(2);
    config.portal.origins = Some(pages.address().origin().ascii_serialization());
    for product in products {
        product.configure(&mut config, pages.address(), &pages.keys());
    }
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

fn invite(archive: &Path, page: &url::Url, address: &str, products: &str) {
    let folder = archive.with_extension("");
    say(&format!(
        "\nLook at it:\n  the button          {products} in three products: press it, and follow it to the mailbox\n  the download page   {page}\n  the mailbox         {address}mailbox\n  the API             {address}docs\n  the archive         {archive}\n\n\
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
