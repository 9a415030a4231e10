//! An upload into the bucket: one PUT when one part is enough, else parts of equal size.

use super::{
    Bucket, client,
    part::{self, Part},
};
use crate::vault::{Object, ObjectKey, VaultError};
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;

/// The most parts an object can have, as S3 and those that copy it define it.
const MOST_PARTS: i32 = 10_000;

/// An upload under way; holds at most one part more than are in flight.
pub struct Multipart {
    bucket: Bucket,
    key: ObjectKey,
    content_type: String,
    disposition: String,
    bytes: u64,
    /// The part being filled.
    part: BytesMut,
    /// Parts handed over so far.
    handed: i32,
    upload_id: Option<String>,
    in_flight: JoinSet<Result<Part, VaultError>>,
    taken: Vec<Part>,
}

impl Multipart {
    pub(super) fn new(bucket: Bucket, key: &ObjectKey, content_type: &str, disposition: String) -> Self {
        Self {
            bucket,
            key: key.clone(),
            content_type: content_type.into(),
            disposition,
            bytes: 0,
            part: BytesMut::new(),
            handed: 0,
            upload_id: None,
            in_flight: JoinSet::new(),
            taken: Vec::new(),
        }
    }

    pub(in crate::vault) fn upload_id(&self) -> Option<&str> {
        self.upload_id.as_deref()
    }

    pub(in crate::vault) async fn write(&mut self, mut bytes: Bytes) -> Result<(), VaultError> {
        let size = self.bucket.plan.bytes;
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            // A full part waits for the next byte: only then is it known not to be the whole object.
            if self.part.len() == size {
                self.hand_over().await?;
            }
            if self.part.capacity() == 0 {
                self.part.reserve(size);
            }
            let fitting = bytes.len().min(size - self.part.len());
            self.part.extend_from_slice(&bytes.split_to(fitting));
        }
        Ok(())
    }

    /// Sends the part that was filled, once fewer than the planned number are in flight.
    async fn hand_over(&mut self) -> Result<(), VaultError> {
        if self.handed == MOST_PARTS {
            return Err(VaultError::TooManyParts);
        }
        let upload_id = match &self.upload_id {
            Some(id) => id.clone(),
            None => self.begin().await?,
        };
        while self.in_flight.len() >= self.bucket.plan.concurrency {
            self.join().await?;
        }
        self.handed += 1;
        self.in_flight.spawn(part::send(
            self.bucket.clone(),
            self.key.as_str().into(),
            upload_id,
            self.handed,
            std::mem::take(&mut self.part).freeze(),
        ));
        Ok(())
    }

    async fn begin(&mut self) -> Result<String, VaultError> {
        let begun = self
            .bucket
            .client
            .create_multipart_upload()
            .bucket(&*self.bucket.name)
            .key(self.key.as_str())
            .content_type(&self.content_type)
            .content_disposition(&self.disposition)
            .set_server_side_encryption(self.bucket.encryption.algorithm.clone())
            .set_ssekms_key_id(self.bucket.encryption.kms_key_id.clone())
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await?;
        let id = begun.upload_id.ok_or_else(|| VaultError::Refused("the upload got no id".into()))?;
        self.upload_id = Some(id.clone());
        Ok(id)
    }

    async fn join(&mut self) -> Result<(), VaultError> {
        match self.in_flight.join_next().await {
            Some(Ok(part)) => self.taken.push(part?),
            Some(Err(error)) => return Err(VaultError::Unavailable(error.into())),
            None => {}
        }
        Ok(())
    }

    pub(in crate::vault) async fn finish(mut self, sha256: [u8; 32]) -> Result<Object, VaultError> {
        let ended = match self.upload_id {
            Some(_) => self.complete().await,
            None => self.put(sha256).await,
        };
        let confirmed = match ended {
            Ok(expected) => self.confirm(expected).await,
            Err(error) => Err(error),
        };
        if confirmed.is_err()
            && let Err(error) = self.abort().await
        {
            tracing::warn!(%error, "what is left of an upload stays until the sweep");
        }
        confirmed
    }

    async fn put(&mut self, sha256: [u8; 32]) -> Result<Object, VaultError> {
        self.bucket
            .client
            .put_object()
            .bucket(&*self.bucket.name)
            .key(self.key.as_str())
            .content_type(&self.content_type)
            .content_disposition(&self.disposition)
            .set_server_side_encryption(self.bucket.encryption.algorithm.clone())
            .set_ssekms_key_id(self.bucket.encryption.kms_key_id.clone())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_sha256(STANDARD.encode(sha256))
            .body(std::mem::take(&mut self.part).freeze().into())
            .send()
            .await?;
        Ok(Object { bytes: self.bytes, checksum: Some(format!("sha256:{}", hex::encode(sha256))) })
    }

    async fn complete(&mut self) -> Result<Object, VaultError> {
        if !self.part.is_empty() {
            self.hand_over().await?;
        }
        while !self.in_flight.is_empty() {
            self.join().await?;
        }
        self.taken.sort_by_key(|part| part.number);
        let parts = self.taken.iter().map(Part::completed).collect();
        let answer = self
            .bucket
            .client
            .complete_multipart_upload()
            .bucket(&*self.bucket.name)
            .key(self.key.as_str())
            .set_upload_id(self.upload_id.clone())
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .customize()
            .config_override(client::patient())
            .send()
            .await;
        match answer.map_err(VaultError::from) {
            // When the first answer was lost the second says that there is no such upload: HEAD decides.
            Ok(_) | Err(VaultError::NotFound) => {
                Ok(Object { bytes: self.bytes, checksum: Some(part::composite(&self.taken)) })
            }
            Err(error) => Err(error),
        }
    }

    /// What HEAD shows, if it is what was sent.
    async fn confirm(&self, sent: Object) -> Result<Object, VaultError> {
        let found = self.bucket.head(&self.key).await?;
        if found.bytes != sent.bytes {
            let (found, sent) = (found.bytes, sent.bytes);
            return Err(VaultError::Mismatch(format!("{found} bytes instead of {sent}")));
        }
        if found.checksum.is_some() && found.checksum != sent.checksum {
            return Err(VaultError::Mismatch("another checksum".into()));
        }
        Ok(found)
    }

    /// Parts that are under way end first: one that arrives after the abort would stay.
    pub(in crate::vault) async fn abort(mut self) -> Result<(), VaultError> {
        self.in_flight.shutdown().await;
        match &self.upload_id {
            Some(id) => self.bucket.discard(&self.key, Some(id)).await,
            None => self.bucket.delete(&self.key).await,
        }
    }
}
