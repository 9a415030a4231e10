//! Logs: readable sentences with fields, to standard error, as text or JSON.

use crate::config::LogConfig;

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("HANDOVER_LOG__FILTER: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Logging was started before.
    #[error("logging was started twice")]
    Started,
}

/// Starts logging for this process.
pub fn start(_config: &LogConfig) -> Result<(), TelemetryError> {
    todo!()
}
