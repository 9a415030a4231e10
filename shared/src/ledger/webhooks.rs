//! The tables of webhooks: who is told, what messages are signed with, what was told, and what became of it.
//!
//! A message is entered in the transaction of the change that it tells of. Whoever writes about a webhook's deliveries takes the webhook's row first.

pub mod deliveries;
pub mod messages;
pub mod secrets;

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, Result, Transaction, storable, stored};
use crate::webhook::{Disabled, Events};
use chrono::{DateTime, Utc};
use secrets::NewSecret;
use serde_json::{Value, json};
use uuid::Uuid;

/// How many webhooks there may be for the same source and tenant.
pub const MOST: i64 = 50;
/// Any number, as long as nothing else in the ledger is alone under it.
const LOCK: i64 = 0x7765_6268_6f6f_6b73;

/// An address that is told.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Webhook {
    /// Its number.
    pub id: Uuid,
    /// The address; see [`crate::webhook::address`].
    pub url: String,
    /// What people call it.
    pub description: String,
    /// What it is told of.
    #[sqlx(try_from = "String")]
    pub events: Events,
    /// Only of exports of this source.
    pub source: Option<String>,
    /// Only of exports of this tenant.
    pub tenant: Option<String>,
    /// Since when nothing was taken that was sent.
    pub failing_since: Option<DateTime<Utc>>,
    /// Since when nothing is sent.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Why nothing is sent.
    pub disabled_because: Option<Disabled>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it: an [`Actor::name`].
    pub created_by: String,
    /// When it was removed.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A webhook to make.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// See [`Webhook::url`].
    pub url: String,
    /// See [`Webhook::description`].
    pub description: String,
    /// See [`Webhook::events`].
    pub events: Events,
    /// See [`Webhook::source`].
    pub source: Option<String>,
    /// See [`Webhook::tenant`].
    pub tenant: Option<String>,
}

/// What is to change; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// See [`Webhook::url`].
    pub url: Option<String>,
    /// See [`Webhook::description`].
    pub description: Option<String>,
    /// See [`Webhook::events`].
    pub events: Option<Events>,
    /// Whether anything is sent.
    pub enabled: Option<bool>,
}

/// Which webhooks to list; `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct WebhookFilter {
    /// Only those for this source alone.
    pub source: Option<String>,
    /// Only those for this tenant alone.
    pub tenant: Option<String>,
    /// Only older than this one (exclusive), for cursor pages; newest first.
    pub before: Option<Uuid>,
    /// At most so many rows.
    pub limit: i64,
}

impl Webhook {
    /// Whether anything is sent.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// The host of its address, which is all of it that may stand in a log: a path may hold a secret of its receiver's.
    pub fn host(&self) -> String {
        let url = url::Url::parse(&self.url).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    fn event(&self, action: &'static str, actor: Actor, mut detail: Value) -> NewEvent {
        detail["webhook"] = json!(self.id);
        NewEvent { actor, action, export_id: None, source: self.source.clone(), tenant: self.tenant.clone(), detail }
    }
}

/// Makes a webhook with its secret and audit event; `None` if there are [`MOST`] for the same source and tenant.
pub async fn create(
    ledger: &Ledger,
    new: NewWebhook,
    secret: &NewSecret,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Webhook>> {
    let mut transaction = ledger.begin().await?;
    transaction.alone(LOCK).await?;
    let others: i64 = within!(&mut transaction, connection => sqlx::query_scalar(
        "select count(*) from webhooks
         where deleted_at is null and coalesce(source, '') = coalesce($1, '') and coalesce(tenant, '') = coalesce($2, '')")
        .bind(&new.source).bind(&new.tenant).fetch_one(connection).await?);
    if others >= MOST {
        return Ok(None);
    }
    let webhook: Webhook = within!(&mut transaction, connection => sqlx::query_as(
        "insert into webhooks (id, url, description, events, source, tenant, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning *")
        .bind(Uuid::now_v7())
        .bind(&new.url)
        .bind(storable(&new.description))
        .bind(new.events.stored())
        .bind(&new.source)
        .bind(&new.tenant)
        .bind(stored(now))
        .bind(&actor.name)
        .fetch_one(connection).await?);
    secrets::insert(&mut transaction, webhook.id, secret, now).await?;
    let detail = json!({ "host": webhook.host(), "events": webhook.events.named() });
    audit::write(&mut transaction, webhook.event("webhook.created", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(Some(webhook))
}

/// The webhook with this number, unless it was removed.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Webhook>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from webhooks where id = $1 and deleted_at is null")
        .bind(id).fetch_optional(pool).await?))
}

/// Webhooks, newest first.
pub async fn list(ledger: &Ledger, filter: &WebhookFilter) -> Result<Vec<Webhook>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from webhooks
         where deleted_at is null and ($1 is null or source = $1) and ($2 is null or tenant = $2) and ($3 is null or id < $3)
         order by id desc limit $4")
        .bind(filter.source.as_deref().map(storable))
        .bind(filter.tenant.as_deref().map(storable))
        .bind(filter.before)
        .bind(filter.limit.max(0))
        .fetch_all(pool).await?))
}

/// Changes a webhook, with its audit event; `None` if there is none. What waits when it is disabled is missed; what was missed is sent only when somebody
/// [replays](messages::replay) it. Enabling forgets that it was failing, and so does another address.
pub async fn change(
    ledger: &Ledger,
    id: Uuid,
    change: Change,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Webhook>> {
    let mut transaction = ledger.begin().await?;
    let Some(before) = lock(&mut transaction, id).await? else { return Ok(None) };
    let mut wanted = before.clone();
    if let Some(url) = change.url {
        wanted.url = url;
    }
    if let Some(description) = change.description {
        wanted.description = storable(&description).into_owned();
    }
    if let Some(events) = change.events {
        wanted.events = events;
    }
    match change.enabled {
        Some(true) => (wanted.disabled_at, wanted.disabled_because, wanted.failing_since) = (None, None, None),
        Some(false) if before.is_enabled() => {
            (wanted.disabled_at, wanted.disabled_because) = (Some(stored(now)), Some(Disabled::Request));
        }
        _ => {}
    }
    if wanted.url != before.url {
        wanted.failing_since = None;
    }
    if wanted == before {
        return Ok(Some(before));
    }
    within!(&mut transaction, connection => sqlx::query(
        "update webhooks set url = $2, description = $3, events = $4, disabled_at = $5, disabled_because = $6, failing_since = $7 where id = $1")
        .bind(id)
        .bind(&wanted.url)
        .bind(&wanted.description)
        .bind(wanted.events.stored())
        .bind(wanted.disabled_at)
        .bind(wanted.disabled_because)
        .bind(wanted.failing_since)
        .execute(connection).await?.rows_affected());
    if before.is_enabled() && !wanted.is_enabled() {
        deliveries::miss(&mut transaction, id).await?;
    }
    let changed: Vec<&str> = [
        ("url", wanted.url != before.url),
        ("description", wanted.description != before.description),
        ("events", wanted.events != before.events),
        ("enabled", wanted.is_enabled() != before.is_enabled()),
    ]
    .into_iter()
    .filter_map(|(name, is_changed)| is_changed.then_some(name))
    .collect();
    let detail = json!({ "changed": changed, "host": wanted.host(), "enabled": wanted.is_enabled() });
    audit::write(&mut transaction, wanted.event("webhook.changed", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(Some(wanted))
}

/// Removes a webhook with its secrets and what was sent to it, with its audit event; `false` if there is none.
pub async fn delete(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    let Some(webhook) = lock(&mut transaction, id).await? else { return Ok(false) };
    within!(&mut transaction, connection => sqlx::query("update webhooks set deleted_at = $2 where id = $1")
        .bind(id).bind(stored(now)).execute(connection).await?.rows_affected());
    within!(&mut transaction, connection => sqlx::query("delete from webhook_deliveries where webhook_id = $1")
        .bind(id).execute(connection).await?.rows_affected());
    within!(&mut transaction, connection => sqlx::query("delete from webhook_secrets where webhook_id = $1")
        .bind(id).execute(connection).await?.rows_affected());
    audit::write(&mut transaction, webhook.event("webhook.deleted", actor, json!({ "host": webhook.host() })), now)
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Disables a webhook by itself, with its audit event.
async fn disable(
    transaction: &mut Transaction,
    webhook: &Webhook,
    because: Disabled,
    now: DateTime<Utc>,
) -> Result<()> {
    within!(&mut *transaction, connection => sqlx::query(
        "update webhooks set disabled_at = $2, disabled_because = $3 where id = $1")
        .bind(webhook.id).bind(stored(now)).bind(because).execute(connection).await?.rows_affected());
    deliveries::miss(transaction, webhook.id).await?;
    let detail = json!({ "because": because, "host": webhook.host(), "failing_since": webhook.failing_since });
    audit::write(transaction, webhook.event("webhook.disabled", Actor::named("system"), detail), now).await
}

/// The webhook, whose row nobody else changes until the transaction ends.
async fn lock(transaction: &mut Transaction, id: Uuid) -> Result<Option<Webhook>> {
    Ok(within!(transaction, connection => sqlx::query_as(
        "update webhooks set url = url where id = $1 and deleted_at is null returning *")
        .bind(id).fetch_optional(connection).await?))
}

/// Forgets messages that are older and not to be sent any more, and what is left of webhooks that were removed; at most `limit` messages.
pub async fn prune(ledger: &Ledger, before: DateTime<Utc>, limit: i64, now: DateTime<Utc>) -> Result<()> {
    messages::prune(ledger, before, limit).await?;
    on!(ledger, pool => sqlx::query("delete from webhook_secrets where ends_at <= $1").bind(stored(now)).execute(pool).await?.rows_affected());
    on!(ledger, pool => sqlx::query(
        "delete from webhooks where deleted_at <= $1
           and not exists (select 1 from webhook_deliveries where webhook_id = webhooks.id)
           and not exists (select 1 from webhook_secrets where webhook_id = webhooks.id)")
        .bind(stored(before)).execute(pool).await?.rows_affected());
    Ok(())
}
