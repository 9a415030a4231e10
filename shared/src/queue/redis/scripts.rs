//! The scripts that Redis runs, each atomically; their times are Redis' own, so clocks of workers need not agree.

use redis::Script;
use std::sync::LazyLock;

pub(super) static RING: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("ring.lua")));
pub(super) static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("claim.lua")));
pub(super) static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("renew.lua")));
pub(super) static FINISH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("finish.lua")));
pub(super) static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("release.lua")));
