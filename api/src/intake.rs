//! What is taken in of a request: a head of bounded size, and a body that arrives in time.

use crate::{Context, problem::Problem};
use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{ConnectionType, StatusCode},
    middleware::Next,
    web::Data,
};
use futures::{StreamExt, stream};
use std::io::ErrorKind;
use tokio::time::{Instant, timeout_at};

/// The most header fields.
const FIELDS: usize = 64;
/// The most bytes of all header fields together.
const HEAD: usize = 16 * 1024;
/// The most bytes of path and query.
const TARGET: usize = 8 * 1024;

/// Refuses heads that are too large, and gives every body a deadline, whoever reads it.
pub(crate) async fn check(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(status) = too_large(&request) {
        let mut response = request.error_response(Problem::of_status(status));
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        return Ok(response);
    }
    let timeout = request.app_data::<Data<Context>>().map(|context| context.config.limits.request_timeout);
    if let Some(timeout) = timeout {
        let payload = request.take_payload();
        request.set_payload(within(payload, Instant::now() + timeout));
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    if response.status() == StatusCode::REQUEST_TIMEOUT {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

fn too_large(request: &ServiceRequest) -> Option<StatusCode> {
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET {
        Some(StatusCode::URI_TOO_LONG)
    } else if bytes > HEAD || headers.len() > FIELDS {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else {
        None
    }
}

/// The same body, that breaks off with [`ErrorKind::TimedOut`] where it is not complete by `deadline`.
fn within(payload: Payload, deadline: Instant) -> Payload {
    if matches!(payload, Payload::None) {
        return payload;
    }
    let timed = stream::unfold(Some(payload), move |payload| async move {
        let mut payload = payload?;
        match timeout_at(deadline, payload.next()).await {
            Ok(chunk) => Some((chunk?, Some(payload))),
            Err(_) => Some((Err(PayloadError::Io(ErrorKind::TimedOut.into())), None)),
        }
    });
    Payload::Stream { payload: Box::pin(timed) }
}

/// The refusal of a body that broke off: 408 if it came too slowly.
pub(crate) fn broken_off(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Io(error) if error.kind() == ErrorKind::TimedOut => {
            Problem::of_status(StatusCode::REQUEST_TIMEOUT)
        }
        _ => Problem::of_status(StatusCode::BAD_REQUEST),
    }
}
