//! Which spans leave the process.

use super::QUIET;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use std::time::Duration;

/// Sends our own spans only, with what we ourselves said in them: the crates we build on may name addresses, statements or keys.
#[derive(Debug)]
pub(super) struct Ours<E>(pub(super) E);

impl<E: SpanExporter> SpanExporter for Ours<E> {
    fn export(&self, mut batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        batch.retain(|span| is_ours(&span.attributes));
        for span in &mut batch {
            span.events.events.retain(|event| is_ours(&event.attributes));
        }
        async move { if batch.is_empty() { Ok(()) } else { self.0.export(batch).await } }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// What comes from `tracing` names its target; only our own recording of a time without a span does not.
fn is_ours(attributes: &[KeyValue]) -> bool {
    let target = attributes.iter().find(|attribute| attribute.key.as_str() == "target");
    match target.map(|target| &target.value) {
        None => true,
        Some(Value::String(target)) => is_our_target(target.as_str()),
        Some(_) => false,
    }
}

/// Whether a target is one of our crates. Health checks are noise.
fn is_our_target(target: &str) -> bool {
    target != QUIET && super::CRATES.contains(&target.split("::").next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_crates_say_leaves() {
        for target in ["handover", "api::exchange", "worker::span", "shared::vault"] {
            assert!(is_ours(&[KeyValue::new("target", target)]), "{target}");
        }
        for target in ["aws_smithy_runtime", "sqlx::query", "apis", "workers::x", QUIET] {
            assert!(!is_ours(&[KeyValue::new("target", target)]), "{target}");
        }
        assert!(is_ours(&[KeyValue::new("export", "1")]));
    }
}
