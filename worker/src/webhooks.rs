//! Telling webhooks what became of exports: every worker sends what is due, and holds each message while it does.
//!
//! A message is sent at least once. A worker that dies between the receiver's answer and the note of it leaves the message to the next one, under the same number.

mod answer;
mod retry;
mod sender;
mod signature;

use crate::context::Context;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use sender::Sender;
use shared::{
    clock,
    ledger::{
        LedgerError, Result as LedgerResult,
        webhooks::{
            Webhook,
            deliveries::{self, Claimed, Failure, Fault},
        },
    },
    metrics,
    webhook::MessageId,
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use uuid::Uuid;

/// How often the ledger is asked what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many webhooks are sent to at the same time.
const WEBHOOKS: usize = 32;
/// How many messages one webhook is sent at the same time.
const AT_ONCE: i64 = 8;
/// How long a message is held; longer than [`sender::PATIENCE`] and what is noted afterwards.
const HOLD: Duration = Duration::from_secs(45);
/// How long a webhook is left alone when the ledger did not do what sending to it takes; until then it counts as under way.
const PAUSE: Duration = Duration::from_secs(5);
/// The most tries after which [`retry`] still has a wait: what fails by our own fault counts as no more, so that it is never given up.
const MOST_BY_OUR_FAULT: i64 = 9;

/// Sends again and again; never returns.
pub async fn run(context: Arc<Context>) {
    let sender = match Sender::new(&context.config.webhooks) {
        Ok(sender) => Arc::new(sender),
        Err(error) => return tracing::error!(%error, "No webhook can be sent by this worker"),
    };
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way = UnderWay::default();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = under_way.one_ended() => {}
        }
        if context.timekeeping.is_off() {
            continue;
        }
        match deliveries::due(&context.ledger, under_way.asked_for(), clock::now()).await {
            Ok(due) => due.into_iter().for_each(|webhook| under_way.begin(&context, &sender, webhook)),
            Err(error) => tracing::warn!(error = %error, "What webhooks are to be sent is unknown; trying again"),
        }
    }
}

/// The webhooks that this worker is sending to, each once: a slow one holds up nobody else.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<Uuid>,
    webhooks: HashSet<Uuid>,
}

impl UnderWay {
    /// As many as to find one that is not under way already, if there is one.
    fn asked_for(&self) -> i64 {
        i64::try_from(WEBHOOKS + self.webhooks.len()).unwrap_or(i64::MAX)
    }

    fn begin(&mut self, context: &Arc<Context>, sender: &Arc<Sender>, webhook: Uuid) {
        if self.webhooks.len() >= WEBHOOKS || !self.webhooks.insert(webhook) {
            return;
        }
        let (context, sender) = (context.clone(), sender.clone());
        self.tasks.spawn(async move {
            if let Err(error) = send_due(&context, &sender, webhook).await {
                tracing::warn!(%webhook, error = %error, "A webhook could not be sent to; trying again");
                sleep(PAUSE).await;
            }
            webhook
        });
    }

    /// Waits until a webhook is done with; for ever if there is none.
    async fn one_ended(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(webhook)) => _ = self.webhooks.remove(&webhook),
            // One that panicked is not named: all are forgotten, and what is still sent is held in the ledger.
            Some(Err(_)) => self.webhooks.clear(),
            None => std::future::pending().await,
        }
    }
}

/// Sends a webhook what is due, some at a time.
async fn send_due(context: &Context, sender: &Sender, webhook: Uuid) -> LedgerResult<()> {
    let claimed = deliveries::claim(&context.ledger, webhook, AT_ONCE, HOLD, clock::now()).await?;
    let Some((webhook, claimed)) = claimed else { return Ok(()) };
    join_all(claimed.iter().map(|one| send_one(context, sender, &webhook, one))).await.into_iter().collect()
}

async fn send_one(context: &Context, sender: &Sender, webhook: &Webhook, claimed: &Claimed) -> LedgerResult<()> {
    let noted = match sender.send(context, webhook, &claimed.message, clock::now()).await {
        Ok(status) => note_delivered(context, claimed, status).await,
        Err(refusal) => note_failed(context, claimed, refusal, clock::now()).await,
    };
    match noted {
        Err(LedgerError::Fenced { .. }) => {
            tracing::info!(webhook = %webhook.id, "A message to a webhook was replayed, or taken over, while it was sent");
            Ok(())
        }
        noted => noted,
    }
}

async fn note_delivered(context: &Context, claimed: &Claimed, status: u16) -> LedgerResult<()> {
    let Claimed { webhook_id, message, tries, .. } = claimed;
    metrics::webhook_tried(message.kind, "delivered");
    tracing::info!(webhook = %webhook_id, message = %MessageId(message.id), kind = %message.kind, tries, status, "A webhook took a message");
    deliveries::delivered(&context.ledger, claimed, status, clock::now()).await
}

async fn note_failed(
    context: &Context,
    claimed: &Claimed,
    refusal: answer::Refusal,
    now: DateTime<Utc>,
) -> LedgerResult<()> {
    let Claimed { webhook_id, message, tries, .. } = claimed;
    let next = match refusal.fault {
        Fault::Gone => None,
        Fault::Receiver => retry::next_try(*tries, refusal.retry_after, now),
        Fault::Ours => retry::next_try((*tries).min(MOST_BY_OUR_FAULT), refusal.retry_after, now),
    };
    metrics::webhook_tried(message.kind, if next.is_some() { "postponed" } else { "failed" });
    tracing::warn!(webhook = %webhook_id, message = %MessageId(message.id), kind = %message.kind, tries, error = refusal.error, next = ?next, "A webhook did not take a message");
    let answer::Refusal { status, error, answer, fault, .. } = refusal;
    if deliveries::failed(&context.ledger, claimed, &Failure { status, error, answer, next, fault }, now).await? {
        tracing::error!(webhook = %webhook_id, "A webhook was disabled: it takes nothing any more");
    }
    Ok(())
}
