//! `handover worker`: a worker alone.

use super::Outcome;
use crate::installation::{Installation, read_config, stop_signal};
use shared::config::Role;
use std::path::Path;

/// Runs until a signal.
pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<Outcome> {
    let installation = Installation::open(read_config(file, Role::Worker)?, Role::Worker).await?;
    worker::worker::run(installation.worker()?, stop_signal()?.cancelled_owned()).await?;
    Ok(Outcome::Done)
}
