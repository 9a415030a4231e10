//! What of all that is told reaches a layer.

use tracing::{Event, Id, Metadata, Subscriber, span::Attributes, span::Record};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

/// A layer that is told of these targets and levels only.
///
/// Not `Layer::with_filter`: that remembers its decision for the thread until the span or event follows, and crates that only ask whether something
/// is wanted, as sqlx does before each statement, leave a decision behind that then hits the wrong span.
pub(super) struct Sieve<L> {
    layer: L,
    targets: Targets,
}

impl<L> Sieve<L> {
    pub(super) fn new(layer: L, targets: Targets) -> Self {
        Self { layer, targets }
    }

    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        self.targets.would_enable(metadata.target(), metadata.level())
    }

    fn takes_span<S>(&self, id: &Id, context: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        context.metadata(id).is_some_and(|metadata| self.takes(metadata))
    }
}

impl<S, L> Layer<S> for Sieve<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    L: Layer<S>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if self.takes(attributes.metadata()) {
            self.layer.on_new_span(attributes, id, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if self.takes_span(id, &context) {
            self.layer.on_record(id, values, context);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.takes(event.metadata()) {
            self.layer.on_event(event, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if self.takes_span(id, &context) {
            self.layer.on_enter(id, context);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if self.takes_span(id, &context) {
            self.layer.on_exit(id, context);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if self.takes_span(&id, &context) {
            self.layer.on_close(id, context);
        }
    }
}
