//! Adding entries to the chain.
//!
//! What a transaction has to tell is collected while it runs and chained when it commits, so that the lock on the head of the chain is the last one it takes, and
//! is held for one statement: transactions never wait for each other in a circle, and a rolled-back one leaves no gap.

use super::entry::{Encoding, Entry, ORIGIN};
use super::{Event, canonical, outcome_of};
use crate::ledger::{Ledger, LedgerError, Open, Result, Transaction};

/// How many old rows are chained in one go.
const BATCH: i64 = 1000;

/// The last entry of a chain.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// Its place; 0 in an empty chain.
    pub seq: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

impl Head {
    /// Its hash in hexadecimal.
    pub fn hex(&self) -> String {
        hex::encode(&self.hash)
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.seq, self.hex())
    }
}

/// A text that names no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be NUMBER:HASH, as `handover audit head` prints it")]
pub struct NotAHead;

impl std::str::FromStr for Head {
    type Err = NotAHead;
    fn from_str(text: &str) -> std::result::Result<Self, NotAHead> {
        let (seq, hash) = text.trim().split_once(':').ok_or(NotAHead)?;
        let (seq, hash) = (seq.parse().map_err(|_| NotAHead)?, hex::decode(hash).map_err(|_| NotAHead)?);
        if seq < 0 || hash.len() != 32 { Err(NotAHead) } else { Ok(Self { seq, hash }) }
    }
}

/// The last entry.
pub async fn head(ledger: &Ledger) -> Result<Head> {
    let head: Option<Head> = on!(ledger, pool =>
        sqlx::query_as("select seq, hash from audit_chain where id = 1").fetch_optional(pool).await?);
    head.ok_or(LedgerError::AuditWithoutHead)
}

/// Adds the events that a transaction collected, in their order; the last thing it does.
pub(in crate::ledger) async fn append(transaction: &mut Open, events: &[Event]) -> Result<()> {
    for event in events {
        match transaction {
            Open::Postgres(transaction) => append_to_postgres(&mut *transaction, event).await?,
            Open::Sqlite(transaction) => append_to_sqlite(&mut *transaction, event).await?,
        }
    }
    Ok(())
}

/// The detail in its one form.
pub(super) fn text_of(event: &Event) -> String {
    let mut text = String::new();
    canonical::write(&event.detail.0, &mut text);
    text
}

/// One statement and one way to the server and back: others wait for that, and for the commit.
async fn append_to_postgres(connection: &mut sqlx::PgConnection, event: &Event) -> Result<()> {
    let encoding = Encoding::of(event);
    let added = sqlx::query(
        "with head as (
             update audit_chain set seq = seq + 1, previous_hash = hash,
                 hash = sha256(convert_to($1 || encode(hash, 'hex') || $2 || (seq + 1) || $3, 'UTF8'))
             where id = 1 returning seq, previous_hash, hash)
         insert into audit_events (seq, id, at, actor, action, outcome, export_id, source, tenant, address, request_id, detail, previous_hash, hash)
         select head.seq, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, head.previous_hash, head.hash from head")
        .bind(encoding.start)
        .bind(encoding.middle)
        .bind(encoding.end)
        .bind(event.id)
        .bind(event.at)
        .bind(&event.actor)
        .bind(&event.action)
        .bind(&event.outcome)
        .bind(event.export_id)
        .bind(&event.source)
        .bind(&event.tenant)
        .bind(&event.address)
        .bind(&event.request_id)
        .bind(text_of(event))
        .execute(connection).await?.rows_affected();
    if added == 1 { Ok(()) } else { Err(LedgerError::AuditWithoutHead) }
}

/// SQLite knows no SHA-256; it is in this process and has one writer, so three statements are as good.
async fn append_to_sqlite(connection: &mut sqlx::SqliteConnection, event: &Event) -> Result<()> {
    let head: Option<Head> =
        sqlx::query_as("select seq, hash from audit_chain where id = 1").fetch_optional(&mut *connection).await?;
    let head = head.ok_or(LedgerError::AuditWithoutHead)?;
    let seq = head.seq + 1;
    let hash = Encoding::of(event).hash(&head.hash, seq).to_vec();
    sqlx::query(
        "insert into audit_events (seq, id, at, actor, action, outcome, export_id, source, tenant, address, request_id, detail, previous_hash, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
        .bind(seq)
        .bind(event.id)
        .bind(event.at)
        .bind(&event.actor)
        .bind(&event.action)
        .bind(&event.outcome)
        .bind(event.export_id)
        .bind(&event.source)
        .bind(&event.tenant)
        .bind(&event.address)
        .bind(&event.request_id)
        .bind(text_of(event))
        .bind(&head.hash)
        .bind(&hash)
        .execute(&mut *connection).await?;
    sqlx::query("update audit_chain set seq = $1, previous_hash = $2, hash = $3 where id = 1")
        .bind(seq)
        .bind(&head.hash)
        .bind(&hash)
        .execute(connection)
        .await?;
    Ok(())
}

/// Chains the entries that were there before there was a chain: the migration has given them their places. Not to be called at any other time, for it vouches for
/// whatever it finds.
pub(in crate::ledger) async fn adopt(transaction: &mut Transaction) -> Result<()> {
    let (mut last, mut hash) = (0_i64, ORIGIN.to_vec());
    loop {
        let batch: Vec<Entry> = within!(transaction, connection => sqlx::query_as(
            "select * from audit_events where seq > $1 order by seq limit $2")
            .bind(last).bind(BATCH).fetch_all(connection).await?);
        if batch.is_empty() {
            break;
        }
        for mut entry in batch {
            entry.event.outcome = outcome_of(&entry.event.action).to_string();
            let next = Encoding::of(&entry.event).hash(&hash, entry.seq).to_vec();
            let (outcome, detail) = (&entry.event.outcome, text_of(&entry.event));
            match transaction.open() {
                Open::Postgres(transaction) => sqlx::query(
                    "update audit_events set outcome = $2, detail = $3::jsonb, previous_hash = $4, hash = $5 where seq = $1")
                    .bind(entry.seq).bind(outcome).bind(detail).bind(&hash).bind(&next)
                    .execute(&mut **transaction).await?.rows_affected(),
                Open::Sqlite(transaction) => sqlx::query(
                    "update audit_events set outcome = $2, detail = $3, previous_hash = $4, hash = $5 where seq = $1")
                    .bind(entry.seq).bind(outcome).bind(detail).bind(&hash).bind(&next)
                    .execute(&mut **transaction).await?.rows_affected(),
            };
            (last, hash) = (entry.seq, next);
        }
    }
    if last > 0 {
        let previous: Vec<u8> = within!(transaction, connection =>
            sqlx::query_scalar("select previous_hash from audit_events where seq = $1").bind(last).fetch_one(connection).await?);
        within!(transaction, connection => sqlx::query(
            "update audit_chain set seq = $1, previous_hash = $2, hash = $3 where id = 1")
            .bind(last).bind(&previous).bind(&hash).execute(connection).await?.rows_affected());
    }
    Ok(())
}
