//! The suite.

mod ledger;
mod support;
