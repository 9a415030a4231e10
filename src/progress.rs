//! Progress on a terminal; silent elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio_util::task::AbortOnDropHandle;
use worker::archive::Meter;

/// A bar on standard error. Without a terminal it shows nothing.
pub(crate) struct Bar {
    bar: ProgressBar,
    _following: Option<AbortOnDropHandle<()>>,
}

impl Bar {
    /// A bar that is told where it stands.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len} tables, {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, _following: None }
    }

    /// A bar that follows a meter.
    pub(crate) fn of_meter(meter: Arc<Meter>) -> Self {
        let mut this = Self::new();
        let bar = this.bar.clone();
        this._following = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(200));
            loop {
                ticks.tick().await;
                let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
                show(&bar, read(&meter.tables_done), read(&meter.tables_total), read(&meter.rows));
            }
        })));
        this
    }

    /// Shows where it stands.
    pub(crate) fn show(&self, tables_done: u64, tables_total: u64, rows: u64) {
        show(&self.bar, tables_done, tables_total, rows);
    }

    /// Says something else beside the bar than the rows that were read.
    pub(crate) fn say(&self, news: &str) {
        self.bar.set_message(news.to_owned());
    }

    /// Removes the bar.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn show(bar: &ProgressBar, tables_done: u64, tables_total: u64, rows: u64) {
    bar.set_length(tables_total);
    bar.set_position(tables_done);
    bar.set_message(format!("{rows} rows"));
}
