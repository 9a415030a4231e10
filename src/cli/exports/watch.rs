//! `handover exports watch`.

use super::{
    text::{progress, time},
    unknown,
};
use crate::{
    cli::{Interrupted, Outcome},
    progress::{Progress, Stand},
};
use shared::{
    display,
    export::{ExportId, State},
    ledger::{
        Ledger, LedgerError,
        exports::{self, Export},
        files,
    },
};
use std::time::Duration;
use tokio::{
    signal::ctrl_c,
    time::{Instant, MissedTickBehavior, interval},
};

/// As often as a worker notes how far it is.
const EVERY: Duration = Duration::from_millis(500);
/// How long the ledger may be away before watching ends; a restart of a database takes less.
const PATIENCE: Duration = Duration::from_secs(60);

/// Follows an export to its end.
pub(super) async fn run(ledger: &Ledger, id: ExportId) -> anyhow::Result<Outcome> {
    let shown = Progress::told();
    let ended = tokio::select! {
        ended = follow(ledger, id, &shown) => ended,
        signal = ctrl_c() => {
            signal?;
            Err(Interrupted.into())
        }
    };
    drop(shown);
    match ended? {
        Some(export) => conclude(ledger, &export).await,
        None => Ok(unknown(id)),
    }
}

/// The export at its end; `None` if there is none.
async fn follow(ledger: &Ledger, id: ExportId, shown: &Progress) -> anyhow::Result<Option<Export>> {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut answered = Instant::now();
    loop {
        ticks.tick().await;
        match exports::find(ledger, id).await {
            Ok(None) => return Ok(None),
            Ok(Some(export)) if export.state.is_final() => return Ok(Some(export)),
            Ok(Some(export)) => {
                answered = Instant::now();
                shown.tell(&stand(&export));
            }
            Err(LedgerError::Database(_)) if answered.elapsed() < PATIENCE => {
                shown.tell(&Stand { work: "the ledger does not answer".to_owned(), ..Stand::default() });
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn conclude(ledger: &Ledger, export: &Export) -> anyhow::Result<Outcome> {
    match export.state {
        State::Ready => {
            let files = files::of_export(ledger, export.id).await?;
            let bytes = files.iter().map(|file| file.bytes.unsigned_abs()).sum();
            let kept = export.expires_at.map(|end| format!(", kept until {} UTC", time(end))).unwrap_or_default();
            println!("The archive is ready: {} ({}{kept}).", progress(export), display::size(bytes));
            Ok(Outcome::Done)
        }
        State::Failed => {
            let (code, reason) = (export.reason_code.as_deref(), export.reason.as_deref());
            println!("The export failed: {} [{}]", reason.unwrap_or_default(), code.unwrap_or_default());
            Ok(Outcome::No)
        }
        state => {
            println!("The export is {state}.");
            Ok(Outcome::No)
        }
    }
}

/// Where an export stands that has not ended.
fn stand(export: &Export) -> Stand {
    let stopping = if export.cancel_requested { ", stopping" } else { "" };
    match (export.phase, &export.reason_code, export.next_attempt_at) {
        (Some(phase), ..) => Stand {
            work: format!("{phase}, attempt {}{stopping}", export.attempt),
            numbers: progress(export),
            done: export.tables_done.unsigned_abs(),
            total: export.tables_total.unsigned_abs(),
        },
        (None, Some(code), Some(next)) => Stand {
            work: format!("attempt {} failed ({code}); again at {} UTC", export.attempt, time(next)),
            ..Stand::default()
        },
        _ => Stand { work: "queued".to_owned(), ..Stand::default() },
    }
}
