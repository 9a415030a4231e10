//! The one body of every refusal: `application/problem+json` (RFC 9457) with a stable `code`.

mod cause;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::{error::Error, fmt};
use utoipa::ToSchema;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

const TOKEN_NOT_FRESH: &str = "token_not_fresh";

/// A refusal or a failure, before it becomes a response.
///
/// The text in it is for the caller. The cause is for the log and never leaves.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<Finding>,
    wait: Option<Box<Wait>>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// How long to wait before asking again.
#[derive(Debug)]
struct Wait {
    until: DateTime<Utc>,
    seconds: i64,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Finding {
    /// Where in the request body: a JSON pointer (RFC 6901).
    #[schema(example = "/formats/0")]
    pub(crate) pointer: String,
    /// What is wrong there.
    pub(crate) detail: String,
}

/// A problem as it is sent (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// `urn:handover:problem:` and the code.
    #[schema(example = "urn:handover:problem:export_not_found")]
    r#type: String,
    /// The kind of problem in a few words; the same for every problem with this code.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time, for a person.
    detail: &'a str,
    /// For programs; never renamed.
    #[schema(example = "export_not_found")]
    code: &'a str,
    /// The number of this request, also in the header `x-request-id` and in the server's log.
    request_id: &'a str,
    /// What is wrong with the request body, where that is the problem.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [Finding],
    /// When the same may be asked for again, where that is the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    next_allowed_at: Option<DateTime<Utc>>,
}

impl Problem {
    /// A problem with this status, code, title and detail.
    pub(crate) fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, title, detail: detail.into(), errors: Vec::new(), wait: None, cause: None }
    }

    /// 422: the body is JSON, but not what this route takes.
    pub(crate) fn invalid_request(errors: Vec<Finding>) -> Self {
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            several => format!("{} parts of the request are not valid", several.len()),
        };
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", "The request is not valid", detail)
        }
    }

    /// 429: the person asked for the last export too recently.
    pub(crate) fn cooling_down(next_allowed_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            wait: Some(Box::new(Wait { until: next_allowed_at, seconds: (next_allowed_at - now).num_seconds() + 1 })),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "cool_down",
                "Too soon after the last export",
                format!(
                    "The last export was asked for not long ago. The next one is allowed from {} UTC on; the last archive stays available until it expires.",
                    next_allowed_at.format("%Y-%m-%d %H:%M")
                ),
            )
        }
    }

    /// 429: too much was asked in too short a time; in so many seconds more may be asked.
    pub(crate) fn rate_limited(seconds: u64, now: DateTime<Utc>) -> Self {
        let seconds = i64::try_from(seconds).unwrap_or(60).clamp(1, 3600);
        Self {
            wait: Some(Box::new(Wait { until: now + TimeDelta::seconds(seconds), seconds })),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests",
                format!("Too much was asked in a short time. Ask again in {seconds} seconds."),
            )
        }
    }

    /// In how many seconds the same may be asked for again, where that is the problem.
    pub(crate) fn wait_seconds(&self) -> Option<i64> {
        self.wait.as_ref().map(|wait| wait.seconds.max(1))
    }

    /// 503: no worker said in time how much an export would hold.
    pub(crate) fn no_estimate() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "estimate_unavailable",
            "No estimate right now",
            "No worker could look into the source in time. An export may work all the same; or ask for the estimate again shortly.",
        )
    }

    /// 404, the same whether there is no such export or the key may not see it.
    pub(crate) fn export_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "export_not_found",
            "No such export",
            "There is no export with this id that this caller may see.",
        )
    }

    /// 404, the same whether there is no such schedule or the key may not see it.
    pub(crate) fn schedule_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "schedule_not_found",
            "No such schedule",
            "There is no schedule with this id that this caller may see.",
        )
    }

    /// 404, the same whether there is no such link or the key may not see it.
    pub(crate) fn link_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "link_not_found",
            "No such link",
            "There is no link with this id that this caller may see.",
        )
    }

    /// 409: the portal token started another export.
    pub(crate) fn token_used() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "token_used",
            "The token was used before",
            "A portal token starts one export, and this one started another. Get a new one from the product.",
        )
    }

    /// 403: a whole tenant's data is asked for with a portal token that is not new (RFC 9470).
    pub(crate) fn token_not_fresh() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            TOKEN_NOT_FRESH,
            "The token is not fresh",
            "What concerns all data of a tenant needs a portal token that was issued less than 5 minutes ago. Sign in again and send the new token.",
        )
    }

    /// 403: the cookie of an operator came along with a request that no page of ours sent.
    pub(crate) fn of_another_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "other_site",
            "The request comes from elsewhere",
            "A session of the console counts only for requests of its own pages. Programs send a key: `Authorization: Bearer hk_…`.",
        )
    }

    /// 500: a fault of this program.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Internal error",
                "Something went wrong here. The log names it under the request id.",
            )
        }
    }

    /// 503: something that is needed does not answer.
    fn unavailable(code: &'static str, detail: &'static str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "Not available right now", detail)
        }
    }

    /// The problem for a bare status that the framework answered with.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method_not_allowed",
                "Method not allowed",
                "This address does not take this method; the header `Allow` lists those it takes.",
            ),
            StatusCode::NOT_FOUND => Self::new(
                status,
                "not_found",
                "Nothing here",
                "There is nothing at this address. The documentation is at /docs.",
            ),
            StatusCode::REQUEST_TIMEOUT => {
                Self::new(status, "too_slow", "Too slow", "The body did not arrive in time.")
            }
            StatusCode::URI_TOO_LONG => {
                Self::new(status, "address_too_long", "Address too long", "Path and query are too long.")
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::new(
                status,
                "head_too_large",
                "Head too large",
                "There are too many header fields, or they are too large.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "body_too_large", "Body too large", "The body is too large.")
            }
            StatusCode::PRECONDITION_FAILED => Self::new(
                status,
                "precondition_failed",
                "Precondition failed",
                "The file is not the one that `If-Match` or `If-Unmodified-Since` speaks of.",
            ),
            StatusCode::RANGE_NOT_SATISFIABLE => Self::new(
                status,
                "range_not_satisfiable",
                "No such range",
                "The range begins beyond the end of the file; `Content-Range` says how long it is.",
            ),
            status if status.is_server_error() => {
                Self { status, ..Self::internal("the framework answered without a reason") }
            }
            status => Self::new(status, "bad_request", "Bad request", "The request could not be understood."),
        }
    }

    /// The status it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Its stable code.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The kind of problem in a few words.
    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// What is wrong with the request, each with its place.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.errors
    }

    /// The text for a page, where a person is at the other end.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The body, for the request with this number.
    pub(crate) fn document<'a>(&'a self, request_id: &'a str) -> ProblemDocument<'a> {
        ProblemDocument {
            r#type: format!("urn:handover:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
            next_allowed_at: self.wait.as_ref().map(|wait| wait.until),
        }
    }

    /// Writes the cause of a failure to the log; a refusal has none.
    pub(crate) fn log(&self) {
        if let Some(cause) = &self.cause {
            let mut chain = cause.to_string();
            let mut next = cause.source();
            while let Some(deeper) = next {
                chain = format!("{chain}: {deeper}");
                next = deeper.source();
            }
            tracing::error!(code = self.code, cause = %chain, "The request failed");
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Without the body: that holds the request's number, which [`crate::exchange::finish`] knows.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        match self.status {
            StatusCode::UNAUTHORIZED => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"handover\""));
            }
            StatusCode::FORBIDDEN if self.code == TOKEN_NOT_FRESH => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"handover\", error=\"insufficient_user_authentication\", error_description=\"A token issued less than 5 minutes ago is needed\", max_age=\"300\""));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, "5"));
            }
            _ => {}
        }
        if let Some(seconds) = self.wait_seconds() {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        response.finish()
    }
}

/// Answers every address that no route has.
pub(crate) async fn no_such_route() -> Result<HttpResponse, Problem> {
    Err(Problem::of_status(StatusCode::NOT_FOUND))
}

#[cfg(test)]
mod tests;
