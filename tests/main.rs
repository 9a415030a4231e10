//! The suite: one binary, so that the servers it stands on start once.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod servers;
mod support;
