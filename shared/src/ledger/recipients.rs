//! The table `recipients`: the public keys that archives are encrypted to, and which of them an attempt used.
//!
//! A tenant's keys are for exports of the whole tenant, a person's for the exports of that person: nobody's archive is locked with somebody else's keys.

use super::audit::{self, Actor, NewEvent};
use super::exports::Export;
use super::{Ledger, LedgerError, Person, Result, Transaction, storable, stored};
use crate::export::{ExportId, SubjectId, TenantId};
use crate::recipient::{MOST_RECIPIENTS, PublicKey, RecipientKind, RefusedKey, SUFFIX};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// Whoever adds or removes a key, or makes an archive ready for the keys that count, is alone meanwhile. Any number, as long as nothing else takes the same advisory lock in the ledger's database.
const LOCK: i64 = 0x4861_6e64_6167_6531;

/// A public key that archives are encrypted to.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Recipient {
    /// Its number.
    pub id: Uuid,
    /// The name of the source.
    pub source: String,
    /// Whose archives.
    #[sqlx(try_from = "String")]
    pub tenant: TenantId,
    /// The person whose exports it is for, if not for those of the whole tenant.
    #[sqlx(flatten)]
    pub subject: Person,
    /// What it is.
    pub kind: RecipientKind,
    /// The key, as [`PublicKey::text`] writes it.
    pub public_key: String,
    /// What people call it.
    pub label: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Who added it: an [`Actor::name`].
    pub created_by: String,
    /// When it was removed; it may have opened archives before.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key to add.
#[derive(Debug, Clone)]
pub struct NewRecipient {
    /// The name of the source.
    pub source: String,
    /// Whose archives.
    pub tenant: TenantId,
    /// The person whose exports it is for.
    pub subject: Person,
    /// The key.
    pub key: PublicKey,
    /// What people call it; see [`crate::recipient::label`].
    pub label: String,
}

/// What became of a key to add.
#[derive(Debug, Clone, PartialEq)]
pub enum Added {
    /// It counts from now on.
    New(Recipient),
    /// It was added before.
    Known(Recipient),
    /// There are [`MOST_RECIPIENTS`] already.
    TooMany,
}

/// Which keys to list; `None` does not filter. Those that were removed are never listed.
#[derive(Debug, Clone, Default)]
pub struct RecipientFilter {
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this tenant, and of persons in its data.
    pub tenant: Option<String>,
    /// Only of this person.
    pub subject: Option<SubjectId>,
    /// Only older than this one (exclusive), for cursor pages; newest first.
    pub before: Option<Uuid>,
    /// At most so many rows.
    pub limit: i64,
}

impl Recipient {
    /// The key; an error if what the ledger holds is none, so that nothing may be encrypted to it.
    pub fn key(&self) -> std::result::Result<PublicKey, RefusedKey> {
        PublicKey::parse(&self.public_key)
    }

    /// By what people tell keys apart; see [`PublicKey::short`].
    pub fn short(&self) -> String {
        self.key().map_or_else(|_| "unreadable".to_owned(), |key| key.short())
    }

    fn event(&self, action: &'static str, actor: Actor) -> NewEvent {
        NewEvent {
            actor,
            action,
            export_id: None,
            source: Some(self.source.clone()),
            tenant: Some(self.tenant.as_str().to_owned()),
            detail: json!({ "recipient": self.id, "kind": self.kind, "key": self.short(), "scope": self.subject.scope() }),
        }
    }
}

/// Adds a key with its audit event: archives that become ready from now on are encrypted to it, too.
pub async fn add(ledger: &Ledger, new: NewRecipient, actor: Actor, now: DateTime<Utc>) -> Result<Added> {
    let mut transaction = ledger.begin().await?;
    transaction.alone(LOCK).await?;
    let others = active(&mut transaction, &new.source, &new.tenant, &new.subject).await?;
    let text = new.key.text();
    if let Some(known) = others.iter().find(|other| other.public_key == text) {
        return Ok(Added::Known(known.clone()));
    }
    if others.len() >= MOST_RECIPIENTS {
        return Ok(Added::TooMany);
    }
    let recipient: Recipient = within!(&mut transaction, connection => sqlx::query_as(
        "insert into recipients (id, source, tenant, subject_kind, subject_key, kind, public_key, label, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *")
        .bind(Uuid::now_v7())
        .bind(&new.source)
        .bind(new.tenant.as_str())
        .bind(new.subject.kind())
        .bind(new.subject.key())
        .bind(new.key.kind())
        .bind(&text)
        .bind(&new.label)
        .bind(stored(now))
        .bind(&actor.name)
        .fetch_one(connection).await?);
    audit::write(&mut transaction, recipient.event("recipient.added", actor), now).await?;
    transaction.commit().await?;
    Ok(Added::New(recipient))
}

/// Removes a key with its audit event: no archive that becomes ready from now on is encrypted to it. `false` if there is none; removing twice is one removal.
pub async fn remove(ledger: &Ledger, id: Uuid, actor: Actor, now: DateTime<Utc>) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    transaction.alone(LOCK).await?;
    let removed: Option<Recipient> = within!(&mut transaction, connection => sqlx::query_as(
        "update recipients set revoked_at = $2 where id = $1 and revoked_at is null returning *")
        .bind(id).bind(stored(now)).fetch_optional(connection).await?);
    let Some(recipient) = removed else {
        drop(transaction);
        return Ok(find(ledger, id).await?.is_some());
    };
    audit::write(&mut transaction, recipient.event("recipient.removed", actor), now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The key with this number, even if it was removed.
pub async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Recipient>> {
    Ok(
        on!(ledger, pool => sqlx::query_as("select * from recipients where id = $1").bind(id).fetch_optional(pool).await?),
    )
}

/// Newest first.
pub async fn list(ledger: &Ledger, filter: &RecipientFilter) -> Result<Vec<Recipient>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select * from recipients
         where revoked_at is null and ($1 is null or source = $1) and ($2 is null or tenant = $2)
           and ($3 is null or (created_at, id) < (select page.created_at, page.id from recipients page where page.id = $3))
           and ($5 is null or (subject_kind = $5 and subject_key = $6))
         order by created_at desc, id desc limit $4")
        .bind(filter.source.as_deref().map(storable))
        .bind(filter.tenant.as_deref().map(storable))
        .bind(filter.before)
        .bind(filter.limit.max(0))
        .bind(filter.subject.as_ref().map(SubjectId::kind))
        .bind(filter.subject.as_ref().map(SubjectId::key))
        .fetch_all(pool).await?))
}

/// Notes to which keys this attempt encrypts its archive, and returns them; none, if none are registered. [`LedgerError::Fenced`] if the export is not
/// running in this attempt any more.
///
/// That they are still the same when the archive is to become ready is for [`complete`](super::exports::complete) to see.
pub async fn settle(ledger: &Ledger, export: &Export, now: DateTime<Utc>) -> Result<Vec<Recipient>> {
    let (id, attempt) = (export.id, export.attempt);
    let mut transaction = ledger.begin().await?;
    let held = within!(&mut transaction, connection => sqlx::query(
        "update exports set attempt = attempt where id = $1 and attempt = $2 and state = 'running'")
        .bind(id).bind(attempt).execute(connection).await?.rows_affected());
    if held == 0 {
        return Err(LedgerError::Fenced { attempt });
    }
    within!(&mut transaction, connection => sqlx::query("delete from export_recipients where export_id = $1")
        .bind(id).execute(connection).await?.rows_affected());
    let recipients = active(&mut transaction, &export.source, &export.tenant, &export.subject).await?;
    for recipient in &recipients {
        within!(&mut transaction, connection => sqlx::query(
            "insert into export_recipients (export_id, attempt, recipient_id) values ($1, $2, $3)")
            .bind(id).bind(attempt).bind(recipient.id).execute(connection).await?.rows_affected());
    }
    if !recipients.is_empty() {
        let ids: Vec<Uuid> = recipients.iter().map(|recipient| recipient.id).collect();
        let worker = Actor::worker(export.worker.as_deref().unwrap_or_default());
        let detail = json!({ "attempt": attempt, "recipients": ids });
        audit::write(&mut transaction, NewEvent::about(id, "export.locked", worker, detail), now).await?;
    }
    transaction.commit().await?;
    Ok(recipients)
}

/// The keys that the archive of an export is encrypted to, oldest first, even those that were removed since; empty if it is not for recipients.
pub async fn of_export(ledger: &Ledger, id: ExportId) -> Result<Vec<Recipient>> {
    Ok(on!(ledger, pool => sqlx::query_as(
        "select recipients.* from export_recipients
         join exports on exports.id = export_recipients.export_id and exports.attempt = export_recipients.attempt
         join recipients on recipients.id = export_recipients.recipient_id
         where export_recipients.export_id = $1 order by recipients.created_at, recipients.id")
        .bind(id).fetch_all(pool).await?))
}

/// Whether an archive with files of these names may become ready: it is encrypted to exactly the keys that count now, and to none if there are none.
pub(super) async fn still_hold<'a>(
    transaction: &mut Transaction,
    export: &Export,
    names: impl Iterator<Item = &'a str>,
) -> Result<bool> {
    // Without it a key that is added or removed at this moment would not be seen.
    transaction.alone(LOCK).await?;
    let noted: Vec<Uuid> = within!(transaction, connection => sqlx::query_scalar(
        "select recipient_id from export_recipients where export_id = $1 and attempt = $2 order by recipient_id")
        .bind(export.id).bind(export.attempt).fetch_all(connection).await?);
    let counting = active(transaction, &export.source, &export.tenant, &export.subject).await?;
    let mut counting: Vec<Uuid> = counting.iter().map(|recipient| recipient.id).collect();
    counting.sort_unstable();
    // The names are only a second look: a file that was stored readable must not pass whatever was noted.
    Ok(noted == counting && (noted.is_empty() || names.into_iter().all(|name| name.ends_with(SUFFIX))))
}

/// The keys that count for exports of this tenant, or of this person, oldest first.
async fn active(
    transaction: &mut Transaction,
    source: &str,
    tenant: &TenantId,
    subject: &Person,
) -> Result<Vec<Recipient>> {
    Ok(within!(transaction, connection => sqlx::query_as(
        "select * from recipients
         where source = $1 and tenant = $2 and subject_kind = $3 and subject_key = $4 and revoked_at is null order by created_at, id")
        .bind(source)
        .bind(tenant.as_str())
        .bind(subject.kind())
        .bind(subject.key())
        .fetch_all(connection).await?))
}
