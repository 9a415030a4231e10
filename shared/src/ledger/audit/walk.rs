//! Walking along the chain, and noticing where it is not whole.

use super::entry::{Encoding, Entry};
use crate::ledger::{Open, Result, Transaction};
use chrono::SecondsFormat;
use sqlx::{FromRow, Row};

/// How many rows are held at once.
const BATCH: i64 = 500;

/// What is wrong at a place of the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The content and the hash do not belong together.
    #[error("was edited: its content is not what its hash was made of")]
    Edited,
    /// It is a true entry at a place that is not its own.
    #[error("was moved: this entry was number {from}")]
    Moved {
        /// Its own place.
        from: i64,
    },
    /// It is whole by itself, but continues another entry than the one before it.
    #[error("does not continue the entry before it: one of the two was replaced")]
    Replaced,
    /// Entries are not there.
    #[error("is missing, and with it everything to number {through}")]
    Missing {
        /// The last that is missing in a row.
        through: i64,
    },
    /// Something stands where the chain has no place: twice the same number, or before its beginning.
    #[error("was inserted: the chain has no place for it")]
    Inserted,
    /// A value is not of the kind that an entry holds.
    #[error("was edited: it cannot be read as an entry any more")]
    Unreadable,
    /// The chain once was longer.
    #[error("is missing: the end of the chain was cut off, it reached to number {head}")]
    TailCutOff {
        /// How long it was.
        head: i64,
    },
    /// Entries stand behind what the head says is the last.
    #[error("stands behind the head of the chain, which says that {head} is the last")]
    BehindHead {
        /// What the head says.
        head: i64,
    },
    /// The last entry is not the one that the head names.
    #[error("is not the entry that the head of the chain names")]
    NotTheHead,
    /// The row of the head is gone.
    #[error("is the last there is, but the head of the chain is missing")]
    HeadMissing,
    /// There is an entry with this number, and another hash than the one somebody knows.
    #[error("is not the entry with the hash that was given for it")]
    NotAsKnown,
    /// A checkpoint says otherwise.
    #[error("is not the entry that a signed checkpoint vouches for")]
    NotAsSigned,
    /// A checkpoint's signature is wrong.
    #[error("is vouched for by a checkpoint with a wrong signature")]
    SignatureWrong,
    /// A checkpoint is signed by somebody else.
    #[error("is vouched for by a checkpoint signed with the key {key_id}, which is none of those to trust")]
    KeyUnknown {
        /// The number of that key.
        key_id: String,
    },
}

/// A fault and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} {fault}")]
pub struct Finding {
    /// The number of the first entry concerned.
    pub seq: i64,
    /// What is wrong.
    pub fault: Fault,
}

/// One row as it was found.
pub(super) struct Found {
    pub(super) seq: i64,
    pub(super) entry: Option<Entry>,
    /// Whether its text is in the one form in which it was written.
    is_canonical: bool,
}

/// Reads on behind a place.
pub(super) async fn read(transaction: &mut Transaction, after: i64) -> Result<Vec<Found>> {
    let on_sqlite = matches!(transaction.open(), Open::Sqlite(_));
    within!(transaction, connection => {
        let rows = sqlx::query(
            match on_sqlite {
                true => "select *, cast(detail as text) as detail_text, cast(at as text) as at_text from audit_events where seq > $1 order by seq limit $2",
                // What is no time of ours becomes NULL, and so unreadable: decoding it would end the walk.
                false => "select seq, id, case when at between '0001-01-01' and '9999-12-31' then at end as at, actor, action, outcome, export_id, source, tenant,
                                 address, request_id, detail, previous_hash, hash, cast(detail as text) as detail_text
                            from audit_events where seq > $1 order by seq limit $2",
            })
            .bind(after).bind(BATCH).fetch_all(connection).await?;
        rows.iter().map(|row| {
            let entry = Entry::from_row(row).ok();
            let text: Option<String> = row.try_get("detail_text").ok();
            let at: Option<String> = row.try_get("at_text").ok();
            // PostgreSQL has one form for equal documents and times itself.
            let is_canonical = !on_sqlite
                || entry.as_ref().is_some_and(|entry| {
                    text == Some(super::chain::text_of(&entry.event))
                        && at == Some(entry.event.at.to_rfc3339_opts(SecondsFormat::AutoSi, false))
                });
            Ok(Found { seq: row.try_get("seq")?, entry, is_canonical })
        }).collect()
    })
}

/// The place up to which the chain was followed.
pub(super) struct Walk {
    /// The last entry's place.
    pub(super) seq: i64,
    /// Its hash, as it is stored; `None` where that is not known.
    pub(super) hash: Option<Vec<u8>>,
}

impl Walk {
    /// Takes the next step; what is wrong there is returned, and the walk goes on from the row all the same.
    pub(super) async fn step(&mut self, transaction: &mut Transaction, found: &Found) -> Result<Option<Finding>> {
        let (last, hash) = (self.seq, self.hash.take());
        let finding = |seq, fault| Some(Finding { seq, fault });
        if found.seq <= last {
            self.hash = hash;
            return Ok(finding(found.seq, Fault::Inserted));
        }
        self.seq = found.seq;
        let Some(entry) = &found.entry else {
            return Ok(finding(found.seq, Fault::Unreadable));
        };
        self.hash = Some(entry.hash.clone());
        let continues = hash.is_none_or(|hash| hash == entry.previous_hash);
        Ok(if entry.hash != entry.expected_hash() || !found.is_canonical {
            let from = if continues { None } else { own_place(transaction, entry).await? };
            finding(found.seq, from.map_or(Fault::Edited, |from| Fault::Moved { from }))
        } else if found.seq > last + 1 {
            finding(last + 1, Fault::Missing { through: found.seq - 1 })
        } else if !continues {
            finding(found.seq, Fault::Replaced)
        } else {
            None
        })
    }
}

/// The place at which the entry is whole, if it is one behind an entry that is there.
async fn own_place(transaction: &mut Transaction, entry: &Entry) -> Result<Option<i64>> {
    let before: Option<i64> = within!(transaction, connection =>
        sqlx::query_scalar("select min(seq) from audit_events where hash = $1").bind(&entry.previous_hash).fetch_one(connection).await?);
    let place = before.map_or(1, |before| before + 1);
    let whole = Encoding::of(&entry.event).hash(&entry.previous_hash, place).as_slice() == entry.hash;
    Ok((whole && place != entry.seq).then_some(place))
}
