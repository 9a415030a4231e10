//! The queue in Redis: a lease for each message, fenced by its owner, no history kept.

/// Doorbells in Redis.
#[derive(Clone)]
pub struct RedisQueue {}
