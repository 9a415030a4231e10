//! What a receiver's answer means.

use reqwest::{Response, StatusCode, header};
use shared::ledger::webhooks::deliveries::Fault;
use std::time::Duration;

/// Bytes of an answer that are read to tell how it began; the rest is never taken from the wire.
const READ: usize = 1024;
/// Characters of them that are kept.
const KEPT: usize = 200;

/// Why a message was not taken.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    /// The HTTP status, if there was an answer.
    pub(super) status: Option<u16>,
    /// What went wrong, in a few words.
    pub(super) error: String,
    /// How the answer began.
    pub(super) answer: Option<String>,
    /// How long the receiver wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// Whose fault it is.
    pub(super) fault: Fault,
}

impl Refusal {
    /// One without an answer.
    pub(super) fn unanswered(fault: Fault, error: impl Into<String>) -> Self {
        Self { status: None, error: error.into(), answer: None, retry_after: None, fault }
    }

    /// What an answer other than a success says.
    pub(super) async fn of(response: Response) -> Self {
        let status = response.status();
        let error = match status {
            StatusCode::GONE => "it answered 410: it wants nothing any more".to_owned(),
            status if status.is_redirection() => {
                format!("it answered {}, and redirects are not followed: change the address", status.as_u16())
            }
            status => format!("it answered {}", status.as_u16()),
        };
        let wants_time = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let retry_after = response.headers().get(header::RETRY_AFTER).filter(|_| wants_time);
        let retry_after =
            retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
        let fault = if status == StatusCode::GONE { Fault::Gone } else { Fault::Receiver };
        let answer = beginning(response).await;
        Self { status: Some(status.as_u16()), error, answer, retry_after, fault }
    }
}

/// How the body begins, as one line; none if there is none.
async fn beginning(mut response: Response) -> Option<String> {
    let mut bytes = Vec::new();
    while bytes.len() < READ {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(READ);
    let line: Vec<String> = String::from_utf8_lossy(&bytes)
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let kept: String = line.join(" ").chars().take(KEPT).collect();
    (!kept.is_empty()).then_some(kept)
}
