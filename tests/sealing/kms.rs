//! Data keys that AWS KMS wraps, as moto plays it: contexts are checked, keys are told apart.

use crate::support::object_store::ObjectStore;
use aws_sdk_kms::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use shared::{
    config::{Config, Role},
    export::ExportId,
    keyring::{ArchiveId, Keyring, KeyringError, Provider},
};

const ARCHIVE: ArchiveId = ArchiveId { export: ExportId::max(), attempt: 2 };

/// Makes a KMS key and returns its ARN.
async fn key(store: &ObjectStore) -> String {
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&store.endpoint)
        .region(Region::new(store.region))
        .credentials_provider(Credentials::new(store.access_key_id, store.secret_access_key, None, None, "tests"));
    let made = Client::from_conf(config.build()).create_key().send().await.unwrap();
    made.key_metadata.unwrap().arn.unwrap()
}

fn keyring(store: &ObjectStore, kms: Option<&str>, local: Option<&str>) -> Keyring {
    let variables = [
        ("KMS_KEY_ID", kms.unwrap_or_default()),
        ("KEYS", local.unwrap_or_default()),
        ("KMS_ENDPOINT", &store.endpoint),
        ("KMS_ACCESS_KEY_ID", store.access_key_id),
        ("KMS_SECRET_ACCESS_KEY", store.secret_access_key),
    ];
    let variables = variables.map(|(name, value)| (format!("HANDOVER_ENCRYPTION__{name}"), value.to_owned()));
    Keyring::existing(&Config::read(None, variables, Role::Ledger).unwrap()).unwrap()
}

#[tokio::test]
async fn kms_wraps_a_data_key_for_one_archive_alone() {
    let store = ObjectStore::moto().await;
    let arn = key(store).await;
    let keyring = keyring(store, Some(&arn), None);
    let (made, wrapped) = keyring.make(ARCHIVE).await.unwrap();
    assert_eq!((wrapped.by.provider, &wrapped.by.id), (Provider::AwsKms, &arn));
    assert!(!wrapped.bytes.windows(32).any(|window| window == made.expose()));
    let opened = keyring.unwrap(&wrapped, ARCHIVE).await.unwrap();
    assert_eq!(opened.expose(), made.expose());
    let foreign = keyring.unwrap(&wrapped, ArchiveId { attempt: 3, ..ARCHIVE }).await;
    assert!(matches!(foreign, Err(KeyringError::KmsRefused(_))));
    assert_eq!(keyring.rewrap(&wrapped, ARCHIVE).await.unwrap(), None);
}

#[tokio::test]
async fn a_rotation_leads_from_key_to_key_and_between_providers() {
    let store = ObjectStore::moto().await;
    let (first, second) = (key(store).await, key(store).await);
    let local = format!("local:{}", STANDARD.encode([4; 32]));
    let (made, mut wrapped) = keyring(store, Some(&first), None).make(ARCHIVE).await.unwrap();
    for (kms, keys) in [(Some(second.as_str()), None), (None, Some(local.as_str())), (Some(&first), Some(&local))] {
        let keyring = keyring(store, kms, keys);
        wrapped = keyring.rewrap(&wrapped, ARCHIVE).await.unwrap().unwrap();
        assert_eq!(wrapped.by, keyring.names()[0]);
        assert_eq!(keyring.unwrap(&wrapped, ARCHIVE).await.unwrap().expose(), made.expose());
    }
}

#[tokio::test]
async fn kms_that_is_away_may_answer_later_and_a_refusal_stays_one() {
    let store = ObjectStore::moto().await;
    let missing = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    let refused = keyring(store, Some(missing), None).make(ARCHIVE).await.err().unwrap();
    assert!(matches!(refused, KeyringError::KmsRefused(_)) && !refused.is_transient(), "{refused:?}");
}
