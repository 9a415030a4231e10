//! A panic is a line of the log like any other error.

use std::{
    borrow::Cow,
    panic::{self, PanicHookInfo},
};

/// From now on a panic is logged, and nothing else is printed about it.
pub(super) fn log() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, reason = %reason(panic), "A part of the program panicked");
    }));
}

/// Only a text that stands in the program itself is repeated: one put together while it ran may quote a row.
fn reason(panic: &PanicHookInfo<'_>) -> Cow<'static, str> {
    match panic.payload().downcast_ref::<&'static str>() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Borrowed("not logged, since it may quote data"),
    }
}
