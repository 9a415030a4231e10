//! The suite.

mod queue;
mod support;
