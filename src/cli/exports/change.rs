//! `handover exports cancel` and `handover exports retry`.

use super::unknown;
use crate::cli::Outcome;
use shared::{
    clock,
    config::Config,
    export::{ExportId, State},
    ledger::{
        Ledger,
        audit::Actor,
        exports::{self, Export, Retried},
    },
    queue::{Kind, Place, Queue},
};

/// Asks an export to stop.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn cancel(ledger: &Ledger, id: ExportId) -> anyhow::Result<Outcome> {
    let Some(export) = exports::request_cancel(ledger, id, Actor::operator(), clock::now()).await? else {
        return Ok(unknown(id));
    };
    match export.state {
        State::Cancelled => println!("The export is cancelled."),
        State::Running | State::Queued => println!("The export runs; its worker was asked to stop."),
        State::Ready | State::Failed | State::Expired => {
            println!("The export is {} already; nothing was changed.", export.state);
            return Ok(Outcome::No);
        }
    }
    Ok(Outcome::Done)
}

/// Queues a failed export again.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn retry(config: &Config, ledger: &Ledger, id: ExportId) -> anyhow::Result<Outcome> {
    match exports::retry(ledger, id, Actor::operator(), clock::now()).await? {
        None => return Ok(unknown(id)),
        Some(Retried::NotFailed(state)) => {
            println!("The export is {state}; only a failed one can be retried.");
            return Ok(Outcome::No);
        }
        Some(Retried::Wanted(other)) => {
            println!("The export {other} is queued or running and will give the same archive.");
            return Ok(Outcome::No);
        }
        Some(Retried::Queued(export)) => {
            println!("The export is queued again.");
            ring(config, &export).await;
        }
    }
    Ok(Outcome::Done)
}

/// Wakes a worker. Without a queue that both can reach, or if it does not answer, the reconciler finds the export.
#[expect(clippy::print_stderr, reason = "a word to the person at the terminal")]
async fn ring(config: &Config, export: &Export) {
    if config.is_embedded_queue() {
        return;
    }
    let rung =
        async { Queue::open(&config.queue).await?.ring(Kind::Export, Place::Source(&export.source), export.id).await };
    if rung.await.is_err() {
        eprintln!("The queue does not answer; a worker will find the export by itself.");
    }
}
