//! The vault as an S3 bucket.
//!
//! The access key needs `s3:PutObject`, `s3:GetObject`, `s3:DeleteObject`, `s3:AbortMultipartUpload` and
//! `s3:ListMultipartUploadParts` on the objects, `s3:ListBucket` (without it AWS answers 403 for what is missing) and
//! `s3:ListBucketMultipartUploads` on the bucket; where it keeps versions also `s3:ListBucketVersions` and
//! `s3:DeleteObjectVersion`; for `aws:kms` also `kms:GenerateDataKey` and `kms:Decrypt`.

mod client;
mod deletion;
mod examination;
mod failure;
mod multipart;
mod part;
mod unfinished;

pub use examination::{Answer, Examined, Found, Rule};
pub use multipart::Multipart;

use super::{Object, ObjectKey, PartPlan, VaultError, attachment};
use crate::config::{ServerSideEncryption as Wanted, VaultConfig};
use aws_sdk_s3::{
    Client,
    operation::head_object::HeadObjectOutput,
    presigning::PresigningConfig,
    types::{ChecksumMode, ServerSideEncryption},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use std::{ops::Range, sync::Arc, time::Duration};
use url::Url;

/// A bucket that holds archives.
#[derive(Clone)]
pub struct Bucket {
    client: Client,
    /// Knows the endpoint that browsers reach.
    presigner: Client,
    name: Arc<str>,
    prefix: Arc<str>,
    encryption: Encryption,
    plan: PartPlan,
}

/// What every object must be encrypted with.
#[derive(Clone)]
struct Encryption {
    algorithm: Option<ServerSideEncryption>,
    kms_key_id: Option<String>,
}

impl Bucket {
    pub(super) async fn open(name: &str, config: &VaultConfig) -> Self {
        let settings = client::settings(config).await;
        let public = config.public_endpoint.as_ref().or(config.endpoint.as_ref());
        Self {
            client: client::at(&settings, config.endpoint.as_ref()),
            presigner: client::at(&settings, public),
            name: name.into(),
            prefix: config.prefix.as_str().into(),
            encryption: Encryption {
                algorithm: match config.encryption {
                    Wanted::Aes256 => Some(ServerSideEncryption::Aes256),
                    Wanted::AwsKms => Some(ServerSideEncryption::AwsKms),
                    Wanted::None => None,
                },
                kms_key_id: config.kms_key_id.clone(),
            },
            plan: config.into(),
        }
    }

    pub(super) async fn ping(&self) -> Result<(), VaultError> {
        let answer =
            self.client.head_bucket().bucket(&*self.name).customize().config_override(client::quick()).send().await;
        match answer.map_err(VaultError::from) {
            // The answer to HEAD has no body that could name the code.
            Err(VaultError::NotFound) => Err(VaultError::Refused("NoSuchBucket".into())),
            answer => answer.map(drop),
        }
    }

    pub(super) fn for_many_uploads(&self) -> Self {
        Self { plan: PartPlan { concurrency: 1, ..self.plan }, ..self.clone() }
    }

    pub(super) fn upload(&self, key: &ObjectKey, content_type: &str, file_name: &str) -> Multipart {
        Multipart::new(self.clone(), key, content_type, attachment(file_name))
    }

    /// The keys below `prefix`, a folder without `/` at its end, at most `limit`.
    pub async fn keys_below(&self, prefix: &str, limit: usize) -> Result<Vec<ObjectKey>, VaultError> {
        let (prefix, mut keys) = (format!("{prefix}/"), Vec::new());
        let mut more = true;
        while more && keys.len() < limit {
            let last = keys.last().map(|key: &ObjectKey| key.as_str().to_owned());
            let (found, is_truncated) = self.list(&prefix, last.as_deref()).await?;
            more = is_truncated && !found.is_empty();
            keys.extend(found.into_iter().map(|found| ObjectKey::from_ledger(found.key)).take(limit - keys.len()));
        }
        Ok(keys)
    }

    pub(super) async fn head(&self, key: &ObjectKey) -> Result<Object, VaultError> {
        let head = self
            .client
            .head_object()
            .bucket(&*self.name)
            .key(key.as_str())
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await?;
        self.encryption.assert(&head)?;
        let bytes = head.content_length().and_then(|n| u64::try_from(n).ok());
        Ok(Object {
            bytes: bytes.ok_or_else(|| VaultError::Mismatch("no size was told".into()))?,
            checksum: checksum(&head),
        })
    }

    pub(super) async fn presign(
        &self,
        key: &ObjectKey,
        file_name: &str,
        content_type: &str,
        lifetime: Duration,
    ) -> Result<Url, VaultError> {
        let lifetime = PresigningConfig::expires_in(lifetime)
            .map_err(|_| VaultError::Refused("no such lifetime of an address".into()))?;
        let request = self
            .presigner
            .get_object()
            .bucket(&*self.name)
            .key(key.as_str())
            .response_content_disposition(attachment(file_name))
            .response_content_type(content_type)
            .response_cache_control("no-store")
            .presigned(lifetime)
            .await?;
        Url::parse(request.uri()).map_err(|_| VaultError::Refused("no address was signed".into()))
    }

    pub(super) async fn read(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, VaultError>>, VaultError> {
        let range = match range {
            // HTTP has no range without bytes.
            Some(range) if range.is_empty() => return Ok(stream::empty().boxed()),
            Some(range) => Some(format!("bytes={}-{}", range.start, range.end - 1)),
            None => None,
        };
        let object = self.client.get_object().bucket(&*self.name).key(key.as_str()).set_range(range).send().await?;
        let chunks = stream::try_unfold(object.body, |mut body| async move {
            match body.next().await.transpose() {
                Ok(chunk) => Ok(chunk.map(|chunk| (chunk, body))),
                Err(error) => Err(VaultError::Unavailable(error.into())),
            }
        });
        Ok(chunks.boxed())
    }
}

impl Encryption {
    /// A server may ignore what it does not know: only what HEAD shows is true.
    fn assert(&self, head: &HeadObjectOutput) -> Result<(), VaultError> {
        let Some(wanted) = &self.algorithm else {
            return Ok(());
        };
        let found = head.server_side_encryption();
        if found != Some(wanted) {
            let found = found.map_or("none", ServerSideEncryption::as_str);
            return Err(VaultError::Mismatch(format!(
                "its encryption is {found} instead of {wanted}; for a server that offers none set HANDOVER_VAULT__ENCRYPTION=none"
            )));
        }
        match (&self.kms_key_id, head.ssekms_key_id()) {
            // An id or alias is answered with the ARN, which only compares with an ARN of a key.
            (Some(wanted), Some(found)) if wanted.contains(":key/") && wanted != found => {
                Err(VaultError::Mismatch("it is encrypted with another KMS key".into()))
            }
            _ => Ok(()),
        }
    }
}

fn checksum(head: &HeadObjectOutput) -> Option<String> {
    if let Some(whole) = head.checksum_sha256()
        && let Ok(sha256) = STANDARD.decode(whole)
    {
        return Some(format!("sha256:{}", hex::encode(sha256)));
    }
    // AWS and Garage append the number of parts, moto does not; base64 has no `-`.
    let crc32 = head.checksum_crc32()?.split('-').next()?;
    Some(format!("crc32:{crc32}"))
}
