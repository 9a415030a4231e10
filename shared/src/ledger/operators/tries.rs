//! The table `sign_in_tries`: how often somebody may try a password or a code.
//!
//! A try is written down before anything is compared, so that many at once are no more than one after the other; it goes again when the person is in.
//! Unknown accounts are counted like known ones.

use super::sessions::Tried;
use crate::ledger::{Ledger, Result, Transaction, stored};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How often one address may try one account within [`SHORT`].
const PER_ADDRESS_AND_ACCOUNT: i64 = 10;
/// How often one address may try any accounts within [`SHORT`].
const PER_ADDRESS: i64 = 30;
/// How often one account may be tried from anywhere within [`LONG`].
const PER_ACCOUNT: i64 = 30;
const SHORT: TimeDelta = TimeDelta::minutes(15);
const LONG: TimeDelta = TimeDelta::hours(1);

/// Any number, as long as no other statement takes the same advisory lock.
const TRIES: i64 = 0x7369_676e_2d69_6e21;

/// Whether somebody may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// Yes, and it counts as a failure until the person is in.
    Taken,
    /// No, not before then.
    TooMany {
        /// When the next one may be taken.
        until: DateTime<Utc>,
    },
}

/// Takes a try of this account (by its keyed hash) from this network.
pub async fn take(ledger: &Ledger, account: &[u8; 32], network: &str, now: DateTime<Utc>) -> Result<Try> {
    let mut transaction = ledger.begin().await?;
    transaction.alone(TRIES).await?;
    within!(&mut transaction, connection => sqlx::query("delete from sign_in_tries where at <= $1")
        .bind(stored(now - LONG)).execute(connection).await?.rows_affected());
    let bounds = [
        (Some(account.as_slice()), Some(network), SHORT, PER_ADDRESS_AND_ACCOUNT),
        (None, Some(network), SHORT, PER_ADDRESS),
        (Some(account.as_slice()), None, LONG, PER_ACCOUNT),
    ];
    let mut until = None;
    for (account, network, within, most) in bounds {
        // The try that has to be forgotten before there is room for another.
        let oldest: Option<DateTime<Utc>> = within!(&mut transaction, connection => sqlx::query_scalar(
            "select at from sign_in_tries
             where ($1 is null or account_hash = $1) and ($2 is null or network = $2) and at > $3
             order by at desc, id desc limit 1 offset $4")
            .bind(account).bind(network).bind(stored(now - within)).bind(most - 1)
            .fetch_optional(connection).await?);
        until = until.max(oldest.map(|at| at + within));
    }
    if let Some(until) = until {
        return Ok(Try::TooMany { until });
    }
    within!(&mut transaction, connection => sqlx::query(
        "insert into sign_in_tries (id, account_hash, network, at) values ($1, $2, $3, $4)")
        .bind(Uuid::now_v7()).bind(account.as_slice()).bind(network).bind(stored(now))
        .execute(connection).await?.rows_affected());
    transaction.commit().await?;
    Ok(Try::Taken)
}

/// Forgets the tries of an account from a network: whoever is there is its owner.
pub async fn forget_tries(ledger: &Ledger, tried: &Tried<'_>) -> Result<()> {
    let mut transaction = ledger.begin().await?;
    forget(&mut transaction, tried.account, tried.network).await?;
    transaction.commit().await
}

/// Whoever is in has not failed.
pub(super) async fn forget(transaction: &mut Transaction, account: &[u8; 32], network: &str) -> Result<()> {
    within!(transaction, connection => sqlx::query("delete from sign_in_tries where account_hash = $1 and network = $2")
        .bind(account.as_slice()).bind(network).execute(connection).await?.rows_affected());
    Ok(())
}
