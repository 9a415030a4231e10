//! `handover migrate`: the ledger's tables.

use super::Outcome;
use crate::installation::{open_ledger, read_config};
use shared::config::Role;
use std::path::Path;

/// Applies what is missing; safe to run twice, and at the same time from several places.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    let applied = open_ledger(&config).await?.migrate().await?;
    match applied {
        0 => println!("The ledger is up to date."),
        1 => println!("1 migration was applied."),
        count => println!("{count} migrations were applied."),
    }
    Ok(Outcome::Done)
}
