//! Progress for the person at the terminal: a bar there, and elsewhere a line now and then. All of it goes to standard error.

use indicatif::{ProgressBar, ProgressStyle};
use shared::display;
use std::{
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;
use worker::{archive::Meter, steps::Steps};

/// How often a bar looks how far the work is.
const TICK: Duration = Duration::from_millis(200);
/// Work that is done sooner says nothing where there is no terminal.
const SILENCE: Duration = Duration::from_secs(2);
/// Without a terminal, numbers are told anew no more often.
const PACE: Duration = Duration::from_secs(5);

/// Where the work stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stand {
    /// What is being done, as in `reading`.
    pub(crate) work: String,
    /// How far it is, as in `3 of 12 tables`; empty if nobody knows.
    pub(crate) numbers: String,
    /// The same for a bar.
    pub(crate) done: u64,
    /// All there is to do; 0 if nobody knows.
    pub(crate) total: u64,
}

/// A bar on a terminal that can draw one, and lines elsewhere. It is gone when dropped.
pub(crate) struct Progress {
    shown: Arc<Shown>,
    _following: Option<AbortOnDropHandle<()>>,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

impl Progress {
    /// Of work that is told of by whoever does it; the first line comes at once.
    pub(crate) fn told() -> Self {
        Self { shown: Arc::new(Shown::new(Duration::ZERO)), _following: None }
    }

    /// Of work whose end nobody knows.
    pub(crate) fn of(work: &str) -> Self {
        let stand = Stand { work: work.to_owned(), ..Stand::default() };
        Self::following(move || stand.clone())
    }

    /// Of tables that are read.
    pub(crate) fn of_tables(meter: Arc<Meter>) -> Self {
        Self::following(move || {
            let (done, total) = (meter.tables_done.load(Relaxed), meter.tables_total.load(Relaxed));
            let work = if total == 0 { "looking at the source" } else { "reading" }.to_owned();
            let numbers = match total {
                0 => String::new(),
                _ => format!("{done} of {total} tables, {} rows", meter.rows.load(Relaxed)),
            };
            Stand { work, numbers, done, total }
        })
    }

    /// Of bytes.
    pub(crate) fn of_bytes(work: &'static str, steps: Arc<Steps>) -> Self {
        Self::following(move || {
            let (done, total) = steps.stand();
            let numbers = match total {
                0 => String::new(),
                _ => format!("{} of {}", display::size(done.min(total)), display::size(total)),
            };
            Stand { work: work.to_owned(), numbers, done, total }
        })
    }

    /// Of things that are called so, as in `questions`.
    pub(crate) fn of_steps(work: &'static str, things: &'static str, steps: Arc<Steps>) -> Self {
        Self::following(move || {
            let (done, total) = steps.stand();
            let numbers = if total == 0 { String::new() } else { format!("{done} of {total} {things}") };
            Stand { work: work.to_owned(), numbers, done, total }
        })
    }

    fn following(stand: impl Fn() -> Stand + Send + 'static) -> Self {
        let shown = Arc::new(Shown::new(SILENCE));
        let told = shown.clone();
        let following = tokio::spawn(async move {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                told.tell(&stand());
            }
        });
        Self { shown, _following: Some(AbortOnDropHandle::new(following)) }
    }

    /// Says where the work stands.
    pub(crate) fn tell(&self, stand: &Stand) {
        self.shown.tell(stand);
    }

    /// Prints something that stays, above the bar.
    pub(crate) fn aside(&self, print: impl FnOnce()) {
        match &*self.shown {
            Shown::Bar(bar) => bar.suspend(print),
            Shown::Lines(_) => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &*self.shown {
            bar.finish_and_clear();
        }
    }
}

impl Shown {
    fn new(silence: Duration) -> Self {
        let bar = ProgressBar::new(0);
        if bar.is_hidden() {
            return Self::Lines(Mutex::new(Lines::new(Instant::now() + silence)));
        }
        bar.set_style(style(false));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self::Bar(bar)
    }

    #[expect(clippy::print_stderr, reason = "progress is for the person, not for what reads the result")]
    fn tell(&self, stand: &Stand) {
        match self {
            Self::Bar(bar) => {
                let was_known = bar.length().unwrap_or(0) > 0;
                if was_known != (stand.total > 0) {
                    bar.set_style(style(stand.total > 0));
                }
                bar.set_length(stand.total);
                bar.set_position(stand.done.min(stand.total));
                bar.set_message(stand.sentence());
            }
            Self::Lines(lines) => {
                let line = lines.lock().unwrap_or_else(PoisonError::into_inner).next(stand, Instant::now());
                if let Some(line) = line {
                    eprintln!("{line}");
                }
            }
        }
    }
}

/// In colours unless `NO_COLOR` (no-color.org) is set.
fn style(is_known: bool) -> ProgressStyle {
    let template = if is_known { "{spinner:.cyan} {bar:30.cyan/dim} {msg}" } else { "{spinner:.cyan} {msg}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Stand {
    fn sentence(&self) -> String {
        if self.numbers.is_empty() { self.work.clone() } else { format!("{}: {}", self.work, self.numbers) }
    }
}

/// Decides which lines are worth saying.
struct Lines {
    said: Stand,
    not_before: Instant,
}

impl Lines {
    fn new(not_before: Instant) -> Self {
        Self { said: Stand::default(), not_before }
    }

    /// The next line, if there is one to say: at once when the work is another one, else in the pace of lines.
    fn next(&mut self, stand: &Stand, now: Instant) -> Option<String> {
        let is_news = stand.sentence() != self.said.sentence();
        let is_other_work = !self.said.work.is_empty() && stand.work != self.said.work;
        if !is_news || (now < self.not_before && !is_other_work) {
            return None;
        }
        self.said = stand.clone();
        self.not_before = now + PACE;
        Some(stand.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(work: &str, done: u64) -> Stand {
        Stand { work: work.to_owned(), numbers: format!("{done} of 9 tables"), done, total: 9 }
    }

    #[test]
    fn lines_come_now_and_then_and_at_once_when_the_work_changes() {
        let begun = Instant::now();
        let mut lines = Lines::new(begun + SILENCE);
        assert_eq!(lines.next(&stand("reading", 0), begun), None, "short work says nothing");
        assert_eq!(lines.next(&stand("reading", 1), begun + SILENCE).as_deref(), Some("reading: 1 of 9 tables"));
        let soon = begun + SILENCE + Duration::from_secs(1);
        assert_eq!(lines.next(&stand("reading", 2), soon), None);
        assert_eq!(lines.next(&stand("storing", 2), soon).as_deref(), Some("storing: 2 of 9 tables"));
        assert_eq!(lines.next(&stand("storing", 3), soon + PACE).as_deref(), Some("storing: 3 of 9 tables"));
        assert_eq!(lines.next(&stand("storing", 3), soon + 3 * PACE), None, "nothing is said twice");
    }
}
