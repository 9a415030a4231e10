//! Traces: our own spans, sent to an OpenTelemetry collector (OTLP over HTTP) beside the work and never in its way.
//!
//! One export is one tree. Its place in the trace of the request that asked for it (a W3C `traceparent`) is kept in the ledger, so that
//! whichever process makes the next attempt or sends the mail goes on in the same trace. An unreachable collector costs nothing but
//! the spans: a bounded number waits, the others are dropped.

mod ours;
mod sender;

use super::TelemetryError;
use chrono::{DateTime, Utc};
use opentelemetry::{
    Context, KeyValue, global,
    propagation::TextMapPropagator,
    trace::{Span as _, SpanContext, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{BatchSpanProcessor, SdkTracerProvider},
};
use ours::Ours;
use sender::Sender;
use std::{collections::HashMap, sync::OnceLock, time::Duration};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    registry::LookupSpan,
};
use url::Url;

/// How long one batch of spans may take.
const SENDING: Duration = Duration::from_secs(10);
/// How long the end of the process waits for the last spans.
const FLUSHING: Duration = Duration::from_secs(5);
/// The header, and the key in a carrier (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";
/// The name of the one instrumentation scope.
const SCOPE: &str = "handover";

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// The layer that turns our spans into OpenTelemetry's.
pub(super) fn layer<S>(
    destination: Url,
    service: &'static str,
) -> Result<impl Layer<S> + Send + Sync + 'static, TelemetryError>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Sender::new(SENDING).map_err(|error| TelemetryError::Traces(error.to_string()))?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(destination)
        .with_timeout(SENDING)
        .build()
        .map_err(|error| TelemetryError::Traces(error.to_string()))?;
    let provider = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(Ours(exporter)).build())
        .with_resource(resource(service))
        .build();
    let provider = PROVIDER.get_or_init(|| provider);
    global::set_tracer_provider(provider.clone());
    Ok(tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(SCOPE))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_error_fields_to_exceptions(false)
        .with_error_events_to_exceptions(false)
        .with_error_records_to_exceptions(false))
}

/// What must be told for traces to be whole, whatever the log wants.
pub(super) fn targets() -> Targets {
    CRATES.into_iter().fold(Targets::new(), |targets, name| targets.with_target(name, LevelFilter::INFO))
}

/// The crates whose spans are sent.
const CRATES: [&str; 4] = ["handover", "api", "worker", "shared"];

/// The target of spans that are for the log only.
pub const QUIET: &str = "handover::quiet";

fn resource(service: &'static str) -> Resource {
    // The builder adds what `OTEL_RESOURCE_ATTRIBUTES` says.
    Resource::builder()
        .with_attributes([
            KeyValue::new("service.name", service),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string()),
        ])
        .build()
}

/// Sends what waits; gives up after a few seconds.
pub(super) async fn flush() {
    let Some(provider) = PROVIDER.get() else { return };
    // It blocks, and the runtime must go on sending meanwhile.
    let _unsent = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(FLUSHING)).await;
}

/// Whether spans are sent anywhere.
pub fn are_on() -> bool {
    PROVIDER.get().is_some()
}

/// The current span's place in its trace as a W3C `traceparent`. Outside of any span that is sent, a trace is begun for it, named
/// `what`. `None` if traces are off.
pub fn traceparent(what: &'static str) -> Option<String> {
    let provider = PROVIDER.get()?;
    let current = Span::current().context();
    let context = if current.span().span_context().is_valid() {
        current
    } else {
        let mut span = provider.tracer(SCOPE).start(what);
        span.end();
        Context::new().with_remote_span_context(span.span_context().clone())
    };
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Makes `span` a child of the span that `traceparent` names; before `span` is entered for the first time. Anything that is no
/// `traceparent` changes nothing.
pub fn join(span: &Span, traceparent: &str) {
    if let Some(parent) = parent(traceparent) {
        // Refused where spans are not sent.
        let _refused = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// Adds a span that lasted from `from` to `to` below the span that `traceparent` names: a time in which nobody did anything.
pub fn record(name: &'static str, traceparent: &str, from: DateTime<Utc>, to: DateTime<Utc>) {
    let (Some(provider), Some(parent)) = (PROVIDER.get(), parent(traceparent)) else { return };
    let tracer = provider.tracer(SCOPE);
    let builder = tracer.span_builder(name).with_start_time(from);
    let mut span = tracer.build_with_context(builder, &Context::new().with_remote_span_context(parent));
    span.end_with_timestamp(to.into());
}

fn parent(traceparent: &str) -> Option<SpanContext> {
    if !are_on() {
        return None;
    }
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    // Baggage and `tracestate` of strangers are not taken over.
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let parent = context.span().span_context().clone();
    parent.is_valid().then_some(parent)
}
