//! The suite: one binary, so that the servers it stands on start once.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod data_package;
mod doctor;
mod drift;
mod exports;
mod fidelity;
mod files_layout;
mod infer;
mod isolation;
mod journey;
mod ledger;
mod limits;
mod links;
mod metrics;
mod openapi;
mod placement;
mod proecommerce;
mod queue;
mod recovery;
mod refusals;
mod resilience;
mod restoring;
mod retention;
mod retry;
mod rows_against_catalog;
mod schedules;
mod servers;
mod slicing;
mod snapshot;
mod subjects;
mod support;
mod terminal;
mod traces;
mod vault;
mod verify;
mod worked_examples;
