//! Settings of the encryption of archives.

use super::findings::Findings;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

/// The encryption of archives by Handover itself, whatever the vault does besides.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EncryptionConfig {
    /// Whether new archives are sealed before they reach the vault: `envelope` or `none`. Those that are sealed stay readable as long as their keys are here.
    pub mode: EncryptionMode,
    /// Key-encryption keys, `id:base64` of 32 random bytes, comma-separated (`handover key encryption new`); the first wraps, all unwrap. Default: a key made in the data folder.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub keys: Option<SecretString>,
    /// AWS KMS key (ARN, id or alias) that wraps instead of the first of the keys, in the region of its ARN, else of the vault.
    pub kms_key_id: Option<String>,
    /// Endpoint of a server that speaks KMS; default AWS.
    pub kms_endpoint: Option<Url>,
    /// Access key for KMS; without it the AWS SDK's own chain (profile, web identity, instance role) is used.
    #[schemars(extend("writeOnly" = true))]
    pub kms_access_key_id: Option<String>,
    /// Secret of the access key for KMS.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub kms_secret_access_key: Option<SecretString>,
}

/// How new archives are encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EncryptionMode {
    /// Each with a key of its own, which is wrapped and kept in the ledger.
    #[default]
    #[serde(rename = "envelope")]
    Envelope,
    /// Not by Handover.
    #[serde(rename = "none")]
    None,
}

impl EncryptionConfig {
    /// Whether there is a key to wrap with, in the settings.
    pub(super) fn has_key(&self) -> bool {
        self.keys.is_some() || self.kms_key_id.is_some()
    }

    pub(super) fn check(&self, findings: &mut Findings) {
        if let Some(keys) = &self.keys
            && let Err(why) = crate::key_list::parse(keys.expose_secret())
        {
            findings.add("HANDOVER_ENCRYPTION__KEYS", why);
        }
        if let Some(endpoint) = &self.kms_endpoint
            && !(matches!(endpoint.scheme(), "http" | "https") && endpoint.has_host())
        {
            findings.add("HANDOVER_ENCRYPTION__KMS_ENDPOINT", "must begin with http:// or https://");
        }
        match (&self.kms_access_key_id, &self.kms_secret_access_key) {
            (Some(_), None) => findings.add(
                "HANDOVER_ENCRYPTION__KMS_SECRET_ACCESS_KEY",
                "is not set but HANDOVER_ENCRYPTION__KMS_ACCESS_KEY_ID is: set both or neither",
            ),
            (None, Some(_)) => findings.add(
                "HANDOVER_ENCRYPTION__KMS_ACCESS_KEY_ID",
                "is not set but HANDOVER_ENCRYPTION__KMS_SECRET_ACCESS_KEY is: set both or neither",
            ),
            _ => {}
        }
    }
}
