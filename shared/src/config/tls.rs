//! Settings of TLS in the process itself.

use super::findings::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// TLS in the process itself, where no proxy does it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// The certificate and those between it and its authority (PEM); with it the API speaks HTTPS only. A changed file counts at once, without a restart.
    pub certificate_file: Option<PathBuf>,
    /// The certificate's private key (PEM: PKCS#8, PKCS#1 or SEC1).
    pub key_file: Option<PathBuf>,
}

impl TlsConfig {
    /// Certificate and key, if the API speaks HTTPS itself.
    pub fn files(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate_file.as_deref()?, self.key_file.as_deref()?))
    }

    pub(super) fn check(&self, findings: &mut Findings) {
        match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => findings.add("HANDOVER_TLS__KEY_FILE", "is not set; the certificate needs its key"),
            (None, Some(_)) => {
                findings.add("HANDOVER_TLS__CERTIFICATE_FILE", "is not set; the key needs its certificate")
            }
            _ => {}
        }
    }
}
