//! `manifest.json`, version 1: what an archive holds. Fields may be added, none renamed.

use serde::{Deserialize, Serialize};

/// The manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub handover: u32,
}
