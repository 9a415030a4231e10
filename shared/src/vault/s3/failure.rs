//! What an error of the service means for us.

use crate::vault::VaultError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use std::error::Error;

impl<E> From<SdkError<E, HttpResponse>> for VaultError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        if let SdkError::ConstructionFailure(_) = error {
            return Self::Refused("the request cannot be built".into());
        }
        let status = match &error {
            SdkError::ServiceError(service) => Some(service.raw().status().as_u16()),
            // Timeouts, broken connections, answers that nobody can read.
            _ => None,
        };
        let code = error.code().map(str::to_owned);
        match (status, code.as_deref()) {
            (None, _) => Self::Unavailable(error.into()),
            (_, Some(code)) if is_damage(code) => Self::Mismatch(code.into()),
            (Some(404), Some(code @ "NoSuchBucket")) => Self::Refused(code.into()),
            (Some(404), _) => Self::NotFound,
            (Some(408 | 409 | 429 | 499 | 500..), _) => Self::Unavailable(error.into()),
            (_, Some(code)) if is_congestion(code) => Self::Unavailable(error.into()),
            (_, Some(code)) => Self::Refused(code.into()),
            (Some(status), None) => Self::Refused(format!("status {status}")),
        }
    }
}

/// Codes that say the bytes changed on the way.
fn is_damage(code: &str) -> bool {
    matches!(code, "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch")
}

/// Codes that ask for patience under a status that does not.
fn is_congestion(code: &str) -> bool {
    matches!(
        code,
        "RequestTimeout"
            | "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "BandwidthLimitExceeded"
            | "InternalError"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::{
        config::http::HttpResponse, error::ErrorMetadata, operation::get_object::GetObjectError, primitives::SdkBody,
    };

    fn meaning(status: u16, code: Option<&str>) -> VaultError {
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = code {
            metadata = metadata.code(code).message("archives/secret-key.zip");
        }
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        SdkError::service_error(GetObjectError::generic(metadata.build()), response).into()
    }

    #[test]
    fn refusals_show_the_code_and_nothing_else() {
        for (status, code) in [
            (403, "AccessDenied"),
            (403, "InvalidAccessKeyId"),
            (403, "SignatureDoesNotMatch"),
            (404, "NoSuchBucket"),
            (400, "KMS.DisabledException"),
        ] {
            let error = meaning(status, Some(code));
            assert_eq!(error.to_string(), format!("the vault refused access: {code}"));
            assert!(!error.is_transient());
        }
        assert!(matches!(meaning(403, None), VaultError::Refused(_)));
    }

    #[test]
    fn what_is_missing_is_not_found() {
        for code in [Some("NoSuchKey"), Some("NoSuchUpload"), None] {
            assert!(matches!(meaning(404, code), VaultError::NotFound));
        }
    }

    #[test]
    fn failures_of_the_service_may_pass() {
        for (status, code) in [
            (500, Some("InternalError")),
            (503, Some("SlowDown")),
            (503, None),
            (429, None),
            (408, None),
            (409, Some("OperationAborted")),
            (400, Some("RequestTimeout")),
        ] {
            assert!(meaning(status, code).is_transient(), "{status} {code:?}");
        }
    }

    #[test]
    fn bytes_that_changed_on_the_way_are_a_mismatch() {
        assert!(matches!(meaning(400, Some("BadDigest")), VaultError::Mismatch(_)));
    }
}
