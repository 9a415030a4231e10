//! `handover healthcheck`: whether a running process is well.

mod pinned;

use super::Outcome;
use crate::installation::{open_ledger, read_config};
use clap::Args;
use shared::{clock, config::Role, ledger::workers};
use std::{path::Path, time::Duration};

/// Ask a running process whether it is well; for container health checks.
///
/// Without options: the API at the configured address (`/health/live`).
#[derive(Args)]
pub(super) struct Healthcheck {
    /// Ask whether the installation is ready instead: ledger, queue, vault, and a worker that polls.
    #[arg(long, conflicts_with = "worker")]
    ready: bool,
    /// Ask, through the ledger, whether a worker has polled within the last half minute.
    #[arg(long)]
    worker: bool,
}

/// Asks.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: Healthcheck, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    if command.worker {
        let ledger = open_ledger(&config).await?;
        let recent =
            workers::last_poll(&ledger).await?.is_some_and(|last| clock::now() - last < chrono::TimeDelta::seconds(30));
        println!("{}", if recent { "A worker polls." } else { "No worker has polled for 30 seconds." });
        return Ok(if recent { Outcome::Done } else { Outcome::No });
    }
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let question = if command.ready { "ready" } else { "live" };
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5));
    let (scheme, client) = match config.tls.files() {
        Some((certificate, _)) => ("https", client.tls_backend_preconfigured(pinned::client(certificate)?)),
        None => ("http", client),
    };
    let answer = client.build()?.get(format!("{scheme}://{address}/health/{question}")).send().await?;
    let well = answer.status().is_success();
    println!("{}", answer.text().await?);
    Ok(if well { Outcome::Done } else { Outcome::No })
}
