//! Keys that never leave AWS KMS. What they wrap is bound to the archive by the encryption context, which CloudTrail shows too.

use super::{ArchiveId, KeyName, KeyringError, Provider, WrappedKey};
use crate::{config::Config, envelope::DataKey};
use aws_sdk_kms::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::DataKeySpec,
};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::HashMap, time::Duration};
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

/// A claim's lease and a person's download wait for this.
const ATTEMPT: Duration = Duration::from_secs(5);

pub(super) struct Kms {
    /// The key that wraps, if KMS is to.
    id: Option<String>,
    /// For keys whose name tells none.
    region: String,
    endpoint: Option<Url>,
    credentials: Option<(String, SecretString)>,
    /// By region: a key answers in its own only.
    clients: Mutex<HashMap<String, Client>>,
}

impl Kms {
    pub(super) fn new(config: &Config) -> Self {
        let encryption = &config.encryption;
        let id = encryption.kms_key_id.clone();
        let region = id.as_deref().and_then(region_of).unwrap_or(&config.vault.region).to_owned();
        let credentials = encryption.kms_access_key_id.clone().zip(encryption.kms_secret_access_key.clone());
        Self { id, region, endpoint: encryption.kms_endpoint.clone(), credentials, clients: Mutex::default() }
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) async fn make(&self, archive: ArchiveId) -> Result<(DataKey, WrappedKey), KeyringError> {
        let id = self.id.as_deref().ok_or(KeyringError::Empty)?;
        let request = self.client_for(id).await.generate_data_key().key_id(id).key_spec(DataKeySpec::Aes256);
        let made = request.set_encryption_context(Some(context(archive))).send().await.map_err(failure)?;
        let key = data_key(made.plaintext)?;
        Ok((key, wrapped(id, made.key_id, made.ciphertext_blob)?))
    }

    pub(super) async fn wrap(&self, key: &DataKey, archive: ArchiveId) -> Result<WrappedKey, KeyringError> {
        let id = self.id.as_deref().ok_or(KeyringError::Empty)?;
        let request = self.client_for(id).await.encrypt().key_id(id).plaintext(Blob::new(key.expose().to_vec()));
        let made = request.set_encryption_context(Some(context(archive))).send().await.map_err(failure)?;
        wrapped(id, made.key_id, made.ciphertext_blob)
    }

    pub(super) async fn unwrap(&self, wrapped: &WrappedKey, archive: ArchiveId) -> Result<DataKey, KeyringError> {
        let blob = Blob::new(wrapped.bytes.clone());
        // Naming the key keeps a blob of another one from being opened.
        let request = self.client_for(&wrapped.by.id).await.decrypt().key_id(&wrapped.by.id).ciphertext_blob(blob);
        let opened = request.set_encryption_context(Some(context(archive))).send().await.map_err(failure)?;
        data_key(opened.plaintext)
    }

    pub(super) async fn rewrap(&self, old: &WrappedKey, archive: ArchiveId) -> Result<WrappedKey, KeyringError> {
        let id = self.id.as_deref().ok_or(KeyringError::Empty)?;
        if self.region_for(id) != self.region_for(&old.by.id) {
            // KMS opens nothing that a key of another region wrapped.
            return self.wrap(&self.unwrap(old, archive).await?, archive).await;
        }
        let request = self.client_for(id).await.re_encrypt().ciphertext_blob(Blob::new(old.bytes.clone()));
        let request = request.source_key_id(&old.by.id).set_source_encryption_context(Some(context(archive)));
        let request = request.destination_key_id(id).set_destination_encryption_context(Some(context(archive)));
        let made = request.send().await.map_err(failure)?;
        wrapped(id, made.key_id, made.ciphertext_blob)
    }

    fn region_for<'a>(&'a self, key_id: &'a str) -> &'a str {
        region_of(key_id).unwrap_or(&self.region)
    }

    async fn client_for(&self, key_id: &str) -> Client {
        let region = self.region_for(key_id);
        let mut clients = self.clients.lock().await;
        if let Some(client) = clients.get(region) {
            return client.clone();
        }
        let client = self.connect(region).await;
        clients.insert(region.to_owned(), client.clone());
        client
    }

    async fn connect(&self, region: &str) -> Client {
        let region = Region::new(region.to_owned());
        let builder = match &self.credentials {
            Some((id, secret)) => aws_sdk_kms::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .credentials_provider(Credentials::new(id, secret.expose_secret(), None, None, "handover")),
            None => {
                let chain = aws_config::defaults(BehaviorVersion::latest()).region(region.clone()).load().await;
                aws_sdk_kms::config::Builder::from(&chain)
            }
        };
        let patience = TimeoutConfig::builder().connect_timeout(ATTEMPT).operation_attempt_timeout(ATTEMPT).build();
        let mut builder =
            builder.region(region).retry_config(RetryConfig::standard().with_max_attempts(3)).timeout_config(patience);
        builder.set_endpoint_url(self.endpoint.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()));
        Client::from_conf(builder.build())
    }
}

/// `arn:aws:kms:REGION:…`.
fn region_of(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

fn context(archive: ArchiveId) -> HashMap<String, String> {
    HashMap::from([
        ("handover:export".to_owned(), archive.export.hyphenated().to_string()),
        ("handover:attempt".to_owned(), archive.attempt.to_string()),
    ])
}

fn data_key(plaintext: Option<Blob>) -> Result<DataKey, KeyringError> {
    let bytes = plaintext.map(|blob| Zeroizing::new(blob.into_inner()));
    bytes
        .and_then(|bytes| DataKey::from_bytes(&bytes))
        .ok_or_else(|| KeyringError::KmsRefused("it gave no key of 256 bits".to_owned()))
}

fn wrapped(id: &str, told: Option<String>, blob: Option<Blob>) -> Result<WrappedKey, KeyringError> {
    let blob = blob.ok_or_else(|| KeyringError::KmsRefused("it gave no wrapped key".to_owned()))?;
    let name = KeyName { provider: Provider::AwsKms, id: told.unwrap_or_else(|| id.to_owned()) };
    Ok(WrappedKey { by: name, bytes: blob.into_inner() })
}

fn failure<E>(error: SdkError<E>) -> KeyringError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    if let SdkError::ServiceError(refused) = &error
        && let Some(code) = refused.err().code()
        && !refused.raw().status().is_server_error()
        && !passes(code)
    {
        return KeyringError::KmsRefused(code.to_owned());
    }
    KeyringError::KmsAway(told(&error).into())
}

/// Whether what KMS has this name for passes, or passes with the next credentials.
fn passes(code: &str) -> bool {
    matches!(
        code,
        "KMSInternalException"
            | "DependencyTimeoutException"
            | "KeyUnavailableException"
            | "ThrottlingException"
            | "LimitExceededException"
            | "RequestExpired"
            | "ExpiredTokenException"
    )
}

/// What went wrong, without the answer: its body may hold a data key.
fn told<E: std::error::Error + 'static>(error: &SdkError<E>) -> String {
    if matches!(error, SdkError::ResponseError(_)) {
        return "its answer could not be read".to_owned();
    }
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        told.push_str(": ");
        told.push_str(&next.to_string());
        cause = next.source();
    }
    told
}
