//! Sending one message: signed, to an address that may be sent to, and without following it elsewhere.

use super::{answer::Refusal, signature};
use crate::context::Context;
use chrono::{DateTime, Utc};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    header,
    redirect::Policy,
};
use shared::{
    config::{Networks, WebhookConfig},
    ledger::webhooks::{Webhook, deliveries::Fault, messages::Message, secrets},
    webhook::{self, MessageId, Secret},
};
use std::{collections::HashMap, error::Error, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::lookup_host, sync::Mutex};
use uuid::Uuid;

/// How long a receiver may take over one message, from looking up its name to the end of its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// More opened secrets than this are not kept in memory.
const MOST_SECRETS: usize = 500;
const AGENT: &str = concat!("Handover/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// Sends messages.
pub(super) struct Sender {
    client: Client,
    allowed: Networks,
    /// By number: a key that KMS holds is not asked for again with each message.
    opened: Mutex<HashMap<Uuid, Secret>>,
}

impl Sender {
    pub(super) fn new(config: &WebhookConfig) -> reqwest::Result<Self> {
        let allowed = config.allow_private.clone();
        // A proxy would look the names up itself, and reach what it likes.
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE / 2)
            .referer(false)
            .user_agent(AGENT)
            .dns_resolver(Arc::new(Guarded { allowed: allowed.clone() }))
            .build()?;
        Ok(Self { client, allowed, opened: Mutex::default() })
    }

    /// Sends a message once; the status of the answer, if it is a success.
    pub(super) async fn send(
        &self,
        context: &Context,
        to: &Webhook,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<u16, Refusal> {
        // A setting may have changed since the address was taken; a name is looked at where it is resolved.
        let url = webhook::address(&to.url, &self.allowed)
            .map_err(|refused| Refusal::unanswered(Fault::Receiver, format!("its address {refused}")))?;
        let keys = self.keys(context, to, now).await.map_err(|error| Refusal::unanswered(Fault::Ours, error))?;
        let (id, timestamp) = (MessageId(message.id).to_string(), now.timestamp());
        let signatures = signature::header(keys.iter().map(Secret::expose), &id, timestamp, &message.payload);
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures)
            .body(message.payload.clone());
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        if response.status().is_success() {
            return Ok(response.status().as_u16());
        }
        Err(Refusal::of(response).await)
    }

    async fn keys(&self, context: &Context, to: &Webhook, now: DateTime<Utc>) -> Result<Vec<Secret>, String> {
        let kept = secrets::signing(&context.ledger, to.id, now).await.map_err(|error| error.to_string())?;
        let mut keys = Vec::with_capacity(kept.len());
        for row in kept {
            let known = self.opened.lock().await.get(&row.id).cloned();
            let secret = match known {
                Some(secret) => secret,
                None => row.kept().open(&context.keyring, row.id).await.map_err(|error| error.to_string())?,
            };
            let mut opened = self.opened.lock().await;
            if opened.len() >= MOST_SECRETS {
                opened.clear();
            }
            opened.insert(row.id, secret.clone());
            keys.push(secret);
        }
        if keys.is_empty() { Err("it has no secret to sign with: rotate it".to_owned()) } else { Ok(keys) }
    }
}

/// What a failure without an answer means; the address is not repeated.
fn unreachable(error: &reqwest::Error) -> Refusal {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if one.is::<NowherePublic>() {
            return Refusal::unanswered(Fault::Receiver, NowherePublic.to_string());
        }
        cause = one.source();
    }
    let told = match () {
        () if error.is_timeout() => "it did not answer in time",
        () if error.is_connect() => "it could not be reached",
        () => "the connection broke before it answered",
    };
    Refusal::unanswered(Fault::Receiver, told)
}

/// Looks names up and leaves out addresses that must not be sent to; what is connected to is what was looked at.
struct Guarded {
    allowed: Networks,
}

/// A name leads only to addresses that must not be sent to.
#[derive(Debug, thiserror::Error)]
#[error("its name leads into a private network; an operator can allow one with HANDOVER_WEBHOOKS__ALLOW_PRIVATE")]
struct NowherePublic;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            let fits = |address: &SocketAddr| webhook::is_public(address.ip()) || allowed.contains(address.ip());
            let fitting: Vec<SocketAddr> = found.filter(fits).collect();
            if fitting.is_empty() {
                return Err(NowherePublic.into());
            }
            let addresses: Addrs = Box::new(fitting.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere_unless_it_is_allowed() {
        let resolve = async |allowed: &str| {
            let guarded = Guarded { allowed: allowed.parse().unwrap() };
            guarded.resolve(Name::from_str("localhost").unwrap()).await.map(|found| found.collect::<Vec<_>>())
        };
        let refused = resolve("").await.unwrap_err();
        assert!(refused.is::<NowherePublic>(), "{refused}");
        assert!(resolve("10.0.0.0/8").await.is_err());
        let found = resolve("127.0.0.0/8").await.unwrap();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback() && address.is_ipv4()));
    }
}
