//! What a bucket says of itself, for `handover doctor`. Reading it needs rights that exports do not: `s3:GetEncryptionConfiguration`,
//! `s3:GetBucketPublicAccessBlock`, `s3:GetBucketPolicyStatus`, `s3:GetLifecycleConfiguration` and `s3:GetBucketVersioning`.

use super::Bucket;
use crate::vault::VaultError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    types::{BucketVersioningStatus, ExpirationStatus, LifecycleRule},
};
use chrono::{DateTime, Utc};
use std::error::Error;

/// What a server answers to a question about a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// This.
    Told(T),
    /// It has no such thing to ask for.
    Unsupported,
    /// It could be asked, but it did not answer this key; holds its code, or why.
    Refused(String),
}

/// What a bucket says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The encryption of objects for which none is asked; `None` for none.
    pub encryption: Answer<Option<String>>,
    /// How many of the four blocks of public access are on.
    pub public_access_blocks: Answer<u8>,
    /// Whether the bucket's policy lets the public in.
    pub is_public: Answer<bool>,
    /// The rules by which the server itself deletes.
    pub lifecycle: Answer<Vec<Rule>>,
    /// Whether it keeps deleted and overwritten objects as versions.
    pub keeps_versions: Answer<bool>,
}

/// A rule by which the server itself deletes; only those that are in force are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// The keys it is for begin with this.
    pub prefix: String,
    /// Whether it is for some of these objects only, by tag or size.
    pub is_partial: bool,
    /// After how many days it deletes an object; 0 stands for a fixed date.
    pub expires_after_days: Option<i32>,
    /// After how many days it aborts an upload that was not completed.
    pub aborts_after_days: Option<i32>,
}

/// An object that was found in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its key.
    pub key: String,
    /// When it was stored.
    pub stored_at: DateTime<Utc>,
}

impl Bucket {
    /// Asks the bucket about itself.
    pub async fn examine(&self) -> Examined {
        let (client, name) = (&self.client, &*self.name);
        let encryption = client.get_bucket_encryption().bucket(name).send().await.map(|told| {
            let rules = told.server_side_encryption_configuration.map(|all| all.rules).unwrap_or_default();
            let default = rules.into_iter().find_map(|rule| rule.apply_server_side_encryption_by_default);
            default.map(|default| default.sse_algorithm.as_str().to_owned())
        });
        let blocks = client.get_public_access_block().bucket(name).send().await.map(|told| {
            told.public_access_block_configuration.map_or(0, |blocks| {
                let all = [
                    blocks.block_public_acls,
                    blocks.ignore_public_acls,
                    blocks.block_public_policy,
                    blocks.restrict_public_buckets,
                ];
                all.iter().fold(0, |on, block| on + u8::from(*block == Some(true)))
            })
        });
        let policy = client.get_bucket_policy_status().bucket(name).send().await;
        let policy = policy.map(|told| told.policy_status.and_then(|status| status.is_public) == Some(true));
        let lifecycle = client.get_bucket_lifecycle_configuration().bucket(name).send().await;
        let lifecycle = lifecycle.map(|told| {
            let in_force = told.rules().iter().filter(|rule| rule.status == ExpirationStatus::Enabled);
            in_force.map(Rule::from).collect()
        });
        let versioning = client.get_bucket_versioning().bucket(name).send().await;
        let versioning = versioning.map(|told| told.status == Some(BucketVersioningStatus::Enabled));
        Examined {
            encryption: answer(encryption, "ServerSideEncryptionConfigurationNotFoundError", None),
            public_access_blocks: answer(blocks, "NoSuchPublicAccessBlockConfiguration", 0),
            is_public: answer(policy, "NoSuchBucketPolicy", false),
            lifecycle: answer(lifecycle, "NoSuchLifecycleConfiguration", Vec::new()),
            keeps_versions: answer(versioning, "", false),
        }
    }

    /// A page of what is below `prefix` in the order of the keys, from behind `after`; whether there is more.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<(Vec<Found>, bool), VaultError> {
        let listed = self
            .client
            .list_objects_v2()
            .bucket(&*self.name)
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .send()
            .await?;
        let found = listed.contents().iter().filter_map(|object| {
            let stored = object.last_modified()?;
            let stored_at = DateTime::from_timestamp(stored.secs(), stored.subsec_nanos())?;
            Some(Found { key: object.key()?.to_owned(), stored_at })
        });
        Ok((found.collect(), listed.is_truncated == Some(true)))
    }
}

impl From<&LifecycleRule> for Rule {
    fn from(rule: &LifecycleRule) -> Self {
        let filter = rule.filter();
        let both = filter.and_then(|filter| filter.and());
        #[expect(deprecated, reason = "rules of before 2018 are still in force")]
        let old = rule.prefix();
        let prefix = both.and_then(|both| both.prefix()).or(filter.and_then(|filter| filter.prefix())).or(old);
        let is_partial = filter.is_some_and(|filter| {
            filter.tag().is_some()
                || filter.object_size_greater_than().is_some()
                || filter.object_size_less_than().is_some()
        }) || both.is_some_and(|both| {
            !both.tags().is_empty()
                || both.object_size_greater_than().is_some()
                || both.object_size_less_than().is_some()
        });
        Self {
            id: rule.id().unwrap_or_default().to_owned(),
            prefix: prefix.unwrap_or_default().to_owned(),
            is_partial,
            expires_after_days: rule
                .expiration()
                .and_then(|expiration| expiration.days().or(expiration.date().map(|_| 0))),
            aborts_after_days: rule.abort_incomplete_multipart_upload().and_then(|abort| abort.days_after_initiation()),
        }
    }
}

/// The answer, where the code `none` says that there is nothing to tell.
fn answer<T, E>(told: Result<T, SdkError<E, HttpResponse>>, none: &str, nothing: T) -> Answer<T>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let error = match told {
        Ok(told) => return Answer::Told(told),
        Err(error) => error,
    };
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    match (status, error.code()) {
        (_, Some(code)) if code == none => Answer::Told(nothing),
        // Of a bucket that never kept versions some servers answer nothing at all.
        (Some(200), None) if none.is_empty() => Answer::Told(nothing),
        (Some(405 | 501), _) | (_, Some("NotImplemented" | "MethodNotAllowed")) => Answer::Unsupported,
        (_, Some(code)) => Answer::Refused(code.to_owned()),
        _ => Answer::Refused(VaultError::from(error).to_string()),
    }
}
