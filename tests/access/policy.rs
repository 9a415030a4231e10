//! Who may ask for which route, declared a second time: the matrix holds the server against it.

use api::Portal::{self, Admins, Members, Nobody};
use serde_json::{Value, json};
use shared::ledger::keys::KeyScope::{
    self, Admin, AuditRead, ExportsRead, ExportsWrite, KeysRead, KeysWrite, RecipientsRead, RecipientsWrite,
    SchedulesRead, SchedulesWrite, WebhooksRead, WebhooksReplay, WebhooksWrite,
};

/// What a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Export,
    Link,
    Schedule,
    Recipient,
    Webhook,
    Key,
    Operator,
}

/// What a caller needs, and what it then gets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Everybody may.
    Public,
    /// An operator who is signed in with a role that gives this; no key and no token. tests/console/ goes there.
    Page(KeyScope),
    /// The one whose id stands in the path: with this body, and 404 with this code where it is not the caller's.
    One(KeyScope, Portal, Thing, fn() -> Value, &'static str),
    /// Those of the caller.
    List(KeyScope, Portal),
    /// A new one for a tenant of the source `shop`: 403 where it is not the caller's.
    New(KeyScope, Portal, fn(&str) -> Value),
    /// The sources that the caller is for as a whole.
    Sources(KeyScope),
    /// One of them: 404 where the caller is not for the whole of it.
    Source(KeyScope),
    /// What concerns the whole installation: 403 for whoever is bound to a part of it.
    Whole(KeyScope, Option<Thing>, fn() -> Value),
}

const EXPORT: &str = "export_not_found";
const SCHEDULE: &str = "schedule_not_found";
const WEBHOOK: &str = "webhook_not_found";

/// The one policy: method, path, rule.
pub(super) const POLICY: &[(&str, &str, Rule)] = &[
    ("GET", "/v1/exports", Rule::List(ExportsRead, Members)),
    ("POST", "/v1/exports", Rule::New(ExportsWrite, Members, new_export)),
    ("GET", "/v1/exports/{id}", Rule::One(ExportsRead, Members, Thing::Export, nothing, EXPORT)),
    ("GET", "/v1/exports/{id}/events", Rule::One(ExportsRead, Members, Thing::Export, nothing, EXPORT)),
    ("POST", "/v1/exports/{id}/cancel", Rule::One(ExportsWrite, Members, Thing::Export, nothing, EXPORT)),
    ("POST", "/v1/exports/{id}/retry", Rule::One(ExportsWrite, Nobody, Thing::Export, nothing, EXPORT)),
    ("PUT", "/v1/exports/{id}/hold", Rule::One(ExportsWrite, Nobody, Thing::Export, hold, EXPORT)),
    ("DELETE", "/v1/exports/{id}/hold", Rule::One(ExportsWrite, Nobody, Thing::Export, nothing, EXPORT)),
    ("DELETE", "/v1/exports/{id}/archive", Rule::One(ExportsWrite, Admins, Thing::Export, nothing, EXPORT)),
    ("POST", "/v1/exports/{id}/links", Rule::One(ExportsWrite, Members, Thing::Export, empty, EXPORT)),
    ("GET", "/v1/exports/{id}/links", Rule::One(ExportsRead, Members, Thing::Export, nothing, EXPORT)),
    ("DELETE", "/v1/exports/{id}/links", Rule::One(ExportsWrite, Members, Thing::Export, nothing, EXPORT)),
    ("POST", "/v1/exports/{id}/download", Rule::One(ExportsWrite, Members, Thing::Export, empty, EXPORT)),
    ("DELETE", "/v1/links/{id}", Rule::One(ExportsWrite, Members, Thing::Link, nothing, "link_not_found")),
    ("GET", "/v1/schedules", Rule::List(SchedulesRead, Nobody)),
    ("POST", "/v1/schedules", Rule::New(SchedulesWrite, Nobody, new_schedule)),
    ("GET", "/v1/schedules/{id}", Rule::One(SchedulesRead, Nobody, Thing::Schedule, nothing, SCHEDULE)),
    ("PATCH", "/v1/schedules/{id}", Rule::One(SchedulesWrite, Nobody, Thing::Schedule, pause, SCHEDULE)),
    ("DELETE", "/v1/schedules/{id}", Rule::One(SchedulesWrite, Nobody, Thing::Schedule, nothing, SCHEDULE)),
    ("POST", "/v1/schedules/{id}/run", Rule::One(SchedulesWrite, Nobody, Thing::Schedule, nothing, SCHEDULE)),
    ("GET", "/v1/recipients", Rule::List(RecipientsRead, Members)),
    ("POST", "/v1/recipients", Rule::New(RecipientsWrite, Members, new_recipient)),
    (
        "DELETE",
        "/v1/recipients/{id}",
        Rule::One(RecipientsWrite, Members, Thing::Recipient, nothing, "recipient_not_found"),
    ),
    ("GET", "/v1/webhooks", Rule::List(WebhooksRead, Nobody)),
    ("POST", "/v1/webhooks", Rule::New(WebhooksWrite, Nobody, new_webhook)),
    ("GET", "/v1/webhooks/{id}", Rule::One(WebhooksRead, Nobody, Thing::Webhook, nothing, WEBHOOK)),
    ("PATCH", "/v1/webhooks/{id}", Rule::One(WebhooksWrite, Nobody, Thing::Webhook, rename, WEBHOOK)),
    ("DELETE", "/v1/webhooks/{id}", Rule::One(WebhooksWrite, Nobody, Thing::Webhook, nothing, WEBHOOK)),
    ("POST", "/v1/webhooks/{id}/rotate", Rule::One(WebhooksWrite, Nobody, Thing::Webhook, empty, WEBHOOK)),
    ("GET", "/v1/webhooks/{id}/messages", Rule::One(WebhooksRead, Nobody, Thing::Webhook, nothing, WEBHOOK)),
    ("POST", "/v1/webhooks/{id}/replay", Rule::One(WebhooksReplay, Nobody, Thing::Webhook, since, WEBHOOK)),
    ("POST", "/v1/webhooks/{id}/test", Rule::One(WebhooksReplay, Nobody, Thing::Webhook, nothing, WEBHOOK)),
    ("GET", "/v1/sources", Rule::Sources(ExportsRead)),
    ("GET", "/v1/sources/{name}", Rule::Source(ExportsRead)),
    ("POST", "/v1/sources/{name}/check", Rule::Source(ExportsWrite)),
    ("GET", "/v1/audit", Rule::List(AuditRead, Nobody)),
    ("GET", "/v1/keys", Rule::List(KeysRead, Nobody)),
    ("POST", "/v1/keys", Rule::New(KeysWrite, Nobody, new_key)),
    ("DELETE", "/v1/keys/{id}", Rule::One(KeysWrite, Nobody, Thing::Key, nothing, "key_not_found")),
    ("GET", "/v1/operators", Rule::Whole(Admin, None, nothing)),
    ("POST", "/v1/operators", Rule::Whole(Admin, None, new_operator)),
    ("PATCH", "/v1/operators/{id}", Rule::Whole(Admin, Some(Thing::Operator), another_name)),
    ("POST", "/v1/operators/{id}/password", Rule::Whole(Admin, Some(Thing::Operator), nothing)),
    ("DELETE", "/v1/operators/{id}/second-factor", Rule::Whole(Admin, Some(Thing::Operator), nothing)),
    ("GET", "/console", Rule::Page(ExportsRead)),
    ("GET", "/console/running", Rule::Page(ExportsRead)),
    ("GET", "/console/exports", Rule::Page(ExportsRead)),
    ("POST", "/console/exports", Rule::Page(ExportsWrite)),
    ("GET", "/console/exports/new", Rule::Page(ExportsWrite)),
    ("GET", "/console/exports/{id}", Rule::Page(ExportsRead)),
    ("GET", "/console/exports/{id}/status", Rule::Page(ExportsRead)),
    ("POST", "/console/exports/{id}/cancel", Rule::Page(ExportsWrite)),
    ("POST", "/console/exports/{id}/retry", Rule::Page(ExportsWrite)),
    ("POST", "/console/exports/{id}/hold", Rule::Page(ExportsWrite)),
    ("POST", "/console/exports/{id}/release", Rule::Page(ExportsWrite)),
    ("POST", "/console/exports/{id}/delete", Rule::Page(ExportsWrite)),
    ("POST", "/console/exports/{id}/links", Rule::Page(ExportsWrite)),
    ("POST", "/console/exports/{id}/links/revoke", Rule::Page(ExportsWrite)),
    ("POST", "/console/links/{id}/revoke", Rule::Page(ExportsWrite)),
    ("GET", "/console/schedules", Rule::Page(SchedulesRead)),
    ("POST", "/console/schedules", Rule::Page(SchedulesWrite)),
    ("GET", "/console/schedules/new", Rule::Page(SchedulesWrite)),
    ("GET", "/console/schedules/{id}", Rule::Page(SchedulesRead)),
    ("POST", "/console/schedules/{id}", Rule::Page(SchedulesWrite)),
    ("GET", "/console/schedules/{id}/edit", Rule::Page(SchedulesWrite)),
    ("POST", "/console/schedules/{id}/pause", Rule::Page(SchedulesWrite)),
    ("POST", "/console/schedules/{id}/resume", Rule::Page(SchedulesWrite)),
    ("POST", "/console/schedules/{id}/run", Rule::Page(SchedulesWrite)),
    ("POST", "/console/schedules/{id}/delete", Rule::Page(SchedulesWrite)),
    ("GET", "/console/sources", Rule::Page(ExportsRead)),
    ("GET", "/console/sources/{name}", Rule::Page(ExportsRead)),
    ("POST", "/console/sources/{name}/check", Rule::Page(ExportsWrite)),
    ("GET", "/console/sign-in", Rule::Public),
    ("POST", "/console/sign-in", Rule::Public),
    ("GET", "/console/sign-in/code", Rule::Public),
    ("POST", "/console/sign-in/code", Rule::Public),
    ("POST", "/console/sign-out", Rule::Page(ExportsRead)),
    ("GET", "/console/keys", Rule::Page(KeysRead)),
    ("POST", "/console/keys", Rule::Page(KeysWrite)),
    ("POST", "/console/keys/{id}/revoke", Rule::Page(KeysWrite)),
    ("GET", "/console/audit", Rule::Page(AuditRead)),
    ("GET", "/console/audit/check", Rule::Page(AuditRead)),
    ("GET", "/console/operators", Rule::Page(Admin)),
    ("POST", "/console/operators", Rule::Page(Admin)),
    ("POST", "/console/operators/{id}", Rule::Page(Admin)),
    ("POST", "/console/operators/{id}/password", Rule::Page(Admin)),
    ("POST", "/console/operators/{id}/second-factor", Rule::Page(Admin)),
    ("GET", "/console/account", Rule::Page(ExportsRead)),
    ("POST", "/console/account/sign-out-elsewhere", Rule::Page(ExportsRead)),
    ("GET", "/console/account/password", Rule::Page(ExportsRead)),
    ("POST", "/console/account/password", Rule::Page(ExportsRead)),
    ("GET", "/console/account/second-factor", Rule::Page(ExportsRead)),
    ("POST", "/console/account/second-factor", Rule::Page(ExportsRead)),
    ("POST", "/console/account/second-factor/remove", Rule::Page(ExportsRead)),
    ("POST", "/console/account/backup-codes", Rule::Page(ExportsRead)),
    ("GET", "/health/live", Rule::Public),
    ("GET", "/health/ready", Rule::Public),
    ("GET", "/openapi.json", Rule::Public),
    ("GET", "/docs", Rule::Public),
    ("GET", "/docs/{file:.*}", Rule::Public),
    ("GET", "/", Rule::Public),
    ("GET", "/assets/brand.css", Rule::Public),
    ("GET", "/assets/brand/{source}.css", Rule::Public),
    ("GET", "/assets/{file}", Rule::Public),
    ("GET", "/embed/handover.js", Rule::Public),
    ("GET", "/embed/strings/{language}.json", Rule::Public),
    ("GET", "/d/{token}", Rule::Public),
    ("HEAD", "/d/{token}", Rule::Public),
    ("POST", "/d/{token}", Rule::Public),
    ("POST", "/d/{token}/code", Rule::Public),
    ("POST", "/d/{token}/session", Rule::Public),
    ("GET", "/f/{ticket}", Rule::Public),
    ("HEAD", "/f/{ticket}", Rule::Public),
    ("GET", "/u/{token}", Rule::Public),
    ("POST", "/u/{token}", Rule::Public),
    ("POST", "/u/{token}/again", Rule::Public),
    ("GET", "/d/", Rule::Public),
    ("GET", "/mailbox", Rule::Public),
    ("GET", "/mailbox/{name}", Rule::Public),
    ("GET", "/mailbox/{name}/html", Rule::Public),
];

/// Whether a key with this scope or role has what is needed; written out, so that it is no copy of the code.
pub(super) fn gives(what: &str, needed: KeyScope) -> bool {
    let given: &[&str] = match what {
        "viewer" => &["exports:read", "schedules:read", "recipients:read"],
        "operator" => &[
            "exports:read",
            "exports:write",
            "schedules:read",
            "schedules:write",
            "recipients:read",
            "audit:read",
            "webhooks:read",
            "webhooks:replay",
        ],
        "exports:write" => &["exports:read", "exports:write"],
        "schedules:write" => &["schedules:read", "schedules:write"],
        "recipients:write" => &["recipients:read", "recipients:write"],
        "webhooks:write" => &["webhooks:read", "webhooks:replay", "webhooks:write"],
        "keys:write" => &["keys:read", "keys:write"],
        "admin" => return true,
        only => return only == needed.as_str(),
    };
    given.contains(&needed.as_str())
}

/// No body at all.
fn nothing() -> Value {
    Value::Null
}

fn empty() -> Value {
    json!({})
}

fn hold() -> Value {
    json!({ "reason": "case 1" })
}

fn pause() -> Value {
    json!({ "paused": true })
}

fn rename() -> Value {
    json!({ "description": "of the portal" })
}

fn since() -> Value {
    json!({ "since": "2026-01-01T00:00:00Z" })
}

pub(super) fn new_webhook(tenant: &str) -> Value {
    json!({ "url": "https://hooks.example.com/handover", "source": "shop", "tenant": tenant })
}

fn another_name() -> Value {
    json!({ "name": "Another" })
}

fn new_operator() -> Value {
    json!({ "email": format!("{}@example.com", uuid::Uuid::new_v4()), "name": "Cy", "role": "viewer" })
}

fn new_export(tenant: &str) -> Value {
    json!({ "source": "shop", "tenant": tenant, "formats": ["jsonl"] })
}

pub(super) fn new_schedule(tenant: &str) -> Value {
    json!({ "name": "nightly", "source": "shop", "tenants": [tenant], "cron": "0 3 * * *", "time_zone": "UTC" })
}

/// The key of the example in the README of age.
fn new_recipient(tenant: &str) -> Value {
    let key = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    json!({ "source": "shop", "tenant": tenant, "public_key": key, "label": "safe" })
}

fn new_key(tenant: &str) -> Value {
    json!({ "name": "reader", "scopes": ["keys:read"], "source": "shop", "tenant": tenant })
}
