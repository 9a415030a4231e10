//! Sending the mails that an export, or a run of a schedule, owes. A mail that fails is tried again and never changes what it is about.

mod code;
mod unsubscribe;

use crate::{
    context::Context,
    lifetime,
    mail::{FailedRun, Key, Letter, MailError, Offer},
    span,
};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use shared::{
    clock,
    export::{ExportId, State},
    ledger::{
        LedgerError, Result as LedgerResult,
        audit::Actor,
        exports::{self, Export},
        files,
        links::{self, Link},
        mail_refusals,
        notifications::{self, Kind, Notification},
        recipients,
        schedules::{self, Run, Schedule},
    },
    metrics,
    reader::Reader,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;
use uuid::Uuid;

/// How long a relay may take over one mail.
const SENDING: Duration = Duration::from_secs(90);
/// Over two days with the waits below.
const ATTEMPTS: i64 = 20;

/// Answers a doorbell: sends every mail of this export, or of this run of a schedule, that is due; or the one-time code of this number.
///
/// A mail is sent once, except when the worker dies, or the ledger stays away, between the relay's answer and the note of it:
/// then it is sent again, with the same Message-ID. No order of the two steps could exclude both a second mail and none.
pub async fn run(context: Arc<Context>, id: ExportId) {
    if let Err(error) = send_due(&context, id).await {
        tracing::warn!(export = %id, error = %error, "The mails of an export could not be looked at; the reconciler rings again");
    }
}

async fn send_due(context: &Context, id: ExportId) -> LedgerResult<()> {
    let Some(about) = About::find(context, id).await? else { return code::send_due(context, id).await };
    let lease = context.config.worker.lease;
    for notification in notifications::claim(&context.ledger, id, lease, clock::now()).await? {
        let ended = match notifications::renew(&context.ledger, &notification, lease, clock::now()).await {
            // The mails before this one may have taken longer than its lease.
            Ok(()) => {
                let span = span::mail(context, &notification).await;
                one(context, &about, &notification).instrument(span).await
            }
            Err(error) => Err(error),
        };
        match ended {
            Err(LedgerError::Fenced { .. }) => tracing::info!(export = %id, "Another worker has taken over a mail"),
            ended => ended?,
        }
    }
    Ok(())
}

/// What a mail is about.
enum About {
    Export(Box<Export>),
    Run(Box<(Schedule, Run)>),
}

impl About {
    async fn find(context: &Context, id: ExportId) -> LedgerResult<Option<Self>> {
        if let Some(export) = exports::find(&context.ledger, id).await? {
            return Ok(Some(Self::Export(Box::new(export))));
        }
        let Some(run) = schedules::find_run(&context.ledger, id).await? else { return Ok(None) };
        let schedule = schedules::find_even_deleted(&context.ledger, run.schedule_id).await?;
        Ok(schedule.map(|schedule| Self::Run(Box::new((schedule, run)))))
    }

    fn id(&self) -> Uuid {
        match self {
            Self::Export(export) => export.id,
            Self::Run(run) => run.1.id,
        }
    }
}

async fn one(context: &Context, about: &About, notification: &Notification) -> LedgerResult<()> {
    let sent = tokio::select! {
        sent = send(context, about, notification) => sent,
        lost = keep(context, notification) => return Err(lost),
    };
    match sent {
        Ok(()) => {
            tracing::info!(about = %about.id(), kind = %notification.kind, "A mail was sent");
            metrics::mail_tried(notification.kind, "sent");
            note_sent(context, notification).await
        }
        Err(Failure::Ledger(error)) => Err(error),
        Err(Failure::Mail(error)) => postpone(context, notification, &error).await,
    }
}

/// Renews the lease of a mail while it is being sent; ends when another worker has taken over. A ledger that is away is no reason to stop: nobody else
/// can take over either.
async fn keep(context: &Context, notification: &Notification) -> LedgerError {
    let lease = context.config.worker.lease;
    loop {
        sleep(lease / 3).await;
        match notifications::renew(&context.ledger, notification, lease, clock::now()).await {
            Err(fenced @ LedgerError::Fenced { .. }) => return fenced,
            Err(error) => tracing::warn!(error = %error, "The lease of a mail could not be renewed; trying again"),
            Ok(()) => {}
        }
    }
}

/// Tries as long as the lease allows: a mail that is not noted is sent again.
async fn note_sent(context: &Context, notification: &Notification) -> LedgerResult<()> {
    let begun = Instant::now();
    loop {
        match notifications::sent(&context.ledger, notification.id, notification.attempt, clock::now()).await {
            Err(LedgerError::Database(_)) if begun.elapsed() < context.config.worker.lease => {
                sleep(Duration::from_secs(1)).await
            }
            noted => return noted,
        }
    }
}

enum Failure {
    Mail(MailError),
    Ledger(LedgerError),
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        Self::Mail(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

async fn send(context: &Context, about: &About, notification: &Notification) -> Result<(), Failure> {
    match (notification.kind, about) {
        (Kind::Failed, About::Export(export)) => {
            let letter = Letter::failed(&context.config, (&**export).into(), &notification.recipient)?;
            Ok(mail(context, &letter, notification).await?)
        }
        (Kind::Ready, About::Export(export)) => send_link(context, export, notification).await,
        (Kind::Expiring, About::Export(export)) => {
            require_wanted(context, Reader::of_reminders(&export.source, &notification.recipient)).await?;
            // What was true when it was owed may have changed since.
            if export.hold_since.is_some() || exports::is_settled(&context.ledger, export.id).await? {
                return Err(MailError::Pointless(
                    "the archive was downloaded or is held, or a link to it was taken back",
                )
                .into());
            }
            send_link(context, export, notification).await
        }
        (Kind::RunFailed | Kind::SchedulePaused, About::Run(run)) => {
            let ((schedule, run), paused) = (&**run, notification.kind == Kind::SchedulePaused);
            let (to, reader) = (&notification.recipient, Reader::of_schedule(schedule.id, &notification.recipient));
            require_wanted(context, reader).await?;
            let counts = schedules::counts(&context.ledger, run.id).await?;
            let failed = FailedRun {
                schedule: schedule.id,
                name: &schedule.name,
                source: &schedule.source,
                run: run.id,
                began: run.started_at,
                counts,
                is_incomplete: run.reason_code.is_some(),
                paused_after: paused.then_some(schedule.pause_after),
            };
            let unsubscribe = unsubscribe::address(context, reader);
            let letter = Letter::run_failed(&context.config, failed, to, &unsubscribe)?;
            Ok(mail(context, &letter, notification).await?)
        }
        _ => Err(MailError::Pointless("its kind does not fit what it is about").into()),
    }
}

/// Nobody gets what they refused after it was owed.
async fn require_wanted(context: &Context, reader: Reader) -> Result<(), Failure> {
    match mail_refusals::is_refused(&context.ledger, reader).await? {
        true => Err(MailError::Pointless("its reader wants no more of them").into()),
        false => Ok(()),
    }
}

/// Each try carries a link of its own; one that was not sent is revoked, so that at most one link of a mail ever works.
async fn send_link(context: &Context, export: &Export, notification: &Notification) -> Result<(), Failure> {
    let now = clock::now();
    if export.state != State::Ready || export.expires_at.is_some_and(|end| end <= now) {
        return Err(MailError::Pointless("the archive is gone").into());
    }
    let expires_at = lifetime::end_of_link(context, export, now);
    let bytes = files::of_export(&context.ledger, export.id).await?.iter().map(|file| file.bytes.unsigned_abs()).sum();
    let recipients = recipients::of_export(&context.ledger, export.id).await?;
    let (token, signed) = context.signer.mint();
    let actor = Actor::worker(&context.worker_id);
    let link = Link {
        id: Uuid::now_v7(),
        export_id: export.id,
        token_hash: signed.hash.to_vec(),
        created_at: now,
        expires_at,
        revoked_at: None,
        downloads: 0,
        download_limit: context.config.links.download_limit.map(i64::from),
        protection: context.config.links.protection,
        recipient: Some(notification.recipient.clone()),
    };
    links::insert(&context.ledger, &link, actor.clone()).await?;
    let (to, token) = (&notification.recipient, token.expose_secret());
    let keys: Vec<Key> = recipients.iter().map(Key::from).collect();
    let offer = Offer { to, token, until: expires_at, bytes, keys: &keys };
    let letter = match (notification.kind, export.expires_at) {
        (Kind::Expiring, Some(end)) => {
            let unsubscribe = unsubscribe::address(context, Reader::of_reminders(&export.source, to));
            Letter::expiring(&context.config, export.into(), end, offer, &unsubscribe)
        }
        _ => Letter::ready(&context.config, export.into(), offer),
    };
    let sent = match letter {
        Ok(letter) => mail(context, &letter, notification).await,
        Err(error) => Err(error),
    };
    if let Err(error) = sent {
        links::revoke(&context.ledger, link.id, actor, clock::now()).await?;
        return Err(error.into());
    }
    Ok(())
}

async fn mail(context: &Context, letter: &Letter, notification: &Notification) -> Result<(), MailError> {
    timeout(SENDING, context.mailer.send(letter, notification.id)).await.unwrap_or(Err(MailError::Unreachable))
}

async fn postpone(context: &Context, notification: &Notification, error: &MailError) -> LedgerResult<()> {
    let next = next_try(notification.attempt, error, clock::now());
    metrics::mail_tried(notification.kind, if next.is_some() { "postponed" } else { "dead" });
    tracing::warn!(export = ?notification.export_id, run = ?notification.schedule_run_id, error = %error, next = ?next, "A mail could not be sent");
    notifications::failed(&context.ledger, notification.id, notification.attempt, &error.to_string(), next).await
}

/// Doubles from 15 seconds up to four hours; `None` when it is given up.
fn next_try(attempt: i64, error: &MailError, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if attempt >= ATTEMPTS || !error.is_transient() {
        return None;
    }
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(16);
    Some(now + Duration::from_secs((15 << doublings).min(4 * 3600)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_address_is_given_up_and_a_busy_relay_is_not() {
        let now = DateTime::UNIX_EPOCH;
        let busy = MailError::Relay { code: Some(451), permanent: false };
        assert_eq!(next_try(1, &busy, now), Some(now + Duration::from_secs(15)));
        assert_eq!(next_try(3, &busy, now), Some(now + Duration::from_secs(60)));
        assert_eq!(next_try(ATTEMPTS, &busy, now), None);
        let refused = MailError::Relay { code: Some(550), permanent: true };
        assert_eq!(next_try(1, &refused, now), None);
    }
}
