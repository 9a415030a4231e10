//! What a caller sends: a JSON body or a query, read into the type a route takes, or refused with the place of the mistake.

use crate::{
    cursor, intake,
    problem::{Finding, Problem},
};
use actix_web::{HttpRequest, http::StatusCode, http::header, web::Payload};
use bytes::BytesMut;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The largest body, in bytes, that is read.
pub(crate) const LIMIT: usize = 64 * 1024;

/// A larger body is still taken from the wire up to here before it is refused: a client that first sends and then
/// reads would otherwise see a broken connection instead of the answer.
const DISCARDED: usize = 32 * 1024 * 1024;

/// A body that was understood.
pub(crate) struct Body<T> {
    /// What it says.
    pub(crate) value: T,
    /// SHA-256 of its bytes.
    pub(crate) sha256: [u8; 32],
}

impl<T: DeserializeOwned> Body<T> {
    /// Reads the body of a request.
    pub(crate) async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, Problem> {
        let bytes = collect(payload).await?;
        require_json(request)?;
        Ok(Self { value: parse(&bytes)?, sha256: Sha256::digest(&bytes).into() })
    }
}

/// Reads the body of a request that may also have none, which says the default.
pub(crate) async fn read_or_default<T: DeserializeOwned + Default>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<T, Problem> {
    let bytes = collect(payload).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    require_json(request)?;
    parse(&bytes)
}

/// Reads the body of a request after `screen` has let its bytes pass: a refusal quotes what it could not understand.
pub(crate) async fn read_screened<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    screen: impl FnOnce(&[u8]) -> Result<(), Problem>,
) -> Result<T, Problem> {
    let bytes = collect(payload).await?;
    screen(&bytes)?;
    require_json(request)?;
    parse(&bytes)
}

/// Reads a merge patch (RFC 7396).
pub(crate) async fn read_patch(request: &HttpRequest, payload: Payload) -> Result<serde_json::Value, Problem> {
    let bytes = collect(payload).await?;
    if media_type(request) != "application/merge-patch+json" {
        require_json(request)?;
    }
    parse(&bytes)
}

/// Reads a document that is JSON already.
pub(crate) fn from_value<T: DeserializeOwned>(document: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(document).map_err(|error| misplaced(error.path(), error.inner()))
}

/// Reads the query of a request.
pub(crate) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    actix_web::web::Query::<T>::from_query(request.query_string())
        .map(actix_web::web::Query::into_inner)
        .map_err(|error| invalid_query(readable(&error.to_string())))
}

/// How many items a page of a list has, if not [told](query): 20, of at most 100.
pub(crate) fn page_size(limit: Option<i64>) -> Result<i64, Problem> {
    match limit {
        None => Ok(20),
        Some(limit @ 1..=100) => Ok(limit),
        Some(_) => Err(invalid_query("limit: must be from 1 to 100")),
    }
}

/// 400: the text that should lead to the next page is none of ours, or of something the caller may not see.
pub(crate) fn invalid_cursor() -> Problem {
    invalid_query("cursor: must be the `next_cursor` of an earlier page")
}

/// Cuts one page off what was found, which is one more than a page if there is a next one; returns the cursor that leads there.
pub(crate) fn cut_page<T>(found: &mut Vec<T>, size: i64, id: impl Fn(&T) -> Uuid) -> Option<String> {
    let size = usize::try_from(size).unwrap_or(found.len());
    let more = found.len() > size;
    found.truncate(size);
    found.last().filter(|_| more).map(|last| cursor::encode(id(last)))
}

/// 400: a parameter after the `?` is wrong.
pub(crate) fn invalid_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_query", "The query is not valid", detail)
}

pub(crate) async fn collect(mut payload: Payload) -> Result<BytesMut, Problem> {
    let mut bytes = BytesMut::new();
    let mut received = 0_usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| intake::broken_off(&error))?;
        received = received.saturating_add(chunk.len());
        if received <= LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if received > DISCARDED {
            break;
        }
    }
    if received > LIMIT {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Body too large",
            format!("A body has at most {LIMIT} bytes."),
        ));
    }
    Ok(bytes)
}

fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    if media_type(request) == "application/json" {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Unsupported media type",
        "Send JSON with `Content-Type: application/json`.",
    ))
}

/// The type of the body in lower case, without parameters.
fn media_type(request: &HttpRequest) -> String {
    let content_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().is_data() { misplaced(error.path(), error.inner()) } else { invalid_json(error.inner()) }
    })?;
    deserializer.end().map_err(|error| invalid_json(&error))?;
    Ok(value)
}

fn misplaced(path: &Path, error: &serde_json::Error) -> Problem {
    Problem::invalid_request(vec![Finding { pointer: pointer(path), detail: readable(&error.to_string()) }])
}

fn invalid_json(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_json", "The body is not JSON", readable(&error.to_string()))
}

/// What the parser said; it may quote the request, so it is kept short.
fn readable(message: &str) -> String {
    const LONGEST: usize = 300;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// The place as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only its type matters")]
        #[serde(rename = "a/b")]
        sizes: Vec<u8>,
    }

    fn refused(text: &str) -> Value {
        let problem = parse::<Order>(text.as_bytes()).unwrap_err();
        serde_json::to_value(problem.document("r")).unwrap()
    }

    #[test]
    fn a_mistake_in_the_data_is_named_by_its_place() {
        let problem = refused(r#"{"a/b": [1, "two"]}"#);
        assert_eq!(problem["code"], "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/a~1b/1");
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let problem = refused(r#"{"a/b": [], "extra": 1}"#);
        assert_eq!(problem["code"], "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/extra");
    }

    #[test]
    fn broken_json_is_refused_with_line_and_column() {
        for text in ["", "{", "{\"a/b\": [1,]}", "{\"a/b\": []} and more"] {
            let problem = refused(text);
            assert_eq!(problem["code"], "invalid_json", "{text:?}");
            assert!(problem["detail"].as_str().unwrap().contains("line 1 column"), "{text:?}");
        }
    }

    #[test]
    fn a_long_quotation_is_cut() {
        let text = format!(r#"{{"a/b": "{}"}}"#, "ü".repeat(10_000));
        assert!(refused(&text)["detail"].as_str().unwrap().chars().count() < 400);
    }
}
