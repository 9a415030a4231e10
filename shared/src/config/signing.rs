//! Settings of signatures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Signatures.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SigningConfig {
    /// Ed25519 private key (PKCS#8 in PEM, made by `handover key signing new`) that signs the manifest of every archive; without it archives are not signed.
    pub key_file: Option<PathBuf>,
}
