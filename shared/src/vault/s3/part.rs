//! One part of a multipart upload.

use super::Bucket;
use crate::vault::VaultError;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedPart};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use std::time::Duration;

/// Rounds of sending a part after the first; each is up to five attempts of the SDK.
const MORE_ROUNDS: u32 = 2;

/// A part the service has taken.
pub(super) struct Part {
    pub(super) number: i32,
    e_tag: Option<String>,
    crc32: u32,
}

/// Sends one part from memory until the service has taken it or there is no hope.
pub(super) async fn send(
    bucket: Bucket,
    key: String,
    upload_id: String,
    number: i32,
    bytes: Bytes,
) -> Result<Part, VaultError> {
    let crc32 = crc32fast::hash(&bytes);
    let mut round = 0;
    loop {
        let answer = bucket
            .client
            .upload_part()
            .bucket(&*bucket.name)
            .key(&key)
            .upload_id(&upload_id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .checksum_crc32(STANDARD.encode(crc32.to_be_bytes()))
            .body(bytes.clone().into())
            .send()
            .await;
        let error = match answer {
            Ok(taken) => {
                let e_tag = taken.e_tag;
                return Ok(Part { number, e_tag, crc32 });
            }
            Err(error) => VaultError::from(error),
        };
        let may_pass = error.is_transient() || matches!(error, VaultError::Mismatch(_));
        if !may_pass || round == MORE_ROUNDS {
            return Err(error);
        }
        round += 1;
        tracing::warn!(part = number, round, %error, "a part is sent again");
        // Jitter, so that parts that failed together do not return together.
        let jitter = u64::from(getrandom::u32().unwrap_or(0) % 500);
        tokio::time::sleep(Duration::from_millis(500 * (1 << round) + jitter)).await;
    }
}

impl Part {
    /// As the end of the upload names it.
    pub(super) fn completed(&self) -> CompletedPart {
        CompletedPart::builder()
            .part_number(self.number)
            .set_e_tag(self.e_tag.clone())
            .checksum_crc32(STANDARD.encode(self.crc32.to_be_bytes()))
            .build()
    }
}

/// S3's checksum of an object in parts: the CRC-32 of the CRC-32s.
pub(super) fn composite(parts: &[Part]) -> String {
    let mut whole = crc32fast::Hasher::new();
    for part in parts {
        whole.update(&part.crc32.to_be_bytes());
    }
    let crc32 = STANDARD.encode(whole.finalize().to_be_bytes());
    format!("crc32:{crc32}")
}
