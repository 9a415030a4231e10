//! The formats that an archive holds each table in: encoders that turn blocks of rows into bytes.

pub mod csv;
pub mod jsonl;
pub(crate) mod printed;
pub mod sink;
pub mod sql;

pub use sink::Sink;
pub(crate) use sink::{append, hexadecimal};

/// Why a block of rows could not be encoded: the source delivered something else than was planned. Never holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A row has more or fewer columns than planned.
    #[error("a row has {found} columns instead of {planned}")]
    Columns {
        /// In the row.
        found: usize,
        /// In the plan.
        planned: usize,
    },
    /// A block ends inside a line.
    #[error("a block of rows ends in the middle of a line")]
    Unfinished,
    /// A block of the other engine.
    #[error("a block of rows comes from another kind of database than planned")]
    Engine,
}
