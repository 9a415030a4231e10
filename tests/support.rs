//! Stand-in, to be thrown away for the suite's own support.

pub(crate) mod api;
pub(crate) mod client;
