//! A bucket of one test, looked at past Handover.

use aws_sdk_s3::types::ServerSideEncryption;
use shared::config::Config;

use super::{object_store::ObjectStore, secrets};

/// A bucket on one of the two S3 servers.
pub(crate) struct Bucket {
    pub(crate) store: &'static ObjectStore,
    pub(crate) name: String,
}

impl Bucket {
    pub(crate) async fn on(store: &'static ObjectStore, hint: &str) -> Bucket {
        Bucket { store, name: store.create_bucket(hint).await }
    }

    /// Makes it the vault of a configuration; encrypted where its server can.
    pub(crate) fn configure(&self, config: &mut Config) {
        let vault = &mut config.vault;
        vault.bucket = Some(self.name.clone());
        vault.region = self.store.region.into();
        vault.endpoint = Some(self.store.endpoint.parse().unwrap());
        vault.path_style = true;
        vault.access_key_id = Some(self.store.access_key_id.into());
        vault.secret_access_key = Some(self.store.secret_access_key.into());
    }

    /// The keys of all objects.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let listed = self.store.client().list_objects_v2().bucket(&self.name).send().await.unwrap();
        let keys: Vec<String> = listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect();
        for key in &keys {
            secrets::assert_absent("an object's key", key.as_bytes());
            let head = self.store.client().head_object().bucket(&self.name).key(key).send().await;
            // Swept away meanwhile.
            let Ok(head) = head else { continue };
            let told = format!("{:?} {:?} {:?}", head.metadata(), head.content_disposition(), head.content_type());
            secrets::assert_absent("an object's metadata", told.as_bytes());
        }
        keys
    }

    /// How many uploads were begun and neither completed nor aborted.
    pub(crate) async fn unfinished(&self) -> usize {
        let listed = self.store.client().list_multipart_uploads().bucket(&self.name).send().await.unwrap();
        listed.uploads().len()
    }

    /// The bytes of an object.
    pub(crate) async fn read(&self, key: &str) -> Vec<u8> {
        let object = self.store.client().get_object().bucket(&self.name).key(key).send().await.unwrap();
        object.body.collect().await.unwrap().into_bytes().to_vec()
    }

    pub(crate) async fn encryption(&self, key: &str) -> Option<ServerSideEncryption> {
        let head = self.store.client().head_object().bucket(&self.name).key(key).send().await.unwrap();
        head.server_side_encryption().cloned()
    }
}
