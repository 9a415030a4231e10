//! The AWS client and its patience.

use crate::config::VaultConfig;
use aws_sdk_s3::{
    Client, Config,
    config::{
        BehaviorVersion, Builder, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use secrecy::ExposeSecret;
use std::time::Duration;
use url::Url;

const CONNECT: Duration = Duration::from_secs(5);

/// Everything but the endpoint.
pub(super) async fn settings(config: &VaultConfig) -> Builder {
    let builder = match (&config.access_key_id, &config.secret_access_key) {
        (Some(id), Some(secret)) => Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::new(id, secret.expose_secret(), None, None, "handover")),
        _ => {
            let chain =
                aws_config::defaults(BehaviorVersion::latest()).region(Region::new(config.region.clone())).load().await;
            Builder::from(&chain)
        }
    };
    // A part may be as slow as 1 MiB a second.
    let attempt = Duration::from_secs(60 + u64::from(config.part_mebibytes));
    let patience = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(attempt).build();
    builder
        .region(Region::new(config.region.clone()))
        .force_path_style(config.path_style)
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .timeout_config(patience)
        // We name every checksum ourselves; the trailers the SDK would add are not known to every server.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
}

/// A client of `endpoint`, or of AWS.
pub(super) fn at(settings: &Builder, endpoint: Option<&Url>) -> Client {
    let mut settings = settings.clone();
    settings.set_endpoint_url(endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned()));
    Client::from_conf(settings.build())
}

/// For a question that a probe waits for.
pub(super) fn quick() -> Builder {
    let patience = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(CONNECT).build();
    Config::builder().retry_config(RetryConfig::disabled()).timeout_config(patience)
}

/// For the end of a multipart upload, which a server may take minutes for.
pub(super) fn patient() -> Builder {
    let patience =
        TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(Duration::from_secs(600)).build();
    Config::builder().timeout_config(patience)
}
