//! Every metric by its name: what `/metrics` describes, and the table of `docs/metrics.md`.

use metrics::{describe_counter, describe_gauge, describe_histogram};
use std::fmt::Write;

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name, with its unit (Prometheus' conventions).
    pub name: &'static str,
    /// How it is to be read.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says, in one sentence.
    pub help: &'static str,
}

/// How a metric is to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows, from the start of the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets with these upper bounds.
    Histogram(&'static [f64]),
}

/// From a tenant of a few rows to one of a day.
const EXPORTS: &[f64] =
    &[0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 10800.0, 43200.0, 86400.0];
/// Answers from the ledger at one end, downloads at the other.
const REQUESTS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Every metric, first those that the ledger answers.
pub const METRICS: &[Metric] = &[
    gauge("handover_ledger_up", &[], "Whether the ledger answered this scrape."),
    gauge(
        "handover_exports_queued",
        &["source", "origin"],
        "Exports that wait for a worker or for their next attempt.",
    ),
    gauge("handover_exports_running", &["source"], "Exports that a worker has claimed."),
    gauge("handover_exports_lease_ended", &[], "Running exports whose worker is silent, until another takes them."),
    gauge(
        "handover_queue_oldest_seconds",
        &[],
        "How long the longest waiting export that is due has waited; 0 if none.",
    ),
    gauge("handover_mail_backlog", &[], "Mails that are owed and not sent yet."),
    gauge("handover_mail_oldest_seconds", &[], "The age of the oldest of them; 0 if none."),
    gauge("handover_webhook_backlog", &[], "Messages to webhooks that are owed and not taken yet."),
    gauge("handover_webhook_oldest_seconds", &[], "The age of the oldest of them; 0 if none."),
    gauge(
        "handover_webhooks_disabled",
        &[],
        "Webhooks that are disabled because nothing was taken for days, or because their receiver is gone.",
    ),
    gauge(
        "handover_expired_objects_present",
        &[],
        "Objects in the vault whose archive is past its time and not deleted yet.",
    ),
    gauge("handover_workers_alive", &[], "Worker processes that have polled the queue within the last 30 seconds."),
    counter(
        "handover_exports_finished_total",
        &["source", "state", "code"],
        "Exports that ended, by state, with the reason's code where they failed.",
    ),
    histogram(
        "handover_export_duration_seconds",
        EXPORTS,
        &["source", "state"],
        "Time from the first attempt to the end of an export.",
    ),
    histogram(
        "handover_export_wait_seconds",
        EXPORTS,
        &["source", "origin"],
        "Time from the request to the first attempt.",
    ),
    counter(
        "handover_attempts_failed_total",
        &["source", "code"],
        "Attempts that failed, by the reason's code, whether or not another one followed.",
    ),
    counter("handover_lease_takeovers_total", &["source"], "Exports taken over from a worker that had fallen silent."),
    counter("handover_rows_read_total", &["source"], "Rows read from a source, those of failed attempts included."),
    counter("handover_bytes_read_total", &["source"], "Bytes read from a source, those of failed attempts included."),
    counter("handover_archive_bytes_total", &["source"], "Bytes of the archives that became ready."),
    counter(
        "handover_mails_total",
        &["kind", "result"],
        "Tries to send a mail, by result: sent, postponed or dead (given up).",
    ),
    counter(
        "handover_webhook_messages_total",
        &["kind", "result"],
        "Tries to send a message to a webhook, by result: delivered, postponed or failed (given up).",
    ),
    histogram(
        "handover_http_request_duration_seconds",
        REQUESTS,
        &["method", "route", "status"],
        "Time to answer a request, by the route's pattern.",
    ),
    gauge("handover_build_info", &["version"], "Always 1; the label is the program's version."),
    gauge("process_resident_memory_bytes", &[], "Resident memory of the process."),
    gauge("process_open_fds", &[], "Open file descriptors of the process."),
    gauge("process_start_time_seconds", &[], "When metrics began in the process, in seconds since 1970."),
];

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help }
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help }
}

const fn histogram(
    name: &'static str,
    buckets: &'static [f64],
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram(buckets), labels, help }
}

impl Kind {
    /// The word for it in Prometheus' text format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Tells the recorder what each metric says.
pub(super) fn describe() {
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.help),
            Kind::Gauge => describe_gauge!(metric.name, metric.help),
            Kind::Histogram(_) => describe_histogram!(metric.name, metric.help),
        }
    }
}

/// The table of `docs/metrics.md`.
pub fn markdown_table() -> String {
    let mut text = String::from("| metric | kind | labels | what it says |\n| --- | --- | --- | --- |\n");
    for metric in METRICS {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        // A String takes all that is written.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            metric.name,
            metric.kind.as_str(),
            labels.join(", "),
            metric.help
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_and_stand_once() {
        for (place, metric) in METRICS.iter().enumerate() {
            assert!(METRICS[..place].iter().all(|other| other.name != metric.name), "{} twice", metric.name);
            assert_eq!(metric.name.ends_with("_total"), metric.kind == Kind::Counter, "{}", metric.name);
            assert!(metric.help.ends_with('.') && !metric.help.contains(['|', '\n']), "{}", metric.name);
        }
    }

    #[test]
    fn no_label_could_name_a_person_or_an_export() {
        let closed = ["source", "origin", "state", "code", "kind", "result", "method", "route", "status", "version"];
        for metric in METRICS {
            assert!(metric.labels.iter().all(|label| closed.contains(label)), "{metric:?}");
        }
    }

    #[test]
    fn the_documented_metrics_are_those_of_the_program() {
        let document = include_str!("../../../docs/metrics.md");
        assert!(document.contains(&markdown_table()), "docs/metrics.md lacks this table:\n{}", markdown_table());
    }
}
