//! The pages that people see: every sentence in every language, and what each page tells.

mod asking;
mod brands;
mod desk;
mod download;
mod refusals;
mod sentences;
