//! `handover api`: the HTTP API alone.

use super::Outcome;
use crate::installation::{Installation, read_config, stop_signal};
use shared::config::Role;
use std::path::Path;

/// Runs until a signal.
pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<Outcome> {
    let installation = Installation::open(read_config(file, Role::Api)?, Role::Api).await?;
    let server = api::Server::bind(installation.api(), None)?;
    tracing::info!(address = %server.address(), "The API listens");
    server.run(stop_signal()?.cancelled_owned()).await?;
    Ok(Outcome::Done)
}
