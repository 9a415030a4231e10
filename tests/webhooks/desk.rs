//! An API, and a worker that does nothing but send to webhooks.

use super::receiver::Receiver;
use crate::support::{
    api::Api,
    client::Client,
    patience::{LONG, until},
    secrets,
};
use serde_json::{Value, json};
use shared::{
    config::{Config, LimitConfig},
    ledger::Ledger,
    queue::Queue,
};
use std::sync::Arc;
use tokio::task::JoinHandle;
use worker::{context::Context, webhooks};

const LOOPBACK: &str = "127.0.0.0/8";

/// What stands on the desk.
pub(super) struct Desk {
    pub(super) api: Api,
    pub(super) admin: Client,
    /// Networks that the worker may send to.
    allowed: &'static str,
    sending: Option<JoinHandle<()>>,
}

/// A webhook as its receiver knows it.
pub(super) struct Hook {
    pub(super) id: String,
    pub(super) secret: String,
}

impl Desk {
    /// One whose worker sends to this machine.
    pub(super) async fn sending() -> Desk {
        let mut desk = Desk::of(LOOPBACK).await;
        desk.begin().await;
        desk
    }

    /// One whose worker may send to these networks and does not send yet; the API takes every address of this machine.
    pub(super) async fn of(allowed: &'static str) -> Desk {
        let api = Api::start_with(|config| config.webhooks.allow_private = LOOPBACK.parse().unwrap()).await;
        let admin = api.admin().await;
        Desk { api, admin, allowed, sending: None }
    }

    /// Lets the worker send.
    pub(super) async fn begin(&mut self) {
        let mut config = Config {
            data_dir: self.api.folder.path().to_owned(),
            limits: LimitConfig::default().unlimited(),
            ..Config::default()
        };
        config.webhooks.allow_private = self.allowed.parse().unwrap();
        let queue = Queue::open(&config.queue).await.unwrap();
        let (ledger, vault, signer) = (self.api.ledger.clone(), self.api.vault.clone(), self.api.signer.clone());
        let context = Context::new(config, ledger, queue, vault, signer).unwrap();
        self.sending = Some(tokio::spawn(webhooks::run(Arc::new(context))));
    }

    /// Ends the worker wherever it is, as a crash would.
    pub(super) async fn die(&mut self) {
        let sending = self.sending.take().unwrap();
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
    }

    /// Has a receiver told of everything, or of what `more` says.
    pub(super) async fn add(&self, receiver: &Receiver, more: Value) -> Hook {
        let mut wish = json!({ "url": receiver.url() });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.admin.post("/v1/webhooks", wish).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, secret) = (text(&made["webhook"]["id"]), text(&made["secret"]));
        secrets::keep("a webhook's secret", &secret);
        Hook { id, secret }
    }

    /// Tries a webhook; the number of the message.
    pub(super) async fn ping(&self, hook: &Hook) -> String {
        let answer = self.admin.post(&format!("/v1/webhooks/{}/test", hook.id), json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn webhook(&self, hook: &Hook) -> Value {
        self.admin.get(&format!("/v1/webhooks/{}", hook.id)).await.json()
    }

    /// The messages of a webhook, oldest first.
    pub(super) async fn messages(&self, hook: &Hook) -> Vec<Value> {
        let answer = self.admin.get(&format!("/v1/webhooks/{}/messages?limit=100", hook.id)).await;
        let mut messages = answer.json()["items"].as_array().unwrap().clone();
        messages.reverse();
        messages
    }

    /// Waits until a message is as wanted.
    pub(super) async fn until(&self, hook: &Hook, message: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until("a message to be as wanted", LONG, async || {
            let messages = self.messages(hook).await;
            messages.into_iter().find(|one| one["id"] == message && wanted(one))
        })
        .await
    }

    /// Waits until a receiver has had so many messages.
    pub(super) async fn until_received(&self, receiver: &Receiver, count: usize) {
        until("messages to arrive", LONG, async || (receiver.received().len() >= count).then_some(())).await;
    }

    /// Does something to the ledger that only time does.
    pub(super) async fn change(&self, statement: &'static str) {
        let Ledger::Sqlite(pool) = &self.api.ledger else { panic!("embedded") };
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(sending) = &self.sending {
            sending.abort();
        }
    }
}
