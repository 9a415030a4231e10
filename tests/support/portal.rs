//! The product's back end, as it talks to Handover's API.

use std::time::Duration;

use memchr::memmem;
use reqwest::{Client, Method, Response, StatusCode, Url, redirect::Policy};
use serde_json::{Value, json};

use super::{
    archive::Archive,
    client,
    patience::{LONG, until},
    person::press_button,
    secrets,
};

/// One API process with a key for it. Every answer is held against the OpenAPI document.
#[derive(Clone)]
pub(crate) struct Portal {
    address: Url,
    key: String,
    caller: client::Client,
    client: Client,
}

/// An open stream of server-sent events.
pub(crate) struct Events {
    answer: Response,
    unread: Vec<u8>,
}

/// A server-sent event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) export: Value,
}

/// A client that follows nothing by itself, so that a test sees every step.
pub(crate) fn client() -> Client {
    // Whoever comes second finds the provider installed, which is as good.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder().no_proxy().redirect(Policy::none()).timeout(LONG).build().unwrap()
}

impl Portal {
    pub(crate) fn new(address: &Url, key: &str) -> Portal {
        secrets::keep("an API key", key);
        let caller = client::Client::new(address.as_str().trim_end_matches('/')).with_key(key);
        Portal { address: address.clone(), key: key.to_owned(), caller, client: client() }
    }

    /// Where the API is.
    pub(crate) fn base(&self) -> &str {
        self.caller.base()
    }

    /// The text of its key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Sends a request for an export and returns what the API answered.
    pub(crate) async fn ask(&self, body: &Value) -> (StatusCode, Value) {
        let answer = self.caller.post("/v1/exports", body.clone()).await;
        (StatusCode::from_u16(answer.status).unwrap(), answer.json())
    }

    /// Asks for an export that is accepted, and returns its id.
    pub(crate) async fn export(&self, source: &str, tenant: &str, notify: &str) -> String {
        let (status, answer) = self.ask(&json!({ "source": source, "tenant": tenant, "notify": [notify] })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn show(&self, export: &str) -> Value {
        let answer = self.caller.get(&format!("/v1/exports/{export}")).await;
        assert_eq!(answer.status, 200);
        answer.json()
    }

    pub(crate) async fn cancel(&self, export: &str) -> Value {
        let answer = self.caller.send(Method::POST, &format!("/v1/exports/{export}/cancel"), |request| request).await;
        assert!((200..300).contains(&answer.status), "{}", answer.status);
        answer.json()
    }

    /// Looks at an export until it is as wanted.
    pub(crate) async fn until(&self, export: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let waiting = async {
            loop {
                last = self.show(export).await;
                if wanted(&last) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let came = tokio::time::timeout(LONG, waiting).await;
        assert!(came.is_ok(), "the export stays at {last}");
        last
    }

    /// Looks at an export until it is in this state; panics at once when it ends in another.
    pub(crate) async fn until_state(&self, export: &str, state: &str) -> Value {
        // What is ready may still become expired.
        let ends = if state == "expired" {
            &["failed", "cancelled"][..]
        } else {
            &["ready", "failed", "cancelled", "expired"]
        };
        let last = self
            .until(export, |export| export["state"] == state || ends.iter().any(|end| export["state"] == *end))
            .await;
        assert_eq!(last["state"], state, "{last}");
        last
    }

    /// Follows an export's events.
    pub(crate) async fn follow(&self, export: &str) -> Events {
        let request = self.client.get(self.url(&format!("v1/exports/{export}/events"))).bearer_auth(&self.key);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Events { answer, unread: Vec::new() }
    }

    /// Makes a link to a ready export.
    pub(crate) async fn link(&self, export: &str) -> Url {
        let answer = self.caller.send(Method::POST, &format!("/v1/exports/{export}/links"), |request| request).await;
        assert_eq!(answer.status, 201);
        answer.json()["url"].as_str().unwrap().parse().unwrap()
    }

    /// An export from the request to the file, by the shortest way.
    pub(crate) async fn deliver(&self, source: &str, tenant: &str) -> Archive {
        let (status, answer) = self.ask(&json!({ "source": source, "tenant": tenant })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        let export = answer["id"].as_str().unwrap();
        self.until_state(export, "ready").await;
        Archive::keep(&press_button(&self.link(export).await).await.bytes)
    }

    /// Whether the key still counts.
    pub(crate) async fn is_let_in(&self) -> bool {
        match self.caller.get("/v1/exports").await.status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    /// Waits until `/health/ready` says that every part is there.
    pub(crate) async fn until_ready(&self) {
        let mut said = String::new();
        until("the installation to be ready", LONG, async || {
            let answer = self.client.get(self.url("health/ready")).send().await.ok()?;
            let status = answer.status();
            said = answer.text().await.unwrap_or_default();
            status.is_success().then_some(())
        })
        .await;
    }

    fn url(&self, path: &str) -> Url {
        self.address.join(path).unwrap()
    }
}

impl Events {
    /// The next event; `None` once the API has closed the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = memmem::find(&self.unread, b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                match Event::parse(std::str::from_utf8(&block).unwrap()) {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            match self.answer.chunk().await.unwrap() {
                Some(chunk) => self.unread.extend_from_slice(&chunk),
                None => return None,
            }
        }
    }
}

impl Event {
    /// `None` for a comment.
    fn parse(block: &str) -> Option<Event> {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let export = serde_json::from_str(field("data")?).unwrap();
        client::assert_is("Export", &export);
        Some(Event { name: field("event").unwrap().to_owned(), export })
    }
}
