//! What Redis says of itself, for `handover doctor`.

use super::{RedisQueue, patiently};
use crate::queue::QueueError;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// What Redis says of itself. What it does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its version.
    pub version: String,
    /// Its clock.
    pub clock: DateTime<Utc>,
    /// `master`, or `slave` for a replica, which takes no writes.
    pub role: String,
    /// Whether it writes what it is told to a file at once.
    pub append_only: Option<bool>,
    /// Whether it writes all it has to a file now and then; a managed Redis does not tell.
    pub snapshots: Option<bool>,
    /// How many bytes it may use; 0 for all there are.
    pub most_bytes: Option<u64>,
    /// What it does when these are used up.
    pub eviction: Option<String>,
}

impl RedisQueue {
    /// Asks Redis about itself, or fails within about two seconds.
    pub async fn examine(&self) -> Result<Examined, QueueError> {
        let ask = || {
            let mut connection = self.connection.clone();
            async move {
                let info: String = redis::cmd("INFO").query_async(&mut connection).await?;
                let time: (i64, u32) = redis::cmd("TIME").query_async(&mut connection).await?;
                // Managed servers refuse to show their configuration.
                let save: Option<HashMap<String, String>> =
                    redis::cmd("CONFIG").arg("GET").arg("save").query_async(&mut connection).await.ok();
                Ok((info, time, save))
            }
        };
        let (info, (seconds, microseconds), save) = patiently(ask).await?;
        let told: HashMap<&str, &str> = info.lines().filter_map(|line| line.trim_end().split_once(':')).collect();
        let text = |name: &str| told.get(name).map(|value| (*value).to_owned());
        Ok(Examined {
            version: text("redis_version").unwrap_or_default(),
            clock: DateTime::from_timestamp(seconds, microseconds.saturating_mul(1000)).unwrap_or_default(),
            role: text("role").unwrap_or_default(),
            append_only: told.get("aof_enabled").map(|value| *value == "1"),
            snapshots: save.and_then(|save| save.get("save").map(|when| !when.is_empty())),
            most_bytes: told.get("maxmemory").and_then(|value| value.parse().ok()),
            eviction: text("maxmemory_policy"),
        })
    }
}
