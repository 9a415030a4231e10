//! What requests about webhooks say.

use crate::{
    problem::{Finding, Problem},
    words,
};
use serde::{Deserialize, Deserializer};
use shared::{
    config::Networks,
    export::TenantId,
    ledger::webhooks::{Change, NewWebhook},
    webhook::{self, Event, Events},
};
use std::time::Duration;
use utoipa::ToSchema;

const LONGEST_DESCRIPTION: usize = 200;
const DAY: u64 = 24 * 60 * 60;
const LONGEST_OVERLAP: u64 = 30 * DAY;

/// A request for a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookRequest {
    /// Where messages are sent to: `https://`, or `http://` on the machine itself; without user and password. A private address is refused unless an operator allowed its
    /// network.
    #[schema(max_length = 2000, example = "https://app.example.com/handover/events")]
    url: String,
    /// What people call it: one line of at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, required = false, example = "Tells the portal's back end")]
    description: String,
    /// What it is told of; empty: of everything, also of what later versions tell.
    #[serde(default)]
    #[schema(schema_with = words::webhook_events, required = false)]
    events: Vec<Event>,
    /// Only of exports of this source; default is that of the key that asks.
    source: Option<String>,
    /// Only of exports of this tenant of the source; default is that of the key that asks.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 512)]
    tenant: Option<TenantId>,
}

/// What is to change about a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookChange {
    /// Where messages are sent to.
    #[schema(max_length = 2000)]
    url: Option<String>,
    /// What people call it; null: nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Option<Option<String>>,
    /// What it is told of; null or empty: of everything.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = words::webhook_events_or_null, required = false)]
    events: Option<Option<Vec<Event>>>,
    /// Whether anything is sent.
    enabled: Option<bool>,
}

/// How a secret is exchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateRequest {
    /// For how many seconds the old secrets sign too, 0 to 2,592,000; default a day.
    #[schema(minimum = 0, maximum = 2_592_000, default = 86_400)]
    overlap_seconds: Option<u64>,
}

impl WebhookRequest {
    /// What it is to be told of, as it was asked for.
    pub(super) fn bounds(&mut self) -> (Option<String>, Option<String>) {
        (self.source.clone(), self.tenant.clone().map(Into::into))
    }

    /// Binds it to what the caller is for.
    pub(super) fn bind(&mut self, source: Option<String>, tenant: Option<String>) {
        self.source = source;
        self.tenant = tenant.and_then(|tenant| TenantId::new(tenant).ok());
    }

    /// What is to be made, or the place of each mistake.
    pub(super) fn checked(self, allowed: &Networks) -> Result<NewWebhook, Problem> {
        let mut findings = Vec::new();
        let url = url(&self.url, allowed, &mut findings);
        let description = description(&self.description, &mut findings);
        let events = events(&self.events, &mut findings);
        if self.tenant.is_some() && self.source.is_none() {
            findings.push(finding("/tenant", "a tenant is one of a source: name it too"));
        }
        match url {
            Some(url) if findings.is_empty() => {
                Ok(NewWebhook { url, description, events, source: self.source, tenant: self.tenant.map(Into::into) })
            }
            _ => Err(Problem::invalid_request(findings)),
        }
    }
}

impl WebhookChange {
    /// What is to change, or the place of each mistake.
    pub(super) fn checked(self, allowed: &Networks) -> Result<Change, Problem> {
        let mut findings = Vec::new();
        let change = Change {
            url: self.url.and_then(|text| url(&text, allowed, &mut findings)),
            description: self.description.map(|text| description(&text.unwrap_or_default(), &mut findings)),
            events: self.events.map(|named| events(&named.unwrap_or_default(), &mut findings)),
            enabled: self.enabled,
        };
        if findings.is_empty() { Ok(change) } else { Err(Problem::invalid_request(findings)) }
    }
}

impl RotateRequest {
    /// For how long the old secrets sign too.
    pub(super) fn checked(self) -> Result<Duration, Problem> {
        match self.overlap_seconds {
            None => Ok(Duration::from_secs(DAY)),
            Some(seconds @ 0..=LONGEST_OVERLAP) => Ok(Duration::from_secs(seconds)),
            Some(_) => {
                let detail = format!("must be from 0 to {LONGEST_OVERLAP}");
                Err(Problem::invalid_request(vec![finding("/overlap_seconds", detail)]))
            }
        }
    }
}

fn url(text: &str, allowed: &Networks, findings: &mut Vec<Finding>) -> Option<String> {
    match webhook::address(text, allowed) {
        Ok(url) => Some(url.into()),
        Err(refused) => {
            findings.push(finding("/url", refused.to_string()));
            None
        }
    }
}

fn description(text: &str, findings: &mut Vec<Finding>) -> String {
    if text.chars().count() > LONGEST_DESCRIPTION || text.chars().any(char::is_control) {
        findings.push(finding("/description", format!("must be one line of at most {LONGEST_DESCRIPTION} characters")));
    }
    text.to_owned()
}

fn events(named: &[Event], findings: &mut Vec<Finding>) -> Events {
    if named.contains(&Event::Ping) {
        findings.push(finding("/events", "a ping comes when it is asked for, and cannot be chosen"));
    }
    Events::new(named)
}

fn finding(pointer: &str, detail: impl Into<String>) -> Finding {
    Finding { pointer: pointer.into(), detail: detail.into() }
}

/// Tells a member that is null from one that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let wish = json!({
            "url": "http://example.com", "description": "a\nb", "events": ["handover.ping"], "tenant": "t1",
        });
        let wish: WebhookRequest = serde_json::from_value(wish).unwrap();
        let problem = wish.checked(&Networks::default()).unwrap_err();
        let document = serde_json::to_value(problem.document("r")).unwrap();
        let pointers: Vec<&str> =
            document["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/url", "/description", "/events", "/tenant"]);
    }

    #[test]
    fn null_restores_the_default_and_what_is_left_out_stays() {
        let change = |patch| {
            let patch: WebhookChange = serde_json::from_value(patch).unwrap();
            patch.checked(&Networks::default()).unwrap()
        };
        let restored = change(json!({ "events": null, "description": null }));
        assert_eq!((restored.events, restored.description.as_deref()), (Some(Events::default()), Some("")));
        let nothing = change(json!({}));
        assert_eq!((nothing.events, nothing.description, nothing.enabled), (None, None, None));
    }
}
