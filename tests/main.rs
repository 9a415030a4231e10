//! The suite.

mod ledger;
mod links;
mod openapi;
mod queue;
mod refusals;
mod support;
