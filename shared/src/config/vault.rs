//! Settings of the vault.

use super::findings::Findings;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

/// The vault.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// S3 bucket; without it archives are kept in the data folder.
    pub bucket: Option<String>,
    /// First part of every object key.
    pub prefix: String,
    /// Region of the bucket.
    pub region: String,
    /// Endpoint of an S3-compatible server; default AWS.
    pub endpoint: Option<Url>,
    /// Endpoint as browsers reach it, for the presigned addresses of downloads; default the endpoint itself.
    pub public_endpoint: Option<Url>,
    /// Address buckets by path instead of by host name.
    pub path_style: bool,
    /// Access key; without it the AWS SDK's own chain (profile, web identity, instance role) is used.
    #[schemars(extend("writeOnly" = true))]
    pub access_key_id: Option<String>,
    /// Secret of the access key.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub secret_access_key: Option<SecretString>,
    /// Encryption by the server: `AES256`, `aws:kms` or `none`.
    pub encryption: ServerSideEncryption,
    /// The KMS key for `aws:kms`.
    pub kms_key_id: Option<String>,
    /// Size of an uploaded part in MiB, 5 to 1024; an archive has at most 10,000 parts, so 6 MiB end at 58 GiB.
    pub part_mebibytes: u32,
    /// Parts uploaded at the same time per archive; these and one more are held in memory.
    pub concurrency: u32,
}

/// Encryption that the S3 server applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ServerSideEncryption {
    /// SSE-S3.
    #[serde(rename = "AES256")]
    Aes256,
    /// SSE-KMS.
    #[serde(rename = "aws:kms")]
    AwsKms,
    /// None is asked for; for servers that offer none.
    #[serde(rename = "none")]
    None,
}

impl Default for VaultConfig {
    fn default() -> Self {
        Self {
            bucket: None,
            prefix: "archives".into(),
            region: "us-east-1".into(),
            endpoint: None,
            public_endpoint: None,
            path_style: false,
            access_key_id: None,
            secret_access_key: None,
            encryption: ServerSideEncryption::Aes256,
            kms_key_id: None,
            // (2 + 1) parts are 18 MiB: with them a worker that runs one export stays below 128 MiB.
            part_mebibytes: 6,
            concurrency: 2,
        }
    }
}

impl VaultConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if !self.prefix.is_empty() && !crate::vault::is_plain_path(&self.prefix) {
            findings.add(
                "HANDOVER_VAULT__PREFIX",
                "must be words of letters, digits and `-_.`, separated by single slashes",
            );
        }
        if self.region.is_empty() {
            findings.add("HANDOVER_VAULT__REGION", "must not be empty");
        }
        if !(5..=1024).contains(&self.part_mebibytes) {
            findings.add("HANDOVER_VAULT__PART_MEBIBYTES", "must be 5 to 1024");
        }
        if self.concurrency == 0 {
            findings.add("HANDOVER_VAULT__CONCURRENCY", "must be at least 1");
        }
        for (variable, endpoint) in
            [("HANDOVER_VAULT__ENDPOINT", &self.endpoint), ("HANDOVER_VAULT__PUBLIC_ENDPOINT", &self.public_endpoint)]
        {
            if let Some(endpoint) = endpoint
                && !(matches!(endpoint.scheme(), "http" | "https") && endpoint.has_host())
            {
                findings.add(variable, "must begin with http:// or https://");
            }
        }
        self.check_contradictions(findings);
    }

    fn check_contradictions(&self, findings: &mut Findings) {
        match (&self.access_key_id, &self.secret_access_key) {
            (Some(_), None) => findings.add(
                "HANDOVER_VAULT__SECRET_ACCESS_KEY",
                "is not set but HANDOVER_VAULT__ACCESS_KEY_ID is: set both or neither",
            ),
            (None, Some(_)) => findings.add(
                "HANDOVER_VAULT__ACCESS_KEY_ID",
                "is not set but HANDOVER_VAULT__SECRET_ACCESS_KEY is: set both or neither",
            ),
            _ => {}
        }
        match (self.encryption, &self.kms_key_id) {
            (ServerSideEncryption::AwsKms, None) => findings
                .add("HANDOVER_VAULT__KMS_KEY_ID", "is not set, but HANDOVER_VAULT__ENCRYPTION=aws:kms needs it"),
            (ServerSideEncryption::Aes256 | ServerSideEncryption::None, Some(_)) => findings.add(
                "HANDOVER_VAULT__KMS_KEY_ID",
                "is set, but only HANDOVER_VAULT__ENCRYPTION=aws:kms uses it: set that or remove the key",
            ),
            _ => {}
        }
        if self.bucket.is_some() {
            return;
        }
        for (variable, is_set) in [
            ("HANDOVER_VAULT__ENDPOINT", self.endpoint.is_some()),
            ("HANDOVER_VAULT__PUBLIC_ENDPOINT", self.public_endpoint.is_some()),
            ("HANDOVER_VAULT__ACCESS_KEY_ID", self.access_key_id.is_some()),
            ("HANDOVER_VAULT__KMS_KEY_ID", self.kms_key_id.is_some()),
        ] {
            if is_set {
                findings.add(variable, "is set, but no bucket is: set HANDOVER_VAULT__BUCKET or remove it");
            }
        }
    }
}
