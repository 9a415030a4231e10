//! The HTTP API and the pages that people see.
