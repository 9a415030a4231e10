//! Metrics for Prometheus: what this process counted, and what the ledger says at the moment of the scrape.
//!
//! Labels come from closed sets (sources, states, reason codes, origins, routes) and never name a tenant, an export, a person or an
//! address. Nothing is counted unless [`Recorder::install`] was called, and then the recording functions cost some nanoseconds.

mod catalog;
mod process;

pub use catalog::{Kind, METRICS, Metric, markdown_table};

use crate::{
    export::{Origin, State},
    ledger::{
        Ledger, Result as LedgerResult,
        figures::{self, Figures},
        notifications,
    },
    webhook,
};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// How long the ledger may take over its figures.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long figures are shown again before the ledger is asked anew: several scrapers cost no more than one.
const FRESH: Duration = Duration::from_secs(2);

/// The metrics of this process.
pub struct Recorder {
    counted: PrometheusHandle,
    ledger: Ledger,
    figures: Mutex<Option<(Instant, String)>>,
}

/// Why metrics cannot be recorded.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be recorded: {0}")]
pub struct MetricsError(String);

impl Recorder {
    /// Begins to count in this process.
    pub fn install(ledger: Ledger) -> Result<Self, MetricsError> {
        let recorder = builder().map_err(|error| MetricsError(error.to_string()))?.build_recorder();
        let counted = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|error| MetricsError(error.to_string()))?;
        catalog::describe();
        process::record();
        Ok(Self { counted, ledger, figures: Mutex::new(None) })
    }

    /// Everything in Prometheus' text format (version 0.0.4). A ledger that does not answer within three seconds is
    /// `handover_ledger_up 0`, and what only it knows is left out.
    pub async fn render(&self, now: DateTime<Utc>) -> String {
        process::record();
        gauge!("handover_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        let counted = self.counted.render();
        format!("{counted}{}", self.figures(now).await)
    }

    /// Moves measurements to their buckets; to be called every few seconds, since nobody may scrape.
    pub fn keep_up(&self) {
        self.counted.run_upkeep();
    }

    async fn figures(&self, now: DateTime<Utc>) -> String {
        let mut known = self.figures.lock().await;
        if let Some((asked, text)) = &*known
            && asked.elapsed() < FRESH
        {
            return text.clone();
        }
        let figures: Option<LedgerResult<Figures>> = timeout(PATIENCE, figures::read(&self.ledger, now)).await.ok();
        let text = render(figures.and_then(Result::ok).as_ref());
        *known = Some((Instant::now(), text.clone()));
        text
    }
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    METRICS.iter().try_fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
        Kind::Histogram(buckets) => builder.set_buckets_for_metric(Matcher::Full(metric.name.into()), buckets),
        Kind::Counter | Kind::Gauge => Ok(builder),
    })
}

/// Figures are rendered by a recorder of their own, made anew each time: a source that is gone leaves no number behind.
fn render(figures: Option<&Figures>) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        catalog::describe();
        gauge!("handover_ledger_up").set(f64::from(u8::from(figures.is_some())));
        let Some(figures) = figures else { return };
        for (source, origin, count) in &figures.queued {
            gauge!("handover_exports_queued", "source" => source.clone(), "origin" => origin.as_str())
                .set(whole(*count));
        }
        for (source, count) in &figures.running {
            gauge!("handover_exports_running", "source" => source.clone()).set(whole(*count));
        }
        gauge!("handover_exports_lease_ended").set(whole(figures.lease_ended));
        gauge!("handover_queue_oldest_seconds").set(seconds(figures.oldest_due));
        gauge!("handover_mail_backlog").set(whole(figures.mails));
        gauge!("handover_mail_oldest_seconds").set(seconds(figures.oldest_mail));
        gauge!("handover_webhook_backlog").set(whole(figures.webhook_messages));
        gauge!("handover_webhook_oldest_seconds").set(seconds(figures.oldest_webhook_message));
        gauge!("handover_webhooks_disabled").set(whole(figures.webhooks_disabled));
        gauge!("handover_expired_objects_present").set(whole(figures.expired_objects));
        gauge!("handover_workers_alive").set(whole(figures.workers));
    });
    recorder.handle().render()
}

/// An export ended, in this state; `code` is why, where it failed. `took` is the time since its first attempt began.
pub fn export_finished(source: &str, state: State, code: &str, took: Option<TimeDelta>) {
    let source = source.to_owned();
    counter!("handover_exports_finished_total", "source" => source.clone(), "state" => state.as_str(), "code" => code.to_owned())
        .increment(1);
    if let Some(took) = took {
        histogram!("handover_export_duration_seconds", "source" => source, "state" => state.as_str())
            .record(seconds(took));
    }
}

/// An archive of this size was stored.
pub fn archive_stored(source: &str, bytes: u64) {
    counter!("handover_archive_bytes_total", "source" => source.to_owned()).increment(bytes);
}

/// An attempt failed for this reason, whether or not another one follows.
pub fn attempt_failed(source: &str, code: &str) {
    counter!("handover_attempts_failed_total", "source" => source.to_owned(), "code" => code.to_owned()).increment(1);
}

/// The first attempt of an export began, so long after it was asked for.
pub fn export_waited(source: &str, origin: Origin, waited: TimeDelta) {
    histogram!("handover_export_wait_seconds", "source" => source.to_owned(), "origin" => origin.as_str())
        .record(seconds(waited));
}

/// An export was taken over from a worker whose lease had ended.
pub fn lease_taken_over(source: &str) {
    counter!("handover_lease_takeovers_total", "source" => source.to_owned()).increment(1);
}

/// So many more rows and bytes were read.
pub fn read(source: &str, rows: u64, bytes: u64) {
    counter!("handover_rows_read_total", "source" => source.to_owned()).increment(rows);
    counter!("handover_bytes_read_total", "source" => source.to_owned()).increment(bytes);
}

/// Sending a mail was tried; `result` is `sent`, `postponed` or `dead`.
pub fn mail_tried(kind: notifications::Kind, result: &'static str) {
    counter!("handover_mails_total", "kind" => kind.as_str(), "result" => result).increment(1);
}

/// Sending a message to a webhook was tried; `result` is `delivered`, `postponed` or `failed`.
pub fn webhook_tried(event: webhook::Event, result: &'static str) {
    counter!("handover_webhook_messages_total", "kind" => event.as_str(), "result" => result).increment(1);
}

/// A request was answered. `route` is a pattern, never a path.
pub fn request_answered(method: &'static str, route: String, status: u16, took: Duration) {
    histogram!("handover_http_request_duration_seconds", "method" => method, "route" => route, "status" => status.to_string())
        .record(took.as_secs_f64());
}

fn seconds(time: TimeDelta) -> f64 {
    time.max(TimeDelta::zero()).as_seconds_f64()
}

#[expect(clippy::cast_precision_loss, reason = "a count that large is a fault of its own")]
fn whole(count: i64) -> f64 {
    count as f64
}
