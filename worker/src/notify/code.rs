//! Making a one-time code for a link and mailing it. The API only asks for it: nothing but the mail ever holds the code.

use super::{Failure, SENDING};
use crate::{
    context::Context,
    mail::{Letter, MailError},
};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use shared::{
    clock,
    ledger::{
        LedgerError, Result as LedgerResult,
        audit::Actor,
        codes::{self, Code},
        exports, links,
        notifications::Kind,
    },
    metrics,
};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// How long a worker holds a code that it mails: longer than a relay may take.
const HOLD: Duration = Duration::from_secs(120);

/// Mails the code of this number, if it is due.
///
/// Each try makes a code of its own, and only the last one counts.
pub(super) async fn send_due(context: &Context, id: Uuid) -> LedgerResult<()> {
    let Some(claimed) = codes::claim(&context.ledger, id, HOLD, clock::now()).await? else { return Ok(()) };
    let noted = match send(context, &claimed).await {
        Ok(()) => {
            tracing::info!(link = %claimed.link_id, "A one-time code was mailed");
            metrics::mail_tried(Kind::Code, "sent");
            codes::sent(&context.ledger, &claimed, Actor::worker(&context.worker_id), clock::now()).await
        }
        Err(Failure::Ledger(error)) => Err(error),
        Err(Failure::Mail(error)) => {
            let next = next_try(&claimed, &error, clock::now());
            metrics::mail_tried(Kind::Code, if next.is_some() { "postponed" } else { "dead" });
            tracing::warn!(link = %claimed.link_id, error = %error, next = ?next, "A one-time code could not be mailed");
            codes::failed(&context.ledger, &claimed, &error.to_string(), next).await
        }
    };
    match noted {
        Err(LedgerError::Fenced { .. }) => {
            tracing::info!(link = %claimed.link_id, "A newer one-time code was asked for meanwhile, or another worker mails this one");
            Ok(())
        }
        noted => noted,
    }
}

async fn send(context: &Context, claimed: &Code) -> Result<(), Failure> {
    let now = clock::now();
    let link = links::find(&context.ledger, claimed.link_id).await?;
    let link = link.filter(|link| link.revoked_at.is_none() && now < link.expires_at);
    let Some((link, recipient)) = link.and_then(|link| link.recipient.clone().map(|recipient| (link, recipient)))
    else {
        return Err(MailError::Pointless("the link does not count any more").into());
    };
    if claimed.asked_at + codes::LIFETIME <= now {
        return Err(MailError::Pointless("it was asked for too long ago").into());
    }
    let Some(export) = exports::find(&context.ledger, link.export_id).await? else {
        return Err(MailError::Pointless("its export is gone").into());
    };
    let (code, hash) = context.signer.mint_code(claimed.id);
    let letter =
        Letter::code(&context.config, (&export).into(), &recipient, code.expose_secret(), now + codes::LIFETIME)?;
    codes::made(&context.ledger, claimed, &hash, now).await?;
    // Each try is a mail of its own: it holds another code.
    let number = Uuid::now_v7();
    tracing::debug!(link = %link.id, "A mail with a one-time code was written");
    Ok(timeout(SENDING, context.mailer.send(&letter, number)).await.unwrap_or(Err(MailError::Unreachable))?)
}

/// Doubles from 5 seconds up to a minute, as long as the code is still waited for; `None` when it is given up.
fn next_try(claimed: &Code, error: &MailError, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(claimed.attempt.saturating_sub(1)).unwrap_or(0).min(16);
    let next = now + Duration::from_secs((5 << doublings).min(60));
    (error.is_transient() && next < claimed.asked_at + codes::LIFETIME).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_code_is_given_up_when_nobody_waits_for_it_any_more() {
        let now = DateTime::UNIX_EPOCH;
        let claimed = |attempt: i64| Code {
            id: Uuid::nil(),
            link_id: Uuid::nil(),
            asked_at: now,
            attempt,
            next_attempt_at: None,
            last_error: None,
            code_hash: None,
            tries_left: 0,
            expires_at: None,
            sent_at: None,
            used_at: None,
        };
        let busy = MailError::Unreachable;
        assert_eq!(next_try(&claimed(1), &busy, now), Some(now + TimeDelta::seconds(5)));
        assert_eq!(next_try(&claimed(3), &busy, now), Some(now + TimeDelta::seconds(20)));
        assert_eq!(next_try(&claimed(30), &busy, now), Some(now + TimeDelta::seconds(60)));
        assert_eq!(next_try(&claimed(9), &busy, now + TimeDelta::seconds(540)), None);
        assert_eq!(next_try(&claimed(1), &MailError::Relay { code: Some(550), permanent: true }, now), None);
    }
}
