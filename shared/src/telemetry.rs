//! Logs and traces: readable sentences with fields to standard error, and spans to an OpenTelemetry collector.
//!
//! Neither ever holds a row's value, a tenant's id, an address or a token. Metrics are in [`crate::metrics`].

mod panics;
mod sieve;
pub mod traces;

use crate::config::{LogConfig, LogFormat, TraceConfig};
use sieve::Sieve;
use std::io::{IsTerminal, stderr};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    filter::{ParseError, Targets, filter_fn},
    fmt::{MakeWriter, layer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Crates that would drown our own sentences; a filter that names one overrides this.
const QUIET: &str = "aws=warn,h2=warn,hyper=warn,reqwest=warn,rustls=warn,sqlx=warn,lettre=warn,actix=warn";

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("HANDOVER_LOG__FILTER: {0}")]
    Filter(#[from] ParseError),
    /// The traces' settings cannot be used.
    #[error("traces cannot be sent: {0}")]
    Traces(String),
    /// Logging was started before.
    #[error("logging was started twice")]
    Started,
}

/// Starts logs, and traces if they are configured, for this process. `service` is its name in traces, as in `handover-worker`.
///
/// Must be called inside a tokio runtime, which then sends the traces.
pub fn start(log: &LogConfig, traces: &TraceConfig, service: &'static str) -> Result<(), TelemetryError> {
    let lines = lines(log, stderr, stderr().is_terminal() && !is_plain());
    let logged = filter(&log.filter)?;
    let started = match traces.destination() {
        None => Registry::default().with(lines).with(logged).try_init(),
        Some(destination) => {
            let (traced, log) = (traces::targets(), logged.clone());
            let told = filter_fn(move |metadata| {
                [&log, &traced].into_iter().any(|targets| targets.would_enable(metadata.target(), metadata.level()))
            });
            let layers = Registry::default().with(Sieve::new(lines, logged)).with(traces::layer(destination, service)?);
            layers.with(told).try_init()
        }
    };
    started.map_err(|_| TelemetryError::Started)?;
    panics::log();
    Ok(())
}

/// Sends the spans that still wait, for a few seconds at most.
pub async fn stop() {
    traces::flush().await;
}

/// The filter `text` describes, as in `info,worker=debug`; the crates we build on only warn unless it names them.
pub(crate) fn filter(text: &str) -> Result<Targets, ParseError> {
    let own: Targets = text.parse()?;
    // `error` and `off` ask for less than the quiet crates would still say.
    if Layer::<Registry>::max_level_hint(&own) < Some(LevelFilter::WARN) {
        return Ok(own);
    }
    format!("{QUIET},{text}").parse()
}

/// Whether the person at the terminal wants no colours (no-color.org).
#[expect(clippy::disallowed_methods, reason = "a wish of the terminal, like `TERM`, and no setting of this program")]
fn is_plain() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|wish| !wish.is_empty())
}

/// The log: a line for each event.
fn lines<S>(
    config: &LogConfig,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    colours: bool,
) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match config.format {
        LogFormat::Text => layer().with_writer(writer).with_ansi(colours).boxed(),
        LogFormat::Json => layer().json().flatten_event(true).with_writer(writer).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str) -> String {
        let log = Lines::default();
        let config = LogConfig { format, filter: filter.into() };
        let writer = log.clone();
        let lines = lines(&config, move || writer.clone(), false);
        let subscriber = Registry::default().with(lines).with(super::filter(filter).unwrap());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(rows = 3, "the table was read");
            tracing::info!(target: "sqlx::query", "a statement");
            tracing::warn!(target: "aws_config", "a warning");
            let export = tracing::info_span!("export", export = "0190", attempt = tracing::field::Empty);
            export.record("attempt", 2);
            export
                .in_scope(|| tracing::info_span!("table", table = "notes").in_scope(|| tracing::info!("deep inside")));
        });
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn crates_we_build_on_only_warn() {
        let text = logged(LogFormat::Text, "info");
        assert!(text.contains("the table was read rows=3"), "{text}");
        assert!(!text.contains("a statement"), "{text}");
        assert!(text.contains("a warning"), "{text}");
    }

    #[test]
    fn a_filter_that_names_a_crate_hears_it() {
        assert!(logged(LogFormat::Text, "warn,sqlx=info").contains("a statement"));
    }

    #[test]
    fn nothing_is_logged_when_logs_are_off() {
        assert_eq!(logged(LogFormat::Text, "off"), "");
    }

    #[test]
    fn a_json_line_holds_sentence_and_fields() {
        let text = logged(LogFormat::Json, "info");
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["message"], "the table was read");
        assert_eq!(line["rows"], 3);
        assert_eq!((&line["level"], &line["target"]), (&"INFO".into(), &"shared::telemetry::tests".into()));
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
    }

    #[test]
    fn a_json_line_names_the_spans_around_it_with_what_was_learned_later() {
        let text = logged(LogFormat::Json, "info");
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let line = lines.iter().find(|line| line["message"] == "deep inside").unwrap();
        let spans = serde_json::json!([{ "name": "export", "export": "0190", "attempt": 2 }, { "name": "table", "table": "notes" }]);
        assert_eq!(line["spans"], spans);
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        assert!(filter("info,worker=loud").is_err());
    }
}
