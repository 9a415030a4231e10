//! The suite.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod slicing;
mod snapshot;
mod support;
