//! What the product's portal and its customer do, through nothing but HTTP and the mailbox.

use crate::progress::{Progress, Stand};
use anyhow::{Context as _, bail};
use futures::StreamExt;
use mail_parser::MessageParser;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::io::AsyncWriteExt;
use url::Url;

/// How long any step may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often a step looks again.
const PAUSE: Duration = Duration::from_millis(100);

/// The portal's back end and its customer in one.
pub(super) struct Portal {
    address: Url,
    key: SecretString,
    mailbox: PathBuf,
    client: Client,
}

impl Portal {
    /// A portal of the installation at `address`.
    pub(super) fn new(address: Url, key: SecretString, mailbox: PathBuf) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().build()?;
        Ok(Self { address, key, mailbox, client })
    }

    /// Waits until the installation says that every part is there.
    pub(super) async fn wait_until_ready(&self) -> anyhow::Result<()> {
        let health = self.address.join("health/ready")?;
        patiently("the installation to be ready", async || {
            let ready =
                matches!(self.client.get(health.clone()).send().await, Ok(answer) if answer.status().is_success());
            Ok(ready.then_some(()))
        })
        .await
    }

    /// Presses "Export my data"; returns the export's number.
    pub(super) async fn request(&self, source: &str, tenant: &str, notify: &str) -> anyhow::Result<String> {
        let body = json!({ "source": source, "tenant": tenant, "origin": "portal", "notify": [notify] });
        let request = self.client.post(self.address.join("v1/exports")?).json(&body);
        let answer = request.bearer_auth(self.key.expose_secret()).send().await?;
        let status = answer.status();
        let export: Value = answer.json().await?;
        match (status, export["id"].as_str()) {
            (StatusCode::ACCEPTED, Some(id)) => Ok(id.to_owned()),
            _ => bail!("the request was refused: {export}"),
        }
    }

    /// Watches the export's progress until it is ready.
    pub(super) async fn follow(&self, export: &str) -> anyhow::Result<()> {
        let url = self.address.join("v1/exports/")?.join(export)?;
        let bar = Progress::told();
        patiently("the export to end", async || {
            let answer = self.client.get(url.clone()).bearer_auth(self.key.expose_secret()).send().await?;
            let export: Value = answer.error_for_status()?.json().await?;
            let count = |name: &str| export["progress"][name].as_u64().unwrap_or(0);
            let (done, total) = (count("tables_done"), count("tables_total"));
            let numbers = match total {
                0 => String::new(),
                _ => format!("{done} of {total} tables, {} rows", count("rows")),
            };
            bar.tell(&Stand { work: "exporting".to_owned(), numbers, done, total });
            match export["state"].as_str() {
                Some("ready") => Ok(Some(())),
                Some("queued" | "running") => Ok(None),
                _ => bail!("the export did not succeed: {}", export["reason"]["message"]),
            }
        })
        .await
    }

    /// Reads the mailbox until the mail is there, and takes the link from its text.
    pub(super) async fn find_link(&self) -> anyhow::Result<Url> {
        patiently("the mail to arrive", async || {
            let mut letters = tokio::fs::read_dir(&self.mailbox).await?;
            while let Some(letter) = letters.next_entry().await? {
                if letter.path().extension().is_some_and(|kind| kind == "eml")
                    && let Some(link) = link_in(&tokio::fs::read(letter.path()).await?)
                {
                    return Ok(Some(link));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Opens the page, then presses its button, and saves what comes.
    pub(super) async fn download(&self, page: &Url, file: &Path) -> anyhow::Result<()> {
        let shown = self.client.get(page.clone()).send().await?.error_for_status()?.text().await?;
        if !shown.contains("<form") {
            bail!("the download page has no button");
        }
        let answer = self.client.post(page.clone()).send().await?.error_for_status()?;
        let folder = file.parent().context("the file has no folder")?;
        tokio::fs::create_dir_all(folder).await?;
        let mut saved = tokio::fs::File::create(file).await?;
        let mut body = answer.bytes_stream();
        while let Some(chunk) = body.next().await {
            saved.write_all(&chunk?).await?;
        }
        saved.sync_all().await.context("the download could not be saved")
    }
}

fn link_in(letter: &[u8]) -> Option<Url> {
    let letter = MessageParser::default().parse(letter)?;
    let text = letter.body_text(0)?;
    text.split_whitespace().find(|word| word.contains("/d/")).and_then(|word| word.parse().ok())
}

/// Asks again and again until there is an answer, an error, or no patience left.
async fn patiently<T>(what: &str, mut step: impl AsyncFnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let waiting = async {
        loop {
            if let Some(answer) = step().await? {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("waited in vain for {what}"))?
}
