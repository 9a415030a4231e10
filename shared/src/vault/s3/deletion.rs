//! Removing objects and the remains of uploads, so that nothing is kept or paid for.

use super::Bucket;
use crate::vault::{ObjectKey, VaultError};

/// How often an abort is repeated while parts that were under way still arrive.
const ABORTS: u32 = 5;

impl Bucket {
    pub(in crate::vault) async fn delete(&self, key: &ObjectKey) -> Result<(), VaultError> {
        let deleted = self.client.delete_object().bucket(&*self.name).key(key.as_str()).send().await;
        match deleted.map_err(VaultError::from) {
            // Where the bucket keeps versions the bytes are still there, behind a marker.
            Ok(deleted) if deleted.delete_marker == Some(true) => self.delete_versions(key).await?,
            Ok(_) | Err(VaultError::NotFound) => {}
            Err(error) => return Err(error),
        }
        let head = self.client.head_object().bucket(&*self.name).key(key.as_str()).send().await;
        match head.map_err(VaultError::from) {
            Err(VaultError::NotFound) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(VaultError::Mismatch("a deleted object is still there".into())),
        }
    }

    async fn delete_versions(&self, key: &ObjectKey) -> Result<(), VaultError> {
        // What was listed is deleted, so the first page always holds what is left.
        let mut left = true;
        while left {
            let page = self.client.list_object_versions().bucket(&*self.name).prefix(key.as_str()).send().await?;
            let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
            let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
            for (found, version) in versions.chain(markers) {
                if found == Some(key.as_str()) {
                    self.client
                        .delete_object()
                        .bucket(&*self.name)
                        .key(key.as_str())
                        .set_version_id(version.map(str::to_owned))
                        .send()
                        .await?;
                }
            }
            left = page.is_truncated == Some(true);
        }
        Ok(())
    }

    pub(in crate::vault) async fn discard(&self, key: &ObjectKey, upload_id: Option<&str>) -> Result<(), VaultError> {
        if let Some(id) = upload_id {
            self.abort(key, id).await?;
        }
        // A crash between the begin of an upload and the ledger leaves one that nobody knows the id of.
        for id in self.uploads(key).await? {
            self.abort(key, &id).await?;
        }
        self.delete(key).await
    }

    /// The ids of the uploads to `key` that have not ended.
    async fn uploads(&self, key: &ObjectKey) -> Result<Vec<String>, VaultError> {
        let mut ids = Vec::new();
        let mut after: Option<(Option<String>, Option<String>)> = None;
        loop {
            let (key_marker, id_marker) = after.take().unwrap_or_default();
            let page = self
                .client
                .list_multipart_uploads()
                .bucket(&*self.name)
                .prefix(key.as_str())
                .set_key_marker(key_marker)
                .set_upload_id_marker(id_marker)
                .send()
                .await?;
            let of_key = page.uploads().iter().filter(|upload| upload.key() == Some(key.as_str()));
            ids.extend(of_key.filter_map(|upload| upload.upload_id.clone()));
            if page.is_truncated != Some(true) {
                return Ok(ids);
            }
            after = Some((page.next_key_marker, page.next_upload_id_marker));
        }
    }

    /// Aborts until the upload is gone: a part that was under way can arrive after the first abort.
    pub(super) async fn abort(&self, key: &ObjectKey, upload_id: &str) -> Result<(), VaultError> {
        for _ in 0..ABORTS {
            let aborted = self
                .client
                .abort_multipart_upload()
                .bucket(&*self.name)
                .key(key.as_str())
                .upload_id(upload_id)
                .send()
                .await;
            match aborted.map_err(VaultError::from) {
                Ok(_) | Err(VaultError::NotFound) => {}
                Err(error) => return Err(error),
            }
            let parts =
                self.client.list_parts().bucket(&*self.name).key(key.as_str()).upload_id(upload_id).send().await;
            match parts.map_err(VaultError::from) {
                Err(VaultError::NotFound) => return Ok(()),
                Ok(parts) if parts.parts().is_empty() => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        Err(VaultError::Mismatch("an aborted upload still holds parts".into()))
    }
}
