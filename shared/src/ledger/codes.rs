//! The table `link_codes`: one-time codes that people ask for on the page of a link, that a worker makes and mails, and that count three tries and ten minutes.

use super::audit::{self, Actor, NewEvent};
use super::{Ledger, LedgerError, Result, storable, stored};
use crate::export::ExportId;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// How many guesses a code takes; after the last wrong one it is dead.
pub const TRIES: i64 = 3;
/// How long a code counts after it was made, and how long after it was asked for it is still made.
pub const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Not before so much time has passed does a link give another code.
pub const BETWEEN: Duration = Duration::from_secs(60);
/// A link gives at most [`AT_MOST`] codes in this time.
pub const WITHIN: Duration = Duration::from_secs(60 * 60);
/// See [`WITHIN`].
pub const AT_MOST: usize = 5;

/// A code that was asked for.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Code {
    /// Its number.
    pub id: Uuid,
    /// The link it is for.
    pub link_id: Uuid,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// How often making and mailing it was begun; the fence of later writes.
    pub attempt: i64,
    /// Not before this time is it tried (again); none when it was sent or given up.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// What the relay said last, without addresses.
    pub last_error: Option<String>,
    /// Its keyed hash, once it was made.
    pub code_hash: Option<Vec<u8>>,
    /// How many guesses it still takes.
    pub tries_left: i64,
    /// From when on it does not count.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the relay took the mail.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was given.
    pub used_at: Option<DateTime<Utc>>,
}

impl Code {
    /// Whether it would still be taken.
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && self.tries_left > 0 && self.expires_at.is_some_and(|end| now < end)
    }

    /// Whether its mail is still to be expected.
    pub fn is_on_its_way(&self, now: DateTime<Utc>) -> bool {
        self.next_attempt_at.is_some() && now < self.asked_at + LIFETIME
    }
}

/// What became of asking for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A worker will mail it; ring for this number.
    Owed(Uuid),
    /// There were enough for now; not before this time is there another.
    TooMany(DateTime<Utc>),
    /// The link does not count, asks for no code, or has no address to send one to.
    Pointless,
}

/// Asks for a code. It takes the place of those that were asked for before and not yet mailed.
pub async fn ask(ledger: &Ledger, link: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<Asked> {
    let mut transaction = ledger.begin().await?;
    // Changes nothing, but holds the link's row: two at once are asked one after the other.
    let export: Option<ExportId> = within!(&mut transaction, connection => sqlx::query_scalar(
        "update links set downloads = downloads
         where id = $1 and revoked_at is null and expires_at > $2 and protection = 'code' and recipient is not null returning export_id")
        .bind(link).bind(stored(now)).fetch_optional(connection).await?);
    let Some(export) = export else {
        return Ok(Asked::Pointless);
    };
    let asked: Vec<DateTime<Utc>> = within!(&mut transaction, connection => sqlx::query_scalar(
        "select asked_at from link_codes where link_id = $1 and asked_at > $2 order by asked_at desc")
        .bind(link).bind(stored(now - WITHIN)).fetch_all(connection).await?);
    let again = next_at(&asked);
    if again > now {
        return Ok(Asked::TooMany(again));
    }
    within!(&mut transaction, connection => sqlx::query(
        "update link_codes set next_attempt_at = null where link_id = $1 and next_attempt_at is not null")
        .bind(link).execute(connection).await?.rows_affected());
    let id = Uuid::now_v7();
    within!(&mut transaction, connection => sqlx::query(
        "insert into link_codes (id, link_id, asked_at, next_attempt_at) values ($1, $2, $3, $3)")
        .bind(id).bind(link).bind(stored(now)).execute(connection).await?.rows_affected());
    let event = NewEvent::about(export, "link.code_requested", actor, json!({ "link": link, "code": id }));
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await?;
    Ok(Asked::Owed(id))
}

/// From when on there may be another code after those that were asked for within [`WITHIN`], the latest first.
fn next_at(asked: &[DateTime<Utc>]) -> DateTime<Utc> {
    let soon = asked.first().map(|latest| *latest + BETWEEN);
    let full = asked.get(AT_MOST - 1).map(|fifth| *fifth + WITHIN);
    soon.max(full).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The code that was asked for last, and from when on another may be asked for.
pub async fn latest(ledger: &Ledger, link: Uuid, now: DateTime<Utc>) -> Result<(Option<Code>, DateTime<Utc>)> {
    let codes: Vec<Code> = on!(ledger, pool => sqlx::query_as(
        "select * from link_codes where link_id = $1 and asked_at > $2 order by asked_at desc, id desc")
        .bind(link).bind(stored(now - WITHIN)).fetch_all(pool).await?);
    let asked: Vec<DateTime<Utc>> = codes.iter().map(|code| code.asked_at).collect();
    Ok((codes.into_iter().next(), next_at(&asked)))
}

/// Codes that are to be made and mailed at `now`, the longest waiting first; at most `limit`.
pub async fn due(ledger: &Ledger, limit: i64, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Ok(on!(ledger, pool =>
        sqlx::query_scalar("select id from link_codes where next_attempt_at <= $1 order by asked_at, id limit $2")
            .bind(stored(now)).bind(limit).fetch_all(pool).await?))
}

/// Takes a due code for mailing, as attempt + 1, for so long; `None` if it is not due.
pub async fn claim(ledger: &Ledger, id: Uuid, hold: Duration, now: DateTime<Utc>) -> Result<Option<Code>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "update link_codes set attempt = attempt + 1, next_attempt_at = $3 where id = $1 and next_attempt_at <= $2 returning *")
        .bind(id).bind(stored(now)).bind(stored(now + hold)).fetch_optional(pool).await?))
}

/// A code was made and is about to be mailed: from now on this one counts, with the tries that an earlier one of the same wish has left; fenced by attempt.
pub async fn made(ledger: &Ledger, claimed: &Code, code_hash: &[u8], now: DateTime<Utc>) -> Result<()> {
    let changed = on!(ledger, pool => sqlx::query(
        "update link_codes set code_hash = $3, tries_left = case when code_hash is null then $4 else tries_left end, expires_at = $5
         where id = $1 and attempt = $2 and next_attempt_at is not null")
        .bind(claimed.id)
        .bind(claimed.attempt)
        .bind(code_hash)
        .bind(TRIES)
        .bind(stored(now + LIFETIME))
        .execute(pool).await?.rows_affected());
    fence(changed, claimed.attempt)
}

/// The relay took the mail; fenced by attempt.
pub async fn sent(ledger: &Ledger, claimed: &Code, actor: Actor, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update link_codes set next_attempt_at = null, sent_at = $3, last_error = null
         where id = $1 and attempt = $2 and next_attempt_at is not null")
        .bind(claimed.id).bind(claimed.attempt).bind(stored(now)).execute(connection).await?.rows_affected());
    fence(changed, claimed.attempt)?;
    let export: ExportId = within!(&mut transaction, connection =>
        sqlx::query_scalar("select export_id from links where id = $1").bind(claimed.link_id).fetch_one(connection).await?);
    let detail = json!({ "link": claimed.link_id, "code": claimed.id });
    audit::write(&mut transaction, NewEvent::about(export, "link.code_sent", actor, detail), now).await?;
    transaction.commit().await
}

/// It failed and is tried again at `next`, or never (`None`); fenced by attempt.
pub async fn failed(ledger: &Ledger, claimed: &Code, error: &str, next: Option<DateTime<Utc>>) -> Result<()> {
    let changed = on!(ledger, pool => sqlx::query(
        "update link_codes set next_attempt_at = $3, last_error = $4 where id = $1 and attempt = $2 and next_attempt_at is not null")
        .bind(claimed.id)
        .bind(claimed.attempt)
        .bind(next.map(stored))
        .bind(storable(error))
        .execute(pool).await?.rows_affected());
    fence(changed, claimed.attempt)
}

/// What became of a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// It is the code, which is used up now.
    Right,
    /// It is not, and so many tries are left.
    Wrong {
        /// None is left: the code is dead.
        left: i64,
    },
    /// There is no code that would be taken.
    NoCode,
}

/// Holds a guess against the code that was made last for this link; `is_right` is told its number and its hash.
///
/// The try is taken before the comparison and in its transaction, so that guesses at once cannot have more tries together.
pub async fn guess(
    ledger: &Ledger,
    link: Uuid,
    is_right: impl FnOnce(Uuid, &[u8]) -> bool,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Guess> {
    let mut transaction = ledger.begin().await?;
    let tried: Option<(Uuid, Vec<u8>, i64)> = within!(&mut transaction, connection => sqlx::query_as(
        "update link_codes set tries_left = tries_left - 1
         where id = (select id from link_codes where link_id = $1 and code_hash is not null order by asked_at desc, id desc limit 1)
           and tries_left > 0 and used_at is null and expires_at > $2
         returning id, code_hash, tries_left")
        .bind(link).bind(stored(now)).fetch_optional(connection).await?);
    let Some((id, hash, left)) = tried else {
        return Ok(Guess::NoCode);
    };
    let export: ExportId = within!(&mut transaction, connection =>
        sqlx::query_scalar("select export_id from links where id = $1").bind(link).fetch_one(connection).await?);
    let (guess, action, detail) = if is_right(id, &hash) {
        within!(&mut transaction, connection => sqlx::query("update link_codes set used_at = $2 where id = $1")
            .bind(id).bind(stored(now)).execute(connection).await?.rows_affected());
        (Guess::Right, "link.code_accepted", json!({ "link": link, "code": id }))
    } else {
        (Guess::Wrong { left }, "link.code_refused", json!({ "link": link, "code": id, "tries_left": left }))
    };
    audit::write(&mut transaction, NewEvent::about(export, action, actor, detail), now).await?;
    transaction.commit().await?;
    Ok(guess)
}

/// Deletes codes that were asked for before `before`, which is longer ago than [`WITHIN`].
pub async fn prune(ledger: &Ledger, before: DateTime<Utc>) -> Result<()> {
    on!(ledger, pool => sqlx::query("delete from link_codes where asked_at < $1")
        .bind(stored(before)).execute(pool).await?.rows_affected());
    Ok(())
}

fn fence(changed: u64, attempt: i64) -> Result<()> {
    if changed == 0 { Err(LedgerError::Fenced { attempt }) } else { Ok(()) }
}
