//! What the suite stands on: real servers, started once per test process on loopback, and the real program.

pub(crate) mod api;
pub(crate) mod archive;
pub(crate) mod bucket;
pub(crate) mod ceppro;
pub(crate) mod client;
pub(crate) mod customertrackr;
pub(crate) mod door;
pub(crate) mod embedded;
pub(crate) mod grown;
pub(crate) mod mail_server;
pub(crate) mod mariadb;
pub(crate) mod markers;
pub(crate) mod object_store;
pub(crate) mod patience;
pub(crate) mod person;
pub(crate) mod port;
pub(crate) mod portal;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod proecommerce;
pub(crate) mod program;
pub(crate) mod redis;
pub(crate) mod schedule;
pub(crate) mod tools;
pub(crate) mod wire;
