//! Who may do what: every route for every kind of caller, and what a caller learns of what is not its own.

mod keys;
mod leaks;
mod matrix;
mod policy;
mod schemathesis;
mod things;
