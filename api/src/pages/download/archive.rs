//! What a token leads to, or why it leads nowhere.

use crate::{Context, problem::Problem};
use chrono::{DateTime, Utc};
use shared::{
    export::State,
    ledger::{
        LedgerError,
        exports::{self, Export},
        files::{self, File},
        links::{self, Link},
    },
    recipient::SUFFIX,
};

/// An archive that may be downloaded.
pub(crate) struct Archive {
    pub(crate) link: Link,
    pub(crate) export: Export,
    /// Its files, not empty: first those that explain it, then the others by name.
    pub(crate) files: Vec<File>,
    /// When the link or the archive ends, whichever is first.
    pub(crate) until: DateTime<Utc>,
}

/// Why a token or a ticket leads nowhere.
pub(crate) enum Refused {
    /// It was not signed here, or is not whole.
    Forged,
    /// It was signed here, but the ledger does not know it.
    Unknown,
    /// The link was revoked.
    Revoked(Link),
    /// The link's time is over.
    Expired(Link),
    /// The archive is not there any more.
    Deleted(Link),
    /// The link has given the file as often as it may.
    UsedUp(Link),
    /// The ticket's time is over, or it has given the file as often as it may.
    Over(Link),
    /// It cannot be said, because something failed.
    Failed(Problem),
}

/// Follows a token; changes nothing.
pub(super) async fn behind(context: &Context, token: &str, now: DateTime<Utc>) -> Result<Archive, Refused> {
    let signed = context.signer.check(token).ok_or(Refused::Forged)?;
    let link = links::find_by_hash(&context.ledger, &signed.hash).await?.ok_or(Refused::Unknown)?;
    of_link(context, link, now).await
}

/// What a link leads to; changes nothing.
pub(crate) async fn of_link(context: &Context, link: Link, now: DateTime<Utc>) -> Result<Archive, Refused> {
    let export = exports::find(&context.ledger, link.export_id).await?;
    let Some(export) = export else {
        return Err(Refused::Deleted(link));
    };
    // An archive that was deleted revokes its links: that is not what a person should read.
    if export.state != State::Ready || export.expires_at.is_some_and(|end| end <= now) {
        return Err(Refused::Deleted(link));
    }
    if link.revoked_at.is_some() {
        return Err(Refused::Revoked(link));
    }
    if link.expires_at <= now {
        return Err(Refused::Expired(link));
    }
    let mut files = files::of_export(&context.ledger, export.id).await?;
    files.retain(|file| file.deleted_at.is_none());
    if files.is_empty() {
        return Err(Refused::Deleted(link));
    }
    files.sort_by(|one, other| place(one).cmp(&place(other)));
    let until = export.expires_at.map_or(link.expires_at, |end| end.min(link.expires_at));
    Ok(Archive { link, export, files, until })
}

/// What explains the archive stands at its top, and START-HERE.html above all.
fn place(file: &File) -> (bool, bool, &str) {
    let opened = file.name.strip_suffix(SUFFIX).unwrap_or(&file.name);
    (file.name.contains('/'), opened != "START-HERE.html", &file.name)
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        Self::Failed(Problem::from(error))
    }
}

impl Archive {
    /// The file of this name; without a name the only one.
    pub(crate) fn file(&self, name: Option<&str>) -> Option<&File> {
        match (name, self.files.as_slice()) {
            (Some(name), files) => files.iter().find(|file| file.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// Whether the link has given this file as often as it may; `taken` says how often it gave which.
    pub(crate) fn is_used_up(&self, file: &str, taken: &[(String, i64)]) -> bool {
        let Some(limit) = self.link.download_limit else { return false };
        taken.iter().any(|(name, times)| name == file && *times >= limit)
    }
}
