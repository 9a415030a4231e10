//! The audit, as the outside sees it: the API, the terminal, the worker that signs, and what a real export leaves in it.

mod api;
mod installed;
