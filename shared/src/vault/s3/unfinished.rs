//! Multipart uploads that the bucket still holds: nobody sees them, and every byte is kept and paid for.

use super::Bucket;
use crate::vault::{ObjectKey, Unfinished, VaultError, key::after_unique};
use chrono::{DateTime, Utc};

impl Bucket {
    /// The uploads to keys of archives below the bucket's prefix that began before `before`.
    pub(in crate::vault) async fn unfinished(&self, before: DateTime<Utc>) -> Result<Vec<Unfinished>, VaultError> {
        let prefix = match self.prefix.trim_end_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let mut found = Vec::new();
        let (mut key_marker, mut id_marker) = (None, None);
        loop {
            let page = self
                .client
                .list_multipart_uploads()
                .bucket(&*self.name)
                .prefix(&prefix)
                .set_key_marker(key_marker)
                .set_upload_id_marker(id_marker)
                .send()
                .await?;
            for upload in page.uploads() {
                let began = upload.initiated().map(|time| time.secs());
                if let (Some(key), Some(id), Some(began)) = (upload.key(), upload.upload_id(), began)
                    && key.strip_prefix(&prefix).is_some_and(is_ours)
                    && began < before.timestamp()
                {
                    found.push(Unfinished { key: ObjectKey::from_ledger(key.to_owned()), upload_id: id.to_owned() });
                }
            }
            if page.is_truncated != Some(true) {
                return Ok(found);
            }
            (key_marker, id_marker) = (page.next_key_marker, page.next_upload_id_marker);
        }
    }

    pub(in crate::vault) async fn abort_unfinished(&self, upload: &Unfinished) -> Result<(), VaultError> {
        self.abort(&upload.key, &upload.upload_id).await
    }
}

/// Whether a name begins as every key of an archive does, see [`ObjectKey::random`]: whatever else lies below the prefix is not ours to touch.
fn is_ours(name: &str) -> bool {
    after_unique(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_archives_are_ours() {
        let key = ObjectKey::random("archives", 12);
        assert!(is_ours(key.as_str().strip_prefix("archives/").unwrap()));
        for other in ["", "backup.zip", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef-x.zip"] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
