//! The console: who gets in, what a role opens, and what its pages do.

mod account;
mod desk;
mod operators;
mod pages;
mod roles;
mod second_factor;
mod sessions;
mod sign_in;
mod terminal;
