//! Logs: readable sentences with fields, to standard error, as text or JSON.

use crate::config::{LogConfig, LogFormat};
use std::io::{IsTerminal, stderr};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::ParseError,
    fmt::{MakeWriter, layer},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Crates that would drown our own sentences; a filter that names one overrides this.
const QUIET: &str = "aws=warn,h2=warn,hyper=warn,rustls=warn,sqlx=warn,lettre=warn,actix=warn";

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("HANDOVER_LOG__FILTER: {0}")]
    Filter(#[from] ParseError),
    /// Logging was started before.
    #[error("logging was started twice")]
    Started,
}

/// Starts logging for this process.
pub fn start(config: &LogConfig) -> Result<(), TelemetryError> {
    subscriber(config, stderr, stderr().is_terminal())?.try_init().map_err(|_| TelemetryError::Started)
}

/// The filter `text` describes, as in `info,worker=debug`; the crates we build on only warn unless it names them.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, ParseError> {
    let own = EnvFilter::builder().parse(text)?;
    // `error` and `off` ask for less than the quiet crates would still say.
    if own.max_level_hint() < Some(LevelFilter::WARN) {
        return Ok(own);
    }
    EnvFilter::builder().parse(format!("{QUIET},{text}"))
}

fn subscriber(
    config: &LogConfig,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    colours: bool,
) -> Result<impl Subscriber + Send + Sync, ParseError> {
    let lines = match config.format {
        LogFormat::Text => layer().with_writer(writer).with_ansi(colours).boxed(),
        LogFormat::Json => layer().json().flatten_event(true).with_writer(writer).boxed(),
    };
    Ok(Registry::default().with(lines).with(filter(&config.filter)?))
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
        let lines = Lines::default();
        let config = LogConfig { format, filter: filter.into() };
        let writer = lines.clone();
        let subscriber = subscriber(&config, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(rows = 3, "the table was read");
            tracing::info!(target: "sqlx::query", "a statement");
            tracing::warn!(target: "aws_config", "a warning");
        });
        let bytes = lines.0.lock().unwrap().clone();
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
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        assert!(filter("info,worker=loud").is_err());
    }
}
