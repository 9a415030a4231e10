//! Archives for recipients: who decides whom they are encrypted to, and that nobody else opens them.

mod api;
mod changing;
mod journey;
mod pair;
mod terminal;
