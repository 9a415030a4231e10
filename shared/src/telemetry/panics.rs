//! A panic is a line of the log like any other error.

use std::{any::Any, panic};

/// From now on a panic is logged, and nothing else is printed about it.
pub(super) fn log() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, reason = reason(panic.payload()), "A part of the program panicked");
    }));
}

/// Only a text that stands in the program itself is repeated: one put together while it ran may quote a row.
fn reason(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("not logged, since it may quote data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_may_quote_a_row_is_not_repeated() {
        assert_eq!(reason(&"the lock is poisoned"), "the lock is poisoned");
        assert!(!reason(&"not a boundary in `Jane Doe`".to_owned()).contains("Jane"));
    }
}
