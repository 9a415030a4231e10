//! The suite.

mod exports;
mod links;
mod openapi;
mod refusals;
mod support;
