//! The table `operator_sessions`: where operators are signed in. Only the hash of a session's token is stored.

use super::second_factor::Factor;
use super::{Operator, tell, tries};
use crate::key_list;
use crate::ledger::audit::Actor;
use crate::ledger::{Ledger, Result, Transaction, stored};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a session lasts in which nothing is done.
pub const IDLE: TimeDelta = TimeDelta::hours(1);
/// How long a session lasts at most.
pub const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How long the second factor may take.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);
/// How many wrong codes end the sign-in.
const TRIES: i64 = 5;
/// How exactly the ledger knows when a session was last used.
const SEEN: TimeDelta = TimeDelta::minutes(1);

/// What a browser holds of a session: 32 random bytes in base64url.
#[derive(Clone)]
pub struct SessionToken(SecretString);

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Its number.
    #[sqlx(rename = "session_id")]
    pub id: Uuid,
    /// From which address it began.
    pub address: Option<String>,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
    /// How many codes may still be tried, where it waits for the second factor.
    pub tries_left: Option<i64>,
}

/// A session that counts, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SignedIn {
    /// Who.
    #[sqlx(flatten)]
    pub operator: Operator,
    /// The session.
    #[sqlx(flatten)]
    pub session: Session,
}

impl SessionToken {
    /// A new one.
    ///
    /// # Panics
    /// When the system has no random bytes to give.
    fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(key_list::random()).into())
    }

    /// Its text, for the cookie.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The hash by which the ledger knows a token; it holds 256 random bits, so a slow hash would add nothing.
fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// Whose tries are forgotten with a sign-in: the account's keyed hash, and the network.
pub struct Tried<'a> {
    /// The account.
    pub account: &'a [u8; 32],
    /// The network.
    pub network: &'a str,
}

/// Begins a session after the right password. Where a second factor is asked for it waits for that; else the operator is in. `None` if the account was disabled,
/// or its password is no longer the one with this `hash`: comparing takes a while, in which others may have changed it.
pub async fn begin(
    ledger: &Ledger,
    operator: Uuid,
    hash: &str,
    tried: &Tried<'_>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<SessionToken>> {
    let mut transaction = ledger.begin().await?;
    forget_ended(&mut transaction, now).await?;
    let Some(waits) = asks_for_second_factor(&mut transaction, operator, hash).await? else { return Ok(None) };
    let token = insert(&mut transaction, operator, waits, &actor, now).await?;
    if !waits {
        signed_in(&mut transaction, operator, None, tried, actor, now).await?;
    }
    transaction.commit().await?;
    Ok(Some(token))
}

/// Holds the account until the transaction ends, and says whether it has a second factor; `None` if it is disabled or has another password by now.
async fn asks_for_second_factor(transaction: &mut Transaction, operator: Uuid, hash: &str) -> Result<Option<bool>> {
    Ok(within!(transaction, connection => sqlx::query_scalar(
        "update operators set password_hash = password_hash where id = $1 and password_hash = $2 and disabled_at is null
         returning second_factor_since is not null")
        .bind(operator).bind(hash).fetch_optional(connection).await?))
}

/// Ends the session that waited and begins one under a new token: the second factor was right. `None` if it was used before or the wait is over.
pub async fn pass_second_factor(
    ledger: &Ledger,
    waiting: &SignedIn,
    factor: &Factor,
    tried: &Tried<'_>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<SessionToken>> {
    let mut transaction = ledger.begin().await?;
    let operator = waiting.operator.id;
    let waited = within!(&mut transaction, connection => sqlx::query(
        "delete from operator_sessions where id = $1 and tries_left is not null and ends_at > $2")
        .bind(waiting.session.id).bind(stored(now)).execute(connection).await?.rows_affected());
    if waited == 0 || !factor.used_up(&mut transaction, operator, now).await? {
        return Ok(None);
    }
    let token = insert(&mut transaction, operator, false, &actor, now).await?;
    signed_in(&mut transaction, operator, Some(factor.word()), tried, actor, now).await?;
    transaction.commit().await?;
    Ok(Some(token))
}

/// Takes one try of a session that waits for the second factor, before the code is looked at; `None` if there is none left.
pub async fn take_try(ledger: &Ledger, session: Uuid, now: DateTime<Utc>) -> Result<Option<i64>> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "update operator_sessions set tries_left = tries_left - 1 where id = $1 and tries_left > 0 and ends_at > $2 returning tries_left")
        .bind(session).bind(stored(now)).fetch_optional(pool).await?))
}

/// Changes the password of whoever is signed in here: every session ends, and this one goes on under a new token. `None` if the account was disabled, its password
/// changed from `before`, or this session ended while the passwords were compared.
pub async fn change_password(
    ledger: &Ledger,
    signed_in: &SignedIn,
    before: &str,
    hash: &str,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<SessionToken>> {
    let mut transaction = ledger.begin().await?;
    let operator = signed_in.operator.id;
    if asks_for_second_factor(&mut transaction, operator, before).await?.is_none() {
        return Ok(None);
    }
    let here = within!(&mut transaction, connection => sqlx::query("delete from operator_sessions where id = $1")
        .bind(signed_in.session.id).execute(connection).await?.rows_affected());
    if here == 0 {
        return Ok(None);
    }
    within!(&mut transaction, connection => sqlx::query(
        "update operators set password_hash = $2, must_change_password = false where id = $1")
        .bind(operator).bind(hash).execute(connection).await?.rows_affected());
    end_all(&mut transaction, operator).await?;
    let token = insert(&mut transaction, operator, false, &actor, now).await?;
    tell(&mut transaction, "operator.password_changed", operator, Value::Null, actor, now).await?;
    transaction.commit().await?;
    Ok(Some(token))
}

async fn insert(
    transaction: &mut Transaction,
    operator: Uuid,
    waits: bool,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<SessionToken> {
    let token = SessionToken::random();
    let ends_at = now + if waits { PATIENCE } else { LONGEST };
    within!(transaction, connection => sqlx::query(
        "insert into operator_sessions (id, operator_id, token_hash, address, began_at, seen_at, ends_at, tries_left)
         values ($1, $2, $3, $4, $5, $5, $6, $7)")
        .bind(Uuid::now_v7())
        .bind(operator)
        .bind(hash(token.expose()))
        .bind(&actor.address)
        .bind(stored(now))
        .bind(stored(ends_at))
        .bind(waits.then_some(TRIES))
        .execute(connection).await?.rows_affected());
    Ok(token)
}

async fn signed_in(
    transaction: &mut Transaction,
    operator: Uuid,
    factor: Option<&str>,
    tried: &Tried<'_>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    within!(transaction, connection => sqlx::query("update operators set signed_in_at = $2 where id = $1")
        .bind(operator).bind(stored(now)).execute(connection).await?.rows_affected());
    tries::forget(transaction, tried.account, tried.network).await?;
    tell(transaction, "operator.signed_in", operator, json!({ "second_factor": factor }), actor, now).await
}

/// The session with this token, if it counts at `now`; notes the use, at most once a minute.
pub async fn find_session(ledger: &Ledger, token: &str, now: DateTime<Utc>) -> Result<Option<SignedIn>> {
    // No other text is a token, and none is looked for.
    if token.len() != 43 {
        return Ok(None);
    }
    let now = stored(now);
    let found: Option<SignedIn> = on!(ledger, pool => sqlx::query_as(
        "select operators.*, operator_sessions.id as session_id, address, began_at, seen_at, ends_at, tries_left
         from operator_sessions join operators on operators.id = operator_id
         where token_hash = $1 and ends_at > $2 and seen_at > $3 and disabled_at is null")
        .bind(hash(token)).bind(now).bind(stored(now - IDLE)).fetch_optional(pool).await?);
    let Some(mut found) = found else { return Ok(None) };
    if found.session.seen_at <= now - SEEN {
        on!(ledger, pool => sqlx::query("update operator_sessions set seen_at = $2 where id = $1 and seen_at < $2")
            .bind(found.session.id).bind(now).execute(pool).await?.rows_affected());
        found.session.seen_at = now;
    }
    Ok(Some(found))
}

/// Whether a session still counts, without noting a use: for what goes on after its request was answered.
pub async fn still_counts(ledger: &Ledger, session: Uuid, now: DateTime<Utc>) -> Result<bool> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select exists (select 1 from operator_sessions where id = $1 and ends_at > $2 and seen_at > $3 and tries_left is null)")
        .bind(session).bind(stored(now)).bind(stored(now - IDLE)).fetch_one(pool).await?))
}

/// The sessions of an operator that count at `now`, the latest used first.
pub async fn of_operator(ledger: &Ledger, operator: Uuid, now: DateTime<Utc>) -> Result<Vec<Session>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select id as session_id, address, began_at, seen_at, ends_at, tries_left from operator_sessions
         where operator_id = $1 and ends_at > $2 and seen_at > $3 and tries_left is null order by seen_at desc, id desc")
        .bind(operator).bind(stored(now)).bind(stored(now - IDLE)).fetch_all(pool).await?))
}

/// Ends this session: the operator signs out.
pub async fn sign_out(ledger: &Ledger, signed_in: &SignedIn, actor: Actor, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    let ended = within!(&mut transaction, connection => sqlx::query("delete from operator_sessions where id = $1")
        .bind(signed_in.session.id).execute(connection).await?.rows_affected());
    if ended > 0 && signed_in.session.tries_left.is_none() {
        tell(&mut transaction, "operator.signed_out", signed_in.operator.id, Value::Null, actor, now).await?;
    }
    transaction.commit().await
}

/// Ends every other session of whoever is signed in here; returns how many.
pub async fn end_others(ledger: &Ledger, signed_in: &SignedIn, actor: Actor, now: DateTime<Utc>) -> Result<u64> {
    let mut transaction = ledger.begin().await?;
    let operator = signed_in.operator.id;
    let ended = within!(&mut transaction, connection => sqlx::query(
        "delete from operator_sessions where operator_id = $1 and id <> $2")
        .bind(operator).bind(signed_in.session.id).execute(connection).await?.rows_affected());
    if ended > 0 {
        tell(&mut transaction, "operator.signed_out", operator, json!({ "elsewhere": ended }), actor, now).await?;
    }
    transaction.commit().await?;
    Ok(ended)
}

/// Ends every session of an operator.
pub(super) async fn end_all(transaction: &mut Transaction, operator: Uuid) -> Result<()> {
    within!(transaction, connection => sqlx::query("delete from operator_sessions where operator_id = $1")
        .bind(operator).execute(connection).await?.rows_affected());
    Ok(())
}

/// Deletes sessions that are over; each sign-in does it.
async fn forget_ended(transaction: &mut Transaction, now: DateTime<Utc>) -> Result<()> {
    within!(transaction, connection => sqlx::query("delete from operator_sessions where ends_at <= $1 or seen_at <= $2")
        .bind(stored(now)).bind(stored(now - IDLE)).execute(connection).await?.rows_affected());
    Ok(())
}
