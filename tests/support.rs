//! What the suite stands on: real servers, started once per test process on loopback, and the real program.

pub(crate) mod mail_server;
pub(crate) mod object_store;
pub(crate) mod port;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod redis;
pub(crate) mod tools;
