//! The table `downloads`: each download that a click began. It was counted before its first byte, and may be taken up again where it broke off.

use super::audit::{self, Actor, NewEvent};
use super::exports::Export;
use super::webhooks::messages;
use super::{Ledger, Result, stored};
use crate::export::ExportId;
use crate::webhook::Event;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// A download that was counted.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Download {
    /// Its number.
    pub id: Uuid,
    /// The link it was begun with.
    pub link_id: Uuid,
    /// The name of its file in the archive.
    pub file: String,
    /// SHA-256 of its ticket; none where the vault delivers the file itself.
    pub ticket_hash: Option<Vec<u8>>,
    /// When it was counted.
    pub counted_at: DateTime<Utc>,
    /// From when on it cannot begin any more.
    pub begin_before: DateTime<Utc>,
    /// From when on it cannot be taken up again.
    pub ends_at: DateTime<Utc>,
    /// When its first byte was asked for.
    pub begun_at: Option<DateTime<Utc>>,
    /// How many bytes were sent and are being sent, over all answers.
    pub bytes_promised: i64,
    /// How many bytes were sent, over all answers that ended.
    pub bytes_sent: i64,
    /// When its last byte was first sent.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Download {
    /// Whether it can begin, or be taken up again.
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        now < self.ends_at && (self.begun_at.is_some() || now < self.begin_before)
    }
}

/// A download to count.
#[derive(Debug, Clone, Copy)]
pub struct NewDownload<'a> {
    /// The link it begins with.
    pub link: Uuid,
    /// The name of its file in the archive.
    pub file: &'a str,
    /// See [`Download::ticket_hash`].
    pub ticket_hash: Option<&'a [u8]>,
    /// See [`Download::begin_before`].
    pub begin_before: DateTime<Utc>,
    /// See [`Download::ends_at`].
    pub ends_at: DateTime<Utc>,
}

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It counts, and the download has this number.
    Begun(Uuid),
    /// The link has given this file as often as it may.
    UsedUp,
    /// The link does not count: it is revoked or expired, its export is not `ready`, or its archive's time is over.
    Over,
}

/// Counts a download and writes its audit event in one transaction, if the link still counts at `now` and its limit leaves one.
///
/// Whoever counts holds the link's row until the end: of two clicks at once that share the last download, one is refused.
pub async fn count(ledger: &Ledger, new: NewDownload<'_>, actor: Actor, now: DateTime<Utc>) -> Result<Counted> {
    let mut transaction = ledger.begin().await?;
    let found: Option<(ExportId, Option<i64>)> = within!(&mut transaction, connection => sqlx::query_as(
        "update links set downloads = downloads + 1
         where id = $1 and revoked_at is null and expires_at > $2
           and exists (select 1 from exports where exports.id = links.export_id and exports.state = 'ready'
                         and (exports.expires_at is null or exports.expires_at > $2))
         returning export_id, download_limit")
        .bind(new.link).bind(stored(now)).fetch_optional(connection).await?);
    let Some((export, limit)) = found else {
        return Ok(Counted::Over);
    };
    if let Some(limit) = limit {
        // A statement of its own: one with the update would count what was there before it waited for the row.
        let so_far: i64 = within!(&mut transaction, connection => sqlx::query_scalar(
            "select count(*) from downloads where link_id = $1 and file = $2")
            .bind(new.link).bind(new.file).fetch_one(connection).await?);
        if so_far >= limit {
            return Ok(Counted::UsedUp);
        }
    }
    let id = Uuid::now_v7();
    within!(&mut transaction, connection => sqlx::query(
        "insert into downloads (id, link_id, file, ticket_hash, counted_at, begin_before, ends_at) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(new.link)
        .bind(new.file)
        .bind(new.ticket_hash)
        .bind(stored(now))
        .bind(stored(new.begin_before))
        .bind(stored(new.ends_at))
        .execute(connection).await?.rows_affected());
    let mut detail = json!({ "link": new.link, "download": id, "file": new.file });
    if new.ticket_hash.is_none() {
        // No `link.served` follows: what the vault sends, it does not tell.
        detail["from"] = "vault".into();
        detail["bytes"] = "unknown".into();
    }
    let event = NewEvent::about(export, "link.downloaded", actor, detail);
    audit::write(&mut transaction, event, now).await?;
    let export: Export = within!(&mut transaction, connection => sqlx::query_as("select * from exports where id = $1")
        .bind(export).fetch_one(connection).await?);
    let more = json!({ "link_id": new.link, "download_id": id });
    messages::tell(&mut transaction, &export, Event::Downloaded, more, now).await?;
    transaction.commit().await?;
    Ok(Counted::Begun(id))
}

/// The files that were downloaded with a link, with how often.
pub async fn of_link(ledger: &Ledger, link: Uuid) -> Result<Vec<(String, i64)>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select file, count(*) from downloads where link_id = $1 group by file").bind(link).fetch_all(pool).await?))
}

/// The download with this ticket.
pub async fn find_by_ticket(ledger: &Ledger, ticket_hash: &[u8]) -> Result<Option<Download>> {
    Ok(on!(ledger, pool =>
        sqlx::query_as("select * from downloads where ticket_hash = $1").bind(ticket_hash).fetch_optional(pool).await?))
}

/// Promises `bytes` more of a download that counts, and begins it if it has not begun; `false` if it does not count at `now`, or if it would then have been
/// given more than `most` bytes over all answers.
pub async fn promise(ledger: &Ledger, id: Uuid, bytes: u64, most: u64, now: DateTime<Utc>) -> Result<bool> {
    let promised = on!(ledger, pool => sqlx::query(
        "update downloads set begun_at = coalesce(begun_at, $2), bytes_promised = bytes_promised + $3
         where id = $1 and ends_at > $2 and (begun_at is not null or begin_before > $2) and bytes_promised + $3 <= $4")
        .bind(id)
        .bind(stored(now))
        .bind(whole(bytes))
        .bind(whole(most))
        .execute(pool).await?.rows_affected());
    Ok(promised == 1)
}

/// An answer that ended, well or not.
#[derive(Debug, Clone)]
pub struct Served {
    /// The download.
    pub download: Uuid,
    /// The link it was begun with.
    pub link: Uuid,
    /// The export.
    pub export: ExportId,
    /// The name of the file.
    pub file: String,
    /// The place of the first byte in the file.
    pub from: u64,
    /// How many bytes were promised.
    pub promised: u64,
    /// How many bytes were handed to the network.
    pub sent: u64,
    /// Whether the promised bytes are the file's last ones.
    pub to_the_end: bool,
}

impl Served {
    /// Whether everything was sent that was promised.
    pub fn is_complete(&self) -> bool {
        self.sent >= self.promised
    }
}

/// Notes how many bytes an answer sent, with its audit event; what was promised beyond them is taken back.
pub async fn served(ledger: &Ledger, served: &Served, actor: Actor, now: DateTime<Utc>) -> Result<()> {
    let finished = (served.is_complete() && served.to_the_end).then(|| stored(now));
    let mut transaction = ledger.begin().await?;
    within!(&mut transaction, connection => sqlx::query(
        "update downloads set bytes_sent = bytes_sent + $2, bytes_promised = bytes_promised - $3, finished_at = coalesce(finished_at, $4) where id = $1")
        .bind(served.download)
        .bind(whole(served.sent))
        .bind(whole(served.promised.saturating_sub(served.sent)))
        .bind(finished)
        .execute(connection).await?.rows_affected());
    let detail = json!({
        "link": served.link, "download": served.download, "file": served.file,
        "from": served.from, "bytes": served.sent, "complete": served.is_complete(),
    });
    let event = NewEvent::about(served.export, "link.served", actor, detail);
    audit::write(&mut transaction, event, now).await?;
    transaction.commit().await
}

/// No file has as many bytes as the number holds.
fn whole(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
