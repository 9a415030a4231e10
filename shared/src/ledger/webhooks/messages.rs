//! The table `webhook_messages`: what happened, as it is sent. A message holds ids, states, times and sizes: nothing of what is in an archive, and nothing that opens one.

use super::{Webhook, lock};
use crate::export::ExportId;
use crate::ledger::audit::{self, Actor};
use crate::ledger::exports::Export;
use crate::ledger::{Ledger, Result, Transaction, stored};
use crate::webhook::{Delivery, Event, MessageId};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// What was told, or is to be.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Message {
    /// Its number.
    pub id: Uuid,
    /// What it tells.
    pub kind: Event,
    /// The export it tells of.
    pub export_id: Option<ExportId>,
    /// What is sent, byte for byte.
    pub payload: String,
    /// When it happened.
    pub created_at: DateTime<Utc>,
}

/// A message for one webhook, and what became of it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Sent {
    /// The message.
    #[sqlx(flatten)]
    pub message: Message,
    /// Where it stands.
    pub state: Delivery,
    /// How often it was sent since it was entered, or last replayed.
    pub tries: i64,
    /// When it is tried next; while it is being sent, when somebody else may take it.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was last sent.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// When its receiver took it.
    pub delivered_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer.
    pub status: Option<i64>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// How the last answer began that was no success.
    pub answer: Option<String>,
}

/// Which messages of a webhook to list; `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only those that stand so.
    pub state: Option<Delivery>,
    /// Only of this type.
    pub event: Option<Event>,
    /// Only older than this one (exclusive), for cursor pages; newest first.
    pub before: Option<Uuid>,
    /// At most so many rows.
    pub limit: i64,
}

/// What is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// This message.
    One(MessageId),
    /// Everything since then that the webhook is for, also from before it was made; or, of that, only what was not taken.
    Since(DateTime<Utc>, Whole),
}

/// See [`Again::Since`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Also what was taken.
    All,
    /// Only what was not taken.
    Undelivered,
}

/// What became of a wish to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wished<T> {
    /// It is sent.
    Done(T),
    /// Nothing is sent to it, for it is disabled.
    Disabled,
}

/// Tells every webhook that is for this of a change of the export, in the transaction of the change. Where there is none, nothing is written.
pub(in crate::ledger) async fn tell(
    transaction: &mut Transaction,
    export: &Export,
    event: Event,
    more: Value,
    now: DateTime<Utc>,
) -> Result<()> {
    let pattern = format!("% {event} %");
    let wanting: i64 = within!(&mut *transaction, connection => sqlx::query_scalar(
        "select count(*) from webhooks
         where deleted_at is null and (source is null or source = $1) and (tenant is null or tenant = $2) and (events = '' or events like $3)")
        .bind(&export.source).bind(export.tenant.as_str()).bind(&pattern).fetch_one(connection).await?);
    if wanting == 0 {
        return Ok(());
    }
    let (files, bytes): (i64, i64) = within!(&mut *transaction, connection => sqlx::query_as(
        "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from files where export_id = $1")
        .bind(export.id).fetch_one(connection).await?);
    let payload = json!({ "type": event, "timestamp": stored(now), "data": facts(export, (files, bytes), more) });
    let (source, tenant) = (Some(export.source.as_str()), Some(export.tenant.as_str()));
    let id = insert(transaction, event, Some(export.id), (source, tenant), &payload, now).await?;
    within!(&mut *transaction, connection => sqlx::query(
        "insert into webhook_deliveries (webhook_id, message_id, state, next_attempt_at, created_at)
         select id, $4, case when disabled_at is null then 'pending' else 'missed' end, case when disabled_at is null then $5 end, $5 from webhooks
         where deleted_at is null and (source is null or source = $1) and (tenant is null or tenant = $2) and (events = '' or events like $3)")
        .bind(&export.source)
        .bind(export.tenant.as_str())
        .bind(&pattern)
        .bind(id)
        .bind(stored(now))
        .execute(connection).await?.rows_affected());
    Ok(())
}

/// What a message says of an export. Whose person it is of, if of one, is not said: the product's number of a person may be an address.
fn facts(export: &Export, (files, bytes): (i64, i64), more: Value) -> Value {
    let has_archive = files > 0;
    let mut facts = json!({
        "export_id": export.id,
        "source": export.source,
        "tenant": export.tenant.as_str(),
        "scope": export.scope,
        "origin": export.origin,
        "schedule_id": export.schedule_id,
        "state": export.state,
        "attempt": export.attempt,
        "reason_code": export.reason_code,
        "created_at": export.created_at,
        "finished_at": export.finished_at,
        "expires_at": export.expires_at,
        "tables": has_archive.then_some(export.tables_done),
        "rows": has_archive.then_some(export.rows_done),
        "files": has_archive.then_some(files),
        "bytes": has_archive.then_some(bytes),
    });
    if let (Value::Object(facts), Value::Object(more)) = (&mut facts, more) {
        facts.extend(more);
    }
    facts
}

async fn insert(
    transaction: &mut Transaction,
    event: Event,
    export: Option<ExportId>,
    (source, tenant): (Option<&str>, Option<&str>),
    payload: &Value,
    now: DateTime<Utc>,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    within!(transaction, connection => sqlx::query(
        "insert into webhook_messages (id, kind, export_id, source, tenant, payload, created_at) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(event)
        .bind(export)
        .bind(source)
        .bind(tenant)
        .bind(payload.to_string())
        .bind(stored(now))
        .execute(connection).await?.rows_affected());
    Ok(id)
}

/// Sends a webhook a message that tells of nothing, with its audit event; `None` if there is no such webhook.
pub async fn ping(ledger: &Ledger, webhook: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<Option<Wished<Sent>>> {
    let mut transaction = ledger.begin().await?;
    let Some(webhook) = lock(&mut transaction, webhook).await? else { return Ok(None) };
    if !webhook.is_enabled() {
        return Ok(Some(Wished::Disabled));
    }
    let payload = json!({ "type": Event::Ping, "timestamp": stored(now), "data": { "webhook_id": webhook.id } });
    let bounds = (webhook.source.as_deref(), webhook.tenant.as_deref());
    let id = insert(&mut transaction, Event::Ping, None, bounds, &payload, now).await?;
    within!(&mut transaction, connection => sqlx::query(
        "insert into webhook_deliveries (webhook_id, message_id, state, next_attempt_at, created_at) values ($1, $2, 'pending', $3, $3)")
        .bind(webhook.id).bind(id).bind(stored(now)).execute(connection).await?.rows_affected());
    let detail = json!({ "message": MessageId(id).to_string() });
    audit::write(&mut transaction, webhook.event("webhook.tested", actor, detail), now).await?;
    transaction.commit().await?;
    Ok(find(ledger, webhook.id, MessageId(id)).await?.map(Wished::Done))
}

/// Sends a webhook again what is wished, with its audit event, and says how many messages that are; `None` if there is no such webhook.
///
/// A message keeps its number, by which its receiver knows it again, and is tried as often as a new one.
pub async fn replay(
    ledger: &Ledger,
    webhook: Uuid,
    again: Again,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Wished<u64>>> {
    let mut transaction = ledger.begin().await?;
    let Some(webhook) = lock(&mut transaction, webhook).await? else { return Ok(None) };
    if !webhook.is_enabled() {
        return Ok(Some(Wished::Disabled));
    }
    let (one, since, detail) = match again {
        Again::One(id) => (Some(id.0), None, json!({ "message": id.to_string() })),
        Again::Since(since, whole) => (
            None,
            Some(stored(since)),
            json!({ "since": stored(since), "undelivered_only": whole == Whole::Undelivered }),
        ),
    };
    let spared = matches!(again, Again::Since(_, Whole::Undelivered)).then_some(Delivery::Delivered);
    let messages = enter_again(&mut transaction, &webhook, one, since, spared, now).await?;
    if messages > 0 {
        let mut detail = detail;
        detail["messages"] = messages.into();
        audit::write(&mut transaction, webhook.event("webhook.replayed", actor, detail), now).await?;
        transaction.commit().await?;
    }
    Ok(Some(Wished::Done(messages)))
}

/// Makes the message, or those since then but for those that stand as `spared`, due; the fence moves on, so that whoever sends one of them now notes nothing.
async fn enter_again(
    transaction: &mut Transaction,
    webhook: &Webhook,
    one: Option<Uuid>,
    since: Option<DateTime<Utc>>,
    spared: Option<Delivery>,
    now: DateTime<Utc>,
) -> Result<u64> {
    Ok(within!(transaction, connection => sqlx::query(
        "insert into webhook_deliveries (webhook_id, message_id, state, next_attempt_at, created_at)
         select webhooks.id, webhook_messages.id, 'pending', $5, $5 from webhooks, webhook_messages
         where webhooks.id = $1 and ($2 is null or webhook_messages.id = $2) and ($3 is null or webhook_messages.created_at >= $3)
           and not exists (select 1 from webhook_deliveries before
                             where before.webhook_id = webhooks.id and before.message_id = webhook_messages.id and before.state = $4)
           and (($2 is not null and exists (select 1 from webhook_deliveries before
                                              where before.webhook_id = webhooks.id and before.message_id = webhook_messages.id))
                or (webhook_messages.kind <> 'handover.ping'
                    and (webhooks.source is null or webhooks.source = webhook_messages.source)
                    and (webhooks.tenant is null or webhooks.tenant = webhook_messages.tenant)
                    and (webhooks.events = '' or webhooks.events like '% ' || webhook_messages.kind || ' %')))
         on conflict (webhook_id, message_id) do update
           set state = 'pending', tries = 0, attempt = webhook_deliveries.attempt + 1, next_attempt_at = excluded.next_attempt_at, delivered_at = null")
        .bind(webhook.id)
        .bind(one)
        .bind(since)
        .bind(spared)
        .bind(stored(now))
        .execute(connection).await?.rows_affected()))
}

/// One message for a webhook.
pub async fn find(ledger: &Ledger, webhook: Uuid, id: MessageId) -> Result<Option<Sent>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select webhook_messages.id, kind, export_id, payload, webhook_messages.created_at,
                state, tries, next_attempt_at, last_attempt_at, delivered_at, status, error, answer
         from webhook_deliveries join webhook_messages on webhook_messages.id = message_id where webhook_id = $1 and message_id = $2")
        .bind(webhook).bind(id.0).fetch_optional(pool).await?))
}

/// The messages for a webhook, newest first.
pub async fn list(ledger: &Ledger, webhook: Uuid, filter: &MessageFilter) -> Result<Vec<Sent>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select webhook_messages.id, kind, export_id, payload, webhook_messages.created_at,
                state, tries, next_attempt_at, last_attempt_at, delivered_at, status, error, answer
         from webhook_deliveries join webhook_messages on webhook_messages.id = message_id
         where webhook_id = $1 and ($2 is null or state = $2) and ($3 is null or kind = $3) and ($4 is null or message_id < $4)
         order by message_id desc limit $5")
        .bind(webhook)
        .bind(filter.state)
        .bind(filter.event)
        .bind(filter.before)
        .bind(filter.limit.max(0))
        .fetch_all(pool).await?))
}

/// Forgets messages that are older than this and that nobody is to be sent any more, with what became of them.
pub(super) async fn prune(ledger: &Ledger, before: DateTime<Utc>, limit: i64) -> Result<()> {
    on!(ledger, pool => sqlx::query(
        "delete from webhook_messages where id in (
           select id from webhook_messages messages
           where created_at < $1 and not exists (select 1 from webhook_deliveries where message_id = messages.id and state = 'pending')
           order by created_at, id limit $2)")
        .bind(stored(before)).bind(limit).execute(pool).await?.rows_affected());
    Ok(())
}
