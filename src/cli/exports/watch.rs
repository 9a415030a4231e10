//! `handover exports watch`.

use super::{
    text::{progress, time},
    unknown,
};
use crate::{
    cli::{Interrupted, Outcome},
    progress::Bar,
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
use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};
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
    let mut show = Display::new();
    let ended = tokio::select! {
        ended = follow(ledger, id, &mut show) => ended,
        signal = ctrl_c() => {
            signal?;
            Err(Interrupted.into())
        }
    };
    show.finish();
    match ended? {
        Some(export) => conclude(ledger, &export).await,
        None => Ok(unknown(id)),
    }
}

/// The export at its end; `None` if there is none.
async fn follow(ledger: &Ledger, id: ExportId, show: &mut Display) -> anyhow::Result<Option<Export>> {
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
                show.export(&export);
            }
            Err(LedgerError::Database(_)) if answered.elapsed() < PATIENCE => show.say("the ledger does not answer"),
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

/// A bar on a terminal; elsewhere a line whenever there is news.
struct Display {
    bar: Option<Bar>,
    said: String,
}

impl Display {
    fn new() -> Self {
        Self { bar: stderr().is_terminal().then(Bar::new), said: String::new() }
    }

    fn export(&mut self, export: &Export) {
        if let Some(bar) = &self.bar {
            let count = |count: i64| count.unsigned_abs();
            bar.show(count(export.tables_done), count(export.tables_total), count(export.rows_done));
        }
        let done = match &self.bar {
            Some(_) => format!("{} rows, {}", export.rows_done, display::size(export.bytes_done.unsigned_abs())),
            None => progress(export),
        };
        let stopping = if export.cancel_requested { ", stopping" } else { "" };
        match (export.phase, &export.reason_code, export.next_attempt_at) {
            (Some(phase), ..) => self.say(&format!("{phase}, attempt {}{stopping}: {done}", export.attempt)),
            (None, Some(code), Some(next)) => {
                self.say(&format!("attempt {} failed ({code}); again at {} UTC", export.attempt, time(next)));
            }
            _ => self.say("queued"),
        }
    }

    #[expect(clippy::print_stderr, reason = "progress is for the person, not for what reads the result")]
    fn say(&mut self, news: &str) {
        match &self.bar {
            Some(bar) => bar.say(news),
            None if self.said == news => {}
            None => {
                eprintln!("{news}");
                news.clone_into(&mut self.said);
            }
        }
    }

    fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish();
        }
    }
}
