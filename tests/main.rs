//! The suite.

mod vault;
