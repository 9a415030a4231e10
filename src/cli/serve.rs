//! `handover serve`: API and worker in one process.

use super::Outcome;
use crate::installation::{Installation, read_config, stop_signal};
use anyhow::Context as _;
use shared::config::Role;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Runs until a signal; ends with an error when either side ends by itself.
pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Serve)?;
    let installation = Installation::open(config, Role::Serve).await?;
    serve(installation, None, stop_signal()?).await?;
    Ok(Outcome::Done)
}

/// Runs both sides until `stop`. `mailbox` is shown at `/mailbox` if given.
pub(super) async fn serve(
    mut installation: Installation,
    mailbox: Option<std::path::PathBuf>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let server = api::Server::bind(installation.api(), mailbox)?;
    // A port of the system's choice is known now, and links in mails name it.
    installation.config.listen = server.address();
    tracing::info!(address = %server.address(), "The API listens");
    let worker = worker::worker::run(installation.worker()?, stop.clone().cancelled_owned());
    let api = server.run(stop.clone().cancelled_owned());
    // Whichever ends first takes the other along: half an installation is none.
    let (api, worker) = tokio::join!(
        async {
            let ended = api.await.context("the API ended");
            stop.cancel();
            ended
        },
        async {
            let ended = worker.await.context("the worker ended");
            stop.cancel();
            ended
        }
    );
    worker?;
    api
}
