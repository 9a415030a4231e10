//! Webhooks: who is told, that it is proven who tells, and that no message is lost or told twice under two numbers.

mod api;
mod desk;
mod journey;
mod keys;
mod receiver;
mod secrets;
mod sending;
mod terminal;
