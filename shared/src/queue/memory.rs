//! The queue in the process, for `handover serve` without Redis.

/// Doorbells in memory.
#[derive(Clone)]
pub struct MemoryQueue {}
