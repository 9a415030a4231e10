//! A caller of the HTTP API that accepts no answer the OpenAPI document does not describe.

use super::secrets;
use bytes::Bytes;
use reqwest::{Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};
use std::{net::IpAddr, sync::OnceLock};

/// A caller, with or without a key. It follows no redirect and keeps no cookie.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

/// An answer that the document describes.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// A caller without a key of the API at `base`, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(base: impl Into<String>) -> Client {
        static HTTP: OnceLock<()> = OnceLock::new();
        HTTP.get_or_init(|| {
            // Somebody else in this process may have been first.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        });
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Client { http, base: base.into(), key: None }
    }

    /// The same caller from another address of this machine, such as 127.0.0.2.
    pub(crate) fn calling_from(&self, address: [u8; 4]) -> Client {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().local_address(IpAddr::from(address));
        Client { http: http.build().unwrap(), ..self.clone() }
    }

    /// Where the API is.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The same caller with a key.
    pub(crate) fn with_key(&self, key: &str) -> Client {
        Client { key: Some(key.to_owned()), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, |request| request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, |request| request.json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, |request| request.json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, |request| request.json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, |request| request).await
    }

    /// Sends a request as `shape` completes it, and checks the answer against the document.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        shape: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let answer = Answer::of(shape(request)).await;
        conforms(&method, path, &answer);
        answer
    }

    /// Gets an answer that comes bit by bit: `seen` is given all that has come whenever it has grown. The whole is checked like any other.
    pub(crate) async fn stream(
        &self,
        path: &str,
        shape: impl FnOnce(RequestBuilder) -> RequestBuilder,
        mut seen: impl AsyncFnMut(&str),
    ) -> Answer {
        let mut request = self.http.get(format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let mut response = shape(request).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
            seen(&String::from_utf8_lossy(&body)).await;
        }
        let answer = Answer { status, headers, body: body.into() };
        conforms(&Method::GET, path, &answer);
        answer
    }

    /// Fetches what is in no document.
    pub(crate) async fn fetch(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.base))).await
    }
}

impl Answer {
    async fn of(request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        Answer { status, headers, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The value of a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem's stable code.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    /// The status and the code of a refusal, to compare in one go.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.code())
    }
}

/// The document, with every object closed: in a test no answer has a field that the document does not name.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = serde_json::to_value(api::openapi()).unwrap();
        for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
            if schema.get("properties").is_some() {
                schema["additionalProperties"] = json!(false);
            }
        }
        document
    })
}

/// Panics unless the document describes this answer: its status, its media type and the form of its body.
fn conforms(method: &Method, path: &str, answer: &Answer) {
    let told = format!("{method} {path}: {} {:?}", answer.status, String::from_utf8_lossy(&answer.body));
    if answer.status >= 400 {
        secrets::assert_absent("a refusal", &answer.body);
    }
    assert!(!answer.header("x-request-id").is_empty(), "no request id: {told}");
    let content_type = answer.header("content-type");
    let media_type = content_type.split(';').next().unwrap().trim();
    let Some(operation) = operation(method, path) else {
        assert!(matches!(answer.status, 404 | 405), "not in the document: {told}");
        assert_eq!(media_type, "application/problem+json", "{told}");
        return check(&json!({ "$ref": "#/components/schemas/Problem" }), answer, &told);
    };
    let described = &operation["responses"][answer.status.to_string()];
    assert!(described.is_object(), "the document has no such status: {told}");
    // Those of limits are there only where there are limits.
    let limits = ["RateLimit", "RateLimit-Policy"];
    for (name, _) in
        described["headers"].as_object().into_iter().flatten().filter(|(name, _)| !limits.contains(&name.as_str()))
    {
        assert!(answer.headers.contains_key(name), "the header {name} is missing: {told}");
    }
    match described["content"].as_object() {
        // HEAD shows the media type of the body that it leaves out.
        None => assert!(answer.body.is_empty(), "the document has no body: {told}"),
        Some(content) if content_type.is_empty() => panic!("no media type out of {content:?}: {told}"),
        Some(content) => {
            let described =
                content.get(media_type).or_else(|| path.starts_with("/docs/").then(|| &content["text/html"]));
            let Some(described) = described else { panic!("not this media type, {media_type}: {told}") };
            if media_type.ends_with("json") && !path.starts_with("/docs/") {
                check(&described["schema"], answer, &told);
            }
        }
    }
}

/// The operation that the document has for a request.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let fits = |template: &str| {
        let (mut wanted, mut given) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(_)) if wanted.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let (_, item) = document()["paths"].as_object().unwrap().iter().find(|(template, _)| fits(template))?;
    item.get(method.as_str().to_lowercase())
}

/// Panics unless the value is what the document knows by this name.
pub(crate) fn assert_is(name: &str, value: &Value) {
    validate(&json!({ "$ref": format!("#/components/schemas/{name}") }), value, name);
}

fn check(schema: &Value, answer: &Answer, told: &str) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {told}"));
    validate(schema, &body, told);
    if let Some(status) = body.get("status").and_then(Value::as_u64) {
        assert_eq!(u64::from(answer.status), status, "{told}");
    }
}

fn validate(schema: &Value, instance: &Value, told: &str) {
    let schema = json!({ "components": document()["components"], "allOf": [schema] });
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}: {told}");
}
